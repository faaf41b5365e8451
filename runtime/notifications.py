"""The bell: messages to people, each exactly once by its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from builder.label import Label
from runtime.context import Context
from runtime.platform.people import Member, User, Workspace
from runtime.platform.personal import Notification


@dataclass(frozen=True)
class Message:
    """A message to one person. `key` is unique over the site; a second one with the same key is the same message."""

    user_id: int
    key: str
    title: str
    body: str = ""
    entity: str | None = None
    record_id: int | None = None
    automation: str | None = None
    run_id: int | None = None


def notify(connection: sa.Connection, workspace_id: int, messages: Sequence[Message]) -> int:
    """Puts messages into people's bells; how many were new."""
    if not messages:
        return 0
    rows = [{"workspace_id": workspace_id, **vars(each)} for each in messages]
    statement = insert(Notification).on_conflict_do_nothing(index_elements=[Notification.key])
    return connection.execute(statement.values(rows).returning(Notification.id)).rowcount


def notify_admins(
    connection: sa.Connection, workspace_id: int, key: str, title: Mapping[str, str], body: str, automation: str | None = None
) -> None:
    """Tells the workspace's administrators, each in their language."""
    statement = (
        sa.select(User.id, sa.func.coalesce(User.language, Workspace.language))
        .join(Member, Member.user_id == User.id)
        .join(Workspace, Workspace.id == Member.workspace_id)
        .where(Member.workspace_id == workspace_id, Member.is_admin, Member.active, User.active)
    )
    label = Label.of(title)
    people = connection.execute(statement).all()
    messages = [
        Message(user_id, f"{key}:{user_id}", label.in_language(language), body, automation=automation)
        for user_id, language in people
    ]
    notify(connection, workspace_id, messages)


def unread_count(ctx: Context) -> int:
    """How many messages the actor has not read."""
    table = Notification
    statement = sa.select(sa.func.count()).where(
        table.workspace_id == ctx.workspace.id, table.user_id == ctx.actor.user_id, table.read_at.is_(None)
    )
    return int(ctx.connection.scalar(statement) or 0)


def list_notifications(ctx: Context, *, before: int | None = None, limit: int = 50) -> list[Mapping[str, Any]]:
    """The actor's messages, newest first; `before`: older than this id."""
    table = Notification
    statement = sa.select(table.__table__).where(table.workspace_id == ctx.workspace.id, table.user_id == ctx.actor.user_id)
    if before is not None:
        statement = statement.where(table.id < before)
    return [dict(row) for row in ctx.connection.execute(statement.order_by(table.id.desc()).limit(limit)).mappings()]


def mark_read(ctx: Context, ids: Sequence[int] | None = None) -> int:
    """Marks these messages of the actor, or all, as read; how many were unread."""
    table = Notification
    statement = sa.update(table).where(
        table.workspace_id == ctx.workspace.id, table.user_id == ctx.actor.user_id, table.read_at.is_(None)
    )
    if ids is not None:
        statement = statement.where(table.id.in_(list(ids)))
    return ctx.connection.execute(statement.values(read_at=ctx.now)).rowcount
