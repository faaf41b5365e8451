"""The members of the workspace: invited or created, their roles, managers and teams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, request

from builder.errors import Problem
from runtime import people
from runtime.context import Context
from runtime.errors import Invalid
from web import request_context
from web.auth import invitation_path
from web.i18n import LANGUAGE_NAMES
from web.i18n import gettext as _
from web.mail import send_mail
from web.pages.guard import admin
from web.render import redirect_to, refresh_page, render, toast
from web.render.forms import errors_of

blueprint = Blueprint("members", __name__, url_prefix="/settings/members")


@blueprint.get("")
def page() -> Response:
    """Everybody who belongs to the workspace, or did."""
    ctx = admin()
    members = people.list_members(ctx.connection, ctx.workspace.id)
    text = request.args.get("q", "").strip().lower()
    shown = [each for each in members if text in each.name.lower() or text in each.email]
    return render("pages/members.html", part="rows", members=shown, everybody=members, q=text, **_names(ctx, members))


@blueprint.get("/new")
def new() -> Response:
    """The dialog to add somebody."""
    return _form(admin(), None, {"language": admin().workspace.language})


@blueprint.post("")
def add() -> Response:
    """Create the person if nobody has this address, and make them a member."""
    ctx = admin()
    try:
        user_id, is_new = _person(ctx)
        people.add_member(ctx.connection, ctx.workspace.id, user_id, **_choices(ctx))
        _set_teams(ctx, user_id)
    except Invalid as error:
        return _form(ctx, None, request.form, errors_of(error.problems), 422)
    if not is_new:
        toast(_("%(name)s is a member now.", name=request.form.get("name") or request.form["email"]))
        return redirect_to("/settings/members")
    return _invited(ctx, user_id)


@blueprint.get("/<int:user_id>")
def edit(user_id: int) -> Response:
    """The dialog to change a member."""
    ctx = admin()
    member = people.member_info(ctx.connection, ctx.workspace.id, user_id)
    return _form(ctx, member, {"name": member.name, "email": member.email, "manager": member.manager_id or ""})


@blueprint.post("/<int:user_id>")
def save(user_id: int) -> Response:
    """Roles, manager, teams and administrator's rights of a member."""
    ctx = admin()
    member = people.member_info(ctx.connection, ctx.workspace.id, user_id)
    chosen = _choices(ctx)
    try:
        people.set_roles(ctx.connection, ctx.workspace.id, user_id, chosen["roles"])
        people.set_manager(ctx.connection, ctx.workspace.id, user_id, chosen["manager_id"])
        if chosen["is_admin"] != member.is_admin:
            people.set_admin(ctx.connection, ctx.workspace.id, user_id, chosen["is_admin"])
        _set_teams(ctx, user_id)
    except Invalid as error:
        return _form(ctx, member, request.form, errors_of(error.problems), 422)
    toast(_("Saved."))
    return refresh_page()


@blueprint.post("/<int:user_id>/deactivate")
def deactivate(user_id: int) -> Response:
    """Shut somebody out."""
    ctx = admin()
    people.deactivate_member(ctx.connection, ctx.workspace.id, user_id)
    toast(_("The member can no longer sign in to this workspace."), undo=f"/settings/members/{user_id}/activate")
    return redirect_to("/settings/members")


@blueprint.post("/<int:user_id>/activate")
def activate(user_id: int) -> Response:
    """Let somebody in again."""
    ctx = admin()
    people.activate_member(ctx.connection, ctx.workspace.id, user_id)
    toast(_("The member can sign in again."))
    return redirect_to("/settings/members")


@blueprint.post("/<int:user_id>/link")
def link(user_id: int) -> Response:
    """A new link with which the member sets a password."""
    ctx = admin()
    people.member_info(ctx.connection, ctx.workspace.id, user_id)
    if {each.id for each in people.workspaces_of(ctx.connection, user_id)} - {ctx.workspace.id}:
        # Who also belongs to another organisation must not be taken over from this one.
        raise Invalid(
            [Problem("", "shared", "This person belongs to other workspaces too and can reset the password only by mail.")]
        )
    return _invited(ctx, user_id)


def _person(ctx: Context) -> tuple[int, bool]:
    found = people.find_user(ctx.connection, request.form.get("email", ""))
    if found is not None:
        if any(each.user_id == found and each.active for each in people.list_members(ctx.connection, ctx.workspace.id)):
            raise Invalid([Problem("email", "taken", "This person is a member already.")])
        return found, False
    form = request.form
    language = form.get("language") or None
    return people.create_user(ctx.connection, form.get("email", ""), name=form.get("name", ""), language=language), True


def _invited(ctx: Context, user_id: int) -> Response:
    # The link is made from the stored row, which another connection must be able to see.
    request_context.commit()
    ctx = admin()
    member = people.member_info(ctx.connection, ctx.workspace.id, user_id)
    path = invitation_path(user_id)
    settings = current_app.config["SETTINGS"]
    # What is mailed never rests on the request's Host header; what this administrator sees may.
    address = (settings.base_url or request.host_url.rstrip("/")) + path
    if settings.smtp_host:
        subject = _("Your account at %(workspace)s", workspace=ctx.workspace.name)
        text = _("%(name)s has opened an account for you. Set your password here, within three days:", name=ctx.actor.name)
        send_mail(settings, to=member.email, subject=subject, body=f"{text}\n\n{settings.address}{path}\n")
    return render("pages/member_invited.html", member=member, address=address, mailed=bool(settings.smtp_host))


def _choices(ctx: Context) -> dict[str, Any]:
    known = ctx.catalog.roles()
    roles = [name for name in request.form.getlist("roles") if name in known]
    return {
        "roles": roles,
        "manager_id": request.form.get("manager", type=int),
        "is_admin": request.form.get("is_admin") == "1",
    }


def _set_teams(ctx: Context, user_id: int) -> None:
    wanted = {int(each) for each in request.form.getlist("teams") if each.isdigit()}
    for team in people.list_teams(ctx.connection, ctx.workspace.id):
        members = set(team.member_ids)
        changed = members | {user_id} if team.id in wanted else members - {user_id}
        if changed != members:
            people.set_team_members(ctx.connection, ctx.workspace.id, team.id, changed)


def _names(ctx: Context, members: list[people.MemberInfo]) -> dict[str, Any]:
    roles = {name: role.label.in_language(ctx.actor.language) or name for name, role in ctx.catalog.roles().items()}
    teams = people.list_teams(ctx.connection, ctx.workspace.id)
    return {"roles": roles, "teams": {team.id: team for team in teams}, "people": {each.user_id: each for each in members}}


def _form(
    ctx: Context,
    member: people.MemberInfo | None,
    values: Mapping[str, Any],
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
) -> Response:
    members = people.list_members(ctx.connection, ctx.workspace.id)
    managers = [
        ("", "–"),
        *((each.user_id, each.name) for each in members if each.active and (not member or each.user_id != member.user_id)),
    ]
    languages = [("", _("Language of the workspace")), *LANGUAGE_NAMES.items()]
    lists = _names(ctx, members)
    return render(
        "pages/member_form.html",
        status=status,
        member=member,
        values=values,
        errors=errors or {},
        managers=managers,
        languages=languages,
        role_options=list(lists["roles"].items()),
        team_options=[(team.id, ("— " * team.depth) + team.name) for team in lists["teams"].values()],
    )
