"""Forgets what is long done: failures after 90 days, everything else after 30."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

KEEP = timedelta(days=30)
KEEP_FAILURES = timedelta(days=90)
_MOST = 5_000

_RUNS = sa.text(
    """
    DELETE FROM formloom.run WHERE id IN (
        SELECT id FROM formloom.run WHERE finished_at < :old AND (state NOT IN ('failed', 'match_error') OR finished_at < :older)
        ORDER BY id LIMIT :most)
    """
)
_EFFECTS = sa.text(
    """
    DELETE FROM formloom.effect WHERE id IN (
        SELECT id FROM formloom.effect WHERE (state = 'sent' AND sent_at < :old) OR (state = 'dead' AND created_at < :older)
        ORDER BY id LIMIT :most)
    """
)


def clean_up(connection: sa.Connection, now: datetime) -> int:
    """Deletes some of it; how many rows. What date rules have fired is kept: it says that they must not fire again."""
    values = {"old": now - KEEP, "older": now - KEEP_FAILURES, "most": _MOST}
    return connection.execute(_RUNS, values).rowcount + connection.execute(_EFFECTS, values).rowcount
