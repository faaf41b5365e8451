"""The form of a draft as people will fill it in: on a desk or a phone, with the eyes of a role. Its rules work, nothing is saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify, request

from builder.keys import qualified
from runtime import drafts
from runtime.context import Context
from runtime.drafts import Desk
from runtime.errors import NotFound
from runtime.records.defaults import default_values
from runtime.tables import EntityDef
from web.i18n import current_language
from web.i18n import gettext as _
from web.links import app_url
from web.pages.guard import admin
from web.render import redirect_to, render, toast
from web.render.design import design_of
from web.render.filled_form import TAB, Filled, filled_form, live_states, read_form, with_fills
from web.render.form_fill import fill_items
from web.render.form_roles import as_role, who_gets_what
from web.render.form_turns import trial_turn
from web.render.form_view import form_view

blueprint = Blueprint("design_form_preview", __name__, url_prefix="/design/<app>/forms/<key>")


@blueprint.get("/preview")
def preview(app: str, key: str) -> Response:
    """The empty form; `?role=crm.sales` shows it as that role sees it."""
    ctx, desk, entity, form = _looked(app, key)
    filled = filled_form(ctx, entity, app, form, default_values(ctx, entity), verb="create")
    filled = with_fills(ctx, replace(filled, untouched=frozenset(fill_items(form, filled.fields))))
    return _page(ctx, desk, filled, open_page=request.args.get(TAB, ""))


@blueprint.post("/form-state")
def form_state(app: str, key: str) -> Response:
    """What the rules of the draft's form say about the inputs of the preview."""
    ctx, _desk, entity, form = _looked(app, key)
    return jsonify(live_states(ctx, read_form(ctx, entity, app, form, request.form, verb="create")))


@blueprint.post("/preview")
def try_out(app: str, key: str) -> Response:
    """The next step of the preview, or what is wrong with the entries."""
    ctx, desk, entity, form = _looked(app, key)
    filled = read_form(ctx, entity, app, form, request.form, verb="create")
    turn = trial_turn(ctx, filled)
    if turn.save:
        toast(_("This is a preview: nothing was saved."), "info")
        return redirect_to(_address(app, key))
    return _page(ctx, desk, with_fills(ctx, filled), turn.problems, open_page=turn.page, turned=True)


def _page(ctx: Context, desk: Desk, filled: Filled, problems: Any = (), **how: Any) -> Response:
    key = filled.form.key
    role = request.args.get("role", "")
    everybody = who_gets_what(drafts.looking(admin(), desk), filled.entity)
    return render(
        "pages/design/form_preview.html",
        part="form",
        status=422 if problems else 200,
        design=design_of(desk),
        view=form_view(ctx, filled, problems, **how),
        path=f"forms/{key}",
        label=filled.form.label.in_language(current_language()) or key,
        address=_address(desk.app, key),
        state=f"{app_url(desk.app)}/forms/{key}/form-state" + (f"?role={role}" if role else ""),
        role=next((each for each in everybody if each.role == role), None),
        roles=everybody,
    )


def _address(app: str, key: str) -> str:
    role = request.args.get("role", "")
    return f"{app_url(app)}/forms/{key}/preview" + (f"?role={role}" if role else "")


def _looked(app: str, key: str) -> tuple[Context, Desk, EntityDef, Any]:
    """The draft's catalog, for the actor or for the role that is asked for."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    looked = drafts.looking(ctx, desk)
    form = next((each for each in looked.catalog.apps[app].forms if each.key == key), None)
    entity = looked.catalog.find(qualified(app, form.entity)) if form else None
    if form is None or entity is None:
        raise NotFound
    role = request.args.get("role", "")
    if role and role in looked.catalog.roles():
        looked = as_role(looked, role)
    return looked, desk, entity, form
