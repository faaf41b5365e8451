"""Playing an automation as the draft has it: on one record with everything undone, and over past days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request

from builder.acts.base import find
from builder.structure import MISSING
from runtime import drafts
from runtime.automations.outlook import PAST_DAYS, outlook
from runtime.automations.plans import Plan
from runtime.automations.staging import Stage, stage_of
from runtime.automations.statistics import plan as plan_in
from runtime.automations.trial import backtest, try_on
from runtime.errors import Conflict, Invalid, NotFound
from web.i18n import gettext as _
from web.i18n import translate
from web.links import app_url
from web.pages.automations.common import STATES, record_titles
from web.pages.automations.drawing import OPERATIONS, drawn_trial, rung_names
from web.pages.guard import admin
from web.render import render
from web.render.automations.draft import draft_plan
from web.render.design import design_of, place_name, text_of

blueprint = Blueprint("design_automation_play", __name__, url_prefix="/design/<app>/automations/<key>")
outlooks = Blueprint("design_automation_outlook", __name__, url_prefix="/design/<app>")
_DAYS = 90


@blueprint.get("/try")
def trial(app: str, key: str) -> Response:
    """Pick a record, and see what the automation of the draft would do, drawn on its cards."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    raw = find(desk.document, f"automations/{key}")
    if raw is MISSING or not raw.get("entity"):
        return redirect(f"{app_url(app)}/automations/{key}", 303)  # type: ignore[return-value]
    stage = stage_of(ctx, desk, key)
    plan = draft_plan(app, raw)
    number = _number(request.args.get("record", ""))
    return render(
        "pages/design/automation_try.html",
        part="work",
        design=design_of(desk),
        path=f"automations/{key}",
        key=key,
        label=text_of(raw.get("label"), key),
        plan=plan,
        is_published=find(desk.published, f"automations/{key}") is not MISSING,
        rungs=rung_names(plan),
        stage=stage,
        problems=_problems(desk.document, stage),
        record=number,
        titles=record_titles(ctx, plan.entity, [number]) if number else {},
    )


@blueprint.post("/try")
def play(app: str, key: str) -> Response:
    """What the trial came to. The real engine does it, and all of it is undone."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    stage = stage_of(ctx, desk, key)
    record, rung = _number(request.form.get("record", "")), request.form.get("rung", "")
    if stage.ctx is None:
        return _refused("; ".join(text for _path, _place, text in _problems(desk.document, stage)))
    if not record:
        return _refused(_("Pick a record first."))
    plan = plan_in(stage.ctx, f"{app}.{key}")
    if plan is None:
        raise NotFound
    try:
        result = try_on(stage.ctx, plan.name, record, rung=rung)
    except Invalid as error:
        return _refused("; ".join(translate(each) for each in error.problems))
    except Conflict as error:
        return _refused(translate(error.message))
    except NotFound:
        return _refused(_("This record is not there any more."))
    values = drawn_trial(stage.ctx, plan, result, record, rung)
    return render("pages/automations/trial.html", failure="", run_states=STATES, **values)


@blueprint.get("/backtest")
def past(app: str, key: str) -> Response:
    """How often the automation of the draft would have fired."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    stage = stage_of(ctx, desk, key)
    if stage.ctx is None:
        failure = _("Mend its problems first; then it can be played back.")
        return render("pages/design/automation_past.html", failure=failure, problems=_problems(desk.document, stage))
    plan = plan_in(stage.ctx, f"{app}.{key}")
    if plan is None:
        raise NotFound
    try:
        found = backtest(stage.ctx, plan.name, _DAYS)
    except Conflict as error:
        return render("pages/design/automation_past.html", failure=translate(error.message))
    return render("pages/design/automation_past.html", failure="", of_draft=stage.is_draft, **_played(stage, plan, found))


@outlooks.get("/automations-outlook")
def before_publishing(app: str) -> Response:
    """What new and changed automations of the draft would touch, for the page that publishes."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    rows = []
    for raw in desk.document.get("automations") or ():
        key = str(raw.get("key"))
        if find(desk.published, f"automations/{key}") == raw:
            continue
        stage = stage_of(ctx, desk, key)
        plan = plan_in(stage.ctx, f"{app}.{key}") if stage.ctx is not None else None
        if stage.ctx is None or plan is None or not plan.is_enabled or plan.kind not in ("date", "change"):
            continue
        seen = outlook(stage.ctx, plan)
        label = text_of(raw.get("label"), key)
        titles = record_titles(stage.ctx, plan.entity, list(seen.records))
        rows.append(
            {"key": key, "label": label, "outlook": seen, "entity": plan.entity, "titles": titles, "rungs": rung_names(plan)}
        )
    return render("pages/design/publish_outlook.html", rows=rows, past_days=PAST_DAYS)


def _played(stage: Stage, plan: Plan, found: dict[str, Any]) -> dict[str, Any]:
    ctx = stage.ctx
    assert ctx is not None
    today = ctx.now.astimezone(ctx.workspace.zone).date()
    span = [today - timedelta(days=back) for back in range(_DAYS - 1, -1, -1)]
    bars = [(day, found["by_day"].get(day.isoformat(), 0)) for day in span]
    examples = found["examples"][:8]
    return {
        "bars": bars,
        "most": max((count for _day, count in bars), default=0),
        "total": found["total"],
        "days": _DAYS,
        "examples": examples,
        "titles": record_titles(ctx, plan.entity, sorted({each["record"] for each in examples})),
        "entity": ctx.catalog.find(plan.entity),
        "rungs": rung_names(plan),
        "operations": {name: _(text) for name, text in OPERATIONS.items()},
        "is_date": plan.kind == "date",
    }


def _problems(document: Any, stage: Stage) -> list[tuple[str, str, str]]:
    """(path, where, what) of what stands in the way."""
    return [(each.path, place_name(document, each.path) if each.path else "", translate(each)) for each in stage.problems]


def _refused(text: str) -> Response:
    return render("pages/automations/trial.html", failure=text, run_states=STATES)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
