"""The embedded PostgreSQL server: a cluster in a folder, run by us, reached by a Unix socket.

Used in two ways: the production site (`durable=True`) and throw-away clusters for tests (`durable=False`).
PostgreSQL refuses to run as root, so for root it runs as a system user of its own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil

from runtime import postgres_files
from runtime.postgres_files import Account
from runtime.start_errors import PostgresUnavailable

SUPERUSER = "postgres"
# Not "formloom": a role finds the schema of its own name before `public`, and that is the platform tables' schema.
APPLICATION_ROLE = "formloom_app"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60

# Kept by /bin/sh, so it costs no Python process: when the pipe on standard input closes (our process is gone,
# however it died), stop the server if it is still the same one, and then run the clean-up command.
GUARD_SCRIPT = """
read -r _ || true
pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null) && [ "$pid" = "$2" ] && kill -INT "$2" 2>/dev/null
if [ -n "$3" ]; then
  while kill -0 "$2" 2>/dev/null; do sleep 0.1; done
  rm -rf "$3"
fi
"""


@dataclass
class EmbeddedPostgres:
    """A PostgreSQL server in `folder`; `start()` makes the cluster if there is none.

    folder: where the cluster (`folder/cluster`) and the log live
    durable: False turns off everything that protects data from power cuts (tests only)
    remove_with_owner: the folder is deleted when the owning process ends, however it ends
    """

    folder: Path
    durable: bool = True
    remove_with_owner: bool = False
    process: subprocess.Popen[bytes] | None = None
    _guard: subprocess.Popen[bytes] | None = None
    _account: Account = field(default_factory=postgres_files.choose_account)
    _binaries: Path = Path()
    cluster: Path = Path()
    _socket_folder: Path = Path()

    def prepare(self) -> None:
        """Find the binaries and the places, make the cluster when missing; starts nothing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._binaries = postgres_files.find_binaries(self._account)
        self.cluster = postgres_files.place_cluster(self.folder, self._account)
        self._socket_folder = postgres_files.place_socket(self.cluster, self._account)
        if not (self.cluster / "PG_VERSION").exists():
            self._initialise()

    def start(self) -> None:
        """Start the server and wait until it accepts connections.

        Raises PostgresUnavailable with the reason in one sentence.
        """
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start the server's process without waiting. A server left over by a killed owner is ended first."""
        self.prepare()
        stop_leftover(self.cluster)
        with self._open_log() as log:
            self.process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.cluster,
                env=postgres_files.clean_environment(),
                start_new_session=True,  # Ctrl-C in the terminal must reach us only; we stop the server last
                **self._account.popen_arguments(),
            )
        self._guard = start_guard(self.cluster, self.process.pid, self.folder if self.remove_with_owner else None)

    def stop(self) -> None:
        """Stop the server (fast mode: open transactions are rolled back) and wait for its end. Safe to repeat."""
        process, self.process = self.process, None
        self._end(process)
        self._release_guard()

    def is_running(self) -> bool:
        """Whether the server that we started still runs."""
        return self.process is not None and self.process.poll() is None

    def forget(self) -> None:
        """For a forked child: let go of the server, so that our end of the guard's pipe is the parent's alone."""
        guard, self._guard, self.process = self._guard, None, None
        if guard is not None and guard.stdin is not None:
            guard.stdin.close()

    def _end(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(STOP_TIMEOUT_S)

    def _release_guard(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None:
            if guard.stdin is not None:
                guard.stdin.close()
            guard.wait()

    def url(self, database: str, role: str = APPLICATION_ROLE) -> str:
        """The SQLAlchemy URL of one database of this server."""
        return f"postgresql+psycopg://{role}@/{quote(database)}?host={quote(str(self._socket_folder), safe='')}"

    def conninfo(self, database: str, role: str = SUPERUSER) -> str:
        """The libpq connection string of one database of this server."""
        return f"postgresql://{role}@/{quote(database)}?host={quote(str(self._socket_folder), safe='')}"

    def create_database(self, name: str) -> str:
        """Create a database owned by the application's role, unless it is there. Returns its SQLAlchemy URL."""
        from runtime.postgres_database import create_database

        create_database(self.conninfo(SUPERUSER), name, owner=APPLICATION_ROLE)
        return self.url(name)

    @property
    def log_path(self) -> Path:
        return self.cluster.parent / "postgres.log"

    def _open_log(self) -> IO[bytes]:
        return self.log_path.open("ab")

    def _command(self) -> list[str]:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket_folder),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "lc_messages": "C",
            "jit": "off",
            "log_line_prefix": "%m [%p] %d ",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
        command = [str(self._binaries / "postgres"), "-D", str(self.cluster)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return command

    def _initialise(self) -> None:
        command = [str(self._binaries / "initdb"), "-D", str(self.cluster), "-U", SUPERUSER]
        command += ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-instructions"]
        if not self.durable:
            command.append("--no-sync")
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd="/",
            env=postgres_files.clean_environment(),
            start_new_session=True,
            check=False,
            **self._account.popen_arguments(),
        )
        if result.returncode:
            reason = (result.stderr or result.stdout).strip().splitlines()
            raise PostgresUnavailable(f"initdb failed in {self.cluster}: {reason[-1] if reason else 'no message'}")

    def wait_until_ready(self) -> None:
        """Wait until the launched server accepts connections; raises PostgresUnavailable."""
        assert self.process is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise PostgresUnavailable(f"PostgreSQL ended while starting; its log is {self.log_path}")
            if reported_status(self.cluster, self.process.pid) == "ready":
                return
            time.sleep(0.02)
        self.stop()
        raise PostgresUnavailable(f"PostgreSQL was not ready after {START_TIMEOUT_S} s; its log is {self.log_path}")


def reported_status(cluster: Path, pid: int | None = None) -> str:
    """What the server (of this pid, if given) wrote into its own pid file: 'starting', 'ready', ... or '' while unknown."""
    with contextlib.suppress(OSError):
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        if len(lines) >= 8 and (pid is None or lines[0].strip() == str(pid)):
            return lines[7].strip()
    return ""


def stop_leftover(cluster: Path) -> None:
    """End a server that a killed owner left on this cluster, and forget a stale pid file.

    The caller holds the lock of the data folder, so whatever runs here belongs to nobody.
    """
    pid_file = cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        ours = process.name().startswith("postgres") and Path(process.cwd()) == cluster.resolve()
    except (OSError, ValueError, psutil.Error):
        ours = False
    if ours:
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_TIMEOUT_S)
            except psutil.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(STOP_TIMEOUT_S)
    # In a container the pid of an old server is soon that of another process, and PostgreSQL would then refuse to start.
    pid_file.unlink(missing_ok=True)


def start_guard(cluster: Path, pid: int, remove: Path | None) -> subprocess.Popen[bytes]:
    """Start the tiny process that stops the server when ours is gone (see GUARD_SCRIPT)."""
    return subprocess.Popen(
        ["/bin/sh", "-c", GUARD_SCRIPT, "formloom-guard", str(cluster), str(pid), str(remove or "")],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")},
        start_new_session=True,
    )
