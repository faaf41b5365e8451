"""The recycle bin: records that are deleted stay in their table, marked, until they are purged.

What points at a deleted record is dealt with as its relation says: `refuse` keeps the record, `clear` empties the relation,
`delete` takes the children along. Children that went with their parent come back with it; emptied relations do not.
Links of many-to-many fields stay and are not shown while one end is in the bin.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from builder.errors import Problem
from runtime import access, changes, tables
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from runtime.records.bulk import update_many
from runtime.records.copying import note_many
from runtime.records.database_problems import as_problem
from runtime.records.draft import Draft
from runtime.records.locking import possible_ids
from runtime.records.plan import WritePlan, plan_of
from runtime.records.saving import note_changes
from runtime.records.statements import lock_statement
from runtime.tables import EntityDef, FieldDef

_IDS = ARRAY(sa.BigInteger)
REFUSE, CLEAR, DELETE = "refuse", "clear", "delete"


def delete(ctx: Context, entity_name: str, record_id: int, expected_version: int | None = None) -> None:
    """Into the bin. Raises NotFound, Forbidden, Stale, and Conflict when other records point at it that must not lose it."""
    versions = _lock(ctx, plan_of(ctx.catalog, entity_name), [record_id], binned=False)
    if record_id not in versions:
        raise NotFound
    if expected_version is not None and versions[record_id] != expected_version:
        raise Stale(versions[record_id])
    _to_bin(ctx, entity_name, [record_id], set())


def delete_many(ctx: Context, entity_name: str, ids: Sequence[int]) -> list[int]:
    """Several records into the bin, all or none; ids that the actor cannot see are passed over. Raises Forbidden, Conflict."""
    found = _lock(ctx, plan_of(ctx.catalog, entity_name), ids, binned=False)
    _to_bin(ctx, entity_name, sorted(found), set())
    return sorted(found)


def restore(ctx: Context, entity_name: str, record_id: int) -> None:
    """Back out of the bin, with the children that went with it. Raises NotFound, Forbidden, Invalid when a value that must be
    unique has been taken meanwhile, Conflict when its parent is in the bin."""
    plan = plan_of(ctx.catalog, entity_name)
    if record_id not in _lock(ctx, plan, [record_id], binned=True):
        raise NotFound
    _check_parents(ctx, plan, record_id)
    _out_of_bin(ctx, entity_name, [record_id])


def purge(ctx: Context, entity_name: str, record_id: int) -> None:
    """Removes a record that is in the bin for good. Raises NotFound, Forbidden, Conflict when something still points at it."""
    plan = plan_of(ctx.catalog, entity_name)
    versions = _lock(ctx, plan, [record_id], binned=True)
    if record_id not in versions:
        raise NotFound
    _purge(ctx, plan, [record_id])


def purge_expired(ctx: Context, entity_name: str, before: datetime, limit: int = 500) -> int:
    """Purges what has been in the bin since before this time, oldest first; how many. What others point at stays."""
    table = ctx.catalog.entity(entity_name).table
    oldest = sa.select(table.c.id).where(table.c.deleted_at < before).order_by(table.c.deleted_at, table.c.id).limit(limit)
    done = 0
    for identity in ctx.connection.scalars(oldest).all():
        savepoint = ctx.connection.begin_nested()
        try:
            purge(ctx, entity_name, identity)
        except (Conflict, NotFound):
            savepoint.rollback()
        else:
            savepoint.commit()
            done += 1
    return done


def _lock(ctx: Context, plan: WritePlan, ids: Sequence[int], *, binned: bool) -> dict[int, int]:
    """Versions by id of the records that the actor sees, locked. Raises Forbidden if one of them may not be deleted."""
    rights = access.rights(ctx, plan.entity)
    if not rights.may_read:
        return {}
    prepared = lock_statement(ctx, plan, "delete", binned=binned)
    rows = prepared.named(ctx, {"ids": possible_ids(ids)})
    if not all(row["allowed"] for row in rows):
        raise Forbidden
    return {row["id"]: row["version"] for row in rows}


def _elevated(ctx: Context) -> Context:
    """For what follows from a deletion: the relation says what happens to the children, not the actor's own rights on them."""
    return ctx.acting(replace(ctx.actor, is_admin=True))


def _to_bin(ctx: Context, entity_name: str, ids: Collection[int], seen: set[tuple[str, int]]) -> None:
    fresh = sorted(each for each in ids if (entity_name, each) not in seen)
    if not fresh:
        return
    seen.update((entity_name, each) for each in fresh)
    plan = plan_of(ctx.catalog, entity_name)
    table = plan.entity.table
    ctx = _elevated(ctx)
    for child, definition in ctx.catalog.references_to(entity_name):
        if definition.kind == tables.MANY_TO_ONE:
            _release(ctx, child, definition, fresh, seen)
    binned = (
        sa.update(table)
        .where(table.c.id == sa.any_(sa.literal(fresh, _IDS)), table.c.deleted_at.is_(None))
        .values(deleted_at=ctx.now, deleted_by=ctx.actor.user_id, version=table.c.version + 1)
        .returning(table.c.id, table.c.version)
    )
    _note(ctx, plan, changes.DELETE, ctx.connection.execute(binned).all())


