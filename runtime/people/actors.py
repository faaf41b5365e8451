"""Who acts, with all that access rules need to know, cached by the workspace's revision."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from threading import Lock

import sqlalchemy as sa

from runtime.context import Actor, WorkspaceInfo
from runtime.errors import NotFound
from runtime.platform.people import Member, RoleAssignment, Team, TeamMember, User

_CACHE_SIZE = 5000
_cache: OrderedDict[tuple[int, int, int, str | None], Actor] = OrderedDict()
_lock = Lock()


def load_actor(
    connection: sa.Connection, workspace: WorkspaceInfo, user_id: int, *, kind: str = "person", role: str | None = None
) -> Actor:
    """The actor of an active member. With `role`, only that role counts, and no administrator's rights.

    Raises NotFound when the person is no active member, or does not hold the role (administrators hold every role).
    """
    key = (workspace.id, workspace.revision, user_id, role)
    with _lock:
        found = _cache.get(key)
        if found is not None:
            _cache.move_to_end(key)
    if found is None:
        found, committed = _read(connection, workspace, user_id, role)
        # A transaction that has written may be looking at what it will roll back.
        if committed:
            _remember(key, found)
    return found if found.kind == kind else replace(found, kind=kind)


def forget_actors() -> None:
    """Empties the cache (tests that use several databases)."""
    with _lock:
        _cache.clear()


def _remember(key: tuple[int, int, int, str | None], actor: Actor) -> None:
    with _lock:
        _cache[key] = actor
        while len(_cache) > _CACHE_SIZE:
            _cache.popitem(last=False)


def _read(connection: sa.Connection, workspace: WorkspaceInfo, user_id: int, role: str | None) -> tuple[Actor, bool]:
    held = sa.select(RoleAssignment.role).where(
        RoleAssignment.workspace_id == Member.workspace_id, RoleAssignment.user_id == Member.user_id
    )
    row = connection.execute(
        sa.select(
            User.name,
            User.language,
            Member.is_admin,
            sa.func.array(held.order_by(RoleAssignment.role).scalar_subquery(), type_=sa.ARRAY(sa.Text)),
            sa.func.pg_current_xact_id_if_assigned().is_(None),
        )
        .join(User, User.id == Member.user_id)
        .where(Member.workspace_id == workspace.id, Member.user_id == user_id, Member.active, User.active)
    ).first()
    if row is None:
        raise NotFound
    name, language, is_admin, roles, committed = row
    if role is not None:
        if role not in roles and not is_admin:
            raise NotFound
        is_admin, roles = False, [role]
    teams, people = subordinates_of(connection, workspace.id, user_id)
    actor = Actor("person", user_id, name, tuple(roles), is_admin, teams, people, language or workspace.language)
    return actor, committed


def subordinates_of(connection: sa.Connection, workspace_id: int, user_id: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The teams that a person belongs to or leads with all below, and the people in them (always with the person)."""
    mine = sa.select(TeamMember.team_id).where(TeamMember.user_id == user_id)
    tree = (
        sa.select(Team.id)
        .where(Team.workspace_id == workspace_id, sa.or_(Team.leader_id == user_id, Team.id.in_(mine)))
        .cte("tree", recursive=True)
    )
    tree = tree.union(sa.select(Team.id).join(tree, Team.parent_id == tree.c.id).where(Team.workspace_id == workspace_id))
    leaders = sa.select(Team.id, Team.leader_id).join(tree, tree.c.id == Team.id)
    members = sa.select(tree.c.id, TeamMember.user_id).join_from(tree, TeamMember, TeamMember.team_id == tree.c.id)
    rows = connection.execute(leaders.union_all(members)).all()
    teams = {team for team, _ in rows}
    people = {person for _, person in rows if person is not None} | {user_id}
    return tuple(sorted(teams)), tuple(sorted(people))
