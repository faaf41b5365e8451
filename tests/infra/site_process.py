"""A site that runs as real processes, for tests."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

FORMLOOM = str(Path(sys.executable).parent / "formloom")
PATIENCE_S = 90


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Look again and again until the condition holds; fail when patience ends."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"in vain waited until {what}"
        time.sleep(0.05)


def name_of(process: psutil.Process) -> str:
    """Its name; empty when it has ended since it was listed."""
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def run_command(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `formloom ARGUMENTS` with nothing in its environment but the data folder and `environment`."""
    return subprocess.run(
        [FORMLOOM, *arguments],
        env={"FORMLOOM_DATA_DIR": str(folder), **environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@dataclass
class SiteProcess:
    """`formloom run` on a data folder; `output` collects what it prints."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        return (self.folder / "output.txt").read_text()

    def start(self) -> SiteProcess:
        """Start and wait until it says that it is ready."""
        with (self.folder / "output.txt").open("wb") as output:
            self.process = subprocess.Popen(
                [FORMLOOM, "run"],
                env={"FORMLOOM_DATA_DIR": str(self.folder), "PORT": str(self.port)},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until(lambda: "is ready" in self.output or self.process.poll() is not None, f"ready: {self.output}")
        assert self.process.poll() is None, self.output
        return self

    def answers(self) -> bool:
        """Whether the site and its database answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def family(self) -> list[psutil.Process]:
        """The site's processes below the supervisor."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def parts(self) -> list[psutil.Process]:
        """The forked parts: web and worker, in this order."""
        assert self.process is not None
        children = psutil.Process(self.process.pid).children()
        return sorted((each for each in children if name_of(each) == "formloom"), key=lambda each: each.pid)

    def database(self) -> psutil.Process:
        """The database server."""
        return next(each for each in self.family() if name_of(each) == "postgres")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and wait for the end; returns the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        return self.process.wait(PATIENCE_S)
