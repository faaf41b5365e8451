"""Making, copying and moving the steps of automations. A step's key is free in the whole automation, or in its rung."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from builder.acts import items, pipelines
from builder.acts.base import Act, BadAct, Document, Done, find, free_key, item_at
from builder.keys import qualified

_INNER = ("steps", "else")


def new_step(document: Document, act: Act, published: Document) -> Done:
    """{"list": path of the steps, "type", "after"?, "value"?, "language"? of its texts}: a step that says as much as can be known."""
    place, kind = str(act["list"]), str(act["type"])
    key = free_key(kind, step_keys(document, place), numbered=True)
    value = {
        "key": key,
        "type": kind,
        **_fresh(document, place, kind, str(act.get("language") or "en")),
        **(act.get("value") or {}),
    }
    return Done([*_missing(document, place), items._addition(place, value, act)], f"{place}/{key}")


def copy_step(document: Document, act: Act, published: Document) -> Done:
    """{"path", "list"?, "after"?}: the step once more with all steps in it, behind the first; or in another list, also of
    another automation."""
    path = str(act["path"])
    source, _, key = path.rpartition("/")
    target = str(act.get("list") or source)
    value = with_free_keys(item_at(document, path), set(step_keys(document, target)))
    where = {"after": key} if target == source and "after" not in act else act
    return Done([*_missing(document, target), items._addition(target, value, where)], f"{target}/{value['key']}")


def place(document: Document, act: Act, published: Document) -> Done:
    """As for other items; a step that goes to another rung gets keys that are free there."""
    path, target = str(act["path"]), str(act["list"])
    if not path.startswith("automations/") or scope_of(path) == scope_of(target):
        return pipelines.place(document, act, published)
    if target.startswith(f"{path}/"):
        raise BadAct("an item cannot go into itself")
    value = with_free_keys(item_at(document, path), set(step_keys(document, target)), keep=True)
    made = f"{target}/{value['key']}"
    operations = [{"op": "remove", "path": path}, *_missing(document, target), items._addition(target, value, act)]
    return Done(operations, made, {path: made})


def scope_of(path: str) -> str:
    """Where the keys of steps are unique: `automations/x`, or `automations/x/ladder/first`."""
    parts = path.split("/")
    return "/".join(parts[:4] if parts[2:3] == ["ladder"] and len(parts) > 4 else parts[:2])


def step_keys(document: Document, path: str) -> list[str]:
    """The keys of all steps that share names with those at this path."""
    scope = find(document, scope_of(path))
    return [str(each.get("key")) for each in steps_in(scope)] if isinstance(scope, Mapping) else []


def steps_in(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every step inside an automation, a rung, a way or a step."""
    for name in _INNER:
        for step in holder.get(name) or ():
            yield step
            yield from steps_in(step)
    for arm in holder.get("arms") or ():
        yield from steps_in(arm)


def with_free_keys(step: Mapping[str, Any], taken: set[str], *, keep: bool = False) -> dict[str, Any]:
    """The step and all inside it with keys that are not taken. keep: those that are free stay."""
    result: dict[str, Any] = copy.deepcopy(dict(step))
    for each in (result, *steps_in(result)):
        key = str(each.get("key"))
        if not keep or key in taken:
            key = free_key(str(each.get("type")), taken, numbered=True)
        taken.add(key)
        each["key"] = key  # type: ignore[index]
    return result


def _fresh(document: Document, place: str, kind: str, language: str) -> dict[str, Any]:
    automation = item_at(document, "/".join(place.split("/")[:2]))
    entity = str(automation.get("entity") or next((each["key"] for each in document.get("entities") or ()), ""))
    fields = _fields(document, entity)
    if kind == "set":
        return {"values": {}}
    if kind == "create":
        return {"entity": entity, "values": {}}
    if kind == "find":
        return {"entity": entity}
    if kind == "update":
        return {**(_pointing(document, entity) if automation.get("entity") else {"entity": entity}), "values": {}}
    if kind == "notify":
        people = [str(each["key"]) for each in fields if each.get("type") == "person"]
        title = "{{record.title}}" if automation.get("entity") else str(document.get("key", ""))
        return {
            "to": people[:1] or ["created_by"] if automation.get("entity") else [],
            "channels": ["in_app"],
            "title": {language: title},
        }
    if kind == "wait":
        return {"for": "1d"}
    if kind == "branch":
        return {"arms": [{"key": "way_1", "steps": []}], "else": []}
    if kind == "each":
        return {"in": _source(automation, place, document, fields), "steps": []}
    return {}


def _source(
    automation: Mapping[str, Any], place: str, document: Document, fields: Collection[Mapping[str, Any]]
) -> dict[str, Any]:
    siblings = find(document, place)
    found = [each["key"] for each in siblings if each.get("type") == "find"] if isinstance(siblings, list) else []
    if found:
        return {"step": found[-1]}
    many = [each["key"] for each in fields if (each.get("options") or {}).get("kind") in ("one_to_many", "many_to_many")]
    return {"relation": many[0]} if many and automation.get("entity") else {"numbers": 2}


def _pointing(document: Document, entity: str) -> dict[str, Any]:
    """The first table whose records point at this one, and those that point at the record; else the record itself."""
    app = str(document.get("key", ""))
    for other in document.get("entities") or ():
        for each in other.get("fields") or ():
            options = each.get("options") or {}
            is_link = each.get("type") == "relation" and options.get("kind", "many_to_one") == "many_to_one"
            if is_link and qualified(app, str(options.get("to"))) == qualified(app, entity):
                return {"entity": other["key"], "where": {"field": each["key"], "op": "is", "value": {"expr": "{id}"}}}
    return {"entity": entity, "where": {"field": "id", "op": "is", "value": {"expr": "{id}"}}}


def _fields(document: Document, entity: str) -> list[Mapping[str, Any]]:
    app = str(document.get("key", ""))
    for each in document.get("entities") or ():
        if qualified(app, entity) == f"{app}.{each['key']}":
            return list(each.get("fields") or ())
    return []


def _missing(document: Document, place: str) -> list[Mapping[str, Any]]:
    return items._missing_list(document, place)
