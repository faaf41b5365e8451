"""Workspaces: made, found, changed, and the revision that everything cached hangs on."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import sqlalchemy as sa

from builder.errors import Problem
from builder.label import LANGUAGES
from runtime.context import WorkspaceInfo
from runtime.errors import Invalid, NotFound
from runtime.platform.people import Member, Workspace

_KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
WORKSPACE_COLUMNS = (
    Workspace.id,
    Workspace.key,
    Workspace.name,
    Workspace.language,
    Workspace.zone,
    Workspace.country,
    Workspace.currency,
    Workspace.revision,
)


def workspace_from_row(row: Sequence[Any]) -> WorkspaceInfo:
    """The info from a row that starts with WORKSPACE_COLUMNS."""
    identity, key, name, language, zone, country, currency, revision = row[:8]
    return WorkspaceInfo(identity, key, name, language, ZoneInfo(zone), country, currency, revision)


def create_workspace(
    connection: sa.Connection,
    name: str,
    *,
    key: str | None = None,
    language: str = "en",
    zone: str = "UTC",
    country: str = "CN",
    currency: str = "CNY",
) -> WorkspaceInfo:
    """A new organisation and its PostgreSQL schema. Without `key` one is made from the name.

    Raises Invalid for an empty name, an unusable key, an unknown zone or language, or a key that is taken.
    """
    chosen = key or _free_key(connection, name)
    problems = _problems(name=name, language=language, zone=zone)
    if not _KEY.fullmatch(chosen):
        problems.append(Problem("key", "key", "A key has small letters, digits and _, and starts with a letter."))
    elif connection.scalar(sa.select(Workspace.id).where(Workspace.key == chosen)) is not None:
        problems.append(Problem("key", "taken", "This key is taken."))
    if problems:
        raise Invalid(problems)
    values = {"name": name.strip(), "language": language, "zone": zone, "country": country, "currency": currency}
    connection.execute(sa.insert(Workspace).values(key=chosen, **values))
    made = find_workspace(connection, chosen)
    connection.execute(sa.schema.CreateSchema(made.schema, if_not_exists=True))
    return made


def _free_key(connection: sa.Connection, name: str) -> str:
    base = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:24]
    base = base if _KEY.fullmatch(base) else "main"
    taken = set(connection.scalars(sa.select(Workspace.key)))
    return base if base not in taken else f"{base[:21]}_{secrets.token_hex(4)}"


def _problems(**values: str) -> list[Problem]:
    problems = []
    if "name" in values and not values["name"].strip():
        problems.append(Problem("name", "required", "Please fill this in."))
    if "language" in values and values["language"] not in LANGUAGES:
        problems.append(Problem("language", "choice", "Choose one of the languages."))
    if "zone" in values and values["zone"] not in available_timezones():
        problems.append(Problem("zone", "choice", "Choose a time zone from the list."))
    return problems


def load_workspace(connection: sa.Connection, workspace_id: int) -> WorkspaceInfo:
    """The workspace as it is now. Raises NotFound."""
    return _one(connection, Workspace.id == workspace_id)


def find_workspace(connection: sa.Connection, key: str) -> WorkspaceInfo:
    """The workspace with this key. Raises NotFound."""
    return _one(connection, Workspace.key == key)


def _one(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> WorkspaceInfo:
    row = connection.execute(sa.select(*WORKSPACE_COLUMNS).where(condition)).first()
    if row is None:
        raise NotFound
    return workspace_from_row(row)


def workspaces_of(connection: sa.Connection, user_id: int) -> list[WorkspaceInfo]:
    """The workspaces in which this person is an active member, oldest first."""
    joined = sa.select(*WORKSPACE_COLUMNS).join(Member, Member.workspace_id == Workspace.id)
    rows = connection.execute(joined.where(Member.user_id == user_id, Member.active).order_by(Workspace.id))
    return [workspace_from_row(row) for row in rows]


def update_workspace(connection: sa.Connection, workspace_id: int, **values: str) -> None:
    """Set any of name, language, zone, country, currency. Raises Invalid."""
    unknown = set(values) - {"name", "language", "zone", "country", "currency"}
    if unknown:
        raise TypeError(f"unknown settings: {sorted(unknown)}")
    problems = _problems(**values)
    if problems:
        raise Invalid(problems)
    connection.execute(sa.update(Workspace).where(Workspace.id == workspace_id).values(**values))
    bump_revision(connection, workspace_id)


def bump_revision(connection: sa.Connection, workspace_id: int) -> int:
    """Make everything cached about this workspace stale. Returns the new revision."""
    statement = sa.update(Workspace).where(Workspace.id == workspace_id).values(revision=Workspace.revision + 1)
    return connection.execute(statement.returning(Workspace.revision)).scalar_one()
