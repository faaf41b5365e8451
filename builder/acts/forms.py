"""Acts on forms: their pages, tables of rows, related lists. And what has to follow when a field or an entity goes."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from builder.acts.base import Act, BadAct, Document, Done, find, free_key, item_at, keys_in, texts
from builder.structure import MISSING

_COPY = {"en": "{} copy", "zh-Hans": "{} 副本", "zh-Hant": "{} 副本"}
_FIRST = {"en": "Page 1", "zh-Hans": "第 1 页", "zh-Hant": "第 1 頁"}
Operations = list[Mapping[str, Any]]


def copy_form(document: Document, act: Act, published: Document) -> Done:
    """{"path"}: the form once more, behind the first, with a name that says so."""
    path = str(act["path"])
    old = path.rpartition("/")[2]
    key = free_key(f"{old[:34]}_copy", {*keys_in(document, "forms"), *keys_in(published, "forms")})
    value = {**copy.deepcopy(item_at(document, path)), "key": key}
    if value.get("label"):
        value["label"] = {lang: _COPY.get(lang, "{}").format(text) for lang, text in texts(value["label"]).items()}
    return Done([{"op": "add", "path": "forms", "value": value, "after": old}], f"forms/{key}")


def new_form_page(document: Document, act: Act, published: Document) -> Done:
    """{"path": form, "label", "after"?}: one more page. The first one takes all sections that are there along."""
    path = str(act["path"])
    form = item_at(document, path)
    taken = {*keys_in(document, f"{path}/pages"), *keys_in(published, f"{path}/pages")}
    operations: Operations = []
    if not form.get("pages"):
        first = free_key("page", taken, numbered=True)
        taken.add(first)
        operations.append({"op": "set", "path": f"{path}/pages", "value": [{"key": first, "label": _FIRST}]})
        operations += _settled(path, form, first)
    else:
        operations += _settled(path, form, str(form["pages"][0]["key"]))
    key = free_key("page", taken, numbered=True)
    value = {"key": key, "label": texts(act.get("label"))}
    where = {"after": act["after"]} if act.get("after") in keys_in(document, f"{path}/pages") else {}
    return Done([*operations, {"op": "add", "path": f"{path}/pages", "value": value, **where}], f"{path}/pages/{key}")


def place_page(document: Document, act: Act, published: Document) -> Done:
    """{"path": page, "after"}: another place among the pages. Every section stays on its page."""
    path = str(act["path"])
    place, _, key = path.rpartition("/")
    owner = place.rpartition("/")[0]
    form, after = item_at(document, owner), act.get("after")
    item_at(document, path)
    if after == key:
        return Done([], path)
    move = {"op": "move", "path": path, "after": after}
    return Done([*_settled(owner, form, str(form["pages"][0]["key"])), move], path)


def remove_form_page(document: Document, act: Act, published: Document) -> Done:
    """{"path"}: takes a page away; its sections and related lists go to the page before it, or to the next one."""
    path = str(act["path"])
    item_at(document, path)
    place, _, key = path.rpartition("/")
    owner = place.rpartition("/")[0]
    form = item_at(document, owner)
    keys = [str(each["key"]) for each in form["pages"]]
    number = keys.index(key)
    heir = keys[number - 1] if number else next(iter(keys[1:]), "")
    operations = _settled(owner, form, keys[0])
    for section in form.get("sections") or ():
        here = section.get("page") if section.get("page") in keys else keys[0]
        if here == key:
            target = f"{owner}/sections/{section['key']}/page"
            operations = [each for each in operations if each["path"] != target]
            if heir:
                operations.append({"op": "set", "path": target, "value": heir})
            elif section.get("page"):
                operations.append({"op": "remove", "path": target})
    for related in form.get("related") or ():
        if related.get("page") == key:
            target = f"{owner}/related/{related['key']}/page"
            operations.append({"op": "set", "path": target, "value": heir} if heir else {"op": "remove", "path": target})
    last = {"op": "remove", "path": path if heir else f"{owner}/pages"}
    return Done([*operations, last])


def place_section(document: Document, act: Act, published: Document) -> Done:
    """{"path": section, "page": key, "after"}: to another place, perhaps on another page."""
    path, page = str(act["path"]), str(act.get("page") or "")
    place, _, key = path.rpartition("/")
    item_at(document, path)
    if page and page not in keys_in(document, f"{place.rpartition('/')[0]}/pages"):
        raise BadAct("there is no such page")
    operations: Operations = [{"op": "set", "path": f"{path}/page", "value": page}] if page else []
    after = act.get("after")
    if after != key:
        operations.append({"op": "move", "path": path, "after": after})
    return Done(operations, path)


def new_rows(document: Document, act: Act, published: Document) -> Done:
    """{"list": items of a section, "entity", "field", "label"?, "columns": [key or column], "after"?}: a table of rows."""
    place, entity = str(act["list"]), str(act["entity"])
    form = item_at(document, "/".join(place.split("/")[:2]))
    items = [item for section in form.get("sections") or () for item in section.get("items") or ()]
    taken = {str(each.get("key")) for each in items} | {str(each.get("field")) for each in items}
    key = free_key(entity.rpartition(".")[2][:34], taken)
    columns = [each if isinstance(each, Mapping) else {"key": each} for each in act.get("columns") or ()]
    rows = {"entity": entity, "field": str(act["field"]), "label": texts(act.get("label")), "columns": columns}
    where = {"after": act["after"]} if "after" in act else {}
    return Done([{"op": "add", "path": place, "value": {"key": key, "rows": rows}, **where}], f"{place}/{key}")


def add_column(document: Document, act: Act, published: Document) -> Done:
    """{"list": columns of a table of rows, "value": key of a field, "after"?}: one more column."""
    place, key = str(act["list"]), str(act.get("value") or "")
    if not key or key in keys_in(document, place):
        raise BadAct("this column is there already")
    where = {"after": act["after"]} if "after" in act else {}
    return Done([{"op": "add", "path": place, "value": {"key": key}, **where}])


def add_word(document: Document, act: Act, published: Document) -> Done:
    """{"list": path of a list of words, "value", "after"?}: one more word, at the end unless `after` is named."""
    place, word = str(act["list"]), str(act.get("value") or act.get("key") or "")
    words = _words(document, place)
    if not word or word in words:
        raise BadAct("this is there already")
    at = words.index(act["after"]) + 1 if act.get("after") in words else len(words)
    return Done([{"op": "set", "path": place, "value": [*words[:at], word, *words[at:]]}])


def place_word(document: Document, act: Act, published: Document) -> Done:
    """{"path": list and word, "after"}: another place for a word of a list."""
    place, _, word = str(act["path"]).rpartition("/")
    words = _words(document, place)
    after = act.get("after")
    if word not in words or (after is not None and after not in words):
        raise BadAct("there is no such word")
    rest = [each for each in words if each != word]
    at = 0 if after is None else words.index(word) if after == word else rest.index(after) + 1
    return Done([{"op": "set", "path": place, "value": [*rest[:at], word, *rest[at:]]}])


def drop_word(document: Document, act: Act, published: Document) -> Done:
    """{"path": list and word}: takes a word out of a list."""
    place, _, word = str(act["path"]).rpartition("/")
    words = _words(document, place)
    if word not in words:
        raise BadAct("there is no such word")
    return Done([{"op": "set", "path": place, "value": [each for each in words if each != word]}])


def _words(document: Document, place: str) -> list[str]:
    item_at(document, place.rpartition("/")[0])
    found = find(document, place)
    if found is not MISSING and not (isinstance(found, list) and all(isinstance(each, str) for each in found)):
        raise BadAct("this is no list of words")
    return list(found) if isinstance(found, list) else []


def _settled(path: str, form: Mapping[str, Any], first: str) -> Operations:
    """Sections without a page stand on the first one: from now on they say so, because another page may become the first."""
    keys = {str(each["key"]) for each in form.get("pages") or ()}
    return [
        {"op": "set", "path": f"{path}/sections/{section['key']}/page", "value": first}
        for section in form.get("sections") or ()
        if section.get("page") not in keys
    ]


def without_field(document: Document, entity: str, key: str) -> Operations:
    """Takes a field out of tables of rows and related lists; those that lived on it go."""
    operations: Operations = []
    for path, holder, item_path in _lists_of(document, entity):
        if holder.get("field") == key:
            operations.append({"op": "remove", "path": item_path})
            continue
        columns = holder.get("columns") or []
        rest = [each for each in columns if (each.get("key") if isinstance(each, Mapping) else each) != key]
        if len(rest) < len(columns):
            operations.append({"op": "set", "path": f"{path}/columns", "value": rest})
        sort = [str(each) for each in holder.get("sort") or ()]
        kept = [each for each in sort if each.lstrip("-") != key]
        if len(kept) < len(sort):
            operations.append({"op": "set", "path": f"{path}/sort", "value": kept})
    return operations


def without_entity(document: Document, entity: str) -> Operations:
    """Takes away the tables of rows and related lists of an entity, on the forms of others."""
    found = [(path.split("/")[1], item_path) for path, _, item_path in _lists_of(document, entity)]
    own = {each["key"] for each in document.get("forms") or () if each.get("entity") == entity}
    return [{"op": "remove", "path": item_path} for form, item_path in found if form not in own]


def with_other_key(document: Document, entity: str, old: str, new: str) -> Operations:
    """Tables of rows and related lists follow a field that gets another key."""
    operations: Operations = []
    for path, holder, _ in _lists_of(document, entity):
        if holder.get("field") == old:
            operations.append({"op": "set", "path": f"{path}/field", "value": new})
        columns = holder.get("columns") or []
        named = [_renamed(each, old, new) for each in columns]
        if named != columns:
            operations.append({"op": "set", "path": f"{path}/columns", "value": named})
        sort = [str(each) for each in holder.get("sort") or ()]
        if any(each.lstrip("-") == old for each in sort):
            value = [each.replace(old, new) if each.lstrip("-") == old else each for each in sort]
            operations.append({"op": "set", "path": f"{path}/sort", "value": value})
    return operations


def _renamed(column: Any, old: str, new: str) -> Any:
    if isinstance(column, Mapping):
        return {**column, "key": new} if column.get("key") == old else column
    return new if column == old else column


def _lists_of(document: Document, entity: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """(path of the list, the list, path of what goes with it) of all tables of rows and related lists of an entity."""
    names = {entity, f"{document.get('key')}.{entity}"}
    for form in document.get("forms") or ():
        for related in form.get("related") or ():
            if related.get("entity") in names:
                path = f"forms/{form['key']}/related/{related['key']}"
                yield path, related, path
        for section in form.get("sections") or ():
            for item in section.get("items") or ():
                if (item.get("rows") or {}).get("entity") in names:
                    path = f"forms/{form['key']}/sections/{section['key']}/items/{item['key']}"
                    yield f"{path}/rows", item["rows"], path
