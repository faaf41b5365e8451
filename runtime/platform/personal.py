"""What belongs to one person: notifications, saved views, the last things seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from runtime.db import Base

_now = sa.func.now()


class Notification(Base):
    """A message in a person's bell. `key` makes it exactly once."""

    __tablename__ = "notification"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(sa.BigInteger)
    user_id: Mapped[int] = mapped_column(sa.BigInteger)
    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    body: Mapped[str] = mapped_column(server_default="")
    entity: Mapped[str | None]
    record_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    automation: Mapped[str | None]
    run_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=_now)
    read_at: Mapped[datetime | None]
    __table_args__ = (
        sa.Index("ix_notification_person", "workspace_id", "user_id", "id"),
        sa.Index("ix_notification_unread", "workspace_id", "user_id", postgresql_where=sa.text("read_at IS NULL")),
    )


class SavedView(Base):
    """A view that a person keeps for themselves, or shares with everybody who may read the entity."""

    __tablename__ = "saved_view"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(sa.BigInteger, index=True)
    user_id: Mapped[int] = mapped_column(sa.BigInteger)
    entity: Mapped[str]
    name: Mapped[str]
    shared: Mapped[bool] = mapped_column(server_default=sa.false())
    definition: Mapped[dict[str, Any]]
    """The JSON of a `View`."""
    created_at: Mapped[datetime] = mapped_column(server_default=_now)
