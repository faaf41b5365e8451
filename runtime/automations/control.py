"""Switching automations on and off, pausing and resuming them, their settings. A queue is kept, never dropped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from builder.automations.settings import setting_problem
from builder.errors import Problem
from runtime.automations.plans import Plan, all_plans, find_plan, load_states
from runtime.automations.sweep import pass_over
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.notifications import notify_admins
from runtime.platform.automation import AutomationState, SweepCursor

_HOLD = sa.text(
    "UPDATE formloom.run SET state = 'held' WHERE workspace_id = :workspace AND automation = :name AND state = 'pending'"
)
_RELEASE = sa.text(
    "UPDATE formloom.run SET state = 'pending' WHERE workspace_id = :workspace AND automation = :name AND state = 'held'"
)


def pause(connection: sa.Connection, workspace_id: int, name: str, reason: str, now: datetime) -> None:
    """The automation stands still, its runs are held, and the administrators are told."""
    values = {"paused_reason": reason, "paused_at": now, "changed_at": now}
    _save(connection, workspace_id, name, values)
    connection.execute(_HOLD, {"workspace": workspace_id, "name": name})
    title = {"en": "An automation was paused", "zh-Hans": "自动化已暂停", "zh-Hant": "自動化已暫停"}
    notify_admins(connection, workspace_id, f"paused:{workspace_id}:{name}:{now.isoformat()}", title, f"{name}: {reason}", name)


def resume(ctx: Context, name: str) -> None:
    """Goes on with everything that was held. Raises NotFound, Forbidden, Conflict while it is broken or switched off."""
    plan = _plan(ctx, name)
    _save(
        ctx.connection,
        ctx.workspace.id,
        name,
        {"paused_reason": None, "paused_at": None, "failures_in_row": 0, "changed_at": ctx.now},
    )
    if not plan.is_enabled:
        raise Conflict("The automation is switched off or broken.")
    ctx.connection.execute(_RELEASE, {"workspace": ctx.workspace.id, "name": name})


def set_enabled(ctx: Context, name: str, enabled: bool, *, fresh: bool = False) -> None:
    """Switches it on or off. What waits is held while it is off. fresh: a date rule leaves out what is due already.

    Raises NotFound, Forbidden, Conflict for a broken one."""
    plan = _plan(ctx, name)
    if enabled and plan.problems:
        raise Conflict("The automation is broken and cannot be switched on.", plan.problems)
    if enabled and fresh and plan.kind == "date":
        pass_over(ctx, plan)
    _save(ctx.connection, ctx.workspace.id, name, {"enabled": enabled, "changed_at": ctx.now})
    if not enabled:
        ctx.connection.execute(_HOLD, {"workspace": ctx.workspace.id, "name": name})
    elif not plan.is_paused:
        ctx.connection.execute(_RELEASE, {"workspace": ctx.workspace.id, "name": name})


def save_settings(ctx: Context, name: str, values: Mapping[str, Any]) -> None:
    """Changes some settings of an automation; those at None go back to the document's default.

    Raises NotFound, Forbidden, Invalid with a problem at `settings/<key>` for each bad value.
    """
    plan = _plan(ctx, name)
    known = {each.key: each for each in plan.automation.settings}
    problems = [
        Problem(key, "unknown_setting", "There is no setting {name}.", {"name": key}) for key in values if key not in known
    ]
    problems += [
        Problem(key, "bad_setting", words)
        for key, value in values.items()
        if key in known and (words := setting_problem(known[key], value))
    ]
    if problems:
        raise Invalid([each.under("settings") for each in problems])
    kept = {**(plan.state.settings or {}), **values}
    changed = {key: value for key, value in kept.items() if value is not None and key in known}
    _save(ctx.connection, ctx.workspace.id, name, {"settings": changed, "changed_at": ctx.now})


def statuses(ctx: Context) -> list[dict[str, Any]]:
    """Every automation with its state, for administrators."""
    if not ctx.actor.is_admin:
        raise Forbidden
    states = load_states(ctx.connection, [ctx.workspace.id]).get(ctx.workspace.id, {})
    return [_status(plan) for plan in all_plans(ctx.catalog, states)]


def status(ctx: Context, name: str) -> dict[str, Any]:
    """One automation with its state. Raises NotFound, Forbidden."""
    return _status(_plan(ctx, name))


def _status(plan: Plan) -> dict[str, Any]:
    wanted = plan.automation.enabled if plan.state.enabled is None else plan.state.enabled
    state = "broken" if plan.problems else "off" if not wanted else "paused" if plan.is_paused else "on"
    return {
        "automation": plan.name,
        "label": plan.automation.label.to_json(),
        "entity": plan.entity or None,
        "trigger": plan.kind,
        "state": state,
        "enabled": bool(wanted),
        "paused_reason": plan.state.paused_reason,
        "problems": [{"path": each.path, "code": each.code, "message": each.text} for each in plan.problems],
        "settings": dict(plan.settings),
        "failures_in_row": plan.state.failures_in_row,
    }


def count_failure(connection: sa.Connection, workspace_id: int, name: str, most: int, now: datetime) -> None:
    """One more failure in a row; at `most` the automation is paused."""
    table = AutomationState
    statement = insert(table).values(workspace_id=workspace_id, automation=name, failures_in_row=1, changed_at=now)
    statement = statement.on_conflict_do_update(
        index_elements=[table.workspace_id, table.automation], set_={"failures_in_row": table.failures_in_row + 1}
    )
    found = connection.execute(statement.returning(table.failures_in_row, table.paused_reason)).one()
    if found.failures_in_row >= most and found.paused_reason is None:
        pause(connection, workspace_id, name, f"It failed {found.failures_in_row} times in a row.", now)


def forget_failures(connection: sa.Connection, workspace_id: int, name: str) -> None:
    """It has worked again."""
    table = AutomationState
    connection.execute(
        sa.update(table)
        .where(table.workspace_id == workspace_id, table.automation == name, table.failures_in_row > 0)
        .values(failures_in_row=0)
    )


def _plan(ctx: Context, name: str) -> Plan:
    if not ctx.actor.is_admin:
        raise Forbidden
    plan = find_plan(ctx.catalog, name, load_states(ctx.connection, [ctx.workspace.id]).get(ctx.workspace.id, {}))
    if plan is None:
        raise NotFound
    return plan


def _save(connection: sa.Connection, workspace_id: int, name: str, values: Mapping[str, Any]) -> None:
    table = AutomationState
    statement = insert(table).values(workspace_id=workspace_id, automation=name, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[table.workspace_id, table.automation], set_=dict(values)))
    cursor = SweepCursor
    touched = sa.update(cursor).where(cursor.workspace_id == workspace_id, cursor.automation == name)
    connection.execute(touched.values(next_at=values["changed_at"]))  # a date rule may be due at other times now
