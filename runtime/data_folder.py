"""The data folder: making it, its secret key and the lock that one site holds on it."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from runtime.settings import Settings
from runtime.start_errors import AlreadyRunning, SettingsError


def prepare(settings: Settings) -> Settings:
    """Make the data folder and, if none is set, the secret key in it. Returns the settings with the key."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # For root the server's own account must be able to walk through; what is inside has modes of its own.
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        key = settings.secret_key or read_or_make_key(folder / "secret.key")
    except OSError as error:
        raise SettingsError(f"FORMLOOM_DATA_DIR cannot be used: {folder}: {error.strerror}") from None
    return replace(settings, secret_key=key)


def read_or_make_key(path: Path) -> str:
    """The key in `path` (mode 0600), made on first use. Two processes at once agree on one key."""
    if not path.exists():
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(partial, path)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_text().strip()


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Hold the data folder for this process; the lock goes with the process, however it ends. Raises AlreadyRunning.

    Yields the lock's file descriptor: a forked child must close its copy, or it would keep the lock alive.
    """
    descriptor = os.open(folder / "formloom.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            by = f" (process {holder})" if holder else ""
            raise AlreadyRunning(f"Formloom is already running on the data folder {folder}{by}; stop it first") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def is_locked(folder: Path) -> bool:
    """Whether a site is running on this data folder now."""
    try:
        with locked(folder):
            return False
    except AlreadyRunning:
        return True
    except OSError:
        return False
