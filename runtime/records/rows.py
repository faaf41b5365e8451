"""A record together with the records that belong to it: saved all or none, with all their problems told at once.

A row is an object with the values of its fields; `id` names a record that is there already, `version` refuses the change of a
row that somebody else has changed meanwhile, `_delete` takes it into the recycle bin. Problems of rows have paths such as
`lines.2.amount`; the number is the place in the list that was given.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from builder.errors import Problem
from builder.fields.link import read_id
from runtime import access
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from runtime.records.bin import delete
from runtime.records.bulk import save_drafts, save_rows
from runtime.records.database_problems import find_duplicates
from runtime.records.draft import Draft
from runtime.records.evaluate import Evaluator
from runtime.records.locking import lock_drafts, possible_ids
from runtime.records.plan import WritePlan, plan_of
from runtime.records.saving import note_changes
from runtime.records.settle import settle
from runtime.records.values import readers_of
from runtime.records.write import Written, check_may_create, create, update
from runtime.tables import ONE_TO_MANY

MOST_ROWS = 1_000
_STALE = Problem("", "stale", "Somebody else changed this row meanwhile.")
_GONE = Problem("", "not_found", "This row does not exist any more.")


@dataclass(frozen=True)
class RowSet:
    """Rows of one entity that belong to a record through `field`. name: what their problems are told under."""

    name: str
    entity: str
    field: str
    rows: Sequence[Any]


@dataclass(frozen=True)
class _Row:
    number: int
    id: int
    version: int | None
    values: Mapping[str, Any]


@dataclass
class _Sorted:
    new: list[_Row] = field(default_factory=list)
    old: list[_Row] = field(default_factory=list)
    gone: list[_Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def save_with_rows(
    ctx: Context,
    entity_name: str,
    record_id: int | None,
    raw: Mapping[str, Any],
    sets: Sequence[RowSet],
    expected_version: int | None = None,
) -> Written:
    """Creates (`record_id` None) or changes a record and its rows. Rows that are not named stay as they are.

    The rights of the rows' own entity hold for each row. Raises as `write.create` and `write.update`.
    """
    too_many = [
        Problem(each.name, "too_many", "At most {max} rows at once.", {"max": MOST_ROWS})
        for each in sets
        if len(each.rows) > MOST_ROWS
    ]
    if too_many:
        raise Invalid(too_many)
    savepoint = ctx.connection.begin_nested()
    try:
        written, problems = _save_parent(ctx, entity_name, record_id, raw, expected_version)
        parent = written.id if written else record_id
        if written and record_id is None:
            ctx = replace(ctx, made=(entity_name, written.id))
        for each in sets:
            problems += _save_set(ctx, each, parent) if parent else check_rows(ctx, each)
        if problems or written is None:
            raise Invalid(problems)
    except BaseException:
        savepoint.rollback()
        raise
    savepoint.commit()
    return written


def save_nested(
    ctx: Context, entity_name: str, record_id: int | None, raw: Mapping[str, Any], expected_version: int | None = None
) -> Written:
    """As `write.create` and `write.update`; lists under the keys of one-to-many fields are rows that are saved with the record."""
    entity = ctx.catalog.find(entity_name)
    sets = []
    if entity is not None and isinstance(raw, Mapping) and any(type(value) is list for value in raw.values()):
        readable = access.rights(ctx, entity).readable_fields
        for key, value in raw.items():
            definition = entity.fields.get(key)
            if definition is not None and definition.kind == ONE_TO_MANY and isinstance(value, list) and key in readable:
                sets.append(RowSet(key, str(definition.target), str(definition.inverse), value))
    if not sets:
        return create(ctx, entity_name, raw) if record_id is None else update(ctx, entity_name, record_id, raw, expected_version)
    names = {each.name for each in sets}
    own = {key: value for key, value in raw.items() if key not in names}
    return save_with_rows(ctx, entity_name, record_id, own, sets, expected_version)


def check(
    ctx: Context, entity_name: str, raw: Mapping[str, Any], sets: Sequence[RowSet] = (), *, only: Collection[str]
) -> list[Problem]:
    """What keeps a new record with these values from being saved, as far as it is about the fields and rows named in `only`:
    for forms that are filled in step by step. Nothing is saved. Raises Forbidden, NotFound."""
    plan = plan_of(ctx.catalog, entity_name)
    check_may_create(ctx, plan)
    draft = Draft()
    draft.new, draft.problems = readers_of(ctx, plan, "create").read(raw)
    draft.given = tuple(draft.new)
    settle(ctx, _about(ctx, plan, set(only)), [draft])
    find_duplicates(ctx, plan, [draft])
    found = [each for each in draft.problems if each.path in only]
    return found + [problem for each in sets if each.name in only for problem in check_rows(ctx, each)]


def _about(ctx: Context, plan: WritePlan, keys: set[str]) -> WritePlan:
    """The plan with those rules alone that look at these fields; the others are not filled in yet."""
    evaluator = Evaluator(ctx, plan, [])
    rules = tuple(each for each in plan.entity.entity.rules if evaluator.fields_of(each.condition) <= keys)
    return replace(plan, entity=replace(plan.entity, entity=replace(plan.entity.entity, rules=rules)))


def check_rows(ctx: Context, rows: RowSet) -> list[Problem]:
    """The problems of rows whose record is not there yet."""
    plan = plan_of(ctx.catalog, rows.entity)
    found = _sort(rows)
    if not access.rights(ctx, plan.entity).may_create and found.new:
        return [*found.problems, Problem(rows.name, "forbidden", "You do not have the right to create records here.")]
    readers = readers_of(ctx, plan, "create", many=True)
    drafts = []
    for each in found.new:
        values, problems = readers.read(each.values)
        drafts.append(Draft(new=values, problems=problems, given=tuple(values)))
    settle(ctx, plan, drafts)
    find_duplicates(ctx, plan, drafts)
    for each, draft in zip(found.new, drafts, strict=True):
        found.problems += [_at(rows, each, one) for one in draft.problems if one.path != rows.field]
    return found.problems


def _save_parent(
    ctx: Context, entity_name: str, record_id: int | None, raw: Mapping[str, Any], expected_version: int | None
) -> tuple[Written | None, list[Problem]]:
    savepoint = ctx.connection.begin_nested()
    try:
        if record_id is None:
            written = create(ctx, entity_name, raw)
        else:
            written = update(ctx, entity_name, record_id, raw, expected_version)
    except Invalid as error:
        savepoint.rollback()
        return None, list(error.problems)
    except BaseException:
        savepoint.rollback()
        raise
    savepoint.commit()
    return written, []


def _save_set(ctx: Context, rows: RowSet, parent: int) -> list[Problem]:
    plan = plan_of(ctx.catalog, rows.entity)
    found = _sort(rows)
    problems = found.problems
    found.old, found.gone = _own(ctx, plan, rows, parent, found.old, problems), _own(ctx, plan, rows, parent, found.gone, [])
    for each in found.gone:
        problems += [_at(rows, each, one) for one in _delete(ctx, rows.entity, each)]
    problems += _update(ctx, plan, rows, found.old)
    if found.new:
        outcomes = save_rows(ctx, rows.entity, [{**each.values, rows.field: parent} for each in found.new], partial=True)
        for each, outcome in zip(found.new, outcomes, strict=True):
            problems += [_at(rows, each, one) for one in outcome.problems]
    note_changes(ctx, plan)
    return problems


def _sort(rows: RowSet) -> _Sorted:
    found = _Sorted()
    seen: set[int] = set()
    for number, raw in enumerate(rows.rows):
        if not isinstance(raw, Mapping):
            found.problems.append(Problem(f"{rows.name}.{number}", "not_an_object", "A row must be an object with its fields."))
            continue
        given = raw.get("id")
        identity = read_id(given) or 0
        version = raw.get("version")
        values = {key: value for key, value in raw.items() if key not in ("id", "version", "_delete")}
        row = _Row(number, identity, version if isinstance(version, int) else None, values)
        if given not in (None, "") and not identity:
            found.problems.append(_at(rows, row, _GONE))
        elif identity and identity in seen:
            found.problems.append(_at(rows, row, Problem("", "duplicate", "This row is named twice.")))
        elif raw.get("_delete") is True:
            found.gone += [row] if identity else []
        else:
            (found.old if identity else found.new).append(row)
        seen.add(identity)
    return found


def _own(ctx: Context, plan: WritePlan, rows: RowSet, parent: int, given: list[_Row], problems: list[Problem]) -> list[_Row]:
    """Those rows that belong to the record; the others look as if they were not there."""
    column = plan.entity.fields[rows.field].column
    if not given or column is None:
        return []
    table = plan.entity.table
    ids = sa.bindparam("ids", possible_ids(each.id for each in given), sa.ARRAY(sa.BigInteger))
    known = set(
        ctx.connection.scalars(
            sa.select(table.c.id).where(table.c.id == sa.any_(ids), column == parent, table.c.deleted_at.is_(None))
        )
    )
    problems += [_at(rows, each, _GONE) for each in given if each.id not in known]
    return [each for each in given if each.id in known]


def _delete(ctx: Context, entity_name: str, row: _Row) -> list[Problem]:
    try:
        delete(ctx, entity_name, row.id, row.version)
    except NotFound:
        return [_GONE]
    except Forbidden:
        return [Problem("", "forbidden", "You do not have the right to delete this record.")]
    except Stale:
        return [_STALE]
    except Conflict as error:
        return list(error.problems) or [Problem("", "still_used", "Other records still point at this one.")]
    return []


def _update(ctx: Context, plan: WritePlan, rows: RowSet, given: Sequence[_Row]) -> list[Problem]:
    """Changes rows. One whose values are as they were is left alone, whoever may change it and whoever was faster."""
    if not given:
        return []
    found = lock_drafts(ctx, plan, [(each.id, each.values) for each in given], partial=True)
    problems: list[Problem] = []
    touched: list[tuple[_Row, Draft]] = []
    for row, draft in zip(given, found, strict=True):
        if draft is None:
            problems.append(_at(rows, row, _GONE))
        elif draft.changed() or any(each.code != "forbidden" for each in draft.problems):
            if row.version is not None and row.version != draft.version:
                draft.problems.append(_STALE)
            touched.append((row, draft))
    save_drafts(ctx, plan, [draft for _, draft in touched], partial=True)
    return problems + [_at(rows, row, each) for row, draft in touched for each in draft.problems]


def _at(rows: RowSet, row: _Row, problem: Problem) -> Problem:
    path = f"{rows.name}.{row.number}"
    return replace(problem, path=f"{path}.{problem.path}" if problem.path else path)
