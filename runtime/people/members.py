"""Members: people in a workspace, their roles and managers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from builder.errors import Problem
from runtime.errors import Conflict, Invalid, NotFound
from runtime.people.workspaces import bump_revision
from runtime.platform.people import Member, RoleAssignment, Team, TeamMember, User


@dataclass(frozen=True)
class MemberInfo:
    """A member as the administration shows them."""

    user_id: int
    email: str
    name: str
    is_admin: bool
    active: bool
    manager_id: int | None
    roles: tuple[str, ...]
    team_ids: tuple[int, ...]
    joined_at: datetime
    last_login_at: datetime | None
    two_factor: bool


def add_member(
    connection: sa.Connection,
    workspace_id: int,
    user_id: int,
    *,
    is_admin: bool = False,
    manager_id: int | None = None,
    roles: Iterable[str] = (),
) -> None:
    """Let a person into the workspace, or back into it."""
    values = {"workspace_id": workspace_id, "user_id": user_id, "is_admin": is_admin, "active": True}
    statement = (
        insert(Member)
        .values(**values)
        .on_conflict_do_update(index_elements=[Member.workspace_id, Member.user_id], set_={"is_admin": is_admin, "active": True})
    )
    connection.execute(statement)
    if manager_id is not None:
        set_manager(connection, workspace_id, user_id, manager_id)
    set_roles(connection, workspace_id, user_id, roles)


def assign_role(connection: sa.Connection, workspace_id: int, user_id: int, role: str) -> None:
    """Give the member the role `app.role`; nothing happens when they hold it."""
    values = {"workspace_id": workspace_id, "user_id": user_id, "role": role}
    connection.execute(insert(RoleAssignment).values(**values).on_conflict_do_nothing())
    bump_revision(connection, workspace_id)


def set_roles(connection: sa.Connection, workspace_id: int, user_id: int, roles: Iterable[str]) -> None:
    """Make these the member's roles, and no others."""
    wanted = sorted(set(roles))
    mine = sa.and_(RoleAssignment.workspace_id == workspace_id, RoleAssignment.user_id == user_id)
    connection.execute(sa.delete(RoleAssignment).where(mine, RoleAssignment.role.not_in(wanted)))
    if wanted:
        rows = [{"workspace_id": workspace_id, "user_id": user_id, "role": role} for role in wanted]
        connection.execute(insert(RoleAssignment).values(rows).on_conflict_do_nothing())
    bump_revision(connection, workspace_id)


def set_admin(connection: sa.Connection, workspace_id: int, user_id: int, is_admin: bool) -> None:
    """Make the member an administrator, or take it away. Raises Conflict when nobody would be left."""
    if not is_admin:
        _keep_one_admin(connection, workspace_id, user_id)
    _change(connection, workspace_id, user_id, is_admin=is_admin)


def set_manager(connection: sa.Connection, workspace_id: int, user_id: int, manager_id: int | None) -> None:
    """Set who this member reports to. Raises Invalid for a circle or a manager who is no member."""
    known = sa.select(Member.user_id, Member.manager_id).where(Member.workspace_id == workspace_id)
    managers: dict[int, int | None] = {row[0]: row[1] for row in connection.execute(known)}
    if manager_id is not None and manager_id not in managers:
        raise Invalid([Problem("manager", "choice", "Choose a member of the workspace.")])
    above = manager_id
    for _ in range(len(managers) + 1):
        if above == user_id:
            raise Invalid([Problem("manager", "cycle", "Nobody can be their own manager, directly or through others.")])
        if above is None:
            break
        above = managers.get(above)
    _change(connection, workspace_id, user_id, manager_id=manager_id)


def deactivate_member(connection: sa.Connection, workspace_id: int, user_id: int) -> None:
    """Shut the person out of the workspace at once; their records and history stay. Raises Conflict for the last admin."""
    _keep_one_admin(connection, workspace_id, user_id)
    _change(connection, workspace_id, user_id, active=False)


def activate_member(connection: sa.Connection, workspace_id: int, user_id: int) -> None:
    """Let a deactivated member in again."""
    _change(connection, workspace_id, user_id, active=True)


def _keep_one_admin(connection: sa.Connection, workspace_id: int, user_id: int) -> None:
    admins = sa.select(Member.user_id).where(Member.workspace_id == workspace_id, Member.is_admin, Member.active)
    left = set(connection.scalars(admins.with_for_update()))
    if left == {user_id}:
        raise Conflict("This is the last administrator. Make somebody else an administrator first.")


def _change(connection: sa.Connection, workspace_id: int, user_id: int, **values: Any) -> None:
    place = sa.and_(Member.workspace_id == workspace_id, Member.user_id == user_id)
    if connection.execute(sa.update(Member).where(place).values(**values)).rowcount != 1:
        raise NotFound
    bump_revision(connection, workspace_id)


def list_members(connection: sa.Connection, workspace_id: int) -> list[MemberInfo]:
    """All members, active first, by name."""
    statement = _members(workspace_id).order_by(Member.active.desc(), User.name, User.id)
    return [_info(row) for row in connection.execute(statement)]


def member_info(connection: sa.Connection, workspace_id: int, user_id: int) -> MemberInfo:
    """One member. Raises NotFound."""
    row = connection.execute(_members(workspace_id).where(Member.user_id == user_id)).first()
    if row is None:
        raise NotFound
    return _info(row)


def _info(row: sa.Row[*tuple[Any, ...]]) -> MemberInfo:
    values: tuple[Any, ...] = tuple(row)
    held, teams = tuple(values[6]), tuple(values[7])
    return MemberInfo(*values[:6], held, teams, *values[8:])  # type: ignore[call-arg]  # mypy counts the stars as one each


def _members(workspace_id: int) -> sa.Select[*tuple[Any, ...]]:
    held = sa.select(RoleAssignment.role).where(
        RoleAssignment.workspace_id == Member.workspace_id, RoleAssignment.user_id == Member.user_id
    )
    teams = (
        sa.select(TeamMember.team_id)
        .join(Team, Team.id == TeamMember.team_id)
        .where(Team.workspace_id == Member.workspace_id, TeamMember.user_id == Member.user_id)
    )
    columns = (
        Member.user_id,
        User.email,
        User.name,
        Member.is_admin,
        sa.and_(Member.active, User.active),
        Member.manager_id,
        sa.func.array(held.order_by(RoleAssignment.role).scalar_subquery(), type_=sa.ARRAY(sa.Text)),
        sa.func.array(teams.order_by(TeamMember.team_id).scalar_subquery(), type_=sa.ARRAY(sa.BigInteger)),
        Member.joined_at,
        User.current_login_at,
        User.tf_primary_method.is_not(None),
    )
    return sa.select(*columns).join(User, User.id == Member.user_id).where(Member.workspace_id == workspace_id)
