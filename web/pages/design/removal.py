"""Taking a whole app away, and taking removed apps back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, request
from sqlalchemy.dialects.postgresql import distinct_on

from runtime import store
from runtime.context import Context
from runtime.errors import Conflict, Invalid, NotFound, Unavailable
from runtime.install import uninstall
from runtime.platform.apps import AppVersion
from runtime.schema_plan import plan
from runtime.schema_restore import restore_version
from web.i18n import gettext as _
from web.i18n import translate
from web.links import app_url
from web.pages.design.planning import for_plans
from web.pages.guard import admin
from web.render import redirect_to, render, toast
from web.render.design import text_of
from web.render.plan_words import item_name

blueprint = Blueprint("design_removal", __name__, url_prefix="/design/<app>")
_SHOWN = 30


@blueprint.get("/delete")
def ask(app: str) -> Response:
    """The dialog that says what goes, who needs it, and asks for the key."""
    return _dialog(admin(), app, [])


@blueprint.post("/delete")
def delete(app: str) -> Response:
    """Takes the app away; its tables and the fields that it added elsewhere go to the trash."""
    ctx = admin()
    if app not in ctx.catalog.apps:
        store.discard_draft(ctx, app)
        toast(_("The draft is gone. What is published stays as it is."))
        return redirect_to("/design")
    if request.form.get("confirm", "").strip() != app:
        return _dialog(ctx, app, [_("Type %(key)s to confirm that these values go.", key=app)])
    try:
        applied = uninstall(ctx, app, accept_loss=request.form.get("token") or None)
    except Invalid as error:
        return _dialog(ctx, app, [translate(each) for each in error.problems])
    except Conflict as error:
        return _dialog(ctx, app, [translate(error.message)])
    except Unavailable:
        return _dialog(ctx, app, [_("The tables are in use just now. Nothing was changed; try again in a moment.")])
    store.discard_draft(applied.ctx, app)
    toast(_("The app is in the trash. Its data is kept for 30 days."))
    return redirect_to("/design")


@blueprint.post("/take-back")
def take_back(app: str) -> Response:
    """Brings a removed app back as it was last, with what the trash still has of its records."""
    ctx = admin()
    last = next((each for each in removed_apps(ctx) if each["key"] == app), None)
    if last is None:
        raise NotFound
    try:
        restore_version(ctx, app, last["version"], note=_("Taken back from the trash"))
        toast(_("The app is back, with the records that were in the trash."))
    except Invalid as error:
        toast(translate(error.problems[0]), "error")
        return redirect_to("/design")
    except Conflict as error:
        toast(translate(error.message), "error")
        return redirect_to("/design")
    return redirect_to(app_url(app))


def removed_apps(ctx: Context) -> list[dict[str, Any]]:
    """Apps that were taken away: key, label, and the number of their last version."""
    table: Any = AppVersion.__table__
    newest = (
        sa.select(table)
        .where(table.c.workspace_id == ctx.workspace.id, table.c.app.not_in(list(ctx.catalog.apps)))
        .ext(distinct_on(table.c.app))
        .order_by(table.c.app, table.c.number.desc())
    )
    return [
        {
            "key": row.app,
            "version": row.number,
            "label": text_of(row.document.get("label"), row.app),
            "icon": row.document.get("icon", "apps"),
            "colour": row.document.get("color", "blue"),
        }
        for row in ctx.connection.execute(newest)
        if row.document
    ]


def _dialog(ctx: Context, app: str, errors: list[str]) -> Response:
    if app not in ctx.catalog.apps:
        document = store.draft(ctx, app).document
        return render(
            "pages/design/app_delete.html", app=app, label=text_of(document.get("label"), app), is_draft=True, errors={}
        )
    document = ctx.catalog.documents[app]
    with for_plans(ctx) as inside:
        found = plan(inside, {app: None})
    lines = [
        (item_name(document, each.path.partition("/")[2]), each.rows)
        for each in found.items
        if each.kind == "removed" and each.rows
    ]
    return render(
        "pages/design/app_delete.html",
        status=422 if errors else 200,
        app=app,
        label=text_of(document.get("label"), app),
        is_draft=False,
        lines=lines[:_SHOWN],
        records=sum(rows for _name, rows in lines),
        needed_by=_needed_by(ctx, app),
        problems=list(dict.fromkeys(translate(each) for each in found.problems)),
        token=found.token,
        errors={"": errors} if errors else {},
    )


def _needed_by(ctx: Context, app: str) -> list[str]:
    """Labels of the apps that list this one under their needs."""
    return [
        text_of(document.get("label"), key)
        for key, document in ctx.catalog.documents.items()
        if any(need.get("app") == app for need in document.get("needs") or ())
    ]
