"""How busy each automation is: its last run, and the runs and failures since a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from runtime.automations.insert import FAILED, MATCH_ERROR
from runtime.automations.plans import Plan, all_plans, find_plan, load_states
from runtime.automations.runs import require_admin
from runtime.automations.sweep import RUN, due_now
from runtime.context import Context
from runtime.platform.automation import Run


@dataclass(frozen=True)
class Activity:
    """Of one automation. The last run is None before the first."""

    last_run: int | None = None
    last_state: str | None = None
    last_at: datetime | None = None
    runs: int = 0
    failures: int = 0


def plans(ctx: Context) -> list[Plan]:
    """All automations with their states, for administrators. Raises Forbidden."""
    require_admin(ctx)
    states = load_states(ctx.connection, [ctx.workspace.id]).get(ctx.workspace.id, {})
    return list(all_plans(ctx.catalog, states))


def plan(ctx: Context, name: str) -> Plan | None:
    """One automation `app.key` with its state, for administrators. Raises Forbidden."""
    require_admin(ctx)
    return find_plan(ctx.catalog, name, load_states(ctx.connection, [ctx.workspace.id]).get(ctx.workspace.id, {}))


def activity(ctx: Context, names: list[str], since: datetime) -> dict[str, Activity]:
    """The activity of these automations by their names. Raises Forbidden."""
    require_admin(ctx)
    counts = {row.automation: row for row in ctx.connection.execute(_counts(ctx, since))}
    newest = {row.automation: row for row in ctx.connection.execute(_newest(ctx, names))} if names else {}
    return {name: _activity(newest.get(name), counts.get(name)) for name in names}


def due_counts(ctx: Context, found: Plan) -> dict[str, int]:
    """How many records each rung of a date rule would fire for at its next look; at most a page of records is counted."""
    require_admin(ctx)
    if found.kind != "date" or not found.is_enabled or found.is_paused:
        return {}
    counts: dict[str, int] = {}
    for firing in due_now(ctx, found):
        if firing.outcome == RUN:
            counts[firing.rung.key] = counts.get(firing.rung.key, 0) + 1
    return counts


def _counts(ctx: Context, since: datetime) -> sa.Executable:
    bad = sa.func.count().filter(Run.state.in_((FAILED, MATCH_ERROR)))
    found = sa.select(Run.automation, sa.func.count().label("runs"), bad.label("failures"))
    return found.where(Run.workspace_id == ctx.workspace.id, Run.created_at >= since).group_by(Run.automation)


def _newest(ctx: Context, names: list[str]) -> sa.Executable:
    """The last run of each automation: one step into the index for each name."""
    wanted = sa.func.unnest(sa.bindparam("names", names, type_=sa.ARRAY(sa.Text))).table_valued("name", name="wanted")
    last = (
        sa.select(Run.id, Run.automation, Run.state, Run.created_at)
        .where(Run.workspace_id == ctx.workspace.id, Run.automation == wanted.c.name)
        .order_by(Run.id.desc())
        .limit(1)
        .lateral("last")
    )
    return sa.select(last.c.id, last.c.automation, last.c.state, last.c.created_at).select_from(wanted).join(last, sa.true())


def _activity(newest: Any, counts: Any) -> Activity:
    return Activity(
        newest.id if newest else None,
        newest.state if newest else None,
        newest.created_at if newest else None,
        counts.runs if counts else 0,
        counts.failures if counts else 0,
    )
