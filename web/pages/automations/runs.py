"""Runs: the list at the left, the trace of one at the right; again, retry, cancel, and the mails that a run sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from runtime.automations import effects, runs
from runtime.automations.plans import Plan
from runtime.automations.runs import RunQuery
from runtime.context import Context
from runtime.errors import Conflict, NotFound
from runtime.records.history import people_names
from web.i18n import gettext as _
from web.i18n import translate
from web.pages.automations.common import STATES, admin_or_404, frame, plan_or_404, record_titles
from web.pages.automations.drawing import drawn_run, rung_names
from web.render import redirect_to, render, toast
from web.render.automations.causes import cause_sentence, waiting_text
from web.render.automations.flow import flow_view
from web.render.automations.reasons import reason_text
from web.render.automations.words import Speaker

blueprint = Blueprint("automation_runs", __name__, url_prefix="/automations")

_MOST = 40


@blueprint.get("/<name>/runs")
def listing(name: str) -> Response:
    """The runs of one automation; the newest one is open."""
    ctx = admin_or_404()
    plan = plan_or_404(ctx, name)
    found = _listed(ctx, plan)
    chosen = runs.get_run(ctx, found[0]["id"]) if found else None
    return _page(ctx, plan, found, chosen, picked=False)


@blueprint.get("/runs/<int:run_id>")
def one(run_id: int) -> Response:
    """One run, with the others of its automation beside it."""
    ctx = admin_or_404()
    run = runs.get_run(ctx, run_id)
    plan = plan_or_404(ctx, run["automation"])
    return _page(ctx, plan, _listed(ctx, plan, run_id), run, picked=True)


@blueprint.post("/runs/<int:run_id>/retry")
def retry(run_id: int) -> Response:
    """On from the step that failed."""
    return _act(run_id, runs.retry, _("It goes on from the step that failed."))


@blueprint.post("/runs/<int:run_id>/cancel")
def cancel(run_id: int) -> Response:
    """A run that waits is given up."""
    return _act(run_id, runs.cancel, _("The run was cancelled."))


@blueprint.post("/runs/<int:run_id>/again")
def again(run_id: int) -> Response:
    """The same once more, by the automation as it is now."""
    return _act(run_id, runs.run_again, _("It runs again."))


@blueprint.post("/runs/<int:run_id>/effects/<int:effect_id>/<any(retry, done):verb>")
def effect(run_id: int, effect_id: int, verb: str) -> Response:
    """A mail is tried again, or somebody has seen to it."""
    ctx = admin_or_404()
    act = effects.retry_effect if verb == "retry" else effects.mark_done
    if not act(ctx.connection, ctx.workspace.id, effect_id, ctx.now):
        raise NotFound
    toast(_("It is sent again at once.") if verb == "retry" else _("Marked as done."))
    return redirect_to(f"/automations/runs/{run_id}")


def _act(run_id: int, verb: Callable[[Context, int], int | None], text: str) -> Response:
    ctx = admin_or_404()
    try:
        made = verb(ctx, run_id)
        toast(text)
    except Conflict as error:
        made = None
        toast(translate(error.message), "error")
    return redirect_to(f"/automations/runs/{made or run_id}")


def _listed(ctx: Context, plan: Plan, run_id: int | None = None) -> list[dict[str, Any]]:
    """A page of runs; when a run is looked at that is older, the page begins with it."""
    given = request.args.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    state = request.args.get("state", "")
    query = RunQuery(plan.name, None, state if state in STATES else None, before, _MOST)
    found = runs.list_runs(ctx, query)
    if run_id is None or before is not None or any(each["id"] == run_id for each in found):
        return found
    return runs.list_runs(ctx, RunQuery(plan.name, None, None, run_id + 1, _MOST))


def _page(ctx: Context, plan: Plan, found: list[dict[str, Any]], run: Mapping[str, Any] | None, *, picked: bool) -> Response:
    values = frame(ctx, plan, "runs")
    speaker: Speaker = values["speaker"]
    shown = [*found, run] if run else found
    names = people_names(ctx, (each["cause"].get("actor") for each in shown))
    ids = sorted({each["record_id"] for each in shown if each["record_id"] is not None})
    called = speaker.names() | {card.key: f"“{card.title}”" for card in flow_view(speaker).all_cards()}
    rungs = rung_names(plan)
    return render(
        "pages/automations/runs.html",
        runs=[_line(speaker, each, names, rungs) | {"reason": reason_text(each["reason"], called)} for each in found],
        titles=record_titles(ctx, plan.entity, ids),
        picked=picked,
        run=run,
        shown_run=drawn_run(ctx, plan, run, names) if run else None,
        chosen_state=request.args.get("state", ""),
        older=found[-1]["id"] if len(found) == _MOST else None,
        **values,
    )


def _line(speaker: Speaker, run: Mapping[str, Any], names: Mapping[int, str], rungs: Mapping[str, str]) -> dict[str, Any]:
    rung = str(run["cause"].get("rung") or "")
    words = rungs.get(rung, rung) if rung else cause_sentence(speaker, run, names)
    return {**run, "words": words, "waiting": waiting_text(run)}
