"""An app in which much is hidden, and every question that one can ask about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from runtime.context import Context
from runtime.errors import BadRequest, Forbidden, NotFound
from runtime.exchange.exporting import export
from runtime.queries.aggregate import AggregateQuery, aggregate_json
from runtime.queries.listing import ListQuery, list_json, list_records
from runtime.records import read
from runtime.records.history import history

ITEM, BOX = "vault.item", "vault.box"
HIDDEN = ("secret", "amount", "kind", "at", "tags")
OLD, NEW = "oldsecret", "newsecret"


def _formula(key: str, expression: str, result: str) -> dict[str, Any]:
    return {"key": key, "type": "formula", "options": {"expression": expression, "result": result}}


def document() -> dict[str, Any]:
    """Items in boxes. Role `plain` sees all items without the hidden fields, role `bees` all of the items named B…"""
    kinds = {"choices": [{"key": key} for key in ("x", "y")]}
    item = {
        "key": "item",
        "title_field": "name",
        "search_fields": ["name", "secret"],
        "fields": [
            {"key": "name", "type": "text", "required": True},
            {"key": "secret", "type": "text"},
            {"key": "amount", "type": "currency"},
            {"key": "kind", "type": "select", "options": kinds},
            {"key": "tags", "type": "multi_select", "options": kinds},
            {"key": "at", "type": "date"},
            {"key": "box", "type": "relation", "options": {"to": "box"}},
            _formula("double", "{amount} * 2", "number"),
            _formula("quadruple", "{double} * 2", "number"),
            _formula("late", 'DATEDIF(TODAY(), {at}, "d")', "number"),
            _formula("box_code", "{box.code}", "text"),
            _formula("box_secret", "{box.secret_code}", "text"),
            _formula("neighbours", 'IF(HAS({box.items}, {amount} > 5), "many", "few")', "text"),
        ],
    }
    box = {
        "key": "box",
        "title_field": "code",
        "owner_field": "keeper",
        "fields": [
            {"key": "code", "type": "text"},
            {"key": "secret_code", "type": "text"},
            {"key": "keeper", "type": "person"},
            {"key": "items", "type": "relation", "options": {"to": "item", "kind": "one_to_many", "inverse": "box"}},
        ],
    }
    plain = {"entity": "item", "read": ["all"], "update": ["all"], "create": True, "export": True, "hidden": list(HIDDEN)}
    boxes = {"entity": "box", "read": ["own"], "export": True, "hidden": ["secret_code"]}
    bees = {"entity": "item", "read": [{"field": "name", "op": "starts_with", "value": "B"}], "export": True}
    roles = [{"key": "plain", "grants": [plain, boxes]}, {"key": "bees", "grants": [bees]}]
    return {"format": 1, "key": "vault", "label": "Vault", "entities": [item, box], "roles": roles}


def answers(ctx: Context) -> Iterator[tuple[str, Any]]:
    """(question, answer) for every door; an error is an answer as well."""
    for entity in (ITEM, BOX):
        paths = [*ctx.catalog.entity(entity).fields, "nothing"]
        if entity == ITEM:
            paths += ["box.code", "box.secret_code", "box.title", "box.keeper", "box.keeper.name", "created_by.name"]
        yield from _single(ctx, entity)
        for path in paths:
            yield from _about(ctx, entity, path)
        for text in (OLD, NEW, "7", "Box", "B"):
            yield (
                f"search {entity} {text}",
                _told(lambda text=text, entity=entity: list_json(ctx, entity, ListQuery(q=text, count="exact", fields=("id",)))),
            )
        for kind in ("csv", "jsonl"):
            yield (
                f"export {entity} {kind}",
                _told(lambda kind=kind, entity=entity: b"".join(export(ctx, entity, ListQuery(), kind).chunks)),
            )


def _single(ctx: Context, entity: str) -> Iterator[tuple[str, Any]]:
    ids = [each["id"] for each in list_records(ctx, entity, ListQuery()).records]
    yield f"list {entity}", _told(lambda: list_json(ctx, entity, ListQuery(count="exact")))
    yield f"titles {entity}", _told(lambda: read.titles(ctx, entity, range(1, 10_000)))
    for record in ids:
        yield f"get {entity} {record}", _told(lambda record=record: read.get_json(ctx, entity, record))
        yield f"history {entity} {record}", _told(lambda record=record: repr(history(ctx, entity, record)))


def _about(ctx: Context, entity: str, path: str) -> Iterator[tuple[str, Any]]:
    place = f"{entity} {path}"

    def ask(**query: Any) -> Any:
        return _told(lambda: list_json(ctx, entity, ListQuery(count="exact", **{"fields": ("id",), **query})))

    yield f"field {place}", ask(fields=(path,))
    for sort in (f"-{path}",):
        yield f"sort {sort} {place}", ask(sort=(sort,), limit=2)
    for leaf in (("is", 7), ("is", NEW), ("gt", 5), ("contains", "new"), ("is_empty", None), ("lt", "2030-01-01")):
        yield f"filter {leaf} {place}", ask(filter={"field": path, "op": leaf[0], "value": leaf[1]})
    yield f"formula {place}", ask(filter={"expr": f'{{{path}}} = "{NEW}"'})
    yield f"group {place}", _told(lambda: aggregate_json(ctx, entity, AggregateQuery(group=(path,))))
    for operation in ("min", "sum", "count_distinct"):
        yield (
            f"{operation} {place}",
            _told(
                lambda operation=operation: aggregate_json(
                    ctx, entity, AggregateQuery(measures=({"op": operation, "field": path},))
                )
            ),
        )


def _told(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (BadRequest, NotFound, Forbidden) as error:
        return type(error).__name__, [(each.path, each.code, each.text) for each in getattr(error, "problems", ())]
