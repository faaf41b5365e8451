"""Acts on a draft: what every designer page sends, and what islands ask about a draft."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, jsonify, redirect, request

from runtime import drafts, store
from runtime.drafts import Desk
from runtime.errors import BadRequest, Invalid, NotFound
from web.i18n import gettext as _
from web.i18n import translate
from web.links import app_url
from web.pages.guard import admin
from web.render import redirect_to, toast
from web.render.condition_fields import condition_fields
from web.render.design import part_url

blueprint = Blueprint("design_operations", __name__, url_prefix="/design/<app>")
_MAX_ACTS = 200


@blueprint.post("/operations")
def operations(app: str) -> Response:
    """`{"operations": [acts of builder/acts], "show": address, "go": "made"?}`: does them as one step of undo, then shows the page
    `show` again with what was made picked; with `go` the page of what was made. 422 with a sentence when one does not fit."""
    ctx = admin()
    body = request.get_json(silent=True) or {}
    acts = body.get("operations") if isinstance(body, dict) else None
    if not isinstance(acts, list) or not all(isinstance(each, dict) for each in acts) or len(acts) > _MAX_ACTS:
        raise BadRequest([])
    try:
        desk = drafts.change(ctx, app, acts)
    except Invalid as error:
        return jsonify({"message": _("This could not be done: %(why)s", why=translate(error.problems[0]))}), 422  # type: ignore[return-value]
    if body.get("go") == "made" and desk.made:
        return _to(part_url(app, desk.made))
    return _to(_address(desk, str(body.get("show", ""))))


@blueprint.post("/undo")
def undo(app: str) -> Response:
    """Takes the last change back."""
    return _step(drafts.undo(admin(), app))


@blueprint.post("/redo")
def redo(app: str) -> Response:
    """Makes the undone change again."""
    return _step(drafts.redo(admin(), app))


@blueprint.post("/discard")
def discard(app: str) -> Response:
    """Throws the draft away."""
    ctx = admin()
    store.discard_draft(ctx, app)
    toast(_("The draft is gone. What is published stays as it is."))
    return redirect_to(app_url(app) if app in ctx.catalog.apps else "/design")


@blueprint.get("/fields/<entity>.json")
def fields(app: str, entity: str) -> Response:
    """The fields of an entity of the draft, as the rule builder needs them."""
    ctx = admin()
    looked = drafts.looking(ctx, drafts.open_desk(ctx, app))
    found = looked.catalog.find(entity if "." in entity else f"{app}.{entity}")
    if found is None:
        raise NotFound
    return jsonify(condition_fields(looked, found))


def _step(desk: Desk) -> Response:
    body = request.get_json(silent=True) or {}
    return _to(_address(desk, str(body.get("show", "") if isinstance(body, Mapping) else "")))


def _address(desk: Desk, show: str) -> str:
    """The page that asked, with the picked thing under its new path; the overview when it is no page of this app."""
    base = app_url(desk.app)
    parts = urlsplit(show)
    if parts.netloc or parts.scheme or not (parts.path == base or parts.path.startswith(f"{base}/")):
        return base
    query = {name: value for name, value in parse_qsl(parts.query) if name != "told"} | (
        {"told": ",".join(desk.told)} if desk.told else {}
    )
    pick = desk.made or desk.renamed.get(query.get("pick", ""), query.get("pick", ""))
    for old, new in desk.renamed.items():
        if pick.startswith(f"{old}/"):
            pick = new + pick.removeprefix(old)
    query = {**query, "pick": pick} if pick else query
    return parts.path + (f"?{urlencode(query, safe='/')}" if query else "")


def _to(address: str) -> Response:
    return redirect(address, 303)  # type: ignore[return-value]
