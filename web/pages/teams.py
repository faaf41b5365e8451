"""The tree of teams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from runtime import people
from runtime.context import Context
from runtime.errors import Invalid, NotFound
from web.i18n import gettext as _
from web.pages.guard import admin
from web.render import redirect_to, render, toast
from web.render.forms import errors_of

blueprint = Blueprint("teams", __name__, url_prefix="/settings/teams")


@blueprint.get("")
def page() -> Response:
    """The tree with the people in it."""
    ctx = admin()
    members = {each.user_id: each for each in people.list_members(ctx.connection, ctx.workspace.id)}
    return render("pages/teams.html", teams=people.list_teams(ctx.connection, ctx.workspace.id), people=members)


@blueprint.get("/new")
def new() -> Response:
    """The dialog of a new team."""
    return _form(admin(), None, {"parent": request.args.get("parent", "")})


@blueprint.post("")
def create() -> Response:
    """A new team."""
    return _save(admin(), None)


@blueprint.get("/<int:team_id>")
def edit(team_id: int) -> Response:
    """The dialog of a team."""
    ctx = admin()
    team = _team(ctx, team_id)
    values = {"name": team.name, "parent": team.parent_id or "", "leader": team.leader_id or "", "members": team.member_ids}
    return _form(ctx, team, values)


@blueprint.post("/<int:team_id>")
def save(team_id: int) -> Response:
    """Name, place, leader and people of a team."""
    ctx = admin()
    return _save(ctx, _team(ctx, team_id))


@blueprint.post("/<int:team_id>/delete")
def delete(team_id: int) -> Response:
    """Remove a team."""
    ctx = admin()
    people.delete_team(ctx.connection, ctx.workspace.id, team_id)
    toast(_("The team is gone; its people are still members."))
    return redirect_to("/settings/teams")


def _team(ctx: Context, team_id: int) -> people.TeamInfo:
    found = next((each for each in people.list_teams(ctx.connection, ctx.workspace.id) if each.id == team_id), None)
    if found is None:
        raise NotFound
    return found


def _save(ctx: Context, team: people.TeamInfo | None) -> Response:
    form = request.form
    place: dict[str, Any] = {
        "name": form.get("name", ""),
        "parent_id": form.get("parent", type=int),
        "leader_id": form.get("leader", type=int),
    }
    members = [int(each) for each in form.getlist("members") if each.isdigit()]
    here = ctx.workspace.id
    try:
        if team is None:
            people.create_team(ctx.connection, here, **place, member_ids=members)
        else:
            people.update_team(ctx.connection, here, team.id, **place)
            people.set_team_members(ctx.connection, here, team.id, members)
    except Invalid as error:
        return _form(ctx, team, {**form, "members": members}, errors_of(error.problems), 422)
    toast(_("Saved."))
    return redirect_to("/settings/teams")


def _form(
    ctx: Context,
    team: people.TeamInfo | None,
    values: Mapping[str, Any],
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
) -> Response:
    teams = people.list_teams(ctx.connection, ctx.workspace.id)
    members = [each for each in people.list_members(ctx.connection, ctx.workspace.id) if each.active]
    return render(
        "pages/team_form.html",
        status=status,
        team=team,
        values=values,
        errors=errors or {},
        parents=[
            ("", _("At the top")),
            *((each.id, "— " * each.depth + each.name) for each in teams if not team or each.id != team.id),
        ],
        leaders=[("", "–"), *((each.user_id, each.name) for each in members)],
        members=[(each.user_id, each.name) for each in members],
    )
