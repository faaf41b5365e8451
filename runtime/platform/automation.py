"""Automations at work: runs, outside effects, what date rules have fired, schedules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from runtime.db import Base

_now = sa.func.now()


class AutomationState(Base):
    """What ops people set for an automation beside its document, and why it stands still."""

    __tablename__ = "automation_state"
    workspace_id: Mapped[int] = mapped_column(primary_key=True)
    automation: Mapped[str] = mapped_column(primary_key=True)
    """`app.key`."""
    enabled: Mapped[bool | None]
    """Null: as the document says."""
    settings: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    paused_reason: Mapped[str | None]
    paused_at: Mapped[datetime | None]
    failures_in_row: Mapped[int] = mapped_column(server_default="0")
    changed_at: Mapped[datetime] = mapped_column(server_default=_now)


class Run(Base):
    """One run of one automation for one cause.

    `cause_key` makes it unique: change id; record + rung + anchor of a date rule; nominal time of a schedule;
    press of a button. The run keeps the version of the app that it started with.
    """

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(sa.BigInteger)
    automation: Mapped[str]
    app_version: Mapped[int]
    entity: Mapped[str | None]
    record_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    cause_key: Mapped[str]
    cause: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """kind, change id, before/after values, rung, anchor, actor, inputs of a button."""
    state: Mapped[str]
    """pending waiting held done stopped failed match_error skipped cancelled; held: until the automation goes on."""
    queue: Mapped[str | None]
    """Runs of one queue are done one after the other; null: at once (mode `parallel`)."""
    reason: Mapped[str | None]
    """Why it stopped, failed or did nothing; a sentence."""
    position: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Where it stands: stack of step places, chosen arms, cursors."""
    outputs: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    settings: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    depth: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    chain: Mapped[list[Any]] = mapped_column(server_default="[]")
    attempt: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_now)
    finished_at: Mapped[datetime | None]
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "automation", "cause_key"),
        sa.Index("ix_run_ready", "workspace_id", "id", postgresql_where=sa.text("state = 'pending'")),
        sa.Index("ix_run_queue", "queue", "id", postgresql_where=sa.text("state IN ('pending', 'waiting', 'held')")),
        sa.Index("ix_run_held", "workspace_id", "automation", postgresql_where=sa.text("state = 'held'")),
        sa.Index("ix_run_waiting", "due_at", postgresql_where=sa.text("state = 'waiting'")),
        sa.Index("ix_run_record", "workspace_id", "entity", "record_id", "id"),
        sa.Index("ix_run_automation", "workspace_id", "automation", "id"),
    )


class RunStep(Base):
    """The trace: one row for each step done, and one for the condition."""

    __tablename__ = "run_step"
    run_id: Mapped[int] = mapped_column(sa.ForeignKey(Run.id, ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[str]
    type: Mapped[str]
    state: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    at: Mapped[datetime] = mapped_column(server_default=_now)


class Effect(Base):
    """One call to the outside (an e-mail), sent at least once with a stable key."""

    __tablename__ = "effect"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(sa.BigInteger)
    run_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default="ready")
    """ready sending sent dead."""
    attempt: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=_now)
    lease_until: Mapped[datetime | None]
    error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_now)
    __table_args__ = (sa.Index("ix_effect_due", "due_at", postgresql_where=sa.text("state IN ('ready', 'sending')")),)


class Fired(Base):
    """Ledger of the date rules: this rung has fired for this record and this anchor date."""

    __tablename__ = "fired"
    workspace_id: Mapped[int] = mapped_column(primary_key=True)
    automation: Mapped[str] = mapped_column(primary_key=True)
    rung: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    anchor: Mapped[str] = mapped_column(primary_key=True)
    """ISO text of the date or time that was counted from."""
    outcome: Mapped[str]
    """run, superseded (a later rung was due too) or skipped (`late`)."""
    at: Mapped[datetime] = mapped_column(server_default=_now)


class SweepCursor(Base):
    """How far a date rule's rung or a schedule has been looked at; its row lock is the sweeper's mutex."""

    __tablename__ = "sweep_cursor"
    workspace_id: Mapped[int] = mapped_column(primary_key=True)
    automation: Mapped[str] = mapped_column(primary_key=True)
    rung: Mapped[str] = mapped_column(primary_key=True)
    """Empty for a schedule."""
    watermark: Mapped[datetime]
    fingerprint: Mapped[str] = mapped_column(server_default="")
    """Of offset, zone, calendar and condition; when it changes, a full reconcile follows."""
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    reconciled_at: Mapped[datetime | None]
