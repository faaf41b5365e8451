"""The tree of teams in a workspace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from builder.errors import Problem
from runtime.errors import Conflict, Invalid, NotFound
from runtime.people.workspaces import bump_revision
from runtime.platform.people import Member, Team, TeamMember


@dataclass(frozen=True)
class TeamInfo:
    """One team. `depth` is its distance from the root of its tree."""

    id: int
    name: str
    parent_id: int | None
    leader_id: int | None
    member_ids: tuple[int, ...]
    depth: int = 0


def create_team(
    connection: sa.Connection,
    workspace_id: int,
    name: str,
    *,
    parent_id: int | None = None,
    leader_id: int | None = None,
    member_ids: Iterable[int] = (),
) -> int:
    """A new team, at the top or below another. Returns its id. Raises Invalid."""
    _check(connection, workspace_id, None, name, parent_id, leader_id)
    values = {"workspace_id": workspace_id, "name": name.strip(), "parent_id": parent_id, "leader_id": leader_id}
    team_id = connection.execute(sa.insert(Team).values(**values).returning(Team.id)).scalar_one()
    set_team_members(connection, workspace_id, team_id, member_ids)
    return team_id


def update_team(
    connection: sa.Connection, workspace_id: int, team_id: int, *, name: str, parent_id: int | None, leader_id: int | None
) -> None:
    """Rename, move or re-lead a team. Raises Invalid for a circle, NotFound."""
    _check(connection, workspace_id, team_id, name, parent_id, leader_id)
    place = sa.and_(Team.id == team_id, Team.workspace_id == workspace_id)
    values = {"name": name.strip(), "parent_id": parent_id, "leader_id": leader_id}
    if connection.execute(sa.update(Team).where(place).values(**values)).rowcount != 1:
        raise NotFound
    bump_revision(connection, workspace_id)


def delete_team(connection: sa.Connection, workspace_id: int, team_id: int) -> None:
    """Remove a team without teams below it; its people stay members. Raises Conflict, NotFound."""
    if connection.scalar(sa.select(Team.id).where(Team.parent_id == team_id, Team.workspace_id == workspace_id).limit(1)):
        raise Conflict("There are teams below this one. Move or remove them first.")
    place = sa.and_(Team.id == team_id, Team.workspace_id == workspace_id)
    if connection.execute(sa.delete(Team).where(place)).rowcount != 1:
        raise NotFound
    bump_revision(connection, workspace_id)


def set_team_members(connection: sa.Connection, workspace_id: int, team_id: int, user_ids: Iterable[int]) -> None:
    """Make these people the team, and no others. Raises Invalid when one is no member of the workspace, NotFound."""
    if connection.scalar(sa.select(Team.id).where(Team.id == team_id, Team.workspace_id == workspace_id)) is None:
        raise NotFound
    wanted = sorted(set(user_ids))
    here = sa.select(Member.user_id).where(Member.workspace_id == workspace_id, Member.user_id.in_(wanted))
    known = set(connection.scalars(here))
    if known != set(wanted):
        raise Invalid([Problem("members", "choice", "Choose members of the workspace.")])
    connection.execute(sa.delete(TeamMember).where(TeamMember.team_id == team_id))
    if wanted:
        connection.execute(sa.insert(TeamMember), [{"team_id": team_id, "user_id": each} for each in wanted])
    bump_revision(connection, workspace_id)


def list_teams(connection: sa.Connection, workspace_id: int) -> list[TeamInfo]:
    """All teams in the order of the tree: every team right after its parent, by name."""
    people = sa.func.array(
        sa.select(TeamMember.user_id).where(TeamMember.team_id == Team.id).order_by(TeamMember.user_id).scalar_subquery(),
        type_=sa.ARRAY(sa.BigInteger),
    )
    statement = sa.select(Team.id, Team.name, Team.parent_id, Team.leader_id, people).where(Team.workspace_id == workspace_id)
    below: dict[int | None, list[Any]] = {}
    for row in connection.execute(statement.order_by(Team.name, Team.id)):
        below.setdefault(row[2], []).append(row)
    found: list[TeamInfo] = []

    def walk(parent_id: int | None, depth: int) -> None:
        for row in below.get(parent_id, ()):
            found.append(TeamInfo(row[0], row[1], row[2], row[3], tuple(row[4]), depth))
            walk(row[0], depth + 1)

    walk(None, 0)
    return found


def _check(
    connection: sa.Connection, workspace_id: int, team_id: int | None, name: str, parent_id: int | None, leader_id: int | None
) -> None:
    problems = []
    if not name.strip():
        problems.append(Problem("name", "required", "Please fill this in."))
    statement = sa.select(Team.id, Team.parent_id).where(Team.workspace_id == workspace_id).with_for_update()
    parents: dict[int, int | None] = {row[0]: row[1] for row in connection.execute(statement)}
    if parent_id is not None and parent_id not in parents:
        problems.append(Problem("parent", "choice", "Choose a team of this workspace."))
    elif team_id is not None and _is_below(parents, parent_id, team_id):
        problems.append(Problem("parent", "cycle", "A team cannot lie below itself."))
    if leader_id is not None:
        here = sa.select(Member.user_id).where(Member.workspace_id == workspace_id, Member.user_id == leader_id)
        if connection.scalar(here) is None:
            problems.append(Problem("leader", "choice", "Choose a member of the workspace."))
    if problems:
        raise Invalid(problems)


def _is_below(parents: dict[int, int | None], candidate: int | None, team_id: int) -> bool:
    while candidate is not None:
        if candidate == team_id:
            return True
        candidate = parents.get(candidate)
    return False
