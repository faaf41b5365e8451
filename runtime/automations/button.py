"""Buttons: a person presses, the steps run at once in the request's transaction, and the screen shows what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from builder.errors import Problem
from builder.keys import qualified
from runtime.automations.conditions import explain_leaves, judge
from runtime.automations.engine import advance_run
from runtime.automations.insert import FAILED, HELD, NewRun, insert_runs
from runtime.automations.names import Names
from runtime.automations.places import automation_context, environment
from runtime.automations.plans import Plan, find_plan, load_states, plans_on
from runtime.automations.records import Records
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.platform.automation import Run
from runtime.records import read, write
from runtime.tables import EntityDef


@dataclass(frozen=True)
class Pressed:
    """What came of a press. `state`: done, stopped, waiting, pending (goes on in the background) or failed, then nothing
    was changed and `reason` says why."""

    run_id: int
    state: str
    reason: str | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)


def press(
    ctx: Context, automation: str, record_id: int, inputs: Mapping[str, Any] | None = None, *, press_key: str | None = None
) -> Pressed:
    """Presses the button `app.key` on a record. `inputs`: what `ask` asks for; it is saved on the record.

    press_key: the same key again is the same press. Raises NotFound (no such button, record not readable), Forbidden
    (the person's roles), Conflict (switched off, or the condition does not hold), Invalid (a question not answered).
    """
    plan = _button(ctx, automation)
    entity = ctx.catalog.entity(plan.entity)
    read.get(ctx, entity.name, record_id, ("id",))
    if not may_press(ctx, plan):
        raise Forbidden("Your roles do not allow you to press this button.")
    answers = _answers(plan, inputs or {})
    _lock(ctx, entity, record_id)
    _check_condition(ctx, plan, entity, record_id)
    cause = {"kind": "button", "actor": ctx.actor.user_id, "actor_kind": ctx.actor.kind, "inputs": dict(answers)}
    key = f"press:{press_key or uuid4().hex}"
    new = NewRun(ctx.workspace.id, plan, key, cause, record_id, condition=_trace(ctx, plan, entity, record_id))
    ids = insert_runs(ctx.connection, [new], ctx.now)
    if not ids:
        return _earlier(ctx, plan, key)
    return _run(ctx, plan, entity, record_id, ids[0], answers)


def may_press(ctx: Context, plan: Plan) -> bool:
    """Whether one of the actor's roles opens the button; without roles everybody may who can read the record."""
    wanted = [qualified(plan.app, str(role)) for role in plan.trigger.get("roles") or ()]
    return ctx.actor.is_admin or not wanted or any(role in ctx.actor.roles for role in wanted)


def buttons_on(ctx: Context, entity_name: str, record_id: int) -> list[Plan]:
    """The buttons that the actor sees on a record: sound, switched on, allowed, and their condition holds."""
    states = load_states(ctx.connection, [ctx.workspace.id]).get(ctx.workspace.id, {})
    plans = [each for each in plans_on(ctx.catalog, entity_name, states) if each.kind == "button"]
    usable = [each for each in plans if each.is_enabled and not each.is_paused and may_press(ctx, each)]
    if not usable:
        return []
    entity = ctx.catalog.entity(entity_name)
    names = _names(ctx, entity, record_id)
    return [each for each in usable if judge(each.condition, names).holds]


def _button(ctx: Context, automation: str) -> Plan:
    states = load_states(ctx.connection, [ctx.workspace.id]).get(ctx.workspace.id, {})
    plan = find_plan(ctx.catalog, automation, states)
    if plan is None or plan.kind != "button":
        raise NotFound
    if plan.is_paused:
        raise Conflict(f"This button is paused: {plan.state.paused_reason}")
    if not plan.is_enabled:
        raise Conflict("This button is switched off.", plan.problems)
    return plan


def _answers(plan: Plan, inputs: Mapping[str, Any]) -> dict[str, Any]:
    asked = {str(each["field"]): bool(each.get("required")) for each in plan.trigger.get("ask") or ()}
    problems = [Problem(key, "unknown_field", "This was not asked for.") for key in inputs if key not in asked]
    problems += [
        Problem(key, "required", "Please fill this in.")
        for key, required in asked.items()
        if required and inputs.get(key) in (None, "", [])
    ]
    if problems:
        raise Invalid(problems)
    return {key: inputs[key] for key in asked if key in inputs}


def _lock(ctx: Context, entity: EntityDef, record_id: int) -> None:
    table = entity.table
    statement = sa.select(table.c.id).where(table.c.id == record_id, table.c.deleted_at.is_(None))
    if ctx.connection.scalar(statement.with_for_update(key_share=True)) is None:
        raise NotFound


def _names(ctx: Context, entity: EntityDef, record_id: int) -> Names:
    records = Records(ctx, environment(ctx, ctx.actor.user_id))
    return Names(records, entity, records.get(entity, record_id))


def _check_condition(ctx: Context, plan: Plan, entity: EntityDef, record_id: int) -> None:
    verdict = judge(plan.condition, _names(ctx, entity, record_id))
    if verdict.holds is None:
        raise Conflict(f"The condition of this button cannot be computed: {verdict.error}")
    if not verdict.holds:
        raise Conflict("This button does not apply to the record as it is now.")


def _trace(ctx: Context, plan: Plan, entity: EntityDef, record_id: int) -> dict[str, Any] | None:
    if plan.condition is None:
        return None
    return {"leaves": explain_leaves(plan.condition, _names(ctx, entity, record_id))}


def _run(ctx: Context, plan: Plan, entity: EntityDef, record_id: int, run_id: int, answers: Mapping[str, Any]) -> Pressed:
    state = ctx.connection.scalar(sa.select(Run.state).where(Run.id == run_id))
    if state != "pending":
        return Pressed(run_id, str(state), "Another run for this record is not finished.")
    savepoint = ctx.connection.begin_nested()
    if answers:
        write.update(automation_context(ctx, plan.name, run_id, 0), entity.name, record_id, answers)
    if _is_queued(ctx, run_id):
        savepoint.commit()
        return Pressed(run_id, "pending", "An earlier run for this record is not finished; this one follows it.")
    execution = advance_run(ctx.connection, run_id, ctx.now)
    if execution is None:
        savepoint.commit()
        return Pressed(run_id, HELD)
    if execution.state != FAILED:
        savepoint.commit()
        return Pressed(run_id, execution.state, execution.reason, execution.outputs)
    # A press is all or nothing: what the steps before did is undone, the failure itself is kept to be looked at.
    savepoint.rollback()
    failed = sa.update(Run).where(Run.id == run_id)
    ctx.connection.execute(failed.values(state=FAILED, reason=execution.reason, finished_at=ctx.now))
    return Pressed(run_id, FAILED, execution.reason)


def _is_queued(ctx: Context, run_id: int) -> bool:
    """Whether an earlier run for the same record is in the way."""
    statement = sa.text(
        """
        SELECT EXISTS (SELECT 1 FROM formloom.run r JOIN formloom.run e ON e.queue = r.queue AND e.id < r.id
            AND e.state IN ('pending', 'waiting', 'held') WHERE r.id = :id)
        """
    )
    return bool(ctx.connection.scalar(statement, {"id": run_id}))


def _earlier(ctx: Context, plan: Plan, key: str) -> Pressed:
    statement = sa.select(Run.id, Run.state, Run.reason, Run.outputs).where(
        Run.workspace_id == ctx.workspace.id, Run.automation == plan.name, Run.cause_key == key
    )
    row = ctx.connection.execute(statement).one()
    return Pressed(row.id, row.state, row.reason, row.outputs)
