"""The list of all automations, and one of them: switch, flow, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from builder.errors import Problem
from builder.model import App
from runtime.automations import control, statistics
from runtime.automations.outlook import PAST_DAYS, outlook
from runtime.automations.plans import Plan
from runtime.automations.statistics import Activity
from runtime.context import Context
from runtime.errors import Conflict, Invalid
from web.i18n import gettext as _
from web.i18n import translate
from web.pages.automations.common import PLAN_STATES, STATES, admin_or_404, frame, plan_or_404, plan_state, record_titles
from web.render import redirect_to, render, toast
from web.render.automations.causes import records_text
from web.render.automations.flow import flow_view, trigger_icon
from web.render.automations.reasons import reason_text
from web.render.automations.settings import controls_of, read_form
from web.render.automations.words import Speaker, label_text
from web.render.forms import errors_of

blueprint = Blueprint("automations", __name__, url_prefix="/automations")

DAYS = 7


@dataclass(frozen=True)
class Line:
    """One automation in the list."""

    plan: Plan
    label: str
    icon: str
    sentence: str
    condition: str
    state: str
    note: str
    activity: Activity


@blueprint.get("")
def page() -> Response:
    """All automations, by app."""
    ctx = admin_or_404()
    text, state = request.args.get("q", "").strip(), request.args.get("state", "")
    lines = _lines(ctx, statistics.plans(ctx))
    shown = [line for line in lines if (not state or _is(line, state)) and _fits(line, text)]
    counts = {each: sum(_is(line, each) for line in lines) for each in (*PLAN_STATES, "failing")}
    return render(
        "pages/automations/list.html", part="rows", groups=_groups(ctx, shown), total=len(lines), counts=counts,
        q=text, chosen=state, plan_states=PLAN_STATES, run_states=STATES, days=DAYS,
    )  # fmt: skip


@blueprint.get("/<name>")
def overview(name: str) -> Response:
    """One automation."""
    ctx = admin_or_404()
    return _overview(ctx, plan_or_404(ctx, name))


@blueprint.get("/<name>/switch-on")
def before_on(name: str) -> Response:
    """A dialog: what it would touch, and whether with what is due already."""
    ctx = admin_or_404()
    plan = plan_or_404(ctx, name)
    seen = outlook(ctx, plan)
    return render(
        "pages/automations/switch_on.html",
        plan=plan,
        label=Speaker(ctx, plan).label,
        outlook=seen,
        past_days=PAST_DAYS,
        titles=record_titles(ctx, plan.entity, list(seen.records)),
        rungs={rung.key: label_text(rung.label) or rung.key for rung in plan.automation.ladder},
        back=request.args.get("back", ""),
    )


@blueprint.post("/<name>/switch")
def switch(name: str) -> Response:
    """On or off, at once. `fresh=1`: without what is due already."""
    ctx = admin_or_404()
    plan_or_404(ctx, name)
    wanted = request.form.get("enabled") == "1"
    try:
        control.set_enabled(ctx, name, wanted, fresh=request.form.get("fresh") == "1")
    except Conflict as error:
        toast(translate(error.message), "error")
    else:
        label = Speaker(ctx, plan_or_404(ctx, name)).label
        text = _("“%(name)s” is on.", name=label) if wanted else _("“%(name)s” is off. What waits is kept.", name=label)
        toast(text)
    if request.form.get("page"):
        return redirect_to("/automations" if request.form["page"] == "list" else f"/automations/{name}")
    (line,) = _lines(ctx, [plan_or_404(ctx, name)])
    return render("pages/automations/row.html", line=line, plan_states=PLAN_STATES, run_states=STATES, days=DAYS)


@blueprint.post("/<name>/resume")
def resume(name: str) -> Response:
    """A paused automation goes on with everything that was held."""
    ctx = admin_or_404()
    try:
        control.resume(ctx, name)
        toast(_("It goes on, with everything that waited."))
    except Conflict as error:
        toast(translate(error.message), "error")
    return redirect_to(f"/automations/{name}")


@blueprint.post("/<name>/settings")
def settings(name: str) -> Response:
    """Saves the settings; with `reset`, one of them (or `*`: all) is the document's again."""
    ctx = admin_or_404()
    plan = plan_or_404(ctx, name)
    reset = request.form.get("reset", "")
    if reset:
        keys = [each.key for each in plan.automation.settings if reset in ("*", each.key)]
        values: dict[str, Any] = dict.fromkeys(keys)
        problems: list[Problem] = []
    else:
        values, problems = read_form(Speaker(ctx, plan), request.form)
    try:
        if problems:
            raise Invalid(problems)
        control.save_settings(ctx, name, values)
        changed = plan_or_404(ctx, name)
        _refuse_breaking(plan, changed)
    except Invalid as error:
        return _overview(ctx, plan, errors=_errors(error.problems), status=422)
    toast(_saved_text(ctx, changed))
    return redirect_to(f"/automations/{name}")


