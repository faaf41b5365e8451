"""API keys. Only a key's SHA-256 is kept: it has 256 random bits, so a slow hash would add nothing."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa

from builder.errors import Problem
from runtime import clock
from runtime.context import Actor, WorkspaceInfo
from runtime.errors import Invalid, NotFound
from runtime.people.actors import load_actor
from runtime.people.workspaces import WORKSPACE_COLUMNS, load_workspace, workspace_from_row
from runtime.platform.people import ApiKey, Member, User, Workspace
from runtime.queries.statement import Statement

PREFIX = "flm_"
_SHOWN = 10
_USE_IS_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class IssuedKey:
    """A new key. `secret` is shown once and cannot be had again."""

    id: int
    secret: str


@dataclass(frozen=True)
class KeyInfo:
    """A key as its owner sees it in a list."""

    id: int
    label: str
    prefix: str
    role: str | None
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True)
class KeyIdentity:
    """Who stands behind a key, and where."""

    workspace: WorkspaceInfo
    actor: Actor
    key_id: int


def issue_api_key(
    connection: sa.Connection,
    workspace_id: int,
    user_id: int,
    *,
    label: str = "",
    role: str | None = None,
    expires_at: datetime | None = None,
) -> IssuedKey:
    """A key that acts for this member, with one role of theirs or with all. Raises Invalid for a role they do not hold."""
    try:
        load_actor(connection, load_workspace(connection, workspace_id), user_id, role=role)
    except NotFound:
        raise Invalid([Problem("role", "choice", "This person is no active member or does not hold this role.")]) from None
    secret = PREFIX + secrets.token_urlsafe(32)
    values = {
        "workspace_id": workspace_id,
        "user_id": user_id,
        "role": role,
        "label": label.strip(),
        "prefix": secret[:_SHOWN],
        "digest": _digest(secret),
        "expires_at": expires_at,
    }
    return IssuedKey(connection.execute(sa.insert(ApiKey).values(**values).returning(ApiKey.id)).scalar_one(), secret)


def revoke_api_key(connection: sa.Connection, workspace_id: int, key_id: int, *, user_id: int | None = None) -> None:
    """End a key at once; with `user_id`, only if it is that person's. Raises NotFound."""
    place = [ApiKey.id == key_id, ApiKey.workspace_id == workspace_id, ApiKey.revoked_at.is_(None)]
    if user_id is not None:
        place.append(ApiKey.user_id == user_id)
    if connection.execute(sa.update(ApiKey).where(*place).values(revoked_at=clock.now())).rowcount != 1:
        raise NotFound


def list_api_keys(connection: sa.Connection, workspace_id: int, user_id: int) -> list[KeyInfo]:
    """The living keys of a member, newest first."""
    columns = (ApiKey.id, ApiKey.label, ApiKey.prefix, ApiKey.role, ApiKey.created_at, ApiKey.last_used_at, ApiKey.expires_at)
    place = (ApiKey.workspace_id == workspace_id, ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    rows = connection.execute(sa.select(*columns).where(*place).order_by(ApiKey.id.desc()))
    return [KeyInfo(*row) for row in rows]


def authenticate_key(connection: sa.Connection, key: str) -> KeyIdentity | None:
    """Who the key stands for; None when it is unknown, revoked, run out, or its owner may not enter.

    One statement, plus one when the actor is not in the cache, plus one an hour that notes the use.
    """
    if not key.startswith(PREFIX):
        return None
    rows = _by_digest().fetch(connection, {"digest": _digest(key)})
    if not rows:
        return None
    (row,) = rows
    workspace, (key_id, user_id, role, expires_at, last_used_at) = workspace_from_row(row), row[8:]
    now = clock.now()
    if expires_at is not None and expires_at <= now:
        return None
    try:
        actor = load_actor(connection, workspace, user_id, kind="key", role=role)
    except NotFound:
        return None
    if last_used_at is None or last_used_at < now - _USE_IS_NOTED_EVERY:
        _note_use(connection, key_id, now)
    return KeyIdentity(workspace, actor, key_id)


_BY_DIGEST = (
    sa.select(*WORKSPACE_COLUMNS, ApiKey.id, ApiKey.user_id, ApiKey.role, ApiKey.expires_at, ApiKey.last_used_at)
    .join(ApiKey, ApiKey.workspace_id == Workspace.id)
    .join(Member, sa.and_(Member.workspace_id == ApiKey.workspace_id, Member.user_id == ApiKey.user_id))
    .join(User, User.id == ApiKey.user_id)
    .where(ApiKey.digest == sa.bindparam("digest"), ApiKey.revoked_at.is_(None), Member.active, User.active)
)


@cache
def _by_digest() -> Statement:
    """Compiled once: every call of every program begins with it."""
    return Statement(_BY_DIGEST)


def _note_use(connection: sa.Connection, key_id: int, now: datetime) -> None:
    # SKIP LOCKED: a long transaction of one request must not hold up the others that use the same key.
    free = sa.select(ApiKey.id).where(ApiKey.id == key_id).with_for_update(skip_locked=True).scalar_subquery()
    connection.execute(sa.update(ApiKey).where(ApiKey.id == free).values(last_used_at=now))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
