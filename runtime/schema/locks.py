"""Taking tables for a moment without making others wait long."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from psycopg import sql

from runtime.context import Context
from runtime.schema import limits

QUIET = "SHARE UPDATE EXCLUSIVE"
"""Nobody who reads or writes waits for it; an automatic VACUUM gives way to it after a second."""
NO_WRITERS = "EXCLUSIVE"
"""Keeps out also who has only looked for the row to change yet: held by such a one, the table could not be taken afterwards, while
that one waited for us."""


def keep_vacuum_away(ctx: Context, tables: Iterable[str]) -> None:
    """Before tables are altered: an automatic VACUUM would hold them for minutes, and gives way only to who waits for a second."""
    _lock(ctx, tables, QUIET, limits.QUIET_TIMEOUT_MS)
    set_timeout(ctx, limits.LOCK_TIMEOUT_MS)


def keep_writers_out(ctx: Context, tables: Iterable[str]) -> None:
    """Until the end of the transaction others may read these tables, and nobody else writes them."""
    _lock(ctx, tables, NO_WRITERS, limits.LOCK_TIMEOUT_MS)


def set_timeout(ctx: Context, milliseconds: int) -> None:
    """How long the rest of the transaction waits for a lock before it gives up."""
    ctx.connection.execute(sa.select(sa.func.set_config("lock_timeout", f"{milliseconds}ms", True)))


def _lock(ctx: Context, tables: Iterable[str], mode: str, timeout_ms: int) -> None:
    set_timeout(ctx, timeout_ms)
    driver: Any = ctx.connection.connection.driver_connection
    for name in sorted(set(tables)):
        statement = sql.SQL("LOCK TABLE {} IN {} MODE").format(sql.Identifier(ctx.workspace.schema, name), sql.SQL(mode))
        ctx.connection.exec_driver_sql(statement.as_string(driver))
