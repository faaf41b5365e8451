"""Trying automations out: on one record with everything undone afterwards, and over the changes of past days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from runtime.automations.conditions import explain_leaves, judge
from runtime.automations.engine import advance_run
from runtime.automations.images import load_images
from runtime.automations.insert import WAITING, NewRun, insert_runs
from runtime.automations.matching import decide
from runtime.automations.names import Names
from runtime.automations.places import automation_context, environment
from runtime.automations.plans import Plan, find_plan, load_states
from runtime.automations.records import Records
from runtime.automations.runs import trace_of
from runtime.automations.sweep import offsets
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, NotFound
from runtime.platform.automation import Run
from runtime.platform.changes import Change
from runtime.records import write
from runtime.tables import EntityDef

MOST_WAITS = 20
MOST_CHANGES = 5_000
MOST_RECORDS = 20_000
_EXAMPLES = 50


def try_on(
    ctx: Context, automation: str, record_id: int | None = None, *, rung: str = "", inputs: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Runs an automation on a record with the real engine and undoes all of it: nothing is saved, nobody is told.

    Waits are passed over. ctx: its catalog says what is played, so that a draft can be (staging.py). Gives `state`, `reason`, `condition`, `steps`, `notifications`, `effects` and `changes`.
    Raises Forbidden, NotFound, Conflict for a broken automation.
    """
    plan = _plan(ctx, automation)
    entity = ctx.catalog.find(plan.entity)
    if entity is not None and record_id is None:
        raise NotFound
    savepoint = ctx.connection.begin_nested()
    try:
        return _try(ctx, plan, entity, record_id, rung or (plan.ladder[0].key if plan.ladder else ""), inputs or {})
    finally:
        savepoint.rollback()


def _try(
    ctx: Context, plan: Plan, entity: EntityDef | None, record_id: int | None, rung: str, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    condition = None
    if entity is not None and record_id is not None:
        records = Records(ctx, environment(ctx, ctx.actor.user_id))
        row = records.get(entity, record_id)
        if row is None:
            raise NotFound
        names = Names(records, entity, row)
        condition = {"holds": judge(plan.condition, names).holds, "leaves": explain_leaves(plan.condition, names)}
    # Kind "test" so that the date rule's own check does not end the run: trying means "as if it were due".
    cause = {"kind": "test", "actor": ctx.actor.user_id, "rung": rung, "inputs": dict(inputs), "before": {}}
    sound = replace(plan, state=replace(plan.state, paused_reason=None))
    new = NewRun(ctx.workspace.id, sound, f"test:{uuid4().hex}", cause, record_id)
    (run_id,) = insert_runs(ctx.connection, [new], ctx.now)
    if inputs and entity is not None and record_id is not None:
        write.update(automation_context(ctx, plan.name, run_id, 0), entity.name, record_id, inputs)
    execution = advance_run(ctx.connection, run_id, ctx.now, trial=ctx)
    for _ in range(MOST_WAITS):
        if execution is None or execution.state not in (WAITING, "pending"):
            break
        execution = advance_run(ctx.connection, run_id, ctx.now, trial=ctx)
    if execution is None:
        state, reason = ctx.connection.execute(sa.select(Run.state, Run.reason).where(Run.id == run_id)).one()
    else:
        state, reason = execution.state, execution.reason
    return {
        "state": state,
        "reason": reason,
        "condition": condition,
        "changes": _made(ctx, run_id),
        **trace_of(ctx.connection, run_id),
    }


def _made(ctx: Context, run_id: int) -> list[dict[str, Any]]:
    """The changes that the run would make."""
    statement = sa.select(Change.entity, Change.record_id, Change.op, Change.before, Change.after).where(Change.run_id == run_id)
    return [dict(row) for row in ctx.connection.execute(statement.order_by(Change.id)).mappings()]


def backtest(ctx: Context, automation: str, days: int = 30) -> dict[str, Any]:
    """How often it would have fired in the past days: `total`, `by_day` (local date -> count), `examples`.

    A change trigger looks at the newest 5,000 changes as they were; a date rule at the dates and records as they are now.
    """
    plan = _plan(ctx, automation)
    entity = ctx.catalog.find(plan.entity)
    if entity is None or plan.kind not in ("change", "date"):
        raise Conflict("Only changes and dates can be played back.")
    since = ctx.now - timedelta(days=max(1, min(days, 365)))
    found = _past_changes(ctx, plan, entity, since) if plan.kind == "change" else _past_dates(ctx, plan, entity, since)
    by_day: Counter[str] = Counter()
    examples: list[dict[str, Any]] = []
    for record_id, moment, word in found:
        by_day[moment.astimezone(ctx.workspace.zone).date().isoformat()] += 1
        if len(examples) < _EXAMPLES:
            examples.append({"record": record_id, "at": moment, "what": word})
    return {"days": days, "total": sum(by_day.values()), "by_day": dict(sorted(by_day.items())), "examples": examples}


def _past_changes(ctx: Context, plan: Plan, entity: EntityDef, since: datetime) -> Iterator[tuple[int, datetime, str]]:
    statement = (
        sa.select(Change.__table__)
        .where(Change.workspace_id == ctx.workspace.id, Change.entity == entity.name, Change.at >= since)
        .order_by(Change.id.desc())
        .limit(MOST_CHANGES)
    )
    rows = ctx.connection.execute(statement).all()
    images = load_images(Records(ctx, environment(ctx)), entity, rows)
    for row in rows:
        if row.automation != plan.name and decide(plan, row, images).fires:
            yield row.record_id, row.at, row.op


def _past_dates(ctx: Context, plan: Plan, entity: EntityDef, since: datetime) -> Iterator[tuple[int, datetime, str]]:
    column = entity.column(str(plan.trigger["field"]))
    statement = sa.select(entity.table.c.id).where(entity.table.c.deleted_at.is_(None), column.is_not(None)).limit(MOST_RECORDS)
    ids = list(ctx.connection.scalars(statement))
    records = Records(ctx, environment(ctx))
    records.load(entity, ids)
    for record_id in ids:
        row = records.get(entity, record_id)
        if row is None or not judge(plan.condition, Names(records, entity, row)).holds:
            continue
        for rung, offset in offsets(ctx, plan).items():
            due = offset.due(row[str(plan.trigger["field"])])
            if due is not None and since <= due <= ctx.now:
                yield record_id, due, rung


def _plan(ctx: Context, automation: str) -> Plan:
    if not ctx.actor.is_admin:
        raise Forbidden("Only administrators can try automations out.")
    states = load_states(ctx.connection, [ctx.workspace.id]).get(ctx.workspace.id, {})
    plan = find_plan(ctx.catalog, automation, states)
    if plan is None:
        raise NotFound
    if plan.problems:
        raise Conflict("The automation is broken.", plan.problems)
    return plan
