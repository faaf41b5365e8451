"""What the steps of a change would do to the records that are there: counted before anything is touched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from builder.errors import Problem
from builder.fields.choice import choice_label, choices, retired
from runtime import tables
from runtime.catalog import Catalog
from runtime.context import Context
from runtime.schema import limits, steps
from runtime.schema.convert import Converter
from runtime.schema.plain import plain
from runtime.schema.preview_base import LOSS, NONE, WARN, PlanItem, field_path
from runtime.schema.steps import Step
from runtime.schema.unique import Repeated, is_unique, not_unique
from runtime.tables import EntityDef, FieldDef

__all__ = ["LOSS", "NONE", "WARN", "PlanItem", "field_path", "preview"]


def preview(
    ctx: Context, planned: Sequence[Step], new: Catalog, known: Collection[tuple[str, str]]
) -> Iterator[PlanItem | Problem]:
    """Items of all steps but those of known places, and problems where records are in the way of a new rule."""
    for step in planned:
        if step.kind in _PREVIEWS and (step.entity.name, step.field.key if step.old or step.new else "") not in known:
            yield from _PREVIEWS[step.kind](ctx, step)
    converted = {(step.entity.name, step.field.key) for step in planned if step.kind == steps.CONVERT}
    for entity in new.entities():
        before = ctx.catalog.find(entity.name)
        if before is not None:
            yield from _rules(ctx, before, entity, converted)


def _table(ctx: Context, step: Step) -> Iterator[PlanItem]:
    rows = _count(ctx, sa.select(sa.func.count()).select_from(step.entity.table))
    yield PlanItem(
        field_path(step.entity),
        "removed",
        "The table and its {rows} records go to the trash and can be taken back for {days} days.",
        _params(rows),
        LOSS if rows else NONE,
        rows,
    )


def _column(ctx: Context, step: Step) -> Iterator[PlanItem]:
    assert step.old is not None and step.old.column is not None
    column, table = step.old.column, step.old.column.table
    rows = _count(ctx, sa.select(sa.func.count()).select_from(table).where(column.is_not(None)))
    samples = _samples(ctx, step.old) if rows else []
    yield PlanItem(
        field_path(step.entity, step.old),
        "removed",
        "The values of {rows} records go to the trash and can be taken back for {days} days.",
        _params(rows),
        LOSS if rows else NONE,
        rows,
        samples,
    )


def _link(ctx: Context, step: Step) -> Iterator[PlanItem]:
    assert step.old is not None and step.old.link is not None
    rows = _count(ctx, sa.select(sa.func.count(sa.distinct(step.old.link.c.source_id))))
    yield PlanItem(
        field_path(step.entity, step.old),
        "removed",
        "The links of {rows} records go to the trash and can be taken back for {days} days.",
        _params(rows),
        LOSS if rows else NONE,
        rows,
    )


def _conversion(ctx: Context, step: Step) -> Iterator[PlanItem | Problem]:
    assert step.old is not None and step.new is not None and step.old.column is not None
    column = step.old.column
    converter = Converter(ctx, step.old, step.new)
    totals = {"rows": 0, "converted": 0, "changed": 0, "lost": 0}
    samples: list[dict[str, Any]] = []
    alive = sa.func.count().filter(column.table.c.deleted_at.is_(None))
    easy = plain(step.old, step.new, column)
    shown = column if easy is None else sa.case((easy.condition, sa.null()), else_=column)
    held = shown.label("held")
    grouped = sa.select(held, sa.func.count(), sa.func.min(column.table.c.id), alive).where(column.is_not(None)).group_by(held)
    same = Repeated(step.new) if is_unique(step.new) else None
    for part in ctx.connection.execute(grouped.execution_options(yield_per=1000)).partitions():
        converter.prepare([row[0] for row in part])
        for value, count, first, living in part:
            if value is None:  # all that stay what they are
                totals["rows"] += count
                totals["converted"] += count
                continue
            found = converter.convert(value)
            if same is not None and found.value is not None:
                same.add(found.value, living)
            totals["rows"] += count
            totals["lost" if found.lost else "changed" if found.changed else "converted"] += count
            if found.lost and len(samples) < limits.SAMPLES:
                samples.append({"id": first, "value": converter.text(value)[:200], "rows": count})
    if same is not None and same.count:
        yield same.problem(ctx, step.entity)
    risk = LOSS if totals["lost"] else WARN if totals["changed"] else NONE
    touched = totals["lost"] or totals["rows"]
    yield PlanItem(
        field_path(step.entity, step.new),
        "converted",
        "{rows} values: {converted} stay as they are, {changed} change their form, {lost} cannot be converted and stay in the trash only.",
        totals,
        risk,
        touched,
        samples,
    )


def _one_of_many(ctx: Context, step: Step) -> Iterator[PlanItem]:
    assert step.old is not None and step.old.link is not None and step.new is not None
    link = step.old.link
    several = sa.select(link.c.source_id).group_by(link.c.source_id).having(sa.func.count() > 1)
    rows = _count(ctx, sa.select(sa.func.count()).select_from(several.subquery()))
    samples = [{"id": identity} for identity in ctx.connection.scalars(several.order_by(link.c.source_id).limit(limits.SAMPLES))]
    yield PlanItem(
        field_path(step.entity, step.new),
        "converted",
        "{rows} records have several links and keep only the first one.",
        _params(rows),
        LOSS if rows else NONE,
        rows,
        samples,
    )


_PREVIEWS: Mapping[str, Callable[[Context, Step], Iterator[PlanItem | Problem]]] = {
    steps.TRASH_TABLE: _table,
    steps.TRASH_COLUMN: _column,
    steps.TRASH_LINK: _link,
    steps.CONVERT: _conversion,
    steps.COLUMN_FROM_LINK: _one_of_many,
}


def _rules(
    ctx: Context, before: EntityDef, entity: EntityDef, converted: Collection[tuple[str, str]]
) -> Iterator[PlanItem | Problem]:
    """New demands on values that are there already: required, unique, choices that go."""
    for key, new in entity.fields.items():
        old = before.fields.get(key)
        if old is None:
            if new.field.required and new.is_writable and new.kind != tables.ONE_TO_MANY:
                yield from _required(ctx, before, new, None)
            continue
        if new.field.required and not old.field.required:
            yield from _required(ctx, before, new, old)
        if old.column is not None and is_unique(new) and not is_unique(old) and (entity.name, key) not in converted:
            yield from _unique(ctx, before, new, old)
        if old.field.type == new.field.type and old.column is not None and "choices" in new.field.options:
            yield from _choices(ctx, before, old, new)


def _required(ctx: Context, entity: EntityDef, new: FieldDef, old: FieldDef | None) -> Iterator[PlanItem]:
    statement = sa.select(sa.func.count()).select_from(entity.table).where(entity.table.c.deleted_at.is_(None))
    if old is not None and old.column is not None:
        statement = statement.where(old.column.is_(None))
    elif old is not None and old.link is not None:
        statement = statement.where(~sa.exists().where(old.link.c.source_id == entity.table.c.id))
    rows = _count(ctx, statement)
    if rows:
        yield PlanItem(
            field_path(entity, new),
            "changed",
            "{rows} records are empty here; each must be filled when it is saved the next time.",
            _params(rows),
            WARN,
            rows,
        )


def _unique(ctx: Context, entity: EntityDef, new: FieldDef, old: FieldDef) -> Iterator[Problem]:
    column = old.column
    assert column is not None
    alive = sa.and_(entity.table.c.deleted_at.is_(None), column.is_not(None))
    twice = sa.select(column).where(alive).group_by(column).having(sa.func.count() > 1)
    count = _count(ctx, sa.select(sa.func.count()).select_from(twice.subquery()))
    if count:
        shown = [old.type.to_text(old.field, value, ctx.locale) for value in ctx.connection.scalars(twice.limit(5))]
        yield not_unique(entity, new, count, shown)


def _choices(ctx: Context, entity: EntityDef, old: FieldDef, new: FieldDef) -> Iterator[PlanItem | Problem]:
    gone = {str(each["key"]) for each in choices(old.field)} - {str(each["key"]) for each in choices(new.field)}
    column = old.column
    if not gone or column is None:
        return
    value: Any = sa.func.unnest(column) if isinstance(column.type, sa.ARRAY) else column
    alive = entity.table.c.deleted_at.is_(None)
    held = sa.select(value.label("choice"), entity.table.c.id).select_from(entity.table).where(alive).subquery()
    counted = sa.select(held.c.choice, sa.func.count()).where(held.c.choice.in_(sorted(gone))).group_by(held.c.choice)
    for choice, rows in ctx.connection.execute(counted.order_by(held.c.choice)):
        heir = retired(new.field).get(choice) if new.field.type == "select" else None
        params = {"rows": rows, "choice": choice_label(old.field, choice, ctx.actor.language)}
        if heir is not None:
            yield from _handed_over(ctx, entity, new, choice, heir, params)
            continue
        yield PlanItem(
            f"{field_path(entity, new)}/options/choices/{choice}",
            "removed",
            "{rows} records hold the choice “{choice}”, which is no longer offered; they keep it until they are changed.",
            params,
            WARN,
            rows,
        )


def _handed_over(
    ctx: Context, entity: EntityDef, new: FieldDef, choice: str, heir: str, params: Mapping[str, object]
) -> Iterator[PlanItem | Problem]:
    """Records that get another choice when this is published (runtime/schema/retired.py)."""
    path, rows = f"{field_path(entity, new)}/options/choices/{choice}", int(str(params["rows"]))
    if rows > limits.BIG_TABLE_ROWS:
        message = "More than {max} records hold the choice “{choice}”. Move them in the list first, then take it away."
        yield Problem(path, "too_many", message, {**params, "max": limits.BIG_TABLE_ROWS})
        return
    message = (
        "{rows} records go from “{choice}” to “{heir}” when this is published; rules and automations hold for them as always."
    )
    named = {**params, "heir": choice_label(new.field, heir, ctx.actor.language)}
    yield PlanItem(path, "removed", message, named, WARN, rows)


def _samples(ctx: Context, definition: FieldDef) -> list[dict[str, Any]]:
    column = definition.column
    assert column is not None
    rows = sa.select(column.table.c.id, column).where(column.is_not(None)).order_by(column.table.c.id).limit(limits.SAMPLES)
    converter = Converter(ctx, definition, definition)
    found = ctx.connection.execute(rows).all()
    converter.prepare([row[1] for row in found])
    return [{"id": identity, "value": converter.text(value)[:200]} for identity, value in found]


def _params(rows: int) -> dict[str, object]:
    return {"rows": rows, "days": limits.TRASH_DAYS}


def _count(ctx: Context, statement: sa.Select[Any]) -> int:
    return int(ctx.connection.scalar(statement) or 0)
