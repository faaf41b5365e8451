"""Runs move on. Several runs share a transaction, each step has a savepoint: a kill undoes the transaction and the same
runs are simply taken again, a failing step undoes only itself.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from runtime.automations.control import count_failure, forget_failures
from runtime.automations.execution import STEPS_PER_TRANSACTION, Execution, NeedsCare, Savepoints
from runtime.automations.guards import MAX_FAILURES_IN_ROW
from runtime.automations.insert import CANCELLED, DONE, FAILED, HELD, STOPPED, UNFINISHED
from runtime.automations.places import automation_actor, environment, open_places
from runtime.automations.plans import States, find_plan, load_states, pinned_plan
from runtime.automations.records import Records
from runtime.automations.values import plain
from runtime.context import Context

log = logging.getLogger("formloom.automations")

BATCH = 40
_COLUMNS = (
    "id, workspace_id, automation, app_version, entity, record_id, cause, position, outputs, settings, depth, chain, attempt"
)

# Every workspace with ready runs gets its share, so that one with a hundred thousand does not hold up the others.
_CLAIM = sa.text(
    f"""
    WITH RECURSIVE busy AS (
        (SELECT workspace_id AS id FROM formloom.run WHERE state = 'pending' ORDER BY workspace_id LIMIT 1)
        UNION ALL
        SELECT (SELECT n.workspace_id FROM formloom.run n WHERE n.state = 'pending' AND n.workspace_id > busy.id
                ORDER BY n.workspace_id LIMIT 1)
        FROM busy WHERE busy.id IS NOT NULL),
    share AS (
        SELECT id, greatest(1, CAST(:most AS bigint) / count(*) OVER ()) AS most FROM busy
        WHERE id IS NOT NULL ORDER BY random() LIMIT :most)
    SELECT taken.* FROM share CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM formloom.run r
        WHERE r.state = 'pending' AND r.workspace_id = share.id AND (r.queue IS NULL OR NOT EXISTS (
            SELECT 1 FROM formloom.run e
            WHERE e.queue = r.queue AND e.id < r.id AND e.state IN ('pending', 'waiting', 'held')))
        ORDER BY r.id LIMIT share.most FOR UPDATE OF r SKIP LOCKED) taken
    """  # noqa: S608  (constant text only)
)
_CLAIM_ONE = sa.text(f"SELECT {_COLUMNS} FROM formloom.run WHERE id = :id FOR UPDATE")  # noqa: S608
_WAKE_WAITING = sa.text(
    """
    UPDATE formloom.run SET state = 'pending', due_at = NULL WHERE id IN (
        SELECT id FROM formloom.run WHERE state = 'waiting' AND due_at <= :now ORDER BY due_at LIMIT 500 FOR UPDATE SKIP LOCKED)
    """
)
_SAVE = sa.text(
    """
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:runs AS jsonb)) AS g(
            id bigint, state text, reason text, position jsonb, outputs jsonb, due_at timestamptz, finished_at timestamptz)),
    traced AS (
        INSERT INTO formloom.run_step (run_id, number, step, type, state, detail, at)
        SELECT t.run_id, t.number, t.step, t.type, t.state, t.detail, t.at
        FROM jsonb_to_recordset(CAST(:steps AS jsonb)) AS t(
            run_id bigint, number bigint, step text, type text, state text, detail jsonb, at timestamptz))
    UPDATE formloom.run r SET state = given.state, reason = given.reason, position = given.position, outputs = given.outputs,
        due_at = given.due_at, finished_at = given.finished_at
    FROM given WHERE r.id = given.id
    """
)


class Broken(Exception):
    """A run that cannot be moved for a reason that is ours, not its steps'."""

    def __init__(self, run_id: int, error: BaseException) -> None:
        super().__init__(str(error))
        self.run_id = run_id
        self.error = error


def wake_waiting(connection: sa.Connection, now: datetime) -> int:
    """Waiting runs whose time has come are ready again; how many."""
    return connection.execute(_WAKE_WAITING, {"now": now}).rowcount


def advance_batch(connection: sa.Connection, now: datetime, most: int = BATCH, *, careful: bool = True) -> int:
    """Moves some of the ready runs as far as they go; how many. The caller commits. Raises Broken.

    careful: False leaves the savepoints out and raises NeedsCare when a step fails; then the caller rolls back.
    """
    rows = connection.execute(_CLAIM, {"most": most}).all()
    _advance(connection, rows, now, careful=careful)
    return len(rows)


def advance_run(connection: sa.Connection, run_id: int, now: datetime, *, trial: Context | None = None) -> Execution | None:
    """Moves one run, in the caller's transaction; None when it cannot move now. Raises Broken.

    trial: by the definitions of this context, even when the automation is switched off or paused.
    """
    rows = connection.execute(_CLAIM_ONE, {"id": run_id}).all()
    moved = _advance(connection, rows, now, trial=trial)
    return moved[0] if moved else None


