"""My profile: name, language, looks, two-factor codes."""

from __future__ import annotations

from flask import Blueprint, Response, request

from runtime import people
from runtime.errors import Invalid, NotFound
from web import request_context
from web.i18n import gettext as _
from web.pages.guard import signed_in
from web.render import redirect_to, render, toast
from web.render.forms import errors_of

blueprint = Blueprint("profile", __name__, url_prefix="/profile")
# Preferences that the page may set, with their values.
PREFERENCES = {"theme": ("light", "dark", "auto"), "density": ("comfortable", "default", "compact")}


@blueprint.get("")
def page() -> Response:
    """The person's own page."""
    ctx = signed_in()
    return _page(200, people.member_info(ctx.connection, ctx.workspace.id, int(ctx.actor.user_id or 0)), {})


@blueprint.post("")
def save() -> Response:
    """Name and language."""
    ctx = signed_in()
    user_id = int(ctx.actor.user_id or 0)
    try:
        people.update_user(ctx.connection, user_id, name=request.form.get("name", ""), language=request.form.get("language", ""))
    except Invalid as error:
        return _page(422, people.member_info(ctx.connection, ctx.workspace.id, user_id), errors_of(error.problems))
    request_context.forget()
    request_context.current()
    toast(_("Saved."))
    return redirect_to("/profile")


@blueprint.post("/preferences")
def preferences() -> Response:
    """One preference as JSON, such as `{"theme": "dark"}`."""
    ctx = signed_in()
    given = request.get_json(silent=True)
    if not isinstance(given, dict) or any(value not in PREFERENCES.get(str(key), ()) for key, value in given.items()):
        raise NotFound
    people.update_user(ctx.connection, int(ctx.actor.user_id or 0), **given)
    return Response(status=204)


def _page(status: int, member: people.MemberInfo, errors: dict[str, list[str]]) -> Response:
    return render("pages/profile.html", status=status, member=member, errors=errors, roles=_role_names(member))


def _role_names(member: people.MemberInfo) -> list[str]:
    ctx = request_context.current()
    known = ctx.catalog.roles(member.roles)
    return [role.label.in_language(ctx.actor.language) or name for name, role in known.items()]
