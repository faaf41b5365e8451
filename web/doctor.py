"""The checks of `formloom doctor`: each says what is wrong and what to do."""

from __future__ import annotations

import shutil
import smtplib
import socket
from collections.abc import Callable, Iterator

import sqlalchemy as sa

from runtime import data_folder, site
from runtime.db import make_engine
from runtime.settings import Settings
from runtime.start_errors import CannotStart, PortInUse
from web.doctor_tables import tables
from web.findings import Finding

LEAST_FREE_BYTES = 1 << 30
NETWORK_TIMEOUT_S = 5


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings, one check after the other; a check never ends the examination."""
    for check in CHECKS:
        try:
            yield from check(settings)
        except CannotStart as error:
            yield Finding("problem", str(error))


def _data_folder(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.data_dir).free
    yield Finding("ok", f"data folder {settings.data_dir}")
    if free < LEAST_FREE_BYTES:
        yield Finding("warning", f"only {free >> 20} MiB are free in the data folder", "make room or move the folder")


def _database(settings: Settings) -> Iterator[Finding]:
    with site.open_database(settings) as url:
        engine = make_engine(url)
        try:
            with engine.connect() as connection:
                yield from _server(connection)
                yield from _locale(connection)
                yield from _extension(connection)
                yield from tables(connection)
        finally:
            engine.dispose()


def _server(connection: sa.Connection) -> Iterator[Finding]:
    version = connection.dialect.server_version_info or (0,)
    shown = ".".join(str(part) for part in version)
    yield Finding("ok", f"PostgreSQL {shown}, tables of version {site.current_revision(connection)}")


def _locale(connection: sa.Connection) -> Iterator[Finding]:
    encoding = connection.scalar(sa.text("SHOW server_encoding"))
    if encoding != "UTF8":
        yield Finding("problem", f"the database has the encoding {encoding}", "create it anew with ENCODING 'UTF8'")
    elif connection.scalar(sa.select(sa.func.lower("Ä"))) != "ä":
        advice = "create it anew with LC_CTYPE 'C.UTF-8' (PostgreSQL 17: LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8')"
        yield Finding("problem", "the database's locale knows only English letters, so search misses Chinese", advice)


def _extension(connection: sa.Connection) -> Iterator[Finding]:
    available = sa.table("pg_available_extensions", sa.column("name"))
    if connection.scalar(sa.select(available.c.name).where(available.c.name == "pg_trgm")) is None:
        yield Finding("problem", "the extension pg_trgm is missing", "install the server's contrib package")


def _broker(settings: Settings) -> Iterator[Finding]:
    if settings.redis_url is None:
        yield Finding("ok", "messages travel through the database (REDIS_URL is not set)")
        return
    import redis

    try:
        redis.Redis.from_url(settings.redis_url, socket_connect_timeout=NETWORK_TIMEOUT_S).ping()
    except redis.RedisError as error:
        yield Finding("problem", f"Redis does not answer: {error}", "check REDIS_URL; work goes on meanwhile, but slower")
    else:
        yield Finding("ok", "Redis answers")


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.smtp_host is None:
        yield Finding("warning", "no mail server is set, so no mail is sent", "set SMTP_HOST and SMTP_FROM")
        return
    try:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=NETWORK_TIMEOUT_S) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        yield Finding("problem", f"the mail server does not answer: {error}", "check SMTP_HOST and SMTP_PORT")
    else:
        yield Finding("ok", f"mail server {settings.smtp_host} answers")


def _address(settings: Settings) -> Iterator[Finding]:
    open_to_others = settings.host not in ("127.0.0.1", "::1", "localhost")
    if open_to_others and not settings.address.startswith("https://"):
        advice = "put a reverse proxy with a certificate in front and set FORMLOOM_BASE_URL"
        yield Finding("warning", "the site can be reached from other machines without encryption", advice)
    if data_folder.is_locked(settings.data_dir):
        yield Finding("ok", f"the site is running at {settings.address}")
        return
    from web.serve import check_port

    try:
        check_port(settings)
    except PortInUse as error:
        yield Finding("warning", str(error), "nothing to do if that is this site's own `formloom web`")
    else:
        yield Finding("ok", f"port {settings.port} is free")


def _front_end(_settings: Settings) -> Iterator[Finding]:
    from web.assets import manifest

    try:
        manifest()
    except RuntimeError as error:
        yield Finding("problem", str(error), "run `make setup` in the checkout")
    else:
        yield Finding("ok", "the front end is built")


def _name(settings: Settings) -> Iterator[Finding]:
    try:
        socket.getaddrinfo(settings.host, settings.port)
    except OSError:
        yield Finding("problem", f"HOST {settings.host} is not an address of this machine", "use 127.0.0.1 or 0.0.0.0")


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _data_folder,
    _database,
    _broker,
    _mail,
    _name,
    _address,
    _front_end,
)
