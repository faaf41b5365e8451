"""Installed apps, their versions, drafts and trash."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from runtime.db import Base
from runtime.platform.people import Workspace

_now = sa.func.now()


class InstalledApp(Base):
    """One app of a workspace. `template_*` is what it was installed from, the base of the next upgrade."""

    __tablename__ = "app"
    workspace_id: Mapped[int] = mapped_column(sa.ForeignKey(Workspace.id), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    position: Mapped[int] = mapped_column(server_default="0")
    template_key: Mapped[str | None]
    template_version: Mapped[str | None]
    template_base: Mapped[dict[str, Any] | None]
    births: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """When fields of its entities came that were not there from the beginning: `entity.field` -> RFC 3339."""
    shape: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")
    """Grows when its definitions or its tables change. Saves name the shape that they were made for; see `same_shape`."""
    created_at: Mapped[datetime] = mapped_column(server_default=_now)


class AppVersion(Base):
    """One immutable version of an app's document."""

    __tablename__ = "app_version"
    workspace_id: Mapped[int] = mapped_column(sa.ForeignKey(Workspace.id), primary_key=True)
    app: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]]
    author_id: Mapped[int | None]
    note: Mapped[str] = mapped_column(server_default="")
    plan: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_now)


class AppDraft(Base):
    """What one administrator is working on. `history` is the undo stack, `position` the place in it."""

    __tablename__ = "app_draft"
    workspace_id: Mapped[int] = mapped_column(sa.ForeignKey(Workspace.id), primary_key=True)
    app: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    base_version: Mapped[int]
    document: Mapped[dict[str, Any]]
    history: Mapped[list[Any]] = mapped_column(server_default="[]")
    position: Mapped[int] = mapped_column(server_default="0")
    changed_at: Mapped[datetime] = mapped_column(server_default=_now)


class TrashItem(Base):
    """A table or column that left the definitions and is kept, renamed, until `purge_at`."""

    __tablename__ = "trash_item"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(sa.ForeignKey(Workspace.id), index=True)
    app: Mapped[str]
    entity: Mapped[str]
    field: Mapped[str | None]
    kind: Mapped[str]
    """`table`, `column` or `link` (the table of a many-to-many relation)."""
    table_name: Mapped[str]
    """Physical table that holds it now (for a table: its name in the trash)."""
    physical_name: Mapped[str]
    """Name in the trash."""
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """JSON of the entity or field as it was."""
    reason: Mapped[str] = mapped_column(server_default="removed")
    """`removed` or `converted` (the old column of a type change)."""
    dropped_at: Mapped[datetime] = mapped_column(server_default=_now)
    purge_at: Mapped[datetime]


class SchemaJob(Base):
    """Work on many rows that a change of definitions needs and that must not hold anybody up. Resumable.

    kind: `convert` (a type change of a big table; its definition is published at the end), `formula`, `number`, `index`, `validate`.
    state: waiting running done failed cancelled.
    """

    __tablename__ = "schema_job"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(sa.ForeignKey(Workspace.id), index=True)
    kind: Mapped[str]
    entity: Mapped[str]
    field: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="waiting")
    definition: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """What is to be done; for a conversion the documents that wait for it, their base versions, author and note."""
    cursor: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    total: Mapped[int | None] = mapped_column(sa.BigInteger)
    done: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    lost: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_now)
    changed_at: Mapped[datetime] = mapped_column(server_default=_now)
    finished_at: Mapped[datetime | None]
    __table_args__ = (sa.Index("ix_schema_job_open", "id", postgresql_where=sa.text("state IN ('waiting', 'running')")),)
