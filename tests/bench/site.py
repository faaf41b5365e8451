"""Starts a real site in a folder of its own, and the floor beside it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.loadgen import http_request, once

ROOT = Path(__file__).resolve().parents[2]
FORMLOOM = str(Path(sys.executable).with_name("formloom"))
EMAIL, PASSWORD = "bench@example.com", "a long password for the bench"
WORKERS, THREADS = 2, 4


@dataclass
class Site:
    """A running site: its port, process, environment, and an API key of a member with the role `bench.rep`."""

    port: int
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    start_s: float
    key: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of one API call."""
        return once(self.port, http_request(method, path, body=body, headers=self.headers))

    def processes(self) -> list[psutil.Process]:
        """All our processes, PostgreSQL and its guard left out."""
        top = psutil.Process(self.process.pid)
        return [each for each in [top, *top.children(recursive=True)] if "python" in each.name() or "formloom" in each.name()]

    def pss_mib(self) -> float:
        """Memory of our processes, shared pages counted once."""
        total = 0
        for each in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # it has just ended
                total += each.memory_full_info().pss
        return total / 2**20


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_site(folder: Path, **extra: str) -> Iterator[Site]:
    """`formloom run` on a free port; ready when the context opens, stopped when it closes."""
    environment = {
        "PATH": os.environ["PATH"],
        "FORMLOOM_DATA_DIR": str(folder),
        "PORT": str(free_port()),
        "WEB_WORKERS": str(WORKERS),
        "WEB_THREADS": str(THREADS),
        "LOG_LEVEL": "warning",
        **extra,
    }
    begin = time.perf_counter()
    process = subprocess.Popen([FORMLOOM, "run"], env=environment, stdout=subprocess.DEVNULL, cwd=folder)
    site = Site(int(environment["PORT"]), process, environment, 0.0)
    try:
        wait_until_ready(site.port, process)
        site.start_s = time.perf_counter() - begin
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@contextlib.contextmanager
def running_floor(conninfo: str) -> Iterator[int]:
    """The hand-written routes on a free port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.floor", str(port), conninfo, str(WORKERS), str(THREADS)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        wait_until_ready(port, process, path="/aggregate")
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_until_ready(port: int, process: subprocess.Popen[bytes], path: str = "/readyz") -> None:
    """Until the path answers 200. RuntimeError when the process ends or a minute passes."""
    for _ in range(6000):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        try:
            if once(port, http_request("GET", path))[0] == 200:
                return
        except OSError:
            pass
        except EOFError:
            pass
        time.sleep(0.01)
    raise RuntimeError("the server is not ready after a minute")


def command(site: Site, *arguments: str) -> str:
    """Standard output of a `formloom` command on this site."""
    done = subprocess.run([FORMLOOM, *arguments], env=site.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"formloom {' '.join(arguments)}: {done.stderr}")
    return done.stdout.strip()


def set_up(site: Site) -> None:
    """An organisation, an administrator and a key."""
    command(site, "init", "--email", EMAIL, "--password", PASSWORD)
    site.key = command(site, "api-key", "create", "--email", EMAIL)


def conninfo(folder: Path) -> str:
    """How other programs reach the embedded database of a running site."""
    from runtime.settings import load_settings
    from runtime.site import running_database

    url = running_database(load_settings({"FORMLOOM_DATA_DIR": str(folder)}))
    return url.replace("postgresql+psycopg://", "postgresql://")
