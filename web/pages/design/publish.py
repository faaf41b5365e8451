"""Publishing a draft: what it would do, what would be lost, what others have changed meanwhile; then doing it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request

from runtime import drafts, store
from runtime.automations.outlook import start_fresh
from runtime.automations.statistics import plan as plan_in
from runtime.context import Context
from runtime.drafts import Desk
from runtime.errors import Conflict, Invalid, Unavailable
from runtime.exchange.first_import import imports_waiting
from runtime.schema_apply import Applied
from web.i18n import gettext as _
from web.i18n import translate
from web.links import app_url
from web.pages.design.planning import for_plans
from web.pages.guard import admin
from web.render import redirect_to, render, toast
from web.render.design import ShownProblem, design_of, part_url, place_name
from web.render.design_role import closed_tables
from web.render.plan_values import Side
from web.render.plan_words import conflicts_of, counts_of, groups_of
from web.render.problem_words import problem_text

blueprint = Blueprint("design_publish", __name__, url_prefix="/design/<app>/publish")
_PREFIX = "resolve:"


@blueprint.get("")
def page(app: str) -> Response:
    """The plan of the draft, like a pull request."""
    ctx = admin()
    return _page(ctx, drafts.open_desk(ctx, app))


@blueprint.post("")
def publish(app: str) -> Response:
    """Publishes; comes back with the plan when something has to be decided first."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    resolve = _resolved(request.form)
    token = request.form.get("token") or None
    if request.form.get("loses") and request.form.get("confirm", "").strip() != app:
        return _page(ctx, desk, error=_("Type %(key)s to confirm that these values go.", key=app))
    try:
        applied = store.publish(ctx, app, note=request.form.get("note", "").strip()[:500], accept_loss=token, resolve=resolve)
    except Invalid as error:
        return _page(ctx, desk, error=" ".join(translate(each) for each in error.problems[:3]))
    except store.MergeNeeded:
        return _page(ctx, desk, error=_("Choose a side for every conflict first."))
    except Conflict as error:
        return _page(ctx, desk, error=translate(error.message))
    except Unavailable:
        return _page(ctx, desk, error=_("The tables are in use just now. Nothing was changed; try again in a moment."))
    _start_fresh(app, applied)
    return _done(app, applied)


def _start_fresh(app: str, applied: Applied) -> None:
    """Date rules for which it was asked leave out what is due already."""
    for key in request.form.getlist("fresh") if applied.job is None else ():
        plan = plan_in(applied.ctx, f"{app}.{key}")
        if plan is not None:
            start_fresh(applied.ctx, plan)


def _done(app: str, applied: Applied) -> Response:
    if applied.job is not None:
        toast(_("A large table is converted first. The change takes effect by itself when that is done."), "info")
        return redirect_to(app_url(app))
    toast(_("Published as version %(number)s.", number=applied.versions[app]))
    waiting = imports_waiting(applied.ctx, app)
    return redirect_to(f"/imports/{waiting[0]}" if waiting else f"{app_url(app)}/versions")


def _resolved(form: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(_PREFIX): side for name, side in form.items() if name.startswith(_PREFIX) and side in ("mine", "theirs")
    }


def _page(ctx: Context, desk: Desk, error: str = "") -> Response:
    resolve = _resolved(request.values)
    with for_plans(ctx) as inside:
        plan, conflicts = store.plan_draft(inside, desk.app, resolve)
        document, _conflicts = store.merged_draft(inside, desk.draft, resolve)
    published = Side(ctx, desk.app, desk.published)
    problems = [_problem(desk, each.path, problem_text(each, desk.published)) for each in plan.problems]
    return render(
        "pages/design/publish.html",
        part="work",
        status=422 if error else 200,
        design=design_of(desk),
        plan=plan,
        groups=groups_of(plan.items, published, Side(ctx, desk.app, document)),
        counts=counts_of(plan.items, is_new=desk.is_new),
        problems=problems,
        closed=closed_tables(desk),
        conflicts=conflicts_of(conflicts, Side(ctx, desk.app, desk.document), published),
        resolve=resolve,
        error=error,
        note=request.form.get("note", ""),
        action=f"{app_url(desk.app)}/publish",
    )


def _problem(desk: Desk, path: str, text: str) -> ShownProblem:
    app, _slash, inner = path.partition("/")
    return ShownProblem(text, place_name(desk.document, inner) if app == desk.app else app, part_url(app, inner))
