"""A site in real processes that a test may kill: web and worker each in a process group of its own."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FORMLOOM = str(Path(sys.executable).with_name("formloom"))
START_TIMEOUT_S = 60


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Part:
    """One command with everything that it starts. `port`: where it answers HTTP, 0 for one that does not."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    kills: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Starts it and waits until it is up."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=dict(self.environment), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        if self.port:
            wait_until(self._answers, START_TIMEOUT_S, f"{self.command[-1]} to answer; see {self.log}")

    def kill(self) -> None:
        """kill -9 for the whole group, and wait until the system has cleared it away."""
        if self.process is not None:
            with_group(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.kills += 1
            self.process = None

    def stop(self) -> None:
        """End it the polite way, then the other."""
        if self.process is None:
            return
        with_group(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass
        with_group(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"{self.command[-1]} ended: {self.log.read_text()[-2000:]}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def with_group(pid: int, number: int) -> None:
    """A signal to a process group, if there still is one."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass


def wait_until(holds: Callable[[], bool], timeout: float, what: str, state: Callable[[], object] = lambda: "") -> None:
    """Looks again and again whether `holds()` is true. Fails after `timeout` seconds, and tells the `state`."""
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline, f"waited {timeout} s in vain for {what}: {state()}"
        time.sleep(0.05)


@dataclass
class Redis:
    """A Redis server of this test."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program is not None
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen(
            [program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        wait_until(self._accepts, 20, "redis")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _accepts(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
