"""Gives existing records the values of new columns: conversions, formulas, numbers. In batches by id, each resumable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from builder.fields.computed import DEFAULT_PATTERN, number_period, number_text
from runtime.context import Context
from runtime.platform.work import NumberSeries
from runtime.records.draft import Draft, stored_values
from runtime.records.evaluate import Evaluator
from runtime.records.formulas import formula_order, kept_value
from runtime.records.plan import plan_of
from runtime.schema import limits
from runtime.schema.convert import Converter, bulk_update
from runtime.tables import EntityDef, FieldDef

_SERIES: Any = NumberSeries.__table__


def batches(
    connection: sa.Connection, table: sa.Table, columns: Sequence[Any], after: int = 0, *, lock: bool = False
) -> Iterator[Sequence[Any]]:
    """Rows with these columns beside `id`, in the order of the ids, a batch at a time. lock: nobody may change them meanwhile."""
    while True:
        statement = sa.select(table.c.id, *columns).select_from(table).where(table.c.id > after).order_by(table.c.id)
        statement = statement.limit(limits.BATCH_ROWS)
        rows = connection.execute(statement.with_for_update() if lock else statement).all()
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def convert_rows(converter: Converter, table: sa.Table, target: sa.Column[Any], rows: Sequence[Any]) -> int:
    """Converts (id, old value) rows into the target column; how many values were lost."""
    converter.prepare([row[1] for row in rows])
    found = {row[0]: converter.convert(row[1]) for row in rows if row[1] is not None}
    bulk_update(converter.ctx.connection, table, target, {identity: each.value for identity, each in found.items()})
    return sum(each.lost for each in found.values())


def compute_formulas(ctx: Context, entity: EntityDef, after: int = 0, only_one_batch: bool = False) -> int | None:
    """Computes the stored formulas of all records behind `after`; the last id of the batch, None when there is none."""
    plan = plan_of(ctx.catalog, entity.name)
    order = formula_order(plan)
    last = None
    for rows in batches(ctx.connection, entity.table, [each for each in entity.table.c if each.name != "id"], after, lock=True):
        drafts = [Draft(new=stored_values(plan, dict(row._mapping)), id=row.id, version=row.version) for row in rows]
        evaluator = Evaluator(ctx, plan, drafts)
        _write_formulas(ctx, entity, order, drafts, evaluator)
        last = int(rows[-1].id)
        if only_one_batch:
            break
    return last


def _write_formulas(
    ctx: Context, entity: EntityDef, order: Sequence[FieldDef], drafts: Sequence[Draft], evaluator: Evaluator
) -> None:
    from builder.formulas import formula_of

    for each in order:
        assert each.column is not None
        changed = {}
        for draft in drafts:
            value = kept_value(each, evaluator.compute(formula_of(each.field), draft), evaluator)
            if value != draft.new.get(each.key):
                changed[draft.id] = value
            draft.new[each.key] = value
        bulk_update(ctx.connection, entity.table, each.column, changed)


def count_unnumbered(ctx: Context, entity: EntityDef, field: FieldDef, column: str | None) -> dict[str, int]:
    """How many existing records wait for a number, by period. column: where numbers are already; None when there are none yet."""
    pattern = str(field.field.options.get("pattern", DEFAULT_PATTERN))
    names = ("created_at", column) if column else ("created_at",)
    table = sa.table(entity.table.name, *(sa.column(name) for name in names), schema=entity.table.schema)
    day = sa.cast(sa.func.timezone(str(ctx.workspace.zone), table.c.created_at), sa.Date)
    counted = sa.select(day, sa.func.count()).select_from(table).group_by(day)
    totals: dict[str, int] = {}
    for day_of, count in ctx.connection.execute(counted if column is None else counted.where(table.c[column].is_(None))):
        period = number_period(pattern, datetime.combine(day_of, time()))
        totals[period] = totals.get(period, 0) + count
    return totals


def reserve_numbers(ctx: Context, entity: EntityDef, field: FieldDef, totals: Mapping[str, int]) -> None:
    """Sets the series of a new auto_number field so that all existing records, `totals` by period, can have their numbers.

    A record made from now on gets the number after those, whenever the existing ones receive theirs.
    """
    ctx.connection.execute(_own_series(sa.delete(_SERIES), ctx, entity, field))
    for period, count in totals.items():
        values = {"workspace_id": ctx.workspace.id, "entity": entity.name, "field": field.key, "period": period, "last": count}
        ctx.connection.execute(insert(_SERIES).values(values))


def number_rows(ctx: Context, entity: EntityDef, field: FieldDef, given: dict[str, int], after: int, up_to: int) -> int | None:
    """Numbers one batch of the records that have none; `given` counts by period and is changed. The last id, or None."""
    pattern = str(field.field.options.get("pattern", DEFAULT_PATTERN))
    assert field.column is not None
    table = entity.table
    statement = sa.select(table.c.id, table.c.created_at).where(field.column.is_(None), table.c.id > after, table.c.id <= up_to)
    rows = ctx.connection.execute(statement.order_by(table.c.id).limit(limits.BATCH_ROWS).with_for_update()).all()
    numbers = {}
    for identity, created_at in rows:
        day = created_at.astimezone(ctx.workspace.zone)
        period = number_period(pattern, day)
        given[period] = given.get(period, 0) + 1
        numbers[identity] = number_text(pattern, given[period], day)
    bulk_update(ctx.connection, table, field.column, numbers)
    return int(rows[-1].id) if rows else None


def number_all(ctx: Context, entity: EntityDef, field: FieldDef) -> None:
    """Gives every existing record its number, in the order in which they were made."""
    assert field.column is not None
    reserve_numbers(ctx, entity, field, count_unnumbered(ctx, entity, field, field.column.name))
    given: dict[str, int] = {}
    after: int | None = 0
    while after is not None:
        after = number_rows(ctx, entity, field, given, after, 2**63 - 1)


def fill_constant(ctx: Context, entity: EntityDef, field: FieldDef, value: Any) -> None:
    """Gives every existing record that has none this value."""
    assert field.column is not None
    ctx.connection.execute(sa.update(entity.table).where(field.column.is_(None)).values({field.column.name: value}))


def _own_series(statement: Any, ctx: Context, entity: EntityDef, field: FieldDef) -> Any:
    own: Mapping[str, Any] = {"workspace_id": ctx.workspace.id, "entity": entity.name, "field": field.key}
    return statement.where(*(_SERIES.c[name] == value for name, value in own.items()))
