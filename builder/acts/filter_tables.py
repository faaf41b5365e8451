"""Which field of which table a filter of a dashboard looks at: found by itself, and kept right when tiles and fields come and go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from builder.acts import tile_fields as fields
from builder.acts.base import Document, item_at

Operations = list[Mapping[str, Any]]
FIELD_TYPES = {
    "period": ("date", "datetime"),
    "person": ("person",),
    "team": ("team",),
    "choice": ("select", "multi_select", "boolean"),
    "relation": ("relation",),
}


def tables_of(board: Mapping[str, Any]) -> list[str]:
    """The tables that the tiles of a dashboard are about, each once."""
    return list(dict.fromkeys(str(each["entity"]) for each in board.get("tiles") or () if each.get("entity")))


def fits(known: Document, entity: str, path: str, kind: str) -> bool:
    """Whether a filter of this kind can look at the field."""
    return fields.kind_of(known, entity, path) in FIELD_TYPES.get(kind, ()) and not fields.is_many(known, entity, path)


def field_for(known: Document, kind: str, given: Iterable[tuple[str, str]], entity: str) -> str:
    """The field of a table that means what the fields chosen elsewhere (pairs of table and field) mean; empty when none does.

    The same key if it suits; for people the owner, for teams and dates the first field, for relations the one to the same table.
    """
    given = [(table, path) for table, path in given if path]
    for _table, path in given:
        if fits(known, entity, path, kind) and _alike(known, kind, given, entity, path):
            return path
    if kind == "choice":
        return ""
    own = fields.entity_of(known, entity)
    owner = [str(own["owner_field"])] if kind == "person" and own.get("owner_field") else []
    named = [str(each["key"]) for each in own.get("fields") or ()]
    system = ["created_at"] if kind == "period" else []
    found = (each for each in (*owner, *named, *system) if fits(known, entity, each, kind))
    return next((each for each in found if _alike(known, kind, given, entity, each)), "")


def _alike(known: Document, kind: str, given: Iterable[tuple[str, str]], entity: str, path: str) -> bool:
    """Choices share a key with those elsewhere, relations lead to the same table."""
    if kind not in ("choice", "relation"):
        return True
    mine = _meaning(known, entity, path)
    return any(mine & _meaning(known, table, other) for table, other in given)


def _meaning(known: Document, entity: str, path: str) -> set[str]:
    field = fields.field_at(known, entity, path)
    options = field.get("options") or {}
    if field.get("type") == "relation":
        return {str(fields.entity_of(known, str(options.get("to", ""))).get("key"))}
    return {"true"} if field.get("type") == "boolean" else {str(each.get("key")) for each in options.get("choices") or ()}


def with_table(document: Document, known: Document, board: str, entity: str) -> Operations:
    """Each filter looks at a table that is new on the dashboard too, where a field suits."""
    found: Operations = []
    for each in _filters(document, board):
        tables = list(each.get("tables") or ())
        given = [(str(one.get("entity")), str(one.get("field") or "")) for one in tables]
        field = field_for(known, str(each.get("kind")), given, entity) if entity and entity not in dict(given) else ""
        if field:
            value = [*tables, {"entity": entity, "field": field}]
            found.append({"op": "set", "path": f"{board}/filters/{each['key']}/tables", "value": value})
    return found


def without_tile(document: Document, board: str, key: str) -> Operations:
    """No filter leaves a tile alone that is gone."""
    return [
        {"op": "set", "path": f"{board}/filters/{each['key']}/skip", "value": [one for one in each["skip"] if one != key]}
        for each in _filters(document, board)
        if key in (each.get("skip") or ())
    ]


def skipped_too(document: Document, board: str, old: str, new: str) -> Operations:
    """What leaves a tile alone leaves its copy alone."""
    return [
        {"op": "set", "path": f"{board}/filters/{each['key']}/skip", "value": [*each["skip"], new]}
        for each in _filters(document, board)
        if old in (each.get("skip") or ())
    ]


def with_other_key(document: Document, entity: str, old: str, new: str) -> Operations:
    """Filters follow a field that gets another key."""
    return [
        {"op": "set", "path": f"{path}/tables/{entity}/field", "value": new}
        for path, each in _all(document)
        if any(one.get("entity") == entity and one.get("field") == old for one in each.get("tables") or ())
    ]


def with_other_choice(document: Document, entity: str, field: str, old: str, new: str) -> Operations:
    """Filters begin with the same choice when it gets another key."""
    return [
        {"op": "set", "path": f"{path}/start", "value": [new if one == old else one for one in each["start"]]}
        for path, each in _all(document)
        if old in (each.get("start") or ())
        and any(one.get("entity") == entity and one.get("field") == field for one in each.get("tables") or ())
    ]


def without_field(document: Document, entity: str, key: str) -> Operations:
    """Filters no longer look at a field that is gone; one that then looks at nothing goes too."""
    return _without(document, lambda one: one.get("entity") == entity and str(one.get("field", "")).split(".")[0] == key)


def without_entity(document: Document, entity: str) -> Operations:
    """The same for a whole table."""
    return _without(document, lambda one: one.get("entity") == entity)


def _without(document: Document, is_gone: Any) -> Operations:
    found: Operations = []
    for path, each in _all(document):
        tables = list(each.get("tables") or ())
        rest = [one for one in tables if not is_gone(one)]
        if not any(one.get("field") for one in rest) and len(rest) < len(tables):
            found.append({"op": "remove", "path": path})
        elif len(rest) < len(tables):
            found.append({"op": "set", "path": f"{path}/tables", "value": rest})
    return found


def _filters(document: Document, board: str) -> list[Mapping[str, Any]]:
    return list(item_at(document, board).get("filters") or ())


def _all(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for board in document.get("dashboards") or ():
        for each in board.get("filters") or ():
            yield f"dashboards/{board['key']}/filters/{each['key']}", each
