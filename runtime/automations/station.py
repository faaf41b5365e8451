"""The pump of one worker process: who turns it, how many at once, and the clockwork that turns it when nobody calls."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

import sqlalchemy as sa

from runtime import clock
from runtime.automations.effects import Send, send_one
from runtime.automations.pump import pump_once, what_is_due

log = logging.getLogger("formloom.pump")

POLL_S = 1.0
"""Everybody who waits for a wake-up that was lost waits at most about this long."""
TURN_S = 5.0
SENDERS = 2
_LONGEST_PAUSE_S = 30.0
_MOST_QUIET_LOOKS = 60
_station: Station | None = None


class Station:
    """Turns the pump at most `turns` at once; a call while all are busy makes one of them look again at the end."""

    def __init__(self, engine: sa.Engine, send: Send, *, turns: int = 2, chores: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._send = send
        self._chores = chores
        self._slots = threading.BoundedSemaphore(turns)
        self._again = threading.Event()
        self._stopping = threading.Event()
        self._calls = threading.Event()
        self._threads: list[threading.Thread] = []
        self._revisions = -1
        self._quiet_looks = 0

    def turn(self) -> None:
        """Does all that is due, unless enough others are at it already."""
        self._again.set()
        while self._again.is_set() and not self._stopping.is_set():
            if not self._slots.acquire(blocking=False):
                return
            try:
                self._again.clear()
                if pump_once(self._engine, seconds=TURN_S):
                    self._again.set()
            finally:
                self._slots.release()

    def start(self) -> None:
        """Starts the clockwork: a poller and the senders of outside calls."""
        self._threads = [threading.Thread(target=self._poll, name="formloom-poll", daemon=True)]
        self._threads += [threading.Thread(target=self._deliver, name=f"formloom-send-{n}", daemon=True) for n in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Lets what has begun come to its end."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout)

    def _poll(self) -> None:
        self._repeat(self._poll_once)

    def _poll_once(self) -> None:
        due = what_is_due(self._engine)
        self._quiet_looks += 1
        if due.work or due.revisions != self._revisions or self._quiet_looks >= _MOST_QUIET_LOOKS:
            self._quiet_looks, self._revisions = 0, due.revisions
            self.turn()
        if due.calls:
            self._calls.set()
        self._chores()

    def _deliver(self) -> None:
        self._repeat(self._deliver_all)

    def _deliver_all(self) -> None:
        if not self._calls.is_set():
            return
        self._calls.clear()
        while not self._stopping.is_set() and send_one(self._engine, self._send, clock.now()):
            pass

    def _repeat(self, work: Callable[[], None]) -> None:
        """`work` about every POLL_S; less often while it fails, such as when the database is away."""
        failures = 0
        while not self._stopping.is_set():
            try:
                work()
                failures = 0
            except Exception as error:
                failures += 1
                log.warning("the pump failed and will be turned again: %s", error, exc_info=failures == 1)
            pause = min(POLL_S * 2**failures, _LONGEST_PAUSE_S) if failures else POLL_S
            self._stopping.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311  (keeps workers apart, guards nothing)


def set_station(station: Station | None) -> None:
    """The station of this process; once, when the worker starts."""
    global _station
    _station = station


def current_station() -> Station:
    """The station of this worker process."""
    if _station is None:
        raise RuntimeError("this process is no worker")
    return _station
