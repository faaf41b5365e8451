"""What the pages of automations share: who may open them, one automation by its name, words for states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.automations import statistics
from runtime.automations.plans import Plan
from runtime.context import Context
from runtime.errors import NotFound
from runtime.records.read import titles
from web.i18n import gettext as _
from web.i18n import mark
from web.render.automations.words import Speaker
from web.request_context import current

STATES: Mapping[str, tuple[str, str, str]] = {
    "done": (mark("Done"), "green", "circle-check"),
    "stopped": (mark("Ended early"), "gray", "player-stop"),
    "skipped": (mark("Skipped"), "gray", "player-skip-forward"),
    "cancelled": (mark("Cancelled"), "gray", "ban"),
    "failed": (mark("Failed"), "red", "alert-circle"),
    "match_error": (mark("Failed"), "red", "alert-circle"),
    "pending": (mark("Running"), "blue", "player-play"),
    "waiting": (mark("Waiting"), "yellow", "hourglass"),
    "held": (mark("On hold"), "orange", "player-pause"),
}
"""Words, colour and icon of a run's state."""

PLAN_STATES: Mapping[str, tuple[str, str, str]] = {
    "on": (mark("On"), "green", "circle-check"),
    "off": (mark("Off"), "gray", "circle-off"),
    "paused": (mark("Paused"), "orange", "player-pause"),
    "broken": (mark("Broken"), "red", "alert-triangle"),
}

EFFECT_STATES: Mapping[str, tuple[str, str, str]] = {
    "ready": (mark("To be sent"), "blue", "clock"),
    "sending": (mark("Being sent"), "blue", "send"),
    "sent": (mark("Sent"), "green", "circle-check"),
    "dead": (mark("Given up"), "red", "alert-circle"),
}


def admin_or_404() -> Context:
    """The context of an administrator; for everybody else these pages do not exist. Raises NotFound."""
    ctx = current()
    if not ctx.actor.is_admin:
        raise NotFound
    return ctx


def plan_or_404(ctx: Context, name: str) -> Plan:
    """An automation `app.key`. Raises NotFound."""
    found = statistics.plan(ctx, name)
    if found is None:
        raise NotFound
    return found


def plan_state(plan: Plan) -> str:
    """on, off, paused or broken."""
    if plan.problems:
        return "broken"
    if not plan.is_enabled:
        return "off"
    return "paused" if plan.is_paused else "on"


def tabs(plan: Plan, here: str) -> list[tuple[str, str, bool]]:
    """The tabs of an automation's pages."""
    base = f"/automations/{plan.name}"
    found = [(base, _("Overview"), here == "overview"), (f"{base}/runs", _("Runs"), here == "runs")]
    if plan.entity:
        found.append((f"{base}/why", _("Why?"), here == "why"))
    return found


def frame(ctx: Context, plan: Plan, here: str) -> dict[str, Any]:
    """What the head of an automation's page needs."""
    speaker = Speaker(ctx, plan)
    return {
        "plan": plan,
        "speaker": speaker,
        "entity": speaker.entity,
        "app": ctx.catalog.apps.get(plan.app),
        "state": plan_state(plan),
        "plan_states": PLAN_STATES,
        "run_states": STATES,
        "effect_states": EFFECT_STATES,
        "tabs": tabs(plan, here),
    }


def record_titles(ctx: Context, entity: str, ids: list[int]) -> dict[int, str]:
    """Titles of records; those that are gone have none."""
    if not ids or ctx.catalog.find(entity) is None:
        return {}
    found = titles(ctx, entity, ids)
    return {each: found.get(each) or f"#{each}" for each in ids}
