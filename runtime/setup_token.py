"""The one-time set-up link of a new site. Only the token's hash is kept, in the data folder."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

FILE = "setup-token"


def issue(data_dir: Path) -> str:
    """Make a new token, which replaces an earlier one. Returns it; it cannot be had again."""
    token = secrets.token_urlsafe(24)
    path = data_dir / FILE
    partial = path.with_name(f"{FILE}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(_digest(token))
    partial.replace(path)
    return token


def verify(data_dir: Path, token: str) -> bool:
    """Whether `token` is the one that is valid now."""
    try:
        stored = (data_dir / FILE).read_text().strip()
    except OSError:
        return False
    return hmac.compare_digest(stored, _digest(token))


def consume(data_dir: Path, token: str) -> bool:
    """Verify the token and make it invalid. True for exactly one caller."""
    if not verify(data_dir, token):
        return False
    taken = data_dir / f"{FILE}.{secrets.token_hex(8)}"
    try:
        (data_dir / FILE).rename(taken)
    except OSError:
        return False
    taken.unlink()
    return True


def revoke(data_dir: Path) -> None:
    """Make any token invalid: the site has been set up in another way."""
    with contextlib.suppress(FileNotFoundError):
        (data_dir / FILE).unlink()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
