"""The settings of a site, read from the environment once and passed on.

Every setting has a default that works on one machine. `VARIABLES` lists them all; the documentation and the tests
are made from it.
"""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from runtime import setting_values as parse
from runtime.start_errors import SettingsError

__all__ = ["VARIABLES", "Settings", "SettingsError", "Variable", "default_data_dir", "load_settings"]

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Variable:
    """One environment variable: the Settings attribute it fills, its parser and what it means."""

    name: str
    attribute: str
    parser: Callable[[str], Any]
    meaning: str


@dataclass(frozen=True)
class Settings:
    """The settings of this process. Made by `load_settings`; tests make it directly.

    database_url: SQLAlchemy URL of the site's database, or None for the embedded PostgreSQL
    data_dir: what the site writes: the embedded database, files, the secret key, the lock
    """

    data_dir: Path
    database_url: str | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    base_url: str = ""
    secret_key: str = field(default="", repr=False)
    trusted_proxies: int = 0
    web_workers: int = 2
    web_threads: int = 4
    worker_threads: int = 4
    database_pool: int = 8
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_user: str | None = None
    smtp_password: str | None = field(default=None, repr=False)
    smtp_from: str | None = None
    smtp_starttls: bool = True
    upload_limit_mib: int = 50
    api_rate: int = 0
    allow_private_network: bool = False
    log_level: str = "info"
    log_format: str = "auto"

    @property
    def address(self) -> str:
        """The address people open, without a slash at the end."""
        if self.base_url:
            return self.base_url
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


VARIABLES: tuple[Variable, ...] = (
    Variable("DATABASE_URL", "database_url", parse.database_url, "PostgreSQL server; without it the embedded one runs"),
    Variable("REDIS_URL", "redis_url", parse.redis_url, "Redis as message broker; without it the database serves"),
    Variable("FORMLOOM_DATA_DIR", "data_dir", parse.folder, "folder for everything the site writes"),
    Variable("FORMLOOM_BASE_URL", "base_url", parse.base_url, "address under which people reach the site"),
    Variable("FORMLOOM_SECRET_KEY", "secret_key", parse.secret, "signs sessions; made and kept in the data folder if not set"),
    Variable("FORMLOOM_TRUSTED_PROXIES", "trusted_proxies", parse.whole(0, 10), "reverse proxies in front of the site"),
    Variable("HOST", "host", parse.host, "network address to listen on"),
    Variable("PORT", "port", parse.whole(1, 65535), "port to listen on"),
    Variable("WEB_WORKERS", "web_workers", parse.whole(1, 64), "web processes"),
    Variable("WEB_THREADS", "web_threads", parse.whole(1, 64), "threads of each web process"),
    Variable("WORKER_THREADS", "worker_threads", parse.whole(1, 64), "threads of the background worker"),
    Variable("DATABASE_POOL", "database_pool", parse.whole(1, 200), "database connections of each process"),
    Variable("SMTP_HOST", "smtp_host", parse.host, "mail server; without it no mail is sent"),
    Variable("SMTP_PORT", "smtp_port", parse.whole(1, 65535), "port of the mail server"),
    Variable("SMTP_USER", "smtp_user", parse.text, "user name at the mail server"),
    Variable("SMTP_PASSWORD", "smtp_password", parse.text, "password at the mail server"),
    Variable("SMTP_FROM", "smtp_from", parse.mail_address, "sender of the site's mail"),
    Variable("SMTP_STARTTLS", "smtp_starttls", parse.boolean, "encrypt the connection to the mail server"),
    Variable("FORMLOOM_UPLOAD_LIMIT_MIB", "upload_limit_mib", parse.whole(1, 4096), "largest upload, in MiB"),
    Variable(
        "FORMLOOM_API_RATE", "api_rate", parse.whole(0, 1_000_000), "API calls a second of one caller in one process; 0: no limit"
    ),
    Variable("FORMLOOM_ALLOW_PRIVATE_NETWORK", "allow_private_network", parse.boolean, "let automations call private addresses"),
    Variable("LOG_LEVEL", "log_level", parse.one_of("debug", "info", "warning", "error"), "least severe log line written"),
    Variable("LOG_FORMAT", "log_format", parse.one_of("auto", "json", "text"), "auto: text on a terminal, else JSON"),
)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. An empty variable counts as not set.

    Raises SettingsError, whose message is one line that names the variable and what it should be.
    """
    environ = os.environ if environ is None else environ
    given: dict[str, Any] = {}
    for variable in VARIABLES:
        raw = environ.get(variable.name, "").strip()
        if raw:
            given[variable.attribute] = parse.checked(variable.name, variable.parser, raw)
    given.setdefault("data_dir", default_data_dir(environ))
    if "smtp_host" in given and "smtp_from" not in given:
        raise SettingsError("SMTP_FROM must be set when SMTP_HOST is set (the sender's mail address)")
    return Settings(**given)


def default_data_dir(environ: Mapping[str, str] | None = None) -> Path:
    """`var` beside the sources in a checkout; otherwise the usual place for an application's data."""
    environ = os.environ if environ is None else environ
    if (ROOT / "pyproject.toml").exists():
        return ROOT / "var"
    if os.geteuid() == 0:
        return Path("/var/lib/formloom/site")
    home = Path(environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir)
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "formloom"
    return Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "formloom"


def default_of(variable: Variable) -> object:
    """The default of a variable, for the documentation; None where it depends on the machine."""
    by_name = {item.name: item.default for item in fields(Settings)}
    default = by_name[variable.attribute]
    return default if isinstance(default, (str, int, bool)) else None
