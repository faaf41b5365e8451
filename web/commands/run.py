"""`formloom run`, `web`, `worker` and `migrate`: the site as a whole and its parts."""

from __future__ import annotations

from dataclasses import replace

import click

from runtime import data_folder
from runtime.logs import configure_logs
from runtime.settings import Settings, load_settings


def _prepared(part: str) -> Settings:
    settings = data_folder.prepare(load_settings())
    configure_logs(settings, part)
    return settings


def _with_database(settings: Settings) -> Settings:
    """For a part that runs alone: the database of DATABASE_URL, or the embedded one of a running `formloom run`."""
    from runtime import site

    if settings.database_url:
        site.migrate(settings.database_url)
        return settings
    return replace(settings, database_url=site.running_database(settings))


@click.command()
def run() -> None:
    """Run the whole site: database (unless DATABASE_URL is set), web and worker."""
    settings = _prepared("run")
    from web.all_in_one import run_site

    run_site(settings)


@click.command()
def web() -> None:
    """Run the web part alone; start more of them on more machines."""
    settings = _prepared("web")
    from web.app import create_app
    from web.serve import check_port, serve

    check_port(settings)
    ready = _with_database(settings)
    serve(ready, lambda: create_app(ready))


@click.command()
def worker() -> None:
    """Run the background worker alone; start more of them on more machines."""
    settings = _with_database(_prepared("worker"))
    from runtime.worker import run_worker

    run_worker(settings)


@click.command()
def migrate() -> None:
    """Bring the database to the state that this version needs; `run`, `web` and `worker` do it by themselves."""
    from runtime.site import open_database

    with open_database(_prepared("migrate")):
        click.echo("The database is up to date.")
