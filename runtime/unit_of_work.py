"""Transactions: who commits, and what happens right after.

with transaction(engine) as connection: ...        one try
result = run(engine, work)                         again when the work met a schema newer than its catalog
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import sqlalchemy as sa

Result = TypeVar("Result")

TRIES = 3
"""How often work is done that meets newer definitions: two publications in a row are not unheard of."""
_CALLBACKS = "formloom_after_commit"
# undefined table, undefined column, datatype mismatch, cached plan must not change result type, formloom.same_shape
_STALE = frozenset({"42P01", "42703", "42804", "0A000", "FL001"})
_CONTENTION = frozenset({"40001", "40P01"})  # serialization failure, deadlock

_log = logging.getLogger(__name__)


def after_commit(connection: sa.Connection, key: str, callback: Callable[[], None]) -> None:
    """Do this after the transaction has been committed; the same key again replaces the earlier one."""
    connection.info.setdefault(_CALLBACKS, {})[key] = callback


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection in a transaction that is committed at the end, then its after-commit work is done.

    What goes wrong after the commit is logged, never raised: the data is safe already.
    """
    with engine.connect() as connection:
        connection.info.pop(_CALLBACKS, None)
        try:
            with connection.begin():
                yield connection
            callbacks = connection.info.pop(_CALLBACKS, {})
        finally:
            connection.info.pop(_CALLBACKS, None)
    for key, callback in callbacks.items():
        try:
            callback()
        except Exception:  # noqa: BLE001  the data is safe; what wakes others is only latency
            _log.exception("after commit: %s failed", key)


def run(engine: sa.Engine, work: Callable[[sa.Connection], Result]) -> Result:
    """What `work` returns, in a transaction of its own; done again, at most twice, when its catalog was out of date.

    `work` must load its context from the connection each time it is called, and have no effect but on the database.
    """
    for _ in range(TRIES - 1):
        try:
            with transaction(engine) as connection:
                return work(connection)
        except sa.exc.DBAPIError as error:
            if not is_stale(error):
                raise
    with transaction(engine) as connection:
        return work(connection)


def is_stale(error: BaseException) -> bool:
    """Whether the work failed because tables changed under it, or two transactions met, so that a second try may do."""
    code = sql_state(error)
    return code in _STALE or code in _CONTENTION


def sql_state(error: BaseException) -> str | None:
    """The five-character SQLSTATE of a database error."""
    return getattr(getattr(error, "orig", None), "sqlstate", None)
