"""Taking an import back: what it made goes to the bin, what it changed gets its former values, as far as nobody touched it since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from runtime import clock
from runtime.changes import TABLE as CHANGES
from runtime.context import Cause, Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.exchange import batches, wakeup
from runtime.exchange.batches import DONE, FAILED, UNDOING, UNDONE, Batch
from runtime.records import write
from runtime.records.draft import stored_values
from runtime.records.links import linked_ids
from runtime.records.plan import WritePlan, plan_of
from runtime.records.values import json_values
from runtime.unit_of_work import transaction

BATCH = 500
_MOST_KEPT = 200


def start_undo(ctx: Context, batch_id: int) -> Batch:
    """Lets a worker take an import back. Raises NotFound, and Conflict unless it has ended."""
    batch = batches.get_batch(ctx, batch_id)
    if batch.state not in (DONE, FAILED):
        raise Conflict("Only an import that has ended can be undone.")
    newest = ctx.connection.scalar(sa.select(sa.func.max(CHANGES.c.id)).where(CHANGES.c.batch_id == batch_id)) or 0
    report = {"deleted": 0, "reverted": 0, "kept": [], "kept_count": 0}
    batches.set_batch(
        ctx.connection, batch_id, state=UNDOING, cursor=newest + 1, reason=None, options={**batch.options, "undo": report}
    )
    wakeup.after_commit(ctx.connection)
    return batches.get_batch(ctx, batch_id)


def run_undo(engine: sa.Engine, batch_id: int) -> None:
    """Goes back through the changes of the import, newest first; each piece with its cursor in one transaction."""
    while True:
        with transaction(engine) as connection:
            batch = batches.claim(connection, batch_id)
            if batch is None or batch.state != UNDOING or not _step(connection, batch):
                return


def _step(connection: sa.Connection, batch: Batch) -> bool:
    """One piece of work; whether there may be more."""
    from runtime.exchange.job import context_of

    wanted = [CHANGES.c.batch_id == batch.id, CHANGES.c.id < batch.cursor, CHANGES.c.op.in_(("create", "update"))]
    newest = sa.select(CHANGES).where(*wanted).order_by(CHANGES.c.id.desc()).limit(BATCH)
    rows = [dict(row) for row in connection.execute(newest).mappings()]
    if not rows:
        batches.set_batch(connection, batch.id, state=UNDONE, finished_at=clock.now())
        batches.forget_file(connection, batch.id)
        return False
    ctx = replace(context_of(connection, batch), cause=Cause())
    report = dict(batch.options["undo"])
    for row in rows:
        outcome = _take_back(ctx, plan_of(ctx.catalog, row["entity"]), row)
        if outcome in ("deleted", "reverted"):
            report[outcome] += 1
        elif outcome:
            report["kept_count"] += 1
            report["kept"] = [*report["kept"], {"id": row["record_id"], "reason": outcome}][:_MOST_KEPT]
    options = {**batch.options, "undo": report}
    batches.set_batch(connection, batch.id, cursor=rows[-1]["id"], options=options)
    return True


def _take_back(ctx: Context, plan: WritePlan, change: Mapping[str, Any]) -> str:
    """`deleted`, `reverted`, or why the record was left as it is: changed_since, gone, refused."""
    savepoint = ctx.connection.begin_nested()
    try:
        found = _delete(ctx, plan, change) if change["op"] == "create" else _revert(ctx, plan, change)
    except NotFound:
        found = "gone"
    except (Conflict, Forbidden, Invalid):
        found = "refused"
    if found in ("deleted", "reverted"):
        savepoint.commit()
    else:
        savepoint.rollback()
    return found


def _delete(ctx: Context, plan: WritePlan, change: Mapping[str, Any]) -> str:
    table = plan.entity.table
    row = ctx.connection.execute(
        sa.select(table.c.version, table.c.deleted_at).where(table.c.id == change["record_id"])
    ).one_or_none()
    if row is None or row.deleted_at is not None:
        return "gone"
    if row.version != change["version"] and _touched_by_others(ctx, plan, change):
        return "changed_since"
    write.delete(ctx, plan.name, change["record_id"])
    return "deleted"


def _touched_by_others(ctx: Context, plan: WritePlan, change: Mapping[str, Any]) -> bool:
    """Whether any later change of the record is neither of this import nor of its undo. What automations did does not count:
    most of them were set off by the import itself."""
    others = sa.select(CHANGES.c.id).where(
        CHANGES.c.workspace_id == ctx.workspace.id,
        CHANGES.c.entity == plan.name,
        CHANGES.c.record_id == change["record_id"],
        CHANGES.c.id > change["id"],
        CHANGES.c.batch_id.is_distinct_from(change["batch_id"]),
        CHANGES.c.actor_kind != "automation",
        sa.or_(CHANGES.c.actor_kind != "import", CHANGES.c.batch_id.is_not(None)),
    )
    return ctx.connection.scalar(others.limit(1)) is not None


def _revert(ctx: Context, plan: WritePlan, change: Mapping[str, Any]) -> str:
    """Gives those fields their former value that still have the one of the import."""
    table = plan.entity.table
    row = ctx.connection.execute(sa.select(table).where(table.c.id == change["record_id"])).mappings().one_or_none()
    if row is None or row["deleted_at"] is not None:
        return "gone"
    values = stored_values(plan, dict(row))
    for key in change["after"]:
        if key in plan.links:
            values[key] = linked_ids(ctx, plan.links[key], [change["record_id"]]).get(change["record_id"], ())
    now = json_values(plan, {key: values[key] for key in change["after"] if key in values})
    back = {
        key: change["before"].get(key) for key, value in change["after"].items() if key in plan.writable and now.get(key) == value
    }
    if not back:
        return "changed_since"
    write.update(ctx, plan.name, change["record_id"], back)
    return "reverted"
