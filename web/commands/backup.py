"""`formloom backup` and `formloom restore`."""

from __future__ import annotations

from pathlib import Path

import click

from runtime import data_folder, site
from runtime.backup import BackupProblem, restore_backup, write_backup
from runtime.logs import configure_logs
from runtime.settings import load_settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write the whole site to FILE: database, stored files, secret key. The site may be running."""
    settings = data_folder.prepare(load_settings())
    configure_logs(settings, "backup")
    with site.open_database(settings) as url:
        size = write_backup(settings, url, file.absolute())
    click.echo(f"Wrote {file} ({size / 2**20:.1f} MiB). It holds everything, also secrets: keep it safe.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Replace the data of a site that is already in use.")
def restore(file: Path, replace: bool) -> None:
    """Replace the whole site by the backup in FILE. Stop the site first."""
    settings = data_folder.prepare(load_settings())
    configure_logs(settings, "restore")
    if data_folder.is_locked(settings.data_dir):
        raise BackupProblem("the site is running; stop it before restoring")
    with site.open_database(settings) as url:
        if site.has_people(url) and not replace:
            raise BackupProblem("this site is in use; give --replace to replace its data by the backup")
        restore_backup(settings, url, file.absolute())
    click.echo("The site is as it was when the backup was made.")
