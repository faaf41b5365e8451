"""Forms that are open to people without an account, and the answers that came through them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from runtime.db import Base
from runtime.platform.people import Workspace

_now = sa.func.now()


class FormLink(Base):
    """The link of one published form. It belongs to the workspace, not to the app's document.

    The token opens nothing but the making of records by this form and is shown to administrators again and again (link,
    QR code, poster), so it is kept as it is. Rows are never deleted: the history of records names them.
    """

    __tablename__ = "form_link"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(sa.ForeignKey(Workspace.id))
    app: Mapped[str]
    form: Mapped[str]
    token: Mapped[str] = mapped_column(unique=True)
    enabled: Mapped[bool] = mapped_column(server_default=sa.false())
    settings: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """The JSON of `runtime.public_links.settings.LinkSettings`."""
    answers: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    refused: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    """Attempts that looked like spam."""
    trouble: Mapped[dict[str, Any] | None]
    """The last answer that could not be saved for a reason the visitor cannot mend: `{"at", "field", "code"}`."""
    created_by: Mapped[int | None] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=_now)
    changed_at: Mapped[datetime] = mapped_column(server_default=_now)
    __table_args__ = (sa.UniqueConstraint("workspace_id", "app", "form"),)


class FormAnswer(Base):
    """One answer. `submission` is the one-time id of the page it was sent from: sent twice, it is one answer."""

    __tablename__ = "form_answer"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    link_id: Mapped[int] = mapped_column(sa.ForeignKey(FormLink.id, ondelete="CASCADE"))
    submission: Mapped[str]
    content: Mapped[str]
    """Digest of what was sent."""
    person: Mapped[str | None]
    """Digest of what tells people apart, where the link limits answers per person."""
    record_id: Mapped[int] = mapped_column(sa.BigInteger)
    at: Mapped[datetime]
    __table_args__ = (
        sa.UniqueConstraint("link_id", "submission"),
        sa.Index("ix_form_answer_time", "link_id", "at"),
        sa.Index("ix_form_answer_person", "link_id", "person", postgresql_where=sa.text("person IS NOT NULL")),
    )
