"""What was published when and by whom; any two compared, one of them restored; removed fields and entities taken back."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, request

from builder.diff import diff
from builder.label import Label
from runtime import drafts, store
from runtime.errors import Conflict, Invalid, NotFound, Unavailable
from runtime.schema.preview import PlanItem
from runtime.schema.trash import trash_of
from runtime.schema_restore import plan_version, restore_from_trash, restore_version
from web.i18n import current_language, mark, translate
from web.i18n import gettext as _
from web.links import app_url
from web.pages.design.planning import for_plans
from web.pages.guard import admin
from web.render import redirect_to, render, toast
from web.render.design import design_of
from web.render.plan_values import Side
from web.render.plan_words import counts_of, groups_of

blueprint = Blueprint("design_versions", __name__, url_prefix="/design/<app>")
OUR_NOTES = (mark("Installed from the template"), mark("Uninstalled"))
"""Notes that nobody has typed (`runtime.install`): shown in the reader's language."""


def _in_words(version: store.Version) -> store.Version:
    """Notes that we have written ourselves are in the reader's language."""
    return replace(version, note=_(version.note)) if version.note in OUR_NOTES else version


@blueprint.get("/versions")
def page(app: str) -> Response:
    """The versions, the newest first."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    current = ctx.catalog.versions.get(app, 0)
    versions = [_in_words(each) for each in store.history(ctx, app)]
    return render("pages/design/versions.html", part="work", design=design_of(desk), versions=versions, current=current)


@blueprint.get("/versions/compare")
def compare(app: str) -> Response:
    """What lies between two versions."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    first, second = sorted((request.args.get("a", 0, type=int), request.args.get("b", 0, type=int)))
    old, new = (_in_words(store.version(ctx, app, each)) for each in (first, second))
    before, after = old.document or {}, new.document or {}
    shown: dict[str, PlanItem] = {}
    for each in diff(before, after):
        path = "/".join(each.path.split("/")[: 4 if each.path.startswith("entities/") else 2])
        kind = each.kind if each.path == path else "changed"
        shown.setdefault(path, PlanItem(f"{app}/{path}", kind))
    groups = groups_of(shown.values(), Side(ctx, app, before), Side(ctx, app, after))
    return render("pages/design/compare.html", part="work", design=design_of(desk), old=old, new=new, groups=groups)


@blueprint.get("/versions/<int:number>")
def back(app: str, number: int) -> Response:
    """What going back to a version would do."""
    return _back_page(app, number)


@blueprint.post("/versions/<int:number>/restore")
def restore(app: str, number: int) -> Response:
    """Goes back to a version; values that the trash still has come back too."""
    ctx = admin()
    if request.form.get("loses") and request.form.get("confirm", "").strip() != app:
        return _back_page(app, number, _("Type %(key)s to confirm that these values go.", key=app))
    note = _("Back to version %(number)s", number=number)
    try:
        applied = restore_version(ctx, app, number, note=note, accept_loss=request.form.get("token") or None)
    except Invalid as error:
        return _back_page(app, number, translate(error.problems[0]))
    except Conflict as error:
        return _back_page(app, number, translate(error.message))
    except Unavailable:
        return _back_page(app, number, _("The tables are in use just now. Nothing was changed; try again in a moment."))
    if applied.job is None:
        toast(_("Published as version %(number)s.", number=applied.versions.get(app) or number))
    else:
        toast(_("A large table is converted first. The change takes effect by itself when that is done."), "info")
    return redirect_to(f"{app_url(app)}/versions")


@blueprint.get("/trash")
def trash(app: str) -> Response:
    """Removed fields and entities of the app that can still be taken back."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    rows = []
    for each in trash_of(ctx):
        if each.app == app:
            definition = each.definition if isinstance(each.definition, dict) else {}
            label = Label.of(definition.get("label")).in_language(current_language())
            rows.append({"item": each, "label": label or each.field or each.entity})
    return render("pages/design/trash.html", part="work", design=design_of(desk), rows=rows)


@blueprint.post("/trash/<int:item>/restore")
def take_back(app: str, item: int) -> Response:
    """Takes one thing back with its values; published at once."""
    ctx = admin()
    try:
        applied = restore_from_trash(ctx, item, _("Taken back from the trash"))
        if applied.job is None:
            toast(_("It is back, with its values."))
        else:
            toast(_("A large table is converted first. The change takes effect by itself when that is done."), "info")
    except Conflict as error:
        toast(translate(error.message), "error")
    except Invalid as error:
        toast(" ".join(translate(each) for each in error.problems[:3]), "error")
    except Unavailable:
        toast(_("The tables are in use just now. Nothing was changed; try again in a moment."), "error")
    return redirect_to(f"{app_url(app)}/trash")


def _back_page(app: str, number: int, error: str = "") -> Response:
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    if number == ctx.catalog.versions.get(app):
        raise NotFound
    with for_plans(ctx) as inside:
        plan, _restoring, document = plan_version(inside, app, number)
    return render(
        "pages/design/back.html",
        part="work",
        status=422 if error else 200,
        design=design_of(desk),
        version=_in_words(store.version(ctx, app, number)),
        plan=plan,
        groups=groups_of(plan.items, Side(ctx, app, desk.published), Side(ctx, app, document)),
        counts=counts_of(plan.items),
        error=error,
    )
