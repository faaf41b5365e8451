"""What is kept for a while and then forgotten: the recycle bin, uploaded files, remembered answers, counted attempts."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from runtime import clock
from runtime.catalog import load_catalog, load_workspace
from runtime.context import SYSTEM, Context
from runtime.exchange.batches import forget_old_files
from runtime.platform.people import Workspace
from runtime.platform.work import IdempotencyKey
from runtime.records.write import purge_expired
from runtime.unit_of_work import transaction

BIN_KEPT = timedelta(days=30)
FILES_KEPT = timedelta(days=7)
ANSWERS_KEPT = timedelta(days=1)
EVERY = timedelta(hours=1)
_PORTION = 500
_MOST_PORTIONS = 20

_log = structlog.get_logger("formloom.housekeeping")


def keep_house(engine: sa.Engine, now: datetime | None = None) -> int:
    """Forgets everything that is over its time, in small transactions; how many records left the bin."""
    now = now or clock.now()
    with transaction(engine) as connection:
        forget_old_files(connection, now - FILES_KEPT)
        connection.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < now - ANSWERS_KEPT))
        workspaces = list(connection.scalars(sa.select(Workspace.id).order_by(Workspace.id)))
    return sum(_empty_bins(engine, workspace, now) for workspace in workspaces)


def _empty_bins(engine: sa.Engine, workspace_id: int, now: datetime) -> int:
    with engine.connect() as connection:
        workspace = load_workspace(connection, workspace_id=workspace_id)
        names = [each.name for each in load_catalog(connection, workspace).entities()] if workspace else []
    return sum(_empty_bin(engine, workspace_id, name, now) for name in names)


def _empty_bin(engine: sa.Engine, workspace_id: int, entity: str, now: datetime) -> int:
    """One entity's bin, portion by portion; what cannot go (others still point at it) stays and is told in the log."""
    gone = 0
    for _ in range(_MOST_PORTIONS):
        try:
            with transaction(engine) as connection:
                workspace = load_workspace(connection, workspace_id=workspace_id)
                if workspace is None:
                    return gone
                ctx = Context(connection, workspace, load_catalog(connection, workspace), SYSTEM, now)
                portion = purge_expired(ctx, entity, now - BIN_KEPT, _PORTION)
        except Exception:  # noqa: BLE001
            # One bin that cannot be emptied must not keep the others from being emptied.
            _log.exception("the recycle bin could not be emptied", entity=entity, workspace=workspace_id)
            return gone
        gone += portion
        if portion < _PORTION:
            return gone
    return gone


class HourlyHouse:
    """Keeps house once an hour; for the worker's poller, which calls it often."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._next = clock.now() + timedelta(minutes=5)

    def __call__(self) -> None:
        """Does it if it is time."""
        now = clock.now()
        if now >= self._next:
            self._next = now + EVERY
            keep_house(self._engine, now)
