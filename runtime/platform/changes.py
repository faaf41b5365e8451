"""The change log: outbox of the automations, history of the records and source of undo, in one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from runtime.db import Base

_now = sa.func.now()

SHARDS = 16
"""Matchers work per shard; a record's changes are all in shard `record_id % SHARDS`."""


class Change(Base):
    """One recorded difference of one record, written in the transaction that made it.

    `before` and `after` hold the JSON values of the changed fields only (create: after = all set fields;
    delete: before = {}; restore likewise). `matched_at` is null until the matcher has looked at it;
    rows of entities that no automation listens to are born matched.
    """

    __tablename__ = "change"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(sa.BigInteger)
    entity: Mapped[str]
    record_id: Mapped[int] = mapped_column(sa.BigInteger)
    op: Mapped[str]
    """create, update, delete, restore or purge."""
    before: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    after: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    version: Mapped[int]
    """The record's version after the change."""
    actor_kind: Mapped[str]
    """person, key, import, automation, template, link (a public form) or system."""
    actor_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """User id, when a person stands behind it."""
    automation: Mapped[str | None]
    run_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    batch_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Import that made it."""
    link_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Public form that it came through."""
    depth: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    """How many automation runs lie before it in the chain."""
    shard: Mapped[int] = mapped_column(sa.SmallInteger)
    at: Mapped[datetime] = mapped_column(server_default=_now)
    matched_at: Mapped[datetime | None]
    __table_args__ = (
        sa.Index("ix_change_record", "workspace_id", "entity", "record_id", "id"),
        sa.Index("ix_change_unmatched", "shard", "id", postgresql_where=sa.text("matched_at IS NULL")),
        sa.Index("ix_change_batch", "batch_id", postgresql_where=sa.text("batch_id IS NOT NULL")),
    )