def fail_run(connection: sa.Connection, run_id: int, error: BaseException, now: datetime) -> None:
    """Notes that a run could not be moved at all, so that it is seen and blocks nobody."""
    statement = sa.text(
        "UPDATE formloom.run SET state = 'failed', reason = :reason, finished_at = :now WHERE id = :id AND state = 'pending'"
    )
    connection.execute(statement, {"id": run_id, "reason": f"Internal error: {type(error).__name__}: {error}"[:1000], "now": now})


def _advance(
    connection: sa.Connection, rows: Sequence[sa.Row[Any]], now: datetime, *, trial: Context | None = None, careful: bool = True
) -> list[Execution]:
    if not rows:
        return []
    if trial is None:
        places = open_places(connection, {row.workspace_id for row in rows}, now)
    else:
        places = {trial.workspace.id: trial.acting(automation_actor(trial.workspace, ""))}
    states = load_states(connection, places)
    records = {key: Records(ctx, environment(ctx)) for key, ctx in places.items()}
    _preload(places, records, rows)
    moved: list[Execution] = []
    saved: list[dict[str, Any]] = []
    budget = STEPS_PER_TRANSACTION
    savepoints = Savepoints(connection, careful=careful)
    for row in rows:
        if budget <= 0:
            break  # the others are taken in the next transaction
        ctx = places.get(row.workspace_id)
        if ctx is None:
            saved.append(_put_aside(row, CANCELLED, "The workspace is gone.", now))
            continue
        try:
            execution = _prepare(
                ctx, records[row.workspace_id], row, states.get(row.workspace_id, {}), savepoints, trial=trial is not None
            )
            if isinstance(execution, dict):
                saved.append(execution)
                continue
            budget -= execution.go(budget)
        except NeedsCare:
            raise
        except Exception as error:
            raise Broken(row.id, error) from error
        moved.append(execution)
    savepoints.end()
    _save(connection, saved, moved, now)
    _count_failures(connection, moved, states, now)
    return moved


def _prepare(
    ctx: Context, records: Records, row: sa.Row[Any], states: States, savepoints: Savepoints, *, trial: bool
) -> Execution | dict[str, Any]:
    """The execution, or what becomes of a run that may not go on."""
    current = find_plan(ctx.catalog, row.automation, states)
    if current is None:
        return _put_aside(row, CANCELLED, "The automation was removed.", ctx.now)
    if not trial and (current.is_paused or not current.is_enabled):
        return _put_aside(row, HELD, None, None)
    plan = pinned_plan(ctx.connection, ctx.catalog, row.automation, row.app_version, row.settings, current.state)
    if plan is None:
        return _put_aside(row, CANCELLED, "The version of the app that it began with is gone.", ctx.now)
    if plan.problems:
        problem = plan.problems[0]
        return _put_aside(row, FAILED, f"The automation no longer fits: {problem.path}: {problem.text}", ctx.now)
    return Execution(ctx, plan, row, records, savepoints)


def _put_aside(row: sa.Row[Any], state: str, reason: str | None, finished_at: datetime | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": state,
        "reason": reason,
        "position": row.position,
        "outputs": row.outputs,
        "due_at": None,
        "finished_at": finished_at,
    }


def _preload(places: dict[int, Context], records: dict[int, Records], rows: Sequence[sa.Row[Any]]) -> None:
    wanted: dict[tuple[int, str], list[int]] = {}
    for row in rows:
        if row.entity is not None and row.record_id is not None:
            wanted.setdefault((row.workspace_id, row.entity), []).append(row.record_id)
    for (workspace_id, name), ids in wanted.items():
        entity = places[workspace_id].catalog.find(name) if workspace_id in places else None
        if entity is not None:
            records[workspace_id].load(entity, ids)


def _save(connection: sa.Connection, saved: list[dict[str, Any]], moved: list[Execution], now: datetime) -> None:
    for each in moved:
        finished = each.state not in UNFINISHED
        saved.append(
            {
                "id": each.row.id,
                "state": each.state,
                "reason": each.reason,
                # Where a run failed is kept: a retry goes on there.
                "position": {} if finished and each.state != FAILED else each.position,
                "outputs": plain(each.outputs),
                "due_at": each.due_at,
                "finished_at": now if finished else None,
            }
        )
    if saved:
        steps = [row for each in moved for row in each.trace.rows]
        connection.execute(_SAVE, {"runs": orjson.dumps(saved).decode(), "steps": orjson.dumps(steps).decode()})


def _count_failures(connection: sa.Connection, moved: list[Execution], states: dict[int, dict[str, Any]], now: datetime) -> None:
    for each in moved:
        workspace_id, name = each.row.workspace_id, each.row.automation
        if each.state == FAILED:
            count_failure(connection, workspace_id, name, MAX_FAILURES_IN_ROW, now)
        elif each.state in (DONE, STOPPED):
            state = states.get(workspace_id, {}).get(name)
            if state is not None and state.failures_in_row:
                forget_failures(connection, workspace_id, name)


__all__ = ["Broken", "advance_batch", "advance_run", "fail_run", "wake_waiting"]
