"""Public forms over HTTP: the link of a form, its settings, its state. For workspace administrators."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from flask_smorest import Blueprint

from builder.errors import Problem
from runtime.context import Context
from runtime.errors import BadRequest, NotFound
from runtime.public_links import store
from runtime.public_links.place import find_place
from runtime.public_links.settings import settings_from_json, settings_schema, settings_to_json
from runtime.public_links.store import Link
from runtime.public_links.visitor import state_of
from web.api.body import json_object, only
from web.api.caller import caller
from web.api.idempotency import idempotent
from web.render.public_link import public_url

blueprint = Blueprint("forms", __name__, url_prefix="/api/v1/forms", description="Forms: links for people without an account")

JSON = "application/json"
_BODY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"enabled": {"type": "boolean"}, "settings": settings_schema()},
}
_ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "url": {"type": "string"},
        "enabled": {"type": "boolean"},
        "state": {"enum": ["open", "off", "early", "closed", "full", "broken"]},
        "answers": {"type": "integer"},
        "refused": {"type": "integer"},
        "settings": settings_schema(),
    },
}
_ANSWERS = {"200": {"description": "The link", "content": {JSON: {"schema": _ANSWER}}}}


@blueprint.get("/<form>/link")
@blueprint.doc(responses=_ANSWERS)
def get(form: str) -> Response:
    """The link of the form `app.form`: address, state, counts, settings. 404 before there is one."""
    ctx = caller()
    found = store.get_link(ctx, *_named(form))
    if found is None:
        raise NotFound
    return _answer(ctx, found)


@blueprint.put("/<form>/link")
@blueprint.doc(requestBody={"content": {JSON: {"schema": _BODY}}}, responses=_ANSWERS)
def put(form: str) -> Response:
    """Makes or changes the link of a published form: `{"enabled": true, "settings": {…}}`; what is left out stays."""
    ctx, body = caller(), json_object()
    only(body, ("enabled", "settings"))
    if not isinstance(body.get("enabled", False), bool):
        raise BadRequest([Problem("enabled", "not_a_boolean", "Give true or false.")])
    app, key = _named(form)
    place = store.published(ctx, app, key)
    found = store.ensure_link(ctx, place)
    if "settings" in body:
        found = store.save_link(ctx, app, key, settings_from_json(body["settings"]))
    if "enabled" in body:
        found = store.switch_link(ctx, app, key, enabled=body["enabled"])
    return _answer(ctx, found)


@blueprint.post("/<form>/link/renew")
@blueprint.doc(responses=_ANSWERS)
@idempotent
def renew(form: str) -> Response:
    """A new address; the old one leads nowhere from then on."""
    ctx = caller()
    return _answer(ctx, store.renew_link(ctx, *_named(form)))


def _named(form: str) -> tuple[str, str]:
    app, _dot, key = form.partition(".")
    return app, key


def _answer(ctx: Context, link: Link) -> Response:
    body = {
        "url": public_url(link),
        "enabled": link.enabled,
        "state": state_of(ctx, link, find_place(ctx.catalog, link.app, link.form)),
        "answers": link.answers,
        "refused": link.refused,
        "settings": settings_to_json(link.settings),
    }
    return Response(orjson.dumps(body), mimetype=JSON)
