"""Looking with the eyes of somebody else: who they are for the rights, and the log of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
import structlog

from builder.errors import Problem
from runtime.context import Actor, Context, WorkspaceInfo
from runtime.errors import Forbidden, Invalid, NotFound
from runtime.people.actors import load_actor
from runtime.platform.people import Look, User

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class LookInfo:
    """A line of the log. `ended_at` is None while it lasts, or when the browser was simply closed."""

    id: int
    by: str
    seen: str
    role: str | None
    begun_at: datetime
    ended_at: datetime | None


def actor_seen(connection: sa.Connection, workspace: WorkspaceInfo, person: int | None, role: str | None) -> Actor:
    """The actor whose rights count. person alone: all roles of that member. role alone: nobody's own records.

    Both: the rights of the role alone, with the own and team records of the person. Raises NotFound for strangers.
    """
    who = load_actor(connection, workspace, person) if person is not None else Actor("person")
    return who if role is None else replace(who, roles=(role,), is_admin=False)


def begin_look(ctx: Context, person: int | None, role: str | None) -> int:
    """Notes in the log that the administrator begins to look; the number of the look. Raises Forbidden, Invalid."""
    if not ctx.actor.is_admin or ctx.actor.user_id is None:
        raise Forbidden("Only administrators of the workspace may do this.")
    if person is None and role is None:
        raise Invalid([Problem("person", "required", "Choose a person or a role.")])
    if role is not None and role not in ctx.catalog.roles():
        raise Invalid([Problem("role", "unknown", "There is no such role; publish it first.")])
    try:
        actor_seen(ctx.connection, ctx.workspace, person, role)
    except NotFound:
        raise Invalid([Problem("person", "unknown", "This person is no active member.")]) from None
    values = {"workspace_id": ctx.workspace.id, "user_id": ctx.actor.user_id, "seen_id": person, "role": role}
    number = ctx.connection.scalar(sa.insert(Look).values(**values, begun_at=ctx.now).returning(Look.id))
    _log.info("look begun", look=number, by=ctx.actor.user_id, workspace=ctx.workspace.id, person=person, role=role)
    return int(number or 0)


def end_look(connection: sa.Connection, number: int, user_id: int, now: datetime) -> None:
    """Notes in the log that the person has stopped."""
    mine = (Look.id == number, Look.user_id == user_id, Look.ended_at.is_(None))
    connection.execute(sa.update(Look).where(*mine).values(ended_at=now))
    _log.info("look ended", look=number, by=user_id)


def list_looks(ctx: Context, limit: int = 100) -> list[LookInfo]:
    """The newest looks of the workspace."""
    rows = ctx.connection.execute(
        sa.select(Look.__table__).where(Look.workspace_id == ctx.workspace.id).order_by(Look.id.desc()).limit(limit)
    ).all()
    names = _names(ctx.connection, {each for row in rows for each in (row.user_id, row.seen_id) if each is not None})
    return [
        LookInfo(row.id, names[row.user_id], names.get(row.seen_id, ""), row.role, row.begun_at, row.ended_at) for row in rows
    ]


def _names(connection: sa.Connection, ids: Iterable[int]) -> dict[int, str]:
    rows = connection.execute(sa.select(User.id, User.name, User.email).where(User.id.in_(list(ids))))
    return {row.id: row.name or row.email for row in rows}
