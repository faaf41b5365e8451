"""The database of a site, whether it is a server of its own, embedded and running, or embedded and asleep."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from runtime import data_folder
from runtime.db import make_engine
from runtime.postgres import EmbeddedPostgres, reported_status
from runtime.settings import Settings
from runtime.start_errors import AlreadyRunning, PostgresUnavailable

DATABASE = "formloom"
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
# A session-level advisory lock, so that two machines never migrate at the same time.
MIGRATION_LOCK = 0x466F726D
WAIT_FOR_RUNNING_S = 20
OLDEST_POSTGRES = 15


def embedded_server(settings: Settings) -> EmbeddedPostgres:
    """The embedded server of this data folder, not started."""
    folder = settings.data_dir / "postgres"
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    return EmbeddedPostgres(folder)


@contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """The SQLAlchemy URL of the site's database, for a command: migrated, and reachable while the block runs.

    With DATABASE_URL it is that. Otherwise the embedded server: the running one of `formloom run`, or one started for
    the block. Raises PostgresUnavailable.
    """
    if settings.database_url:
        migrate(settings.database_url)
        yield settings.database_url
        return
    server = embedded_server(settings)
    try:
        with data_folder.locked(settings.data_dir):
            server.start()
            try:
                url = server.create_database(DATABASE)
                migrate(url)
                yield url
            finally:
                server.stop()
            return
    except AlreadyRunning:
        pass
    yield running_database(settings)


def running_database(settings: Settings) -> str:
    """The URL of the database that `formloom run` serves now; waits for a site that is just starting."""
    server = embedded_server(settings)
    server.prepare()
    deadline = time.monotonic() + WAIT_FOR_RUNNING_S
    while time.monotonic() < deadline:
        if reported_status(server.cluster) == "ready" and _has_platform_tables(server.url(DATABASE)):
            return server.url(DATABASE)
        time.sleep(0.1)
    raise PostgresUnavailable(f"the embedded database does not answer; its log is {server.log_path}")


def _has_platform_tables(url: str) -> bool:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return connection.scalar(sa.text("SELECT to_regclass('formloom.user_account')")) is not None
    except sa.exc.OperationalError:
        return False
    finally:
        engine.dispose()


def migrate(url: str) -> None:
    """Bring the platform tables to the newest state; at most one process at a time does it.

    Raises PostgresUnavailable when the server does not answer or is too old.
    """
    engine = make_engine(url)
    try:
        with _connect(engine) as connection:
            connection.execute(sa.select(sa.func.pg_advisory_lock(MIGRATION_LOCK)))
            connection.commit()
            try:
                if current_revision(connection) != newest_revision():
                    _upgrade(connection)
            finally:
                connection.rollback()
                connection.execute(sa.select(sa.func.pg_advisory_unlock(MIGRATION_LOCK)))
                connection.commit()
    finally:
        engine.dispose()


def _connect(engine: sa.Engine) -> sa.Connection:
    try:
        connection = engine.connect()
    except sa.exc.OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise PostgresUnavailable(f"the database cannot be reached: {reason}") from None
    version = connection.dialect.server_version_info or (0,)
    if version < (OLDEST_POSTGRES,):
        connection.close()
        raise PostgresUnavailable(f"PostgreSQL {version[0]} is too old; {OLDEST_POSTGRES} or newer is needed")
    return connection


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()


def alembic_config() -> Any:  # alembic is imported only when something is to be migrated
    """Alembic's configuration, which needs no ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def current_revision(connection: sa.Connection) -> str | None:
    """The revision of the platform tables, None for a database without them."""
    for table in ("formloom.alembic_version", "public.alembic_version"):
        if connection.scalar(sa.select(sa.func.to_regclass(table))) is not None:
            found = sa.table("alembic_version", sa.column("version_num"), schema=table.split(".")[0])
            return connection.scalar(sa.select(found.c.version_num))
    return None


def newest_revision() -> str | None:
    """The newest revision that this version of Formloom knows: the number with which its file's name begins.

    Read from the names because every start asks, and importing Alembic takes longer than starting the database.
    """
    return max((path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py")), default=None)


def has_people(url: str) -> bool:
    """Whether anybody can sign in already, that is, whether the site has been set up."""
    from runtime.platform.people import User

    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return connection.scalar(sa.select(User.id).limit(1)) is not None
    finally:
        engine.dispose()