def _refuse_breaking(before: Plan, after: Plan) -> None:
    """Settings with which a sound automation could not run are not kept."""
    if after.problems and not before.problems:
        raise Invalid([Problem("settings", each.code, each.message, each.params) for each in after.problems])


def _errors(problems: Any) -> dict[str, list[str]]:
    plain = [
        Problem("" if each.path == "settings" else each.path.removeprefix("settings/"), each.code, each.message, each.params)
        for each in problems
    ]
    return errors_of(plain)


def _saved_text(ctx: Context, plan: Plan) -> str:
    counts = statistics.due_counts(ctx, plan)
    if not counts:
        return _("Settings saved.")
    names = {rung.key: label_text(rung.label) or rung.key for rung in plan.automation.ladder}
    parts = [f"{names.get(key, key)}: {records_text(count)}" for key, count in counts.items()]
    return _("Settings saved. Due now: %(what)s.", what="; ".join(parts))


def _overview(ctx: Context, plan: Plan, errors: Mapping[str, list[str]] | None = None, status: int = 200) -> Response:
    values = frame(ctx, plan, "overview")
    speaker = values["speaker"]
    form = request.form if errors else None
    return render(
        "pages/automations/overview.html",
        status=status,
        flow=flow_view(speaker),
        controls=controls_of(speaker, form),
        errors=errors or {},
        due=statistics.due_counts(ctx, plan),
        activity=statistics.activity(ctx, [plan.name], ctx.now - timedelta(days=DAYS))[plan.name],
        days=DAYS,
        problems=[(each.path, translate(each)) for each in plan.problems],
        paused=reason_text(plan.state.paused_reason),
        **values,
    )


def _lines(ctx: Context, plans: list[Plan]) -> list[Line]:
    found = statistics.activity(ctx, [each.name for each in plans], ctx.now - timedelta(days=DAYS))
    lines = []
    for plan in plans:
        speaker = Speaker(ctx, plan)
        state = plan_state(plan)
        note = reason_text(plan.state.paused_reason) if state == "paused" else ""
        if plan.problems:
            note = translate(plan.problems[0])
        icon = trigger_icon(plan.kind)
        condition = speaker.condition(plan.automation.condition)
        lines.append(Line(plan, speaker.label, icon, speaker.trigger_sentence(), condition, state, note, found[plan.name]))
    return lines


def _is(line: Line, state: str) -> bool:
    return line.activity.failures > 0 if state == "failing" else line.state == state


def _fits(line: Line, text: str) -> bool:
    whole = f"{line.label} {line.sentence} {line.condition} {line.plan.name}".casefold()
    return all(word in whole for word in text.casefold().split())


def _groups(ctx: Context, lines: list[Line]) -> list[tuple[App, list[Line]]]:
    groups = [(app, [line for line in lines if line.plan.app == key]) for key, app in ctx.catalog.apps.items()]
    return [group for group in groups if group[1]]
