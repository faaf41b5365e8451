"""Which existing record does a row mean? Looked up by one field for a whole batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from builder.errors import Problem
from runtime import access
from runtime.context import Context
from runtime.records.plan import WritePlan

Row = Mapping[str, Any]


@dataclass
class Matched:
    """existing: (row number, record id, row). missing: rows without a record. problems: (row number, what is wrong)."""

    existing: list[tuple[int, int, Row]] = field(default_factory=list)
    missing: list[tuple[int, Row]] = field(default_factory=list)
    problems: list[tuple[int, Problem]] = field(default_factory=list)


def match_existing(ctx: Context, plan: WritePlan, key: str, rows: Sequence[tuple[int, Any]], *, may_create: bool) -> Matched:
    """Looks among the living records that the actor may read. Rows without a value in the key field are new, or a problem."""
    matched = Matched()
    wanted: list[tuple[int, Row, Any]] = []
    for number, row in rows:
        if not isinstance(row, Mapping):
            matched.problems.append((number, Problem("", "not_an_object", "A record must be an object with its fields.")))
            continue
        value = _value(ctx, plan, key, row.get(key))
        if isinstance(value, Problem):
            matched.problems.append((number, value))
        elif value is None and may_create and key != "id":
            matched.missing.append((number, row))
        elif value is None:
            matched.problems.append((number, Problem(key, "required", "Please fill this in.")))
        else:
            wanted.append((number, row, value))
    found = _ids_by_value(ctx, plan, key, [value for _, _, value in wanted])
    for number, row, value in wanted:
        ids = found.get(value, ())
        if len(ids) > 1:
            matched.problems.append((number, Problem(key, "ambiguous", "Several records have this value.")))
        elif ids:
            matched.existing.append((number, ids[0], {name: each for name, each in row.items() if name != key}))
        elif may_create and key != "id":
            matched.missing.append((number, row))
        else:
            matched.problems.append((number, Problem(key, "not_found", "No record has this value.")))
    return matched


def _value(ctx: Context, plan: WritePlan, key: str, raw: Any) -> Any:
    if key == "id":
        text = str(raw).strip() if isinstance(raw, int | str) and not isinstance(raw, bool) else ""
        if not text:
            return None
        return (
            int(text) if text.isascii() and text.isdigit() and len(text) < 19 else Problem(key, "not_an_id", "This is not an id.")
        )
    definition = plan.entity.fields[key]
    if definition.field.type == "auto_number":
        return storable_text(raw)
    try:
        return definition.type.parse(definition.field, raw, ctx.locale)
    except (ValueError, OverflowError, ArithmeticError, TypeError):
        return Problem(key, "bad_value", "This value cannot be understood.")


def storable_text(raw: Any) -> str | None:
    """The text of a key that nobody types, such as a number in a series; None for what cannot be one."""
    text = str(raw).strip() if isinstance(raw, str | int) else ""
    return text if text and text.isprintable() else None


def _ids_by_value(ctx: Context, plan: WritePlan, key: str, values: Sequence[Any]) -> dict[Any, list[int]]:
    if not values:
        return {}
    table = plan.entity.table
    rights = access.rights(ctx, plan.entity)
    if key not in rights.readable_fields:
        return {}
    column = plan.entity.column(key)
    wanted = sa.bindparam("wanted", list(dict.fromkeys(values)), sa.ARRAY(column.type))
    statement = sa.select(column, table.c.id).where(
        column == sa.any_(wanted), table.c.deleted_at.is_(None), rights.row_filter(), rights.field_filter((key,))
    )
    found: dict[Any, list[int]] = {}
    for value, identity in ctx.connection.execute(statement):
        found.setdefault(value, []).append(identity)
    return found
