"""The one thread of a worker process that works on imports, one after the other."""

from __future__ import annotations

import logging
import threading

import sqlalchemy as sa

from runtime.exchange.job import Stop, work_once

log = logging.getLogger(__name__)

POLL_S = 2.0
"""An import whose wake-up was lost waits at most about this long."""
_LONGEST_PAUSE_S = 30.0
_desk: ImportDesk | None = None


class ImportDesk:
    """Works through waiting imports when called, and looks by itself every POLL_S."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._called = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="formloom-imports", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def call(self) -> None:
        """Has the thread look now."""
        self._called.set()

    def stop(self, timeout: float = 20.0) -> None:
        """Ends after the batch of rows at hand; another worker goes on."""
        self._stopping.set()
        self._called.set()
        self._thread.join(timeout)

    def _work(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                while work_once(self._engine, self._check) and not self._stopping.is_set():
                    pass
                failures = 0
            except Exception as error:
                failures += 1
                log.warning("imports wait: %s", error, exc_info=failures == 1)
            self._called.wait(min(POLL_S * 2**failures, _LONGEST_PAUSE_S))
            self._called.clear()

    def _check(self, done: int) -> None:
        if self._stopping.is_set():
            raise Stop(done)


def set_desk(desk: ImportDesk | None) -> None:
    """The desk of this process; once, when the worker starts."""
    global _desk
    _desk = desk


def call_desk() -> None:
    """Has this worker look for imports; nothing in a process that is no worker."""
    if _desk is not None:
        _desk.call()
