"""The change log as it is written: one row for each changed record, in the statement or transaction of the change.

It is outbox, history and source of undo in one. `wake()` tells a worker that there is something to match; the rows are
the truth, so a wake-up may be lost, doubled or late.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import orjson

from runtime.context import Context
from runtime.platform.changes import SHARDS, Change

log = logging.getLogger("formloom.changes")

#: Wake-ups closer together than this become one message.
COALESCE_S = 0.02

CREATE, UPDATE, DELETE, RESTORE, PURGE = "create", "update", "delete", "restore", "purge"
TABLE: Any = Change.__table__


def common_values(ctx: Context, entity: str, op: str) -> dict[str, Any]:
    """The columns that all change rows of one statement share, for the binds of `COLUMNS`."""
    # Sample records are there to be looked at; nobody is to be told about them.
    listens = ctx.actor.kind != "template" and bool(ctx.catalog.automations_on(entity))
    return {
        "workspace_id": ctx.workspace.id,
        "entity": entity,
        "op": op,
        "actor_kind": ctx.actor.kind,
        "actor_id": ctx.actor.user_id,
        "automation": ctx.cause.automation,
        "run_id": ctx.cause.run_id,
        "batch_id": ctx.cause.batch_id,
        "link_id": ctx.cause.link_id,
        "depth": ctx.cause.depth,
        "at": ctx.now,
        # Nobody listens: born matched, so that the matcher's index stays empty.
        "matched_at": None if listens else ctx.now,
    }


def values_json(values: dict[str, Any]) -> str:
    """JSON of before or after values as the change row keeps it."""
    return orjson.dumps(values).decode()


def shard_of(record_id: int) -> int:
    """The matcher's shard of a record."""
    return record_id % SHARDS


class Waker:
    """A daemon thread that turns many `wake()` calls into few messages. `send` sends one; without it nothing happens."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.send: Callable[[], None] | None = None
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._pid = 0

    def wake(self) -> None:
        """Returns at once and never fails."""
        if self.send is None:
            return
        if self._pid != os.getpid():
            self._start()
        self._event.set()

    def _start(self) -> None:
        with self._lock:
            if self._pid == os.getpid():
                return
            self._event = threading.Event()  # that of the parent process may be held by a thread that is not here
            threading.Thread(target=self._run, args=(self._event,), name=self._name, daemon=True).start()
            self._pid = os.getpid()

    def _run(self, event: threading.Event) -> None:
        while True:
            event.wait()
            event.clear()
            try:
                if self.send is not None:
                    self.send()
            except Exception as error:  # noqa: BLE001 - the broker is away: the worker polls the rows by itself
                log.debug("no wake-up could be sent: %s", error)
            time.sleep(COALESCE_S)


_waker = Waker("formloom-wake")


def set_sender(send: Callable[[], None] | None) -> None:
    """Says how a worker is woken (a Celery message); None: not at all, the worker polls. Once per process start."""
    _waker.send = send


def wake() -> None:
    """Tells a worker that committed changes wait. Returns at once and never fails."""
    _waker.wake()
