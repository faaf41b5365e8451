"""How often somebody may try something, counted in the database so that all processes count together."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from runtime import clock
from runtime.platform.people import Attempt

# Rows of people who never came back are swept out now and then.
_SWEEP_EVERY = 200
_KEPT = timedelta(days=1)


def count_attempt(engine: sa.Engine, key: str, *, limit: int, window: timedelta) -> int:
    """Note a try. Returns 0 while it is allowed, else the seconds until the next one may be made.

    Tries are counted before they are looked at, so that many at once get no further than many in a row.
    """
    now = clock.now()
    new = insert(Attempt).values(key=_digest(key), count=1, started_at=now)
    over = Attempt.started_at < now - window
    statement = new.on_conflict_do_update(
        index_elements=[Attempt.key],
        set_={"count": sa.case((over, 1), else_=Attempt.count + 1), "started_at": sa.case((over, now), else_=Attempt.started_at)},
    ).returning(Attempt.count, Attempt.started_at)
    with engine.begin() as connection:
        count, started_at = connection.execute(statement).one()
        if secrets.randbelow(_SWEEP_EVERY) == 0:
            connection.execute(sa.delete(Attempt).where(Attempt.started_at < now - _KEPT))
    return 0 if count <= limit else max(1, int((started_at + window - now).total_seconds()))


def forget_attempts(engine: sa.Engine, key: str) -> None:
    """Start to count from zero: the right person has come."""
    with engine.begin() as connection:
        connection.execute(sa.delete(Attempt).where(Attempt.key == _digest(key)))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
