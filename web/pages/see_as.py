"""Seeing the site with the eyes of a person or of a role, reading only; and the log of who has done so."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from runtime import clock, people
from runtime.context import Context
from runtime.errors import Invalid
from web import looking
from web.i18n import gettext as _
from web.i18n import translate
from web.looking import Looking
from web.pages.guard import admin, signed_in
from web.pages.language import local_address
from web.render import redirect_to, render
from web.request_context import connection

blueprint = Blueprint("see_as", __name__, url_prefix="/see-as")


@blueprint.get("/new")
def new() -> Response:
    """The dialog: as which person, or as which role with whose own records."""
    return _dialog(admin(), [])


@blueprint.post("")
def begin() -> Response:
    """Begins: `person` (a member's id), `role` (`app.role`), or both; `to`: the page to look at first."""
    ctx = signed_in()
    person, role = request.form.get("person", type=int), request.form.get("role") or None
    try:
        number = people.begin_look(ctx, person, role)
    except Invalid as error:
        return _dialog(admin(), [translate(each) for each in error.problems])
    back = _path(request.form.get("back") or request.referrer or "")
    looking.begin(Looking(number, int(ctx.actor.user_id or 0), ctx.workspace.id, person, role, back))
    return redirect_to(local_address(request.form.get("to") or "/"))


@blueprint.post("/stop")
def stop() -> Response:
    """With one's own eyes again, where one was."""
    look = looking.asked()
    looking.end()
    if look is None:
        return redirect_to("/")
    people.end_look(connection(), look.number, look.by, clock.now())
    return redirect_to(look.back)


@blueprint.get("/log")
def log() -> Response:
    """Who has looked with whose eyes, and when."""
    ctx = admin()
    return render("pages/see_as_log.html", looks=people.list_looks(ctx), roles=dict(role_choices(ctx)))


def role_choices(ctx: Context) -> list[tuple[str, str]]:
    """(`app.role`, name with its app) of the published roles."""
    found = []
    for name, role in ctx.catalog.roles().items():
        app = ctx.catalog.apps[name.split(".")[0]]
        language = ctx.actor.language
        found.append((name, f"{app.label.in_language(language) or app.key} · {role.label.in_language(language) or name}"))
    return found


def _dialog(ctx: Context, problems: list[str]) -> Response:
    values, role = request.values, request.values.get("role", "")
    members = [each for each in people.list_members(ctx.connection, ctx.workspace.id) if each.active]
    # Who holds the role comes first: they are the ones whose view is asked about.
    members.sort(key=lambda each: role not in each.roles)
    return render(
        "pages/see_as.html",
        status=422 if problems else 200,
        errors={"": problems} if problems else {},
        people=[(each.user_id, each.name or each.email) for each in members],
        roles=role_choices(ctx),
        role=role,
        person=values.get("person", members[0].user_id if role and members and role in members[0].roles else ""),
        to=values.get("to", ""),
        back=values.get("back") or _path(request.headers.get("HX-Current-URL", "")),
    )


def _path(address: str) -> str:
    """The path and query of an address of this site."""
    parts = urlsplit(address)
    return local_address(parts.path + (f"?{parts.query}" if parts.query else "")) if parts.path else "/"


def whose(look: Looking) -> str:
    """The sentence of the banner."""
    actor = look.actor
    if look.role is None:
        return _("You see what %(name)s sees", name=actor.name if actor and actor.name else _("a former member"))
    from web.request_context import current

    ctx = current()
    role = looking.role_name(ctx.connection, ctx.workspace, look.role, ctx.actor.language)
    if look.person is None:
        return _("You see what the role %(role)s sees, without records of one's own", role=role)
    return _("You see what the role %(role)s sees, with the records of %(name)s", role=role, name=actor.name if actor else "")


@blueprint.record_once
def _prepare(state: object) -> None:
    state.app.jinja_env.globals.update(whose_eyes=whose)  # type: ignore[attr-defined]
