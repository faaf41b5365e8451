"""Runs as people look at them: lists, one with its trace, again from the step that failed, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from runtime.automations.insert import CANCELLED, FAILED, MATCH_ERROR, PENDING, UNFINISHED, NewRun, insert_runs
from runtime.automations.plans import find_plan, load_states
from runtime.changes import wake
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, NotFound
from runtime.platform.automation import Effect, Run, RunStep
from runtime.platform.personal import Notification
from runtime.unit_of_work import after_commit

MAX_LIMIT = 200
_LISTED = (
    Run.id,
    Run.automation,
    Run.app_version,
    Run.entity,
    Run.record_id,
    Run.state,
    Run.reason,
    Run.cause,
    Run.attempt,
    Run.due_at,
    Run.created_at,
    Run.finished_at,
)


@dataclass(frozen=True)
class RunQuery:
    """Which runs, newest first. record: `(entity, id)`; before: older than this run id."""

    automation: str | None = None
    record: tuple[str, int] | None = None
    state: str | None = None
    before: int | None = None
    limit: int = 50


def list_runs(ctx: Context, query: RunQuery) -> list[dict[str, Any]]:
    """Runs without their traces. Raises Forbidden: traces and causes show values that roles may hide."""
    require_admin(ctx)
    statement = sa.select(*_LISTED).where(Run.workspace_id == ctx.workspace.id).order_by(Run.id.desc())
    if query.automation is not None:
        statement = statement.where(Run.automation == query.automation)
    if query.record is not None:
        statement = statement.where(Run.entity == query.record[0], Run.record_id == query.record[1])
    if query.state is not None:
        statement = statement.where(Run.state == query.state)
    if query.before is not None:
        statement = statement.where(Run.id < query.before)
    limit = max(1, min(query.limit, MAX_LIMIT))
    return [dict(row) for row in ctx.connection.execute(statement.limit(limit)).mappings()]


def get_run(ctx: Context, run_id: int) -> dict[str, Any]:
    """One run with `steps` (its trace), `effects` (mails and their state) and `notifications`. Raises Forbidden, NotFound."""
    require_admin(ctx)
    statement = sa.select(*_LISTED, Run.settings, Run.outputs, Run.depth, Run.chain)
    row = ctx.connection.execute(statement.where(Run.id == run_id, Run.workspace_id == ctx.workspace.id)).mappings().first()
    if row is None:
        raise NotFound
    return {**row, **trace_of(ctx.connection, run_id)}


def trace_of(connection: sa.Connection, run_id: int) -> dict[str, list[dict[str, Any]]]:
    """`steps`, `effects` and `notifications` of a run."""
    steps = sa.select(RunStep.number, RunStep.step, RunStep.type, RunStep.state, RunStep.detail, RunStep.at)
    effects = sa.select(
        Effect.id,
        Effect.key,
        Effect.kind,
        Effect.payload,
        Effect.state,
        Effect.attempt,
        Effect.error,
        Effect.due_at,
        Effect.sent_at,
    )
    bells = sa.select(Notification.id, Notification.key, Notification.user_id, Notification.title, Notification.body)
    return {
        "steps": _rows(connection, steps.where(RunStep.run_id == run_id).order_by(RunStep.number)),
        "effects": _rows(connection, effects.where(Effect.run_id == run_id).order_by(Effect.id)),
        "notifications": _rows(connection, bells.where(Notification.run_id == run_id).order_by(Notification.id)),
    }


def retry(ctx: Context, run_id: int) -> None:
    """A failed run goes on from the step that failed, on the version that it began with; one that could not be matched
    is run. Raises Forbidden, NotFound, Conflict for a run in any other state."""
    row = _locked(ctx, run_id)
    if row.state not in (FAILED, MATCH_ERROR):
        raise Conflict("Only a run that failed can be tried again.")
    statement = sa.update(Run).where(Run.id == run_id)
    ctx.connection.execute(statement.values(state=PENDING, reason=None, finished_at=None, attempt=Run.attempt + 1))
    after_commit(ctx.connection, "wake", wake)


def run_again(ctx: Context, run_id: int) -> int:
    """A new run for the same record and cause, by the automation as it is now; its id.

    Raises Forbidden, NotFound, Conflict when the automation is switched off, broken or paused, or the run is not over yet.
    """
    require_admin(ctx)
    columns = (Run.automation, Run.state, Run.cause, Run.record_id, Run.depth, Run.chain)
    row = ctx.connection.execute(sa.select(*columns).where(Run.id == run_id, Run.workspace_id == ctx.workspace.id)).first()
    states = load_states(ctx.connection, [ctx.workspace.id]).get(ctx.workspace.id, {})
    plan = find_plan(ctx.catalog, row.automation, states) if row is not None else None
    if row is None or plan is None:
        raise NotFound
    if row.state in UNFINISHED:
        raise Conflict("This run is not over yet.")
    if not plan.is_enabled or plan.is_paused:
        raise Conflict("The automation is switched off, paused or broken.")
    cause = {**row.cause, "again": run_id, "again_by": ctx.actor.user_id}
    key = f"again:{run_id}:{uuid4().hex}"
    new = NewRun(ctx.workspace.id, plan, key, cause, row.record_id, depth=row.depth, chain=row.chain)
    (made,) = insert_runs(ctx.connection, [new], ctx.now)
    after_commit(ctx.connection, "wake", wake)
    return made


def cancel(ctx: Context, run_id: int) -> None:
    """A run that waits is given up. Raises Forbidden, NotFound, Conflict when it is over already."""
    row = _locked(ctx, run_id)
    if row.state not in UNFINISHED:
        raise Conflict("This run is over already.")
    statement = sa.update(Run).where(Run.id == run_id)
    ctx.connection.execute(statement.values(state=CANCELLED, reason=f"Cancelled by {ctx.actor.name}.", finished_at=ctx.now))


def run_counts(ctx: Context) -> Mapping[str, Mapping[str, int]]:
    """How many runs there are in each state, by automation."""
    require_admin(ctx)
    statement = sa.select(Run.automation, Run.state, sa.func.count()).where(Run.workspace_id == ctx.workspace.id)
    found: dict[str, dict[str, int]] = {}
    for automation, state, count in ctx.connection.execute(statement.group_by(Run.automation, Run.state)):
        found.setdefault(automation, {})[state] = count
    return found


def _locked(ctx: Context, run_id: int) -> Any:
    require_admin(ctx)
    statement = sa.select(Run.id, Run.state).where(Run.id == run_id, Run.workspace_id == ctx.workspace.id)
    row = ctx.connection.execute(statement.with_for_update()).first()
    if row is None:
        raise NotFound
    return row


def require_admin(ctx: Context) -> None:
    """Raises Forbidden for everybody else."""
    if not ctx.actor.is_admin:
        raise Forbidden("Only administrators can look at runs.")


def _rows(connection: sa.Connection, statement: sa.Executable) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(statement).mappings()]
