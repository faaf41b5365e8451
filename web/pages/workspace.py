"""Settings of the workspace: its name, zone, language, country and currency."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request

from runtime import people
from runtime.errors import Invalid
from web.i18n import gettext as _
from web.pages.guard import admin
from web.render import redirect_to, render, toast
from web.render.choices import countries, currencies, zones
from web.render.forms import errors_of

blueprint = Blueprint("workspace", __name__, url_prefix="/settings")
FIELDS = ("name", "zone", "language", "country", "currency")


@blueprint.get("")
def first() -> Response:
    """The first settings page."""
    admin()
    return redirect("/settings/workspace")  # type: ignore[return-value]


@blueprint.get("/workspace")
def page() -> Response:
    """The form."""
    here = admin().workspace
    return _page(
        200,
        {
            "name": here.name,
            "zone": str(here.zone),
            "language": here.language,
            "country": here.country,
            "currency": here.currency,
        },
    )


@blueprint.post("/workspace")
def save() -> Response:
    """Store it."""
    ctx = admin()
    values = {key: request.form[key].strip() for key in FIELDS if key in request.form}
    try:
        people.update_workspace(ctx.connection, ctx.workspace.id, **values)
    except Invalid as error:
        return _page(422, values, errors_of(error.problems))
    toast(_("Saved."))
    return redirect_to("/settings/workspace")


def _page(status: int, values: dict[str, str], errors: dict[str, list[str]] | None = None) -> Response:
    lists: dict[str, Any] = {"zones": zones(), "countries": countries(), "currencies": currencies()}
    return render("pages/workspace.html", status=status, values=values, errors=errors or {}, **lists)