def _release(ctx: Context, child: EntityDef, definition: FieldDef, ids: list[int], seen: set[tuple[str, int]]) -> None:
    """Deals with the living records that point at records on their way into the bin."""
    column = definition.column
    assert column is not None
    points = sa.and_(column == sa.any_(sa.literal(ids, _IDS)), child.table.c.deleted_at.is_(None))
    found = ctx.connection.scalars(
        sa.select(child.table.c.id).where(points).order_by(child.table.c.id).with_for_update(key_share=True)
    ).all()
    children = [each for each in found if (child.name, each) not in seen]
    if not children:
        return
    action = str(definition.field.options.get("on_delete", REFUSE))
    if action == DELETE:
        _to_bin(ctx, child.name, children, seen)
    elif action == CLEAR:
        try:
            update_many(ctx, child.name, children, {definition.key: None})
        except Invalid as error:
            raise Conflict("Records that point at this one cannot do without it.", error.problems) from error
    else:
        label = child.entity.plural or child.entity.label
        problem = Problem(
            "",
            "still_used",
            "{count} records of “{entity}” still point at this one.",
            {"count": len(children), "entity": label.in_language(ctx.actor.language)},
        )
        raise Conflict("Other records still point at this one.", [problem])


def _note(ctx: Context, plan: WritePlan, op: str, rows: Sequence[Any]) -> None:
    if rows:
        note_many(ctx, plan, op, [(Draft(id=row[0], version=row[1]), "{}", "{}") for row in sorted(rows)])
        note_changes(ctx, plan)


def _check_parents(ctx: Context, plan: WritePlan, record_id: int) -> None:
    """A child does not come back without the parent that took it along."""
    table = plan.entity.table
    for definition in plan.references:
        column = definition.column
        if column is None or definition.field.options.get("on_delete") != DELETE:
            continue
        parent = ctx.catalog.entity(str(definition.target)).table.alias()
        gone = (
            sa.select(parent.c.id)
            .join(table, column == parent.c.id)
            .where(table.c.id == record_id, parent.c.deleted_at.is_not(None))
        )
        if ctx.connection.scalar(gone) is not None:
            raise Conflict("What this record belongs to is in the recycle bin. Restore that first.")


def _out_of_bin(ctx: Context, entity_name: str, ids: Sequence[int]) -> None:
    """Restores records and, level by level, the children that were deleted in the same moment."""
    plan = plan_of(ctx.catalog, entity_name)
    ctx = _elevated(ctx)
    table = plan.entity.table
    wanted = table.c.id == sa.any_(sa.literal(sorted(ids), _IDS))
    moments = {row.id: row.deleted_at for row in ctx.connection.execute(sa.select(table.c.id, table.c.deleted_at).where(wanted))}
    back = (
        sa.update(table)
        .where(wanted, table.c.deleted_at.is_not(None))
        .values(deleted_at=None, deleted_by=None, version=table.c.version + 1, changed_at=ctx.now, changed_by=ctx.actor.user_id)
        .returning(table.c.id, table.c.version)
    )
    try:
        rows = ctx.connection.execute(back).all()
    except sa.exc.DBAPIError as error:
        raise as_problem(plan, error) from error
    _note(ctx, plan, changes.RESTORE, rows)
    if not rows:
        return
    for child, definition in ctx.catalog.references_to(entity_name):
        if (
            definition.kind == tables.MANY_TO_ONE
            and definition.field.options.get("on_delete") == DELETE
            and definition.column is not None
        ):
            pairs = sa.select(child.table.c.id, definition.column, child.table.c.deleted_at).where(
                definition.column == sa.any_(sa.literal(sorted(moments), _IDS)), child.table.c.deleted_at.is_not(None)
            )
            together = [identity for identity, parent, at in ctx.connection.execute(pairs) if at == moments[parent]]
            if together:
                _out_of_bin(ctx, child.name, together)


def _purge(ctx: Context, plan: WritePlan, ids: Sequence[int]) -> None:
    """Deletes binned rows; binned children whose relation says so go first, emptied relations of binned records are emptied."""
    table = plan.entity.table
    wanted = sa.literal(sorted(ids), _IDS)
    for child, definition in ctx.catalog.references_to(plan.name):
        column = definition.column
        if column is None:
            continue
        points = sa.and_(column == sa.any_(wanted), child.table.c.deleted_at.is_not(None))
        action = definition.field.options.get("on_delete", REFUSE)
        if action == DELETE:
            children = ctx.connection.scalars(sa.select(child.table.c.id).where(points).order_by(child.table.c.id)).all()
            children = [each for each in children if child.name != plan.name or each not in ids]
            if children:
                _purge(ctx, plan_of(ctx.catalog, child.name), children)
        elif action == CLEAR or child.name == plan.name:
            ctx.connection.execute(sa.update(child.table).where(points).values({column.name: None}))
    gone = (
        sa.delete(table)
        .where(table.c.id == sa.any_(wanted), table.c.deleted_at.is_not(None))
        .returning(table.c.id, table.c.version)
    )
    try:
        rows = ctx.connection.execute(gone).all()
    except sa.exc.DBAPIError as error:
        raise as_problem(plan, error) from error
    _note(ctx, plan, changes.PURGE, rows)
