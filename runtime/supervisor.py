"""Runs the parts of a site as one process tree: starts them, restarts what crashes, stops all of it.

The supervisor imports the application once and forks its parts, so that they share its memory. It has no threads.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger("formloom.supervisor")

STOP_GRACE_S = 25.0
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
# A part that ran this long before it crashed starts with the first delay again.
HEALTHY_AFTER_S = 60.0
START_TRIES = 3


@dataclass
class Part:
    """One supervised process. `body` runs in the child until it is told to stop by SIGTERM."""

    name: str
    body: Callable[[], None]
    pid: int = 0
    started_at: float = 0.0
    start_after: float = 0.0
    delay: float = FIRST_DELAY_S
    failures: int = 0


@dataclass
class Supervisor:
    """Keeps `parts` running until SIGINT, SIGTERM or SIGHUP. Call `listen()` first, then `run()`.

    in_child: called in each forked child first, to let go of what belongs to the supervisor alone
    check: called on every tick, to look after what is not forked (the database server)
    settled: set by the caller when all is well. Before that, a part that fails START_TRIES times ends the whole: nobody
        is served by a site that never starts. `failed` is then the part's name
    tick_s: time between two looks; signals and ended parts wake it at once
    """

    parts: list[Part]
    in_child: Callable[[], None] = lambda: None
    check: Callable[[], None] = lambda: None
    stopping: bool = False
    settled: bool = False
    failed: str = ""
    tick_s: float = 0.5
    _impatient: bool = False
    _wake: tuple[int, int] = field(default_factory=os.pipe)

    def run(self, on_tick: Callable[[], None] = lambda: None) -> None:
        """Start the parts and stay until told to stop; then stop them, in the order opposite to their start."""
        try:
            while not self.stopping:
                self._start_due()
                self._sleep(self.tick_s)
                self._reap()
                if not self.stopping:
                    self.check()
                    on_tick()
        finally:
            self._stop_all()

    def listen(self) -> None:
        """Catch the signals that mean "stop". Call early: a Ctrl-C during the start then stops in order too."""
        os.set_blocking(self._wake[0], False)
        os.set_blocking(self._wake[1], False)
        signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _on_stop(self, *_: object) -> None:
        self._impatient = self.stopping
        self.stopping = True

    def _sleep(self, seconds: float) -> None:
        """Sleep until a signal arrives, at most `seconds`."""
        ready, _, _ = select.select([self._wake[0]], [], [], seconds)
        if ready:
            os.read(self._wake[0], 4096)

    def _start_due(self) -> None:
        now = time.monotonic()
        for part in self.parts:
            if not part.pid and now >= part.start_after:
                part.pid = self._fork(part)
                part.started_at = now

    def _fork(self, part: Part) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            self._become_child()
            part.body()
            code = 0
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
        except BaseException:
            log.exception("a part could not go on", which=part.name)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _become_child(self) -> None:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        # A session of its own: Ctrl-C in the terminal reaches the supervisor only, which then stops the parts in order.
        os.setsid()
        os.close(self._wake[0])
        os.close(self._wake[1])
        self.in_child()

    def _reap(self) -> None:
        for part in self.parts:
            if part.pid and (status := _ended(part.pid)) is not None:
                part.pid = 0
                if not self.stopping:
                    self._plan_restart(part, status)

    def _plan_restart(self, part: Part, status: int) -> None:
        now = time.monotonic()
        if now - part.started_at >= HEALTHY_AFTER_S:
            part.delay = FIRST_DELAY_S
        part.start_after = now + part.delay
        part.failures += 1
        if not self.settled and part.failures >= START_TRIES:
            self.failed, self.stopping = part.name, True
            return
        log.error("a part ended and is started again", which=part.name, exit_code=status, after_seconds=part.delay)
        part.delay = min(part.delay * 2, LONGEST_DELAY_S)

    def _stop_all(self) -> None:
        self.stopping = True
        for part in reversed(self.parts):
            _send(part.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_GRACE_S
        while any(part.pid for part in self.parts):
            if self._impatient or time.monotonic() > deadline:
                for part in self.parts:
                    _send_group(part.pid, signal.SIGKILL)
            self._sleep(0.1)
            self._reap()


def _ended(pid: int) -> int | None:
    """The exit code of a child that has ended (negative: the signal that ended it), None while it runs."""
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return -1
    return os.waitstatus_to_exitcode(status) if found else None


def _send(pid: int, number: int) -> None:
    if pid:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def _send_group(pid: int, number: int) -> None:
    """To the part and the processes that it started: each part leads a process group."""
    if pid:
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            pass
