"""Who asks, where, and when: passed to every verb, never ambient."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from builder.fields.base import Locale
from builder.model import Grant

if TYPE_CHECKING:
    from runtime.catalog import Catalog


@dataclass(frozen=True)
class WorkspaceInfo:
    """One customer organisation, as much of it as verbs need."""

    id: int
    key: str
    name: str = ""
    language: str = "en"
    zone: ZoneInfo = ZoneInfo("UTC")
    country: str = "CN"
    currency: str = "CNY"
    revision: int = 0

    @property
    def schema(self) -> str:
        """The PostgreSQL schema of its records."""
        return f"ws_{self.key}"


@dataclass(frozen=True)
class Actor:
    """Who acts. `kind` is person, key, import, automation, template, link or system.

    `roles` are `app.role`; `subordinate_ids` are the people in the teams that the actor belongs to or leads and in the
    teams below those (the `team` rule). Automations, templates and system have `is_admin`. `grants` are rights of its own beside
    the roles, with entities as `app.key`: all that a public form may do.
    """

    kind: str
    user_id: int | None = None
    name: str = ""
    roles: tuple[str, ...] = ()
    is_admin: bool = False
    team_ids: tuple[int, ...] = ()
    subordinate_ids: tuple[int, ...] = ()
    language: str = "en"
    grants: tuple[Grant, ...] = ()


SYSTEM = Actor(kind="system", is_admin=True)


@dataclass(frozen=True)
class Cause:
    """What lies behind a change beside the actor; stored in its change row."""

    automation: str | None = None
    run_id: int | None = None
    batch_id: int | None = None
    depth: int = 0
    link_id: int | None = None


@dataclass(frozen=True)
class Context:
    """Everything a verb needs. `connection` is inside a transaction that the caller commits.

    made: (entity, id) of a record that this very act has made: what belongs to it may point at it, whoever may read it.
    """

    connection: sa.Connection
    workspace: WorkspaceInfo
    catalog: Catalog
    actor: Actor
    now: datetime
    cause: Cause = field(default_factory=Cause)
    made: tuple[str, int] | None = None

    @property
    def locale(self) -> Locale:
        """How this actor writes and reads values."""
        return Locale(self.actor.language, self.workspace.zone, self.workspace.country)

    def acting(self, actor: Actor, cause: Cause | None = None) -> Context:
        """The same place and time for another actor."""
        return replace(self, actor=actor, cause=cause or self.cause)
