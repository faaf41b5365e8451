"""New runs: many in one statement, each once for its cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from runtime.automations.plans import Plan

PENDING, WAITING, HELD = "pending", "waiting", "held"
DONE, STOPPED, FAILED, MATCH_ERROR, SKIPPED, CANCELLED = "done", "stopped", "failed", "match_error", "skipped", "cancelled"
UNFINISHED = (PENDING, WAITING, HELD)

_COLUMNS = """workspace_id bigint, automation text, app_version bigint, entity text, record_id bigint, cause_key text,
    cause jsonb, state text, queue text,
    reason text, settings jsonb, depth smallint, chain jsonb, finished_at timestamptz, condition jsonb"""
# One statement for runs and their first trace rows: the order of the ids is the order of the queue.
_INSERT = sa.text(
    f"""
    WITH given AS (SELECT * FROM ROWS FROM (jsonb_to_recordset(CAST(:runs AS jsonb)) AS ({_COLUMNS})) WITH ORDINALITY AS r(
            workspace_id, automation, app_version, entity, record_id, cause_key, cause, state, queue, reason, settings, depth,
            chain, finished_at, condition, number)),
    made AS (
        INSERT INTO formloom.run (workspace_id, automation, app_version, entity, record_id, cause_key, cause, state, queue,
            reason, settings, depth, chain, finished_at, created_at)
        SELECT workspace_id, automation, app_version, entity, record_id, cause_key, cause, state, queue,
            reason, settings, depth, chain, finished_at, :now
        FROM given ORDER BY number
        ON CONFLICT (workspace_id, automation, cause_key) DO NOTHING
        RETURNING id, workspace_id, automation, cause_key, record_id, state, queue),
    traced AS (
        INSERT INTO formloom.run_step (run_id, number, step, type, state, detail, at)
        SELECT made.id, 0, 'condition', 'condition', CASE made.state WHEN 'match_error' THEN 'failed' ELSE 'done' END,
            given.condition, :now
        FROM made JOIN given USING (workspace_id, automation, cause_key) WHERE given.condition IS NOT NULL)
    SELECT id, workspace_id, automation, record_id, state, queue FROM made ORDER BY id
    """  # noqa: S608  (constant text only)
)
_SKIP_SINGLE = sa.text(
    """
    UPDATE formloom.run r SET state = 'skipped', reason = :reason, finished_at = :now
    WHERE r.id = ANY(:ids) AND EXISTS (
        SELECT 1 FROM formloom.run e WHERE e.queue = r.queue AND e.id < r.id AND e.state IN ('pending', 'waiting', 'held'))
    """
)
_CANCEL_OLDER = sa.text(
    """
    UPDATE formloom.run e SET state = 'cancelled', reason = :reason, finished_at = :now
    FROM formloom.run r
    WHERE r.id = ANY(:ids) AND e.queue = r.queue AND e.id < r.id AND e.state IN ('pending', 'waiting', 'held')
    """
)


@dataclass(frozen=True)
class NewRun:
    """A run to be made. `cause_key` is unique in the automation; `condition` is the trace of why it matched."""

    workspace_id: int
    plan: Plan
    cause_key: str
    cause: dict[str, Any]
    record_id: int | None = None
    state: str = PENDING
    reason: str | None = None
    depth: int = 0
    chain: list[Any] = field(default_factory=list)
    condition: dict[str, Any] | None = None


def insert_runs(connection: sa.Connection, runs: Sequence[NewRun], now: datetime) -> list[int]:
    """Makes the runs that are not there yet; their ids in order."""
    if not runs:
        return []
    rows = orjson.dumps([_row(each, now) for each in runs]).decode()
    made = connection.execute(_INSERT, {"runs": rows, "now": now}).all()
    _apply_modes(connection, runs, made, now)
    return [row.id for row in made]


def queue_name(workspace_id: int, plan: Plan, record_id: int | None) -> str | None:
    """The queue of a run; None when runs need not wait for each other."""
    if record_id is None or plan.automation.mode == "parallel":
        return None
    return f"{workspace_id}:{plan.name}:{record_id}"


def _row(run: NewRun, now: datetime) -> dict[str, Any]:
    plan = run.plan
    state = HELD if run.state == PENDING and plan.is_paused else run.state
    return {
        "workspace_id": run.workspace_id,
        "automation": plan.name,
        "app_version": plan.version,
        "entity": plan.entity or None,
        "record_id": run.record_id,
        "cause_key": run.cause_key,
        "cause": run.cause,
        "state": state,
        "queue": queue_name(run.workspace_id, plan, run.record_id),
        "reason": run.reason,
        "settings": plan.state.settings or {},
        "depth": run.depth,
        "chain": run.chain,
        "finished_at": None if state in UNFINISHED else now,
        "condition": run.condition,
    }


def _apply_modes(connection: sa.Connection, runs: Sequence[NewRun], made: Sequence[sa.Row[Any]], now: datetime) -> None:
    modes = {(each.workspace_id, each.plan.name): each.plan.automation.mode for each in runs}
    for mode, statement, reason in (
        ("single", _SKIP_SINGLE, "An earlier run for this record was not finished."),
        ("restart", _CANCEL_OLDER, "A newer run for this record took its place."),
    ):
        ids = [row.id for row in made if modes[row.workspace_id, row.automation] == mode and row.state in UNFINISHED]
        if ids:
            connection.execute(statement, {"ids": ids, "reason": reason, "now": now})
