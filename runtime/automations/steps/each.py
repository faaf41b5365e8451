"""Repeats steps. What comes next is kept in the run's row, so a repetition goes on where it was after a kill or a wait."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from builder.automations.steps.each import MAX_ITEMS
from runtime.automations.flow import Enter, Outcome
from runtime.automations.names import Names, StepFailure
from runtime.automations.records import CHUNK, Records
from runtime.automations.steps.base import Move, StepRunner
from runtime.tables import MANY_TO_MANY, ONE_TO_MANY, EntityDef, FieldDef


class EachRunner(StepRunner):
    """Goes into its steps once for each item; the engine asks `next_item` for the following ones."""

    name = "each"

    def run(self, move: Move) -> Outcome:
        each = _start(move)
        if not next_item(each, move.names):
            return Enter("", {"count": 0})
        return Enter("steps", {"in": dict(move.step["in"])}, each)


def _start(move: Move) -> dict[str, Any]:
    source: Mapping[str, Any] = move.step["in"]
    if "step" in source:
        output = move.names.outputs.get(source["step"])
        if output is None:
            raise StepFailure(f"The step {source['step']} has found nothing yet.")
        return {"kind": "ids", "entity": output["entity"], "ids": output["ids"], "at": 0, "count": 0, "failed": 0}
    if "relation" in source:
        return {"kind": "relation", "path": source["relation"], "after": 0, "count": 0, "failed": 0}
    numbers = source["numbers"]
    total = move.names.evaluate_text(str(numbers["expr"])) if isinstance(numbers, Mapping) else numbers
    total = int(total) if isinstance(total, Decimal | int) else 0
    if total > MAX_ITEMS:
        raise StepFailure(f"It would repeat {total} times; at most {MAX_ITEMS} are allowed.")
    return {"kind": "numbers", "total": total, "number": 0, "count": 0, "failed": 0}


def next_item(each: dict[str, Any], names: Names) -> bool:
    """Goes to the next item; False at the end."""
    if each["count"] + each["failed"] >= MAX_ITEMS:
        raise StepFailure(f"It would repeat more than {MAX_ITEMS} times.")
    if each["kind"] == "numbers":
        each["number"] += 1
        return bool(each["number"] <= each["total"])
    if each["kind"] == "ids":
        return _next_id(each, names)
    return _next_related(each, names)


def item_names(each: Mapping[str, Any], names: Names) -> Names:
    """The names inside the steps: `item.…` is the current item."""
    if each["kind"] == "numbers":
        return names.with_item(None, {"number": each["number"]})
    entity = names.records.ctx.catalog.find(each["entity"])
    return names.with_item(entity, names.records.get(entity, each["item"]) if entity else None)


def _next_id(each: dict[str, Any], names: Names) -> bool:
    entity = names.records.ctx.catalog.find(each["entity"])
    if entity is None:
        raise StepFailure(f"There is no entity {each['entity']}.")
    while each["at"] < len(each["ids"]):
        start = each["at"]
        if start % CHUNK == 0:
            names.records.load(entity, each["ids"][start : start + CHUNK])
        each["item"] = each["ids"][start]
        each["at"] += 1
        if _is_alive(names.records, entity, each["item"]):
            return True
    return False


def _next_related(each: dict[str, Any], names: Names) -> bool:
    entity, row, field = _relation(each["path"], names)
    found = names.records.next_related(entity, row, field, each["after"])
    if found is None:
        return False
    target, item = found
    each.update(entity=target.name, item=item["id"], after=item["id"])
    return True


def _relation(path: str, names: Names) -> tuple[EntityDef, Mapping[str, Any], FieldDef]:
    """The record that has the relation at the end of a path, and the relation."""
    entity, row = names.entity, names.row
    *way, last = path.split(".")
    for key in way:
        field = entity.fields.get(key) if entity else None
        entity = names.records.ctx.catalog.find(field.target or "") if field else None
        row = names.records.get(entity, row[key]) if entity and row and row.get(key) is not None else None
    field = entity.fields.get(last) if entity else None
    if entity is None or row is None or field is None or field.kind not in (ONE_TO_MANY, MANY_TO_MANY):
        raise StepFailure(f"{path} leads to no records.")
    return entity, row, field


def _is_alive(records: Records, entity: EntityDef, record_id: int) -> bool:
    row = records.get(entity, record_id)
    return row is not None and row["deleted_at"] is None
