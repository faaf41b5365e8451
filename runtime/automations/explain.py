"""Why an automation did or did not fire for a record: worked out again from the record, its changes and the ledger."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from runtime.automations.conditions import explain_leaves, judge
from runtime.automations.guards import Chain
from runtime.automations.images import load_images
from runtime.automations.matching import decide
from runtime.automations.names import Names
from runtime.automations.places import environment
from runtime.automations.plans import Plan, find_plan, load_states
from runtime.automations.records import Records, Row
from runtime.automations.runs import RunQuery, list_runs
from runtime.automations.sweep import anchor_text, offsets, plan_firings
from runtime.context import Context
from runtime.errors import Forbidden, NotFound
from runtime.platform.automation import Fired
from runtime.platform.changes import Change
from runtime.tables import EntityDef

_MOST = 20


def explain(ctx: Context, automation: str, record_id: int) -> dict[str, Any]:
    """What is known: `reason` in one sentence, `condition` with each part and its value now, `changes` with the decision on
    each of the last ones, `dates` with each rung's due time, and the last `runs`. Raises Forbidden, NotFound."""
    if not ctx.actor.is_admin:
        raise Forbidden("Only administrators can look into automations.")
    plan = find_plan(ctx.catalog, automation, load_states(ctx.connection, [ctx.workspace.id]).get(ctx.workspace.id, {}))
    entity = ctx.catalog.find(plan.entity) if plan is not None else None
    if plan is None or entity is None:
        raise NotFound
    records = Records(ctx, environment(ctx))
    row = records.get(entity, record_id)
    if row is None:
        raise NotFound
    names = Names(records, entity, row)
    verdict = judge(plan.condition, names)
    changes = _changes(ctx, plan, entity, record_id) if plan.kind == "change" else []
    dates = _dates(ctx, plan, row) if plan.kind == "date" and not plan.problems else []
    return {
        "automation": automation,
        "record": record_id,
        "enabled": plan.is_enabled,
        "paused_reason": plan.state.paused_reason,
        "problems": [{"path": each.path, "code": each.code, "message": each.text} for each in plan.problems],
        "condition": {"holds": verdict.holds, "error": verdict.error or None, "leaves": explain_leaves(plan.condition, names)},
        "changes": changes,
        "dates": dates,
        "runs": list_runs(ctx, RunQuery(automation=automation, record=(entity.name, record_id), limit=_MOST)),
        "reason": _reason(plan, row, verdict.holds, changes, dates),
    }


def _changes(ctx: Context, plan: Plan, entity: EntityDef, record_id: int) -> list[dict[str, Any]]:
    statement = (
        sa.select(Change.__table__)
        .where(Change.workspace_id == ctx.workspace.id, Change.entity == entity.name, Change.record_id == record_id)
        .order_by(Change.id.desc())
        .limit(_MOST)
    )
    rows = ctx.connection.execute(statement).all()
    images = load_images(Records(ctx, environment(ctx)), entity, rows)
    chains = Chain.load(ctx.connection, rows)
    found = []
    for row in rows:
        decision = decide(plan, row, images)
        reason = decision.reason or decision.error
        if decision.fires and [plan.name, record_id] in chains.behind(row):
            decision, reason = (
                type(decision)(False),
                "The change was made by this automation itself, or by a chain that began with it.",
            )
        if row.matched_at is None:
            reason = "The change has not been looked at yet."
        found.append(
            {
                "change": row.id,
                "op": row.op,
                "at": row.at,
                "version": row.version,
                "fires": decision.fires,
                "reason": reason or None,
            }
        )
    return found


def _dates(ctx: Context, plan: Plan, row: Row) -> list[dict[str, Any]]:
    value = row[str(plan.trigger["field"])]
    if value is None:
        return []
    statement = sa.select(Fired.rung, Fired.outcome, Fired.at).where(
        Fired.workspace_id == ctx.workspace.id,
        Fired.automation == plan.name,
        Fired.record_id == row["id"],
        Fired.anchor == anchor_text(value),
    )
    ledger = {each.rung: each for each in ctx.connection.execute(statement)}
    pending = {each.rung.key: each.outcome for each in plan_firings(ctx, plan, row["id"], value, ledger)}
    found = []
    for rung, offset in offsets(ctx, plan).items():
        fired = ledger.get(rung)
        found.append(
            {
                "rung": rung,
                "date": value.isoformat(),
                "due": offset.due(value),
                "outcome": fired.outcome if fired else None,
                "at": fired.at if fired else None,
                "next": pending.get(rung),
            }
        )
    return found


def _reason(plan: Plan, row: Row, holds: bool | None, changes: list[dict[str, Any]], dates: list[dict[str, Any]]) -> str:
    """The first thing that stands in the way, as a sentence."""
    if plan.problems:
        return f"It is broken: {plan.problems[0].path}: {plan.problems[0].text}"
    if not plan.is_enabled:
        return "It is switched off."
    if plan.is_paused:
        return f"It is paused: {plan.state.paused_reason}"
    if row["deleted_at"] is not None:
        return "The record is in the recycle bin."
    if plan.kind == "change":
        return _reason_of_change(changes)
    if holds is None:
        return "The condition cannot be computed."
    if not holds:
        return "The condition does not hold."
    if plan.kind == "date":
        return _reason_of_dates(dates)
    return "Nothing stands in its way."


def _reason_of_change(changes: list[dict[str, Any]]) -> str:
    if not changes:
        return "The record has not changed since changes are kept."
    newest = changes[0]
    return "Its last change fired it." if newest["fires"] else str(newest["reason"])


def _reason_of_dates(dates: list[dict[str, Any]]) -> str:
    if not dates:
        return "The date is empty."
    fired = [each for each in dates if each["outcome"] is not None]
    if any(each["next"] == "run" for each in dates):
        return "It is due and will fire with the next look."
    if len(fired) == len(dates):
        return "All its steps have been through for this date."
    following = min((each["due"] for each in dates if each["outcome"] is None and each["due"]), default=None)
    return f"The next step is due at {following.isoformat()}." if following else "It is never due for this date."
