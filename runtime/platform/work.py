"""Long jobs, repeated requests, number series and the site's own values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from runtime.db import Base

_now = sa.func.now()


class Site(Base):
    """Values of the whole installation, such as the digest of the set-up token."""

    __tablename__ = "site"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]


class ImportBatch(Base):
    """One import of a file. The file itself lies in `ImportFile` until the batch is done."""

    __tablename__ = "import_batch"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(sa.BigInteger, index=True)
    user_id: Mapped[int] = mapped_column(sa.BigInteger)
    entity: Mapped[str]
    file_name: Mapped[str]
    options: Mapped[dict[str, Any]]
    """mapping, mode, key, encoding, delimiter, date order, dry_run, role of the key."""
    state: Mapped[str]
    """uploaded checking ready running done failed undoing undone."""
    reason: Mapped[str | None]
    total: Mapped[int | None]
    done: Mapped[int] = mapped_column(server_default="0")
    created: Mapped[int] = mapped_column(server_default="0")
    updated: Mapped[int] = mapped_column(server_default="0")
    skipped: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    errors: Mapped[list[Any]] = mapped_column(server_default="[]")
    """At most 1,000 of `{"row", "column", "field", "value", "code", "message"}`."""
    cursor: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=_now)
    finished_at: Mapped[datetime | None]


class ImportFile(Base):
    """The uploaded bytes of an import in parts, so that any worker on any machine can read them without holding them all."""

    __tablename__ = "import_file"
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey(ImportBatch.id, ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class IdempotencyKey(Base):
    """The answer to a POST with an `Idempotency-Key`, kept for a day."""

    __tablename__ = "idempotency_key"
    workspace_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    """Digest of method, path and body: another body under the same key is refused."""
    status: Mapped[int]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=_now, index=True)


class NumberSeries(Base):
    """The last number given by an auto_number field for one period."""

    __tablename__ = "number_series"
    workspace_id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(sa.BigInteger)
