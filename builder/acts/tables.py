"""Acts on tables beside their fields' own properties: rules, speed, the type of a field, fields for tables of other apps."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from builder.acts.base import Act, BadAct, Document, Done, find, free_key, item_at, keys_in, slug, texts
from builder.acts.fields import starting_options
from builder.fields import FIELD_TYPES
from builder.fields.choice import COLORS

_NOT_UNIQUE = frozenset({"boolean", "multi_select", "formula", "long_text", "auto_number"})
_TITLES = ("text", "auto_number", "formula", "email", "phone", "long_text")
_MOST_CHOICES = 100
_MOST_TOGETHER = 4
Operations = list[Mapping[str, Any]]


def new_table_rule(document: Document, act: Act, published: Document) -> Done:
    """{"entity"}: a rule that every record must meet; it begins with the first field being filled in."""
    path = f"entities/{act['entity']}"
    fields = item_at(document, path).get("fields") or ()
    first = next((str(each["key"]) for each in fields if each.get("type") not in ("formula", "auto_number")), "created_at")
    taken = {*keys_in(document, f"{path}/rules"), *keys_in(published, f"{path}/rules")}
    key = free_key("rule", taken, numbered=True)
    value = {"key": key, "condition": {"field": first, "op": "is_not_empty"}, "message": texts(act.get("message"))}
    return Done([{"op": "add", "path": f"{path}/rules", "value": value}], f"{path}/rules/{key}")


def new_index(document: Document, act: Act, published: Document) -> Done:
    """{"entity", "value": key of a field}: lists become fast that are sorted or filtered by it."""
    path, field = f"entities/{act['entity']}", str(act.get("value") or "")
    item_at(document, path)
    if not field:
        return Done([])
    if any(each.get("fields") == [field] for each in item_at(document, path).get("indexes") or ()):
        raise BadAct("this is fast already")
    taken = {*keys_in(document, f"{path}/indexes"), *keys_in(published, f"{path}/indexes")}
    key = free_key(f"by_{field}"[:36], taken)
    return Done([{"op": "add", "path": f"{path}/indexes", "value": {"key": key, "fields": [field]}}])


def widen_index(document: Document, act: Act, published: Document) -> Done:
    """{"path": of an index, "value": key of a field}: sorted or filtered by one more field behind the others."""
    path, field = str(act["path"]), str(act.get("value") or "")
    fields = [str(each) for each in item_at(document, path).get("fields") or ()]
    if not field:
        return Done([])
    if field in fields or len(fields) >= _MOST_TOGETHER:
        raise BadAct("the field cannot be added here")
    return Done([{"op": "set", "path": f"{path}/fields", "value": [*fields, field]}])


def change_type(document: Document, act: Act, published: Document) -> Done:
    """{"path": of a field, "type", "to"?, "kind"?, "choices"?: texts}: another type, with the options that it needs.

    Options that mean the same there stay; a default, and what the new type cannot be, go.
    """
    path, kind = str(act["path"]), str(act["type"])
    field = item_at(document, path)
    if kind not in FIELD_TYPES.names():
        raise BadAct("there is no such type")
    known = FIELD_TYPES.get(kind).options_schema["properties"]
    options = {name: copy.deepcopy(value) for name, value in (field.get("options") or {}).items() if name in known}
    started = starting_options(kind, document, path.split("/")[1])
    options = {**{name: value for name, value in started.items() if name not in options}, **options}
    if isinstance(act.get("choices"), list) and "choices" in known and "choices" not in (field.get("options") or {}):
        options["choices"] = choices_of(act["choices"])
    for name in ("to", "kind"):
        if act.get(name) and name in known:
            options[name] = str(act[name])
    value = {**{name: each for name, each in field.items() if name not in ("options", "default")}, "type": kind}
    if options:
        value["options"] = options
    told: tuple[str, ...] = ("default",) if "default" in field and field.get("type") != kind else ()
    if kind in _NOT_UNIQUE or options.get("kind", "many_to_one") != "many_to_one":
        value.pop("unique", None)
    if not FIELD_TYPES.get(kind).writable:
        value.pop("required", None)
    leaving = _leaving(document, path, kind)
    told += tuple(str(each["path"]).rpartition("/")[2] for each in leaving)
    return Done([{"op": "set", "path": f"{path}/type", "value": kind}, *_rest(path, field, value), *leaving], told=told)


def _leaving(document: Document, path: str, kind: str) -> Operations:
    """The table stops being named or owned by a field that can no longer do that."""
    place, _, key = path.partition("/fields/")
    table = find(document, place)
    fits = {"owner_field": ("person",), "title_field": _TITLES}
    named = [name for name, kinds in fits.items() if isinstance(table, Mapping) and table.get(name) == key and kind not in kinds]
    return [{"op": "remove", "path": f"{place}/{name}"} for name in named]


def _rest(path: str, field: Mapping[str, Any], value: Mapping[str, Any]) -> Operations:
    """The properties beside the type, in an order in which each can be set."""
    found: Operations = []
    for name in ("options", "default", "unique", "required"):
        if name in value and value[name] != field.get(name):
            found.append({"op": "set", "path": f"{path}/{name}", "value": value[name]})
        elif name in field and name not in value:
            found.append({"op": "remove", "path": f"{path}/{name}"})
    return found


def choices_of(words: list[Any]) -> list[dict[str, Any]]:
    """Choices from texts, each once, with keys and colours; the words stay as they are, in every language."""
    found: list[dict[str, Any]] = []
    for word in dict.fromkeys(str(each).strip() for each in words):
        if not word or len(found) >= _MOST_CHOICES:
            continue
        taken = [str(each["key"]) for each in found]
        base = slug(word)
        key = free_key(base, taken) if base else free_key("choice", taken, numbered=True)
        colour = COLORS[len(found) % len(COLORS)]
        found.append({"key": key, "label": {"en": word, "zh-Hans": word, "zh-Hant": word}, "color": colour})
    return found


def new_extension(document: Document, act: Act, published: Document) -> Done:
    """{"entity": `app.entity` of another app}: a place for fields that this app adds there; needs that app from now on."""
    entity = str(act["entity"])
    app, _, key = entity.partition(".")
    if not key or app == document.get("key"):
        raise BadAct("only tables of other apps are extended")
    there = next((each for each in document.get("extends") or () if each.get("entity") == entity), None)
    if there is not None:
        return Done([], f"extends/{there['key']}")
    own = free_key(f"{key}_fields", {*keys_in(document, "extends"), *keys_in(published, "extends")})
    operations: Operations = []
    if all(each.get("app") != app for each in document.get("needs") or ()):
        operations.append({"op": "add", "path": "needs", "value": {"app": app, "version": str(act.get("version") or ">=0.0")}})
    operations.append({"op": "add", "path": "extends", "value": {"key": own, "entity": entity, "fields": []}})
    return Done(operations, f"extends/{own}")
