"""Choosing the language: for the person when signed in, else for this browser."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, request, session
from werkzeug.exceptions import NotFound

from runtime import people
from web import request_context
from web.i18n import LANGUAGE_NAMES
from web.render import redirect_to

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
def choose() -> Response:
    """Speak this language from now on."""
    language = request.form.get("language", "")
    if language not in LANGUAGE_NAMES:
        raise NotFound
    session["language"] = language
    someone = request_context.person()
    if someone is not None:
        people.update_user(request_context.connection(), someone.id, language=language)
    return redirect_to(local_address(request.form.get("next", "/")))


@blueprint.post("/workspace")
def choose_workspace() -> Response:
    """Work in another of one's workspaces."""
    chosen = request.form.get("workspace", type=int)
    if chosen not in {each.id for each in request_context.workspaces()}:
        raise NotFound
    session["workspace"] = chosen
    return redirect_to("/")


def local_address(address: str) -> str:
    """The address if it leads to this site, else the home page."""
    parts = urlsplit(address)
    safe = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return address.rstrip("?") if safe else "/"
