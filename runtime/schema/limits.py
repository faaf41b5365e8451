"""Where small ends and large begins. Read at run time, so that tests can move them."""

from __future__ import annotations

BIG_TABLE_ROWS = 20_000
"""Tables with more rows are converted, filled and indexed outside the transaction that changes the definition."""
BATCH_ROWS = 2_000
"""Rows that one transaction of a long job touches."""
TRASH_DAYS = 30
LOCK_TIMEOUT_MS = 100
"""Who waits for a table keeps those out who come after, so nobody waits longer than this."""
QUIET_TIMEOUT_MS = 2_500
"""For locks that keep nobody out; longer than the second after which an automatic VACUUM gives way."""
ATTEMPTS = 20
SAMPLES = 20
MAX_COLUMNS = 500
"""Fields with a column that one entity may have; PostgreSQL ends at 1,600 including dropped ones."""
