"""Parsers of environment variables: text in, typed value out, SettingsError with an expectation otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from runtime.start_errors import SettingsError

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")


class Expected(ValueError):
    """Raised by a parser; says what the value must be, without the variable's name."""


def checked(name: str, parser: Callable[[str], Any], raw: str) -> Any:
    """Parse `raw`; a failure becomes one line naming the variable. URLs are not repeated: they may hold passwords."""
    try:
        return parser(raw)
    except Expected as expected:
        shown = "" if "URL" in name or "KEY" in name or "PASSWORD" in name else f", not {raw!r}"
        raise SettingsError(f"{name} must be {expected}{shown}") from None


def text(raw: str) -> str:
    """Any text."""
    return raw


def whole(low: int, high: int) -> Callable[[str], int]:
    """A parser of whole numbers from `low` to `high`."""

    def parse(raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", raw) or not low <= int(raw) <= high:
            raise Expected(f"a whole number from {low} to {high}")
        return int(raw)

    return parse


def boolean(raw: str) -> bool:
    """yes/no, true/false, on/off, 1/0."""
    if raw.lower() in _TRUE:
        return True
    if raw.lower() in _FALSE:
        return False
    raise Expected("yes or no")


def one_of(*choices: str) -> Callable[[str], str]:
    """A parser of one word out of `choices`, in any case."""

    def parse(raw: str) -> str:
        if raw.lower() not in choices:
            raise Expected(f"one of {', '.join(choices)}")
        return raw.lower()

    return parse


def database_url(raw: str) -> str:
    """A PostgreSQL URL, returned in SQLAlchemy's form for psycopg."""
    try:
        url = sa.make_url(raw)
    except (sa.exc.ArgumentError, ValueError):
        raise Expected("a URL such as postgresql://user:password@host/database") from None
    if url.drivername not in ("postgres", "postgresql", "postgresql+psycopg") or not url.database:
        raise Expected("a URL such as postgresql://user:password@host/database")
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def redis_url(raw: str) -> str:
    """A redis:// or rediss:// URL."""
    try:
        parts = urlsplit(raw)
        valid = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise Expected("a URL such as redis://host:6379/0")
    return raw


def base_url(raw: str) -> str:
    """An http(s) address without query; the slash at the end is dropped."""
    try:
        parts = urlsplit(raw)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment:
        raise Expected("an address such as https://forms.example.com")
    return raw.rstrip("/")


def folder(raw: str) -> Path:
    """A folder that exists or can be made, absolute."""
    path = Path(raw).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise Expected("a folder")
    return path


def secret(raw: str) -> str:
    """At least 32 characters."""
    if len(raw) < 32:
        raise Expected("at least 32 characters long")
    return raw


def host(raw: str) -> str:
    """A host name or an IP address."""
    if not re.fullmatch(r"[A-Za-z0-9.:_-]{1,253}", raw):
        raise Expected("a host name or an IP address")
    return raw


def mail_address(raw: str) -> str:
    """`name@host` or `Name <name@host>`."""
    if not re.fullmatch(r"[^<>\r\n]*<[^@\s<>]+@[^@\s<>]+>|[^@\s<>]+@[^@\s<>]+", raw):
        raise Expected("a mail address such as forms@example.com")
    return raw
