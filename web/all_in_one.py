"""`formloom run`: database, web and worker of one site as one process tree."""

from __future__ import annotations

import gc
import http.client
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module

import click
import structlog

from runtime import data_folder, setup_token, site
from runtime.logs import configure_logs
from runtime.orphan import end_with_parent
from runtime.postgres import EmbeddedPostgres
from runtime.settings import Settings
from runtime.start_errors import CannotStart, PostgresUnavailable
from runtime.supervisor import Part, Supervisor
from web.serve import check_port, serve

log = structlog.get_logger("formloom.run")

# What the parts need is imported before they fork, so that they share the memory of the code.
PRELOAD = ("web.app", "runtime.worker", "celery.apps.worker", "celery.concurrency.thread", "kombu.transport.sqlalchemy")
DATABASE_RETRY_S = 5.0
STARTING_TICK_S = 0.05
RUNNING_TICK_S = 0.5


def run_site(settings: Settings) -> None:
    """Run the site until Ctrl-C or SIGTERM. Raises CannotStart.

    settings: prepared (see data_folder.prepare); database_url None means the embedded database
    """
    check_port(settings)
    with data_folder.locked(settings.data_dir) as lock:
        supervisor = Supervisor(parts=[])
        supervisor.listen()
        database = Database(None if settings.database_url else site.embedded_server(settings))
        try:
            settings = replace(settings, database_url=database.start(settings))
            supervisor.parts = _parts(settings)
            supervisor.in_child = lambda: _let_go(lock, database)
            supervisor.check = database.look_after
            supervisor.tick_s = STARTING_TICK_S
            gc.collect()
            gc.freeze()
            supervisor.run(on_tick=_announcer(settings, supervisor))
        finally:
            database.stop()
    if supervisor.failed:
        raise CannotStart(f"the part '{supervisor.failed}' cannot start; the log lines above say why")
    click.echo("Formloom has stopped.")


def _parts(settings: Settings) -> list[Part]:
    def web() -> None:
        configure_logs(settings, "web")
        from web.app import create_app

        serve(settings, lambda: create_app(settings))

    def worker() -> None:
        configure_logs(settings, "worker")
        from runtime.worker import run_worker

        run_worker(settings)

    return [Part("web", web), Part("worker", worker)]


def _let_go(lock: int, database: Database) -> None:
    """In a child: the lock and the database server belong to the supervisor."""
    os.close(lock)
    if database.server is not None:
        database.server.forget()
    end_with_parent()


@dataclass
class Database:
    """The embedded server, or nothing to look after when the site uses a server of its own."""

    server: EmbeddedPostgres | None
    retry_after: float = 0.0

    def start(self, settings: Settings) -> str:
        """Start it and import the application meanwhile; returns the URL of the migrated database."""
        if self.server is None:
            _preload()
            url = str(settings.database_url)
        else:
            self.server.launch()
            _preload()
            self.server.wait_until_ready()
            url = self.server.create_database(site.DATABASE)
        site.migrate(url)
        return url

    def look_after(self) -> None:
        """Start the server again if it ended by itself; a failure is tried again after a while."""
        if self.server is None or self.server.is_running() or time.monotonic() < self.retry_after:
            return
        log.error("the database server ended and is started again", log=str(self.server.log_path))
        self.server.stop()
        try:
            self.server.start()
        except PostgresUnavailable as error:
            log.error(str(error))
            self.retry_after = time.monotonic() + DATABASE_RETRY_S

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()


def _preload() -> None:
    for name in PRELOAD:
        import_module(name)


def _announcer(settings: Settings, supervisor: Supervisor) -> Callable[[], None]:
    """Called on every tick: says once, when the site answers, where it is."""

    def announce() -> None:
        if not supervisor.settled and _answers(settings):
            supervisor.tick_s, supervisor.settled = RUNNING_TICK_S, True
            click.echo(f"Formloom is ready: {settings.address}")
            if site.has_people(str(settings.database_url)):
                setup_token.revoke(settings.data_dir)
            else:
                token = setup_token.issue(settings.data_dir)
                click.echo(f"Set it up with this link, which works once: {settings.address}/setup/{token}")
            sys.stdout.flush()

    return announce


def _answers(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
