"""The thread of a worker process that does the long work on tables, and empties the trash of what has lain long enough."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace

import sqlalchemy as sa

from runtime.catalog import load_catalog, load_workspace
from runtime.clock import now
from runtime.context import SYSTEM, Context
from runtime.platform.apps import TrashItem
from runtime.schema.jobs import work_once
from runtime.schema.trash import purge
from runtime.unit_of_work import transaction

log = logging.getLogger(__name__)

POLL_S = 2.0
_PURGE_EVERY_S = 3600.0
_LONGEST_PAUSE_S = 60.0


class SchemaDesk:
    """Looks every POLL_S for open jobs and works until there are none; portions are claimed, so several desks may run."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="formloom-schema", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self, timeout: float = 20.0) -> None:
        """Ends after the portion at hand; another worker goes on."""
        self._stopping.set()
        self._thread.join(timeout)

    def _work(self) -> None:
        failures, purged_at = 0, -_PURGE_EVERY_S
        while not self._stopping.is_set():
            try:
                while not self._stopping.is_set() and work_once(self._engine):
                    pass
                if time.monotonic() - purged_at >= _PURGE_EVERY_S:
                    purge_due(self._engine)
                    purged_at = time.monotonic()
                failures = 0
            except Exception as error:
                failures += 1
                log.warning("work on tables waits: %s", error, exc_info=failures == 1)
            self._stopping.wait(min(POLL_S * 2**failures, _LONGEST_PAUSE_S))


def purge_due(engine: sa.Engine) -> int:
    """Drops what is due in the trash of every workspace, each in a transaction of its own; how many things."""
    with engine.connect() as connection:
        due = list(connection.scalars(sa.select(TrashItem.workspace_id).where(TrashItem.purge_at <= now()).distinct()))
    count = 0
    for identity in due:
        with transaction(engine) as connection:
            workspace = load_workspace(connection, workspace_id=identity)
            if workspace is None:
                continue
            connection.execute(sa.select(sa.func.set_config("lock_timeout", "1s", True)))
            actor = replace(SYSTEM, language=workspace.language)
            count += purge(Context(connection, workspace, load_catalog(connection, workspace), actor, now()))
    return count
