"""Making, copying and taking away fields."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from builder.acts import filter_tables
from builder.acts.base import Act, Document, Done, find, free_key, item_at, keys_in, slug, texts
from builder.acts.forms import without_field

Operations = list[Mapping[str, Any]]


def starting_options(kind: str, document: Document, entity: str) -> dict[str, Any]:
    """Options without which a field of this type means nothing."""
    if kind in ("select", "multi_select"):
        words = {"en": "Choice {n}", "zh-Hans": "选项 {n}", "zh-Hant": "選項 {n}"}
        return {
            "choices": [
                {"key": f"choice_{n}", "label": {lang: text.format(n=n) for lang, text in words.items()}, "color": color}
                for n, color in ((1, "blue"), (2, "green"))
            ]
        }
    if kind == "relation":
        others = [each for each in keys_in(document, "entities") if each != entity]
        return {"to": (others or [entity])[0]}
    if kind == "formula":
        return {"expression": '""'}
    return {}


def new_field(document: Document, act: Act, published: Document) -> Done:
    """{"entity", "type", "label", "after"?, "options"?, "list"?}: a field; `entity` may be `extends/<key>`. `list`: the items of a section of a form, on which it
    gets a place too; `after` is a place there then."""
    entity, kind = str(act["entity"]), str(act["type"])
    holder = entity if entity.startswith("extends/") else f"entities/{entity}"
    place = f"{holder}/fields"
    item_at(document, holder)
    label = texts(act.get("label"))
    taken = {*keys_in(document, place), *keys_in(published, place)}
    wanted = slug(str(act.get("named") or ""))
    key = free_key(wanted, taken) if wanted else free_key("field", taken, numbered=True)
    options = act.get("options") or starting_options(kind, document, entity)
    field: dict[str, Any] = {"key": key, "type": kind, "label": label, **({"options": options} if options else {})}
    where = {"after": act["after"]} if "after" in act else {}
    target = str(act.get("list") or place)
    if target == place:
        return Done([{"op": "add", "path": place, "value": field, **where}], f"{place}/{key}")
    item_key = free_key(key, keys_in(document, target))
    item = {"op": "add", "path": target, "value": {"key": item_key, "field": key}, **where}
    return Done([{"op": "add", "path": place, "value": field}, item], f"{target}/{item_key}")


def copy_field(document: Document, act: Act, published: Document) -> Done:
    """{"path"}: the same field once more, behind the first."""
    path = str(act["path"])
    place, _, key = path.rpartition("/")
    field = copy.deepcopy(item_at(document, path))
    field["key"] = free_key(f"{key[:34]}_copy", {*keys_in(document, place), *keys_in(published, place)})
    words = {"en": "{} copy", "zh-Hans": "{} 副本", "zh-Hant": "{} 副本"}
    field["label"] = {lang: words.get(lang, "{}").format(text) for lang, text in texts(field.get("label")).items()}
    return Done([{"op": "add", "path": place, "value": field, "after": key}], f"{place}/{field['key']}")


def remove_field(document: Document, act: Act, published: Document) -> Done:
    """{"path"}: takes the field away, from forms, columns, sort orders and rights too. Conditions and formulas that name it
    stay, and are shown as problems: only a person knows what they should say now."""
    path = str(act["path"])
    item_at(document, path)
    entity, key = path.split("/")[1], path.rpartition("/")[2]
    if path.startswith("extends/"):
        app = str(document.get("key", ""))
        entity, key = str(item_at(document, f"extends/{entity}").get("entity")), f"{app}_{key}"
    return Done([*_clear_up(document, entity, key), {"op": "remove", "path": path}])


def _clear_up(document: Document, entity: str, key: str) -> Operations:
    operations: Operations = []
    own = find(document, f"entities/{entity}")
    own = own if isinstance(own, Mapping) else {}
    for name in ("title_field", "owner_field"):
        if own.get(name) == key:
            operations.append({"op": "remove", "path": f"entities/{entity}/{name}"})
    operations += _shortened(own, f"entities/{entity}", ("search_fields",), key)
    for form in _of(document, "forms", entity):
        for section in form.get("sections") or ():
            place = f"forms/{form['key']}/sections/{section['key']}/items"
            operations += [
                {"op": "remove", "path": f"{place}/{item['key']}"}
                for item in section.get("items") or ()
                if item.get("field") == key
            ]
    operations += without_field(document, entity, key)
    operations += filter_tables.without_field(document, entity, key)
    for view in _of(document, "views", entity):
        if find(document, f"views/{view['key']}/columns/{key}"):
            operations += [
                {"op": "remove", "path": f"views/{view['key']}/columns/{each['key']}"}
                for each in view.get("columns") or ()
                if each["key"] == key
            ]
        operations += _shortened(view, f"views/{view['key']}", ("sort",), key)
    for role in document.get("roles") or ():
        for grant in role.get("grants") or ():
            if grant.get("entity") == entity:
                operations += _shortened(grant, f"roles/{role['key']}/grants/{entity}", ("hidden", "read_only"), key)
    return operations


def _of(document: Document, section: str, entity: str) -> Iterator[Mapping[str, Any]]:
    return (each for each in document.get(section) or () if each.get("entity") == entity)


def _shortened(item: Mapping[str, Any], path: str, names: tuple[str, ...], key: str) -> Operations:
    """Lists of field keys without this one."""
    found: Operations = []
    for name in names:
        words = item.get(name) or []
        rest = [each for each in words if each.lstrip("-") != key]
        if len(rest) < len(words):
            found.append({"op": "set", "path": f"{path}/{name}", "value": rest})
    return found
