"""The very first visit: organisation, administrator, language, zone, template. Ends signed in, in a working app."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, request, session
from werkzeug.exceptions import NotFound

from builder.errors import Problem
from builder.label import Label
from runtime import setup_token
from runtime.people.passwords import check_password
from runtime.people.users import normal_email
from runtime.platform.people import User
from templates_library import loader
from web import request_context
from web.auth import sign_in
from web.first_site import FirstSite, set_up
from web.i18n import LANGUAGE_NAMES, current_language
from web.i18n import gettext as _
from web.render import redirect_to, render, toast
from web.render.choices import zone_names, zones
from web.render.forms import errors_of

blueprint = Blueprint("setup", __name__)
FIELDS = ("organisation", "name", "email", "password", "language", "zone", "template")
_GUESSES = {"zh-Hans": "Asia/Shanghai", "zh-Hant": "Asia/Taipei"}


@blueprint.get("/setup")
@blueprint.get("/setup/<token>")
def page(token: str = "") -> Response:
    """The form, for who has the link that the console shows."""
    if _is_set_up():
        raise NotFound
    token = token or request.args.get("token", "")
    if not setup_token.verify(_data_dir(), token):
        return render("pages/setup_closed.html", status=403 if token else 200)
    language = current_language()
    values = {"language": language, "zone": _GUESSES.get(language, "UTC"), "template": "crm", "sample_data": True}
    return _form(token, values)


@blueprint.post("/setup/<token>")
def create(token: str) -> Response:
    """Set the site up. The token works once."""
    if _is_set_up():
        raise NotFound
    values: dict[str, Any] = {key: request.form.get(key, "").strip() for key in FIELDS}
    values["sample_data"] = request.form.get("sample_data") == "1"
    if not setup_token.verify(_data_dir(), token):
        return render("pages/setup_closed.html", status=403)
    problems = _problems(values)
    if problems:
        return _form(token, values, errors_of(problems, FIELDS), 422)
    user_id = _set_up(values)
    if user_id is None:
        raise NotFound
    setup_token.consume(_data_dir(), token)
    session["language"] = values["language"]
    sign_in(user_id)
    toast(_("Everything is ready. Welcome!"))
    return redirect_to("/")


def _set_up(values: dict[str, Any]) -> int | None:
    connection = request_context.connection()
    # One at a time: the second of two visitors finds the site set up.
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(0x5E7)))
    if connection.scalar(sa.select(User.id).limit(1)) is not None:
        return None
    wanted = FirstSite(
        organisation=values["organisation"],
        email=values["email"],
        password=values["password"],
        name=values["name"],
        language=values["language"],
        zone=values["zone"],
        template=values["template"] or None,
        sample_data=values["sample_data"],
    )
    user_id = set_up(connection, wanted).user_id
    # Signing in reads the person on another connection.
    request_context.commit()
    return user_id


def _problems(values: dict[str, Any]) -> list[Problem]:
    required = ("organisation", "name", "email", "password")
    found = [Problem(key, "required", "Please fill this in.") for key in required if not values[key]]
    if values["email"] and normal_email(values["email"]) is None:
        found.append(Problem("email", "email", "This is not an e-mail address."))
    if values["password"]:
        found += check_password(values["password"], email=values["email"])
    if values["language"] not in LANGUAGE_NAMES:
        found.append(Problem("language", "choice", "Choose one of the languages."))
    if values["zone"] not in zone_names():
        found.append(Problem("zone", "choice", "Choose a time zone from the list."))
    if values["template"] and values["template"] not in loader.names():
        found.append(Problem("template", "choice", "Choose one of the templates."))
    return found


def _form(token: str, values: dict[str, Any], errors: dict[str, list[str]] | None = None, status: int = 200) -> Response:
    lists: dict[str, Any] = {"zones": zones(), "languages": list(LANGUAGE_NAMES.items()), "templates": _templates()}
    return render("pages/setup.html", status=status, token=token, values=values, errors=errors or {}, **lists)


def _templates() -> list[dict[str, str]]:
    """The templates to begin with; those that others bring along are not offered by themselves when there is more."""
    language = current_language()
    found = []
    for key in reversed(loader.names()):
        head = loader.summary(key)
        found.append(
            {
                "key": key,
                "label": Label.of(head.get("label")).in_language(language) or key,
                "description": Label.of(head.get("description")).in_language(language),
                "icon": str(head.get("icon", "apps")),
                "color": str(head.get("color", "blue")),
            }
        )
    return found


def _is_set_up() -> bool:
    return request_context.connection().scalar(sa.select(User.id).limit(1)) is not None


def _data_dir() -> Any:
    return current_app.config["SETTINGS"].data_dir
