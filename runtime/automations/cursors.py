"""How far date rules and schedules have been looked at; a cursor's row lock is the sweeper's mutex."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from runtime.automations.insert import NewRun, insert_runs
from runtime.automations.places import open_places
from runtime.automations.plans import Plan, all_plans, find_plan, load_states
from runtime.automations.schedule import last_occurrence, next_occurrence, occurrence_key
from runtime.automations.sweep import OVERLAP, fingerprint, sweep_window
from runtime.context import Context
from runtime.platform.automation import SweepCursor

EVERY = timedelta(minutes=1)
RECONCILE_EVERY = timedelta(hours=24)
_TABLE = SweepCursor.__table__
_RELEASE = sa.text(
    "UPDATE formloom.run SET state = 'pending' WHERE workspace_id = :workspace AND automation = ANY(:names) AND state = 'held'"
)


def sync_cursors(ctx: Context) -> None:
    """Makes the cursors that date rules and schedules of this workspace lack, and drops those of automations that are gone."""
    states = load_states(ctx.connection, [ctx.workspace.id]).get(ctx.workspace.id, {})
    plans = list(all_plans(ctx.catalog, states))
    _release(ctx, [each.name for each in plans if each.is_enabled and not each.is_paused])
    wanted = [each for each in plans if each.kind in ("date", "schedule")]
    gone = sa.delete(SweepCursor).where(
        SweepCursor.workspace_id == ctx.workspace.id, SweepCursor.automation.not_in([each.name for each in wanted])
    )
    ctx.connection.execute(gone)
    if wanted:
        rows = [
            {"workspace_id": ctx.workspace.id, "automation": each.name, "rung": "", "watermark": ctx.now, "next_at": ctx.now}
            for each in wanted
        ]
        statement = insert(SweepCursor).values(rows)
        # Those that are there are looked at now: their rule may have changed.
        keys = [SweepCursor.workspace_id, SweepCursor.automation, SweepCursor.rung]
        ctx.connection.execute(statement.on_conflict_do_update(index_elements=keys, set_={"next_at": ctx.now}))


def _release(ctx: Context, names: list[str]) -> None:
    """What was held because its automation was broken goes on when a new version has mended it."""
    ctx.connection.execute(_RELEASE, {"workspace": ctx.workspace.id, "names": names})


def sweep_one(connection: sa.Connection, now: datetime, taken: list[sa.Row[Any]] | None = None) -> bool:
    """Takes one cursor that is due and does its work; False when none is. The caller commits.

    taken: gets the cursor, so that the caller can tell which one failed.
    """
    statement = (
        sa.select(_TABLE)
        .where(SweepCursor.next_at <= now)
        .order_by(SweepCursor.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    cursor = connection.execute(statement).first()
    if cursor is None:
        return False
    if taken is not None:
        taken.append(cursor)
    ctx = open_places(connection, [cursor.workspace_id], now).get(cursor.workspace_id)
    states = load_states(connection, [cursor.workspace_id]).get(cursor.workspace_id, {})
    plan = find_plan(ctx.catalog, cursor.automation, states) if ctx is not None else None
    if ctx is None or plan is None or not plan.is_enabled:
        # A schedule that was switched off does not make up for what it missed; a date rule looks at the dates themselves.
        watermark = now if plan is not None and plan.kind == "schedule" else cursor.watermark
        _save(connection, cursor, next_at=_next_minute(now), watermark=watermark)
    elif plan.kind == "schedule":
        _run_schedule(ctx, plan, cursor)
    else:
        _run_dates(ctx, plan, cursor)
    return True


def put_off(connection: sa.Connection, cursor: sa.Row[Any], now: datetime) -> None:
    """Looks at this cursor again in a minute."""
    _save(connection, cursor, next_at=_next_minute(now))


def next_due(connection: sa.Connection) -> datetime | None:
    """When the next cursor is due."""
    return connection.scalar(sa.select(sa.func.min(SweepCursor.next_at)))


def _run_dates(ctx: Context, plan: Plan, cursor: sa.Row[Any]) -> None:
    mark = fingerprint(ctx, plan)
    full = mark != cursor.fingerprint or cursor.reconciled_at is None or ctx.now - cursor.reconciled_at >= RECONCILE_EVERY
    if sweep_window(ctx, plan, None if full else cursor.watermark - OVERLAP):
        reconciled = ctx.now if full else cursor.reconciled_at
        _save(
            ctx.connection, cursor, watermark=ctx.now, fingerprint=mark, reconciled_at=reconciled, next_at=_next_minute(ctx.now)
        )


def _run_schedule(ctx: Context, plan: Plan, cursor: sa.Row[Any]) -> None:
    cron, zone = str(plan.trigger["cron"]), ctx.workspace.zone
    mark = f"{cron} {zone}"
    # After an outage only the newest missed occurrence runs; a new or changed schedule begins now.
    missed = last_occurrence(cron, zone, cursor.watermark, ctx.now) if mark == cursor.fingerprint else None
    if missed is not None:
        nominal, count = missed
        cause = {"kind": "schedule", "nominal": nominal.isoformat(), "occurrences": count}
        insert_runs(ctx.connection, [NewRun(ctx.workspace.id, plan, occurrence_key(nominal), cause)], ctx.now)
    following = next_occurrence(cron, zone, ctx.now)
    _save(ctx.connection, cursor, watermark=ctx.now, fingerprint=mark, next_at=following[1] if following else None)


def _save(connection: sa.Connection, cursor: sa.Row[Any], **values: object) -> None:
    connection.execute(
        sa.update(SweepCursor)
        .where(
            SweepCursor.workspace_id == cursor.workspace_id,
            SweepCursor.automation == cursor.automation,
            SweepCursor.rung == cursor.rung,
        )
        .values(**values)
    )


def _next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + EVERY
