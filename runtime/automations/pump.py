"""Everything that is due, done now. Wake-ups, the poller and the tests all come here; nothing else makes automations move.

Each piece of work is a transaction that claims its rows, so any number of pumps in any number of processes may run.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from runtime import clock
from runtime.automations.cleanup import clean_up
from runtime.automations.cursors import put_off, sweep_one, sync_cursors
from runtime.automations.effects import Send, send_one
from runtime.automations.engine import BATCH, Broken, advance_batch, fail_run, wake_waiting
from runtime.automations.execution import NeedsCare
from runtime.automations.matching import match_batch
from runtime.automations.places import open_places
from runtime.platform.people import Workspace
from runtime.unit_of_work import is_stale, transaction

log = logging.getLogger("formloom.pump")

_TRIES = 4
_LOOK_ROUND_EVERY_S = 0.5
_CLEAN_UP_EVERY = timedelta(hours=1)
Result = TypeVar("Result")
Now = Callable[[], datetime]


@dataclass
class Report:
    """What one turn has done."""

    matched: int = 0
    advanced: int = 0
    swept: int = 0
    sent: int = 0

    def __bool__(self) -> bool:
        return bool(self.matched or self.advanced or self.swept or self.sent)


@dataclass(frozen=True)
class Due:
    """Whether there is work for the pump, whether there are outside calls to make, and a number that grows when apps change."""

    work: bool
    calls: bool
    revisions: int


_DUE = sa.text(
    """
    SELECT EXISTS (SELECT 1 FROM formloom.change WHERE matched_at IS NULL)
        OR EXISTS (SELECT 1 FROM formloom.run WHERE state = 'pending')
        OR EXISTS (SELECT 1 FROM formloom.run WHERE state = 'waiting' AND due_at <= :now)
        OR EXISTS (SELECT 1 FROM formloom.sweep_cursor WHERE next_at <= :now) AS work,
        EXISTS (SELECT 1 FROM formloom.effect WHERE state IN ('ready', 'sending') AND due_at <= :now) AS calls,
        (SELECT coalesce(sum(revision), 0)::bigint FROM formloom.workspace) AS revisions
    """
)


def what_is_due(engine: sa.Engine) -> Due:
    """A look in one statement, so that a site where nothing happens costs next to nothing."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        return Due(*connection.execute(_DUE, {"now": clock.now()}).one())


@dataclass
class _Memory:
    """What this process has seen of a database: workspaces by revision, the last clean-up."""

    revisions: dict[int, int] = field(default_factory=dict)
    cleaned_at: datetime | None = None


_memories: WeakKeyDictionary[sa.Engine, _Memory] = WeakKeyDictionary()


def pump_once(engine: sa.Engine, now: datetime | None = None, *, send: Send | None = None, seconds: float = 60) -> Report:
    """Does all that is due at `now` (None: as the clock goes on), until nothing is left or the time is used up.

    send: makes the outside calls; None leaves effects alone.
    """
    at: Now = clock.now if now is None else lambda: now
    report = Report()
    deadline = time.monotonic() + seconds
    looked_at = -_LOOK_ROUND_EVERY_S
    while time.monotonic() < deadline:
        moved = match(engine, at())
        report.matched += moved
        advanced = advance(engine, at())
        report.advanced += advanced
        if time.monotonic() - looked_at >= _LOOK_ROUND_EVERY_S or not (moved or advanced):
            looked_at = time.monotonic()
            found = _look_round(engine, at, send, report)
            if not (moved or advanced or found):
                break
    return report


def match(engine: sa.Engine, now: datetime) -> int:
    """Matches a batch of changes; an automation that makes the matcher fail does not hold up the others."""
    try:
        return _in_transaction(engine, lambda connection: match_batch(connection, now))
    except Exception:
        log.exception("matching failed; again with care")
        return _in_transaction(engine, lambda connection: match_batch(connection, now, careful=True))


def advance(engine: sa.Engine, now: datetime, most: int = BATCH) -> int:
    """Moves a batch of runs; one that cannot be moved fails by itself."""
    try:
        try:
            return _in_transaction(engine, lambda connection: advance_batch(connection, now, most, careful=False))
        except NeedsCare:
            return _in_transaction(engine, lambda connection: advance_batch(connection, now, most))
    except Broken as broken:
        if _is_lost(broken.error):
            raise
        if most > 1:
            return advance(engine, now, 1)
        log.exception("run %s cannot be moved", broken.run_id)
        run_id, error = broken.run_id, broken.error
        _in_transaction(engine, lambda connection: fail_run(connection, run_id, error, now))
        return 1


def _look_round(engine: sa.Engine, at: Now, send: Send | None, report: Report) -> bool:
    """The rarer duties: new cursors, dates and schedules, waits, outside calls, clean-up. Whether there was anything."""
    memory = _memories.setdefault(engine, _Memory())
    found = _sync(engine, memory, at())
    while _sweep(engine, at()):
        report.swept += 1
        found = True
    found |= _in_transaction(engine, lambda connection: wake_waiting(connection, at())) > 0
    while send is not None and send_one(engine, send, at()):
        report.sent += 1
        found = True
    now = at()
    if memory.cleaned_at is None or now - memory.cleaned_at >= _CLEAN_UP_EVERY:
        memory.cleaned_at = now
        _in_transaction(engine, lambda connection: clean_up(connection, now))
    return found


def _sync(engine: sa.Engine, memory: _Memory, now: datetime) -> bool:
    """Workspaces that have changed since this process last looked get the cursors that their automations need; whether any."""
    with engine.connect() as connection:
        revisions = {row.id: row.revision for row in connection.execute(sa.select(Workspace.id, Workspace.revision))}
    changed = [each for each, revision in revisions.items() if memory.revisions.get(each) != revision]
    for workspace_id in changed:
        try:
            _in_transaction(engine, partial(_sync_one, workspace_id=workspace_id, now=now))
        except Exception:
            log.exception("workspace %s: its automations cannot be read", workspace_id)
        memory.revisions[workspace_id] = revisions[workspace_id]
    return bool(changed)


def _sync_one(connection: sa.Connection, *, workspace_id: int, now: datetime) -> None:
    ctx = open_places(connection, [workspace_id], now).get(workspace_id)
    if ctx is not None:
        sync_cursors(ctx)


def _sweep(engine: sa.Engine, now: datetime) -> bool:
    taken: list[sa.Row[Any]] = []
    try:
        return _in_transaction(engine, lambda connection: sweep_one(connection, now, taken))
    except Exception as error:
        if _is_lost(error) or not taken:
            raise
        log.exception("%s cannot be swept; again in a minute", taken[-1].automation)
        cursor = taken[-1]
        _in_transaction(engine, lambda connection: put_off(connection, cursor, now))
        return True


def _in_transaction(engine: sa.Engine, work: Callable[[sa.Connection], Result]) -> Result:
    """`work` in a transaction; again when tables changed under it or two transactions met."""
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction(engine) as connection:
                return work(connection)
        except (sa.exc.DBAPIError, Broken) as error:
            cause = error.error if isinstance(error, Broken) else error
            if attempt == _TRIES or not is_stale(cause):
                raise
            time.sleep(random.uniform(0, 0.05) * attempt)  # noqa: S311  (spreads load, guards nothing)
    raise AssertionError("unreachable")


def _is_lost(error: BaseException) -> bool:
    """Whether the database is away, which no run can be blamed for."""
    return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) and not is_stale(error)
