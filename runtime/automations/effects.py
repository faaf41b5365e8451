"""Calls to the outside. A run only notes them; the sender makes them, at least once, with a key that stays the same.

Taking an effect is a transaction of its own with a lease and an attempt number; the result is only noted while the
attempt is still the sender's. A sender that dies loses its lease, and the effect is sent again with the same key.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from runtime.platform.automation import Effect

LEASE = timedelta(seconds=30)
FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=6)
MAX_ATTEMPTS = 10
NOT_CONFIGURED_DELAY = timedelta(minutes=1)

_INSERT = sa.text(
    """
    INSERT INTO formloom.effect (workspace_id, run_id, key, kind, payload, due_at, created_at)
    VALUES (:workspace, :run, :key, :kind, CAST(:payload AS jsonb), :now, :now) ON CONFLICT (key) DO NOTHING
    """
)
_CLAIM = sa.text(
    """
    UPDATE formloom.effect SET state = 'sending', attempt = attempt + 1, lease_until = :lease, due_at = :lease
    WHERE id = (
        SELECT id FROM formloom.effect WHERE state IN ('ready', 'sending') AND due_at <= :now
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, workspace_id, run_id, key, kind, payload, attempt
    """
)


class NotConfigured(Exception):
    """There is nothing to send with yet; the effect waits, visibly, and no attempt is counted. The message says what lacks."""


class Rejected(Exception):
    """The receiver will never take it: no further attempts."""


@dataclass(frozen=True)
class Outgoing:
    """An effect that this sender holds for the length of its lease."""

    id: int
    workspace_id: int
    run_id: int | None
    key: str
    kind: str
    payload: Mapping[str, Any]
    attempt: int


Send = Callable[[Outgoing], None]
"""Makes the call. Raises NotConfigured, Rejected, or anything else for "try again"."""


def add_effect(
    connection: sa.Connection,
    workspace_id: int,
    run_id: int | None,
    key: str,
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
) -> None:
    """Notes an effect in the caller's transaction, once for its key."""
    values = {
        "workspace": workspace_id,
        "run": run_id,
        "key": key,
        "kind": kind,
        "payload": orjson.dumps(payload).decode(),
        "now": now,
    }
    connection.execute(_INSERT, values)


def claim(connection: sa.Connection, now: datetime) -> Outgoing | None:
    """Takes the effect that is due the longest, or one whose sender has died; None when there is none."""
    row = connection.execute(_CLAIM, {"now": now, "lease": now + LEASE}).first()
    return Outgoing(**row._mapping) if row is not None else None


def settle(connection: sa.Connection, outgoing: Outgoing, error: BaseException | None, now: datetime) -> bool:
    """Notes what came of an attempt; False when another sender has taken the effect meanwhile."""
    values: dict[str, Any] = {"lease_until": None, "error": _words(error)}
    if error is None:
        values |= {"state": "sent", "sent_at": now}
    elif isinstance(error, NotConfigured):
        values |= {"state": "ready", "attempt": outgoing.attempt - 1, "due_at": now + NOT_CONFIGURED_DELAY}
    elif isinstance(error, Rejected) or outgoing.attempt >= MAX_ATTEMPTS:
        values["state"] = "dead"
    else:
        values |= {"state": "ready", "due_at": now + delay(outgoing.attempt)}
    statement = sa.update(Effect).where(Effect.id == outgoing.id, Effect.state == "sending", Effect.attempt == outgoing.attempt)
    return connection.execute(statement.values(values)).rowcount == 1


def delay(attempt: int) -> timedelta:
    """How long to wait after the n-th failed attempt: 10 s, three times as long after each, at most 6 h, with some jitter."""
    seconds = min(FIRST_DELAY.total_seconds() * 3 ** (attempt - 1), LONGEST_DELAY.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.9, 1.1))  # noqa: S311  (spreads load, guards nothing)


def retry_effect(connection: sa.Connection, workspace_id: int, effect_id: int, now: datetime) -> bool:
    """A dead or waiting effect is tried again at once, with the same key; False when it is not one of those."""
    statement = sa.update(Effect).where(
        Effect.id == effect_id, Effect.workspace_id == workspace_id, Effect.state.in_(("dead", "ready"))
    )
    return connection.execute(statement.values(state="ready", attempt=0, due_at=now, error=None)).rowcount == 1


def mark_done(connection: sa.Connection, workspace_id: int, effect_id: int, now: datetime) -> bool:
    """Somebody has seen to it by hand: it is not sent any more."""
    statement = sa.update(Effect).where(
        Effect.id == effect_id, Effect.workspace_id == workspace_id, Effect.state.in_(("dead", "ready"))
    )
    return connection.execute(statement.values(state="sent", sent_at=now, error="marked as done")).rowcount == 1


def send_one(engine: sa.Engine, send: Send, now: datetime) -> bool:
    """Takes one due effect, sends it outside of any transaction, notes the result; False when none was due."""
    with engine.begin() as connection:
        outgoing = claim(connection, now)
    if outgoing is None:
        return False
    error: BaseException | None = None
    try:
        send(outgoing)
    except Exception as failure:  # noqa: BLE001  (whatever a receiver does to us is a failed attempt)
        error = failure
    with engine.begin() as connection:
        settle(connection, outgoing, error, now)
    return True


def _words(error: BaseException | None) -> str | None:
    return None if error is None else (str(error) or type(error).__name__)[:1000]
