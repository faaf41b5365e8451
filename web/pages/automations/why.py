"""Why it did or did not fire for a record; trying it out, with everything undone; how often it would have fired."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from builder.errors import Problem
from runtime.automations.explain import explain
from runtime.automations.plans import Plan
from runtime.automations.trial import backtest, try_on
from runtime.context import Context
from runtime.errors import BadRequest, Conflict, Invalid, NotFound
from web.i18n import gettext as _
from web.i18n import translate
from web.pages.automations.common import STATES, admin_or_404, frame, plan_or_404, record_titles
from web.pages.automations.drawing import OPERATIONS, drawn_explanation, drawn_trial, rung_names
from web.render import render
from web.render.automations.reasons import reason_text

blueprint = Blueprint("automation_why", __name__, url_prefix="/automations/<name>")

_SPANS = (30, 90)


@blueprint.get("/why")
def why(name: str) -> Response:
    """Pick a record and see each part of the condition, what has fired, and what is in the way."""
    ctx = admin_or_404()
    plan = plan_or_404(ctx, name)
    values = frame(ctx, plan, "why")
    if values["entity"] is None:
        raise NotFound
    record_id = _number(request.args.get("record", ""))
    found = _explained(ctx, plan, record_id) if record_id else None
    return render(
        "pages/automations/why.html",
        record_id=record_id,
        title=record_titles(ctx, plan.entity, [record_id]).get(record_id, "") if record_id else "",
        found=found,
        rungs=rung_names(plan),
        operations={key: _(text) for key, text in OPERATIONS.items()},
        spans=_SPANS,
        **values,
    )


@blueprint.post("/try")
def attempt(name: str) -> Response:
    """A trial on a record: the real engine, and all of it undone."""
    ctx = admin_or_404()
    plan = plan_or_404(ctx, name)
    record_id = _number(request.form.get("record", ""))
    if not record_id:
        raise BadRequest([Problem("record", "required", "Name a record.")])
    rung = request.form.get("rung", "")
    try:
        result = try_on(ctx, name, record_id, rung=rung)
    except (Conflict, Invalid) as error:
        words = [translate(each) for each in error.problems] if isinstance(error, Invalid) else [translate(error.message)]
        return render("pages/automations/trial.html", failure="; ".join(words), run_states=STATES)
    return render(
        "pages/automations/trial.html",
        failure="",
        run_states=STATES,
        **drawn_trial(ctx, plan, result, record_id, rung),
    )


@blueprint.get("/backtest")
def past(name: str) -> Response:
    """How often it would have fired, day by day."""
    ctx = admin_or_404()
    plan = plan_or_404(ctx, name)
    days = _number(request.args.get("days", "")) or _SPANS[0]
    days = days if days in _SPANS else _SPANS[0]
    try:
        found = backtest(ctx, name, days)
    except Conflict as error:
        return render("pages/automations/backtest.html", failure=translate(error.message))
    most = max(found["by_day"].values(), default=0)
    today = ctx.now.astimezone(ctx.workspace.zone).date()
    span = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    bars = [(day, found["by_day"].get(day.isoformat(), 0)) for day in span]
    ids = sorted({each["record"] for each in found["examples"][:8]})
    return render(
        "pages/automations/backtest.html",
        failure="",
        bars=bars,
        most=most,
        total=found["total"],
        days=days,
        examples=found["examples"][:8],
        titles=record_titles(ctx, plan.entity, ids),
        entity=ctx.catalog.find(plan.entity),
        rungs=rung_names(plan),
        operations={key: _(text) for key, text in OPERATIONS.items()},
        is_date=plan.kind == "date",
    )


def _explained(ctx: Context, plan: Plan, record_id: int) -> dict[str, Any]:
    found = explain(ctx, plan.name, record_id)
    changes = [{**each, "reason": reason_text(each["reason"])} for each in found["changes"]]
    reason, fires = _reason(found), _would_fire(found)
    flow = drawn_explanation(ctx, plan, {**found, "changes": changes}, fires, reason)
    return {**found, "changes": changes, "reason": reason, "fires": fires, "flow": flow}


def _reason(found: dict[str, Any]) -> str:
    """The first thing in the way; the next due time is said in the reader's own way."""
    prefix = "The next step is due at "
    if str(found["reason"]).startswith(prefix):
        return _("The next step is not due yet; see the times below.")
    return reason_text(found["reason"])


def _would_fire(found: dict[str, Any]) -> bool:
    """Whether nothing is in the way."""
    if found["problems"] or not found["enabled"] or found["paused_reason"]:
        return False
    fired = bool(found["changes"]) and found["changes"][0]["fires"]
    return fired or any(each["next"] == "run" for each in found["dates"])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
