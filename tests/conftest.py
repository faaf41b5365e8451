"""Shared fixtures: a throw-away PostgreSQL server per test run, a database per xdist worker.

`TEST_DATABASE_URL` (a URL of a server on which databases may be created) replaces the embedded server.
The embedded one is stopped and removed when this process ends, even by kill -9: a guard process watches for that.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from runtime.db import make_engine
from runtime.postgres import EmbeddedPostgres, stop_leftover
from tests.chromium import chromium_or_skip

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "formloom-test-"
_server: list[EmbeddedPostgres] = []


def remove_leftovers() -> None:
    """Remove what a killed test run left, should its guard process have been killed too."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            stop_leftover(folder / "cluster")
            shutil.rmtree(folder, ignore_errors=True)


def _server_url() -> str:
    """The URL of the server of this test run; started on first use, by the xdist controller if there is one."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if not _server:
        remove_leftovers()
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        folder.chmod(0o755)
        server = EmbeddedPostgres(folder, durable=False, remove_with_owner=True)
        server.start()
        server.create_database("formloom")
        _server.append(server)
    return _server[0].url("formloom")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """xdist: every worker gets the server of the controller."""
    node.workerinput["server_url"] = _server_url()  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    while _server:
        _server.pop().stop()


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """SQLAlchemy URL of a maintenance database on the test server, of a role that may create databases."""
    workerinput = getattr(request.config, "workerinput", None)
    return workerinput["server_url"] if workerinput else _server_url()


@pytest.fixture(scope="session")
def database_url(server_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """SQLAlchemy URL of an empty, migrated database for this worker; dropped at the end of the session."""
    workerinput = getattr(request.config, "workerinput", None)
    suffix = workerinput["workerid"] if workerinput else "main"
    with new_database(server_url, f"formloom_test_{os.getpid()}_{suffix}") as url:
        yield url


@contextmanager
def new_database(server_url: str, name: str, first_workspace: int = 1) -> Iterator[str]:
    """The URL of a migrated database that lives as long as the block.

    first_workspace: what is cached in a process is cached by the workspace's id, whatever database it comes from; so every
    further database begins with an id of its own.
    """
    maintenance = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with maintenance.connect() as connection:
        connection.execute(text(_create_statement(connection, name)))
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    migrate(url)
    with create_engine(url).begin() as connection:
        connection.execute(text(f"ALTER TABLE formloom.workspace ALTER COLUMN id RESTART WITH {first_workspace:d}"))
    yield url
    with maintenance.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    maintenance.dispose()


def _create_statement(connection: Connection, name: str) -> str:
    builtin = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' "
    version = connection.dialect.server_version_info or (0,)
    provider = builtin if version >= (17,) else ""
    return f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' {provider}LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"


def migrate(url: str) -> None:
    """Bring the platform tables of the database at `url` to the newest state."""
    from alembic import command
    from alembic.config import Config

    if not (ROOT / "migrations" / "env.py").exists():
        return
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of this worker's database."""
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser for tests that need one."""
    return chromium_or_skip()
