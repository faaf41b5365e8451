"""Makes what tests start from: a workspace with people, and the everything app installed in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import sqlalchemy as sa

from runtime.catalog import load_workspace
from runtime.clock import now
from runtime.context import Actor, Context, WorkspaceInfo
from runtime.platform.people import Member, RoleAssignment, Team, TeamMember, User, Workspace
from tests.everything_app import everything

_numbers = count(1)


@dataclass(frozen=True)
class Place:
    """A workspace in a test: who its administrator is and how to get a context."""

    workspace: WorkspaceInfo
    admin_id: int

    def context(self, connection: sa.Connection, actor: Actor | None = None) -> Context:
        """A context of this workspace as it is now, for its administrator unless another actor is given."""
        from runtime.catalog import load_catalog

        workspace = load_workspace(connection, workspace_id=self.workspace.id)
        assert workspace is not None
        catalog = load_catalog(connection, workspace)
        return Context(connection, workspace, catalog, actor or self.admin, now())

    @property
    def admin(self) -> Actor:
        return Actor("person", self.admin_id, "Admin", is_admin=True)


def make_user(
    connection: sa.Connection, place: WorkspaceInfo, name: str, *, is_admin: bool = False, roles: tuple[str, ...] = ()
) -> Actor:
    """A member of the workspace with these roles (`app.role`), as an actor."""
    number = next(_numbers)
    values = {"email": f"{name.lower()}{number}@{place.key}.example", "name": name, "fs_uniquifier": f"{place.key}-{number}"}
    user_id = connection.execute(sa.insert(User).values(values).returning(User.id)).scalar_one()
    connection.execute(sa.insert(Member).values(workspace_id=place.id, user_id=user_id, is_admin=is_admin))
    for role in roles:
        connection.execute(sa.insert(RoleAssignment).values(workspace_id=place.id, user_id=user_id, role=role))
    return Actor("person", user_id, name, roles=roles, is_admin=is_admin, subordinate_ids=(user_id,))


def make_team(
    connection: sa.Connection, place: WorkspaceInfo, name: str, members: tuple[int, ...], leader: int | None = None
) -> int:
    """A team with these members; its id."""
    team = connection.execute(
        sa.insert(Team).values(workspace_id=place.id, name=name, leader_id=leader).returning(Team.id)
    ).scalar_one()
    for member in members:
        connection.execute(sa.insert(TeamMember).values(team_id=team, user_id=member))
    return int(team)


def make_place(connection: sa.Connection, key: str | None = None, **values: Any) -> Place:
    """A new workspace with its PostgreSQL schema and one administrator, no apps."""
    key = key or f"t{next(_numbers)}_{connection.scalar(sa.select(sa.func.pg_backend_pid()))}"
    row = {"key": key, "name": key, "zone": "Asia/Shanghai", **values}
    workspace_id = connection.execute(sa.insert(Workspace).values(row).returning(Workspace.id)).scalar_one()
    connection.execute(sa.schema.CreateSchema(f"ws_{key}"))
    workspace = load_workspace(connection, workspace_id=workspace_id)
    assert workspace is not None
    admin = make_user(connection, workspace, "Admin", is_admin=True)
    return Place(workspace, int(admin.user_id or 0))


def install(connection: sa.Connection, place: Place, documents: Mapping[str, Mapping[str, Any]] | None = None) -> Context:
    """Applies documents (default: the everything apps) to a workspace; a context with their catalog."""
    from runtime.schema_apply import apply

    chosen = everything() if documents is None else documents
    return apply(place.context(connection), chosen).ctx
