"""The pages that tell what went wrong, and how to go on."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request
from flask.blueprints import BlueprintSetupState
from flask_wtf.csrf import CSRFError

from web import auth, errors
from web.errors import Answer
from web.i18n import gettext as _
from web.i18n import translate
from web.render import is_fragment, render, toast

blueprint = Blueprint("error_pages", __name__)

_PICTURES = {403: "lock", 404: "search", 429: "lock", 503: "plug"}


def error_page(answer: Answer) -> Response:
    """The page of an answer. A fragment gets a toast instead, so that the page under it stays."""
    if answer.status == 401:
        return auth.to_sign_in()
    title, text = _words(answer)
    if answer.status >= 500:
        # The page must come up even when nothing can be read.
        g.context, g.person, g.workspaces = None, None, []
    if is_fragment():
        toast(text or title, "error")
        # htmx swaps nothing on an error, but reads the toast from the header.
        response = render("errors/fragment.html", status=answer.status, title=title, text=text)
    else:
        picture = _PICTURES.get(answer.status, "plug" if answer.status >= 500 else "list")
        values: dict[str, Any] = {"number": answer.status, "title": title, "text": text, "picture": picture}
        response = render("errors/page.html", status=answer.status, **values)
    response.headers.update(answer.headers)
    return response


def _words(answer: Answer) -> tuple[str, str]:
    if answer.status == 404:
        return _("We cannot find this page"), _(
            "It may have been removed, or it is not open to you. Ask your administrator if you need it."
        )
    if answer.status == 403:
        return _("You may not do this"), answer.detail or _(
            "Your role does not allow it. An administrator can give you another one."
        )
    if answer.status == 413:
        return _("This file is too large"), _("Choose a smaller one, or ask your administrator to raise the limit.")
    if answer.status == 429:
        return _("Too many tries"), answer.detail or _("Please wait a few minutes.")
    if answer.status == 503:
        return _("Just a moment"), _(
            "The site is starting or busy. Please load the page again in a few seconds; nothing is lost."
        )
    if answer.status >= 500:
        return _("Something went wrong on our side"), _(
            "It has been noted. Please go back and try again; what you saved before is safe."
        )
    said = "; ".join(translate(each) for each in answer.errors)
    return answer.title, answer.detail or said


def _csrf_failed(_error: CSRFError) -> Response:
    """The session has ended or cookies are off: sign in again, and nothing has happened."""
    if errors.is_program():
        return errors.problem_response(Answer(400, "csrf", _("The CSRF token is missing or wrong."), _("Load the page again.")))
    title = _("Please load the page again")
    text = _("It was open for too long, or another account signed in meanwhile. Nothing has been changed.")
    if is_fragment():
        toast(text, "error")
        return render("errors/fragment.html", status=400, title=title, text=text)
    return render("errors/page.html", status=400, number=400, title=title, text=text, picture="lock", retry=request.referrer)


@blueprint.record_once
def _install(state: BlueprintSetupState) -> None:
    state.app.extensions["error_page"] = error_page
    state.app.register_error_handler(CSRFError, _csrf_failed)
    errors.init_app(state.app)  # type: ignore[arg-type]
