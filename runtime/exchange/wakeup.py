"""Tells a worker that an import waits. As everywhere, the rows are the truth: a lost message costs a poll, no more."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from runtime import unit_of_work
from runtime.changes import Waker

_waker = Waker("formloom-wake-imports")


def set_sender(send: Callable[[], None] | None) -> None:
    """Says how a worker is woken (a Celery message); None: not at all."""
    _waker.send = send


def after_commit(connection: sa.Connection) -> None:
    """Wakes a worker once this transaction has been committed."""
    unit_of_work.after_commit(connection, "wake imports", _waker.wake)
