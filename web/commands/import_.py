"""`formloom import ENTITY FILE`: records from a CSV or XLSX file, with a progress bar."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
import sqlalchemy as sa

from runtime import data_folder, site
from runtime.db import make_engine
from runtime.errors import Invalid, NotFound, RuntimeProblem
from runtime.exchange import batches, importing, job
from runtime.exchange.batches import AT_WORK, TABLE, Batch
from runtime.exchange.error_sheet import plain_text
from runtime.logs import configure_logs
from runtime.settings import load_settings
from runtime.unit_of_work import transaction
from web.commands.place import context

_SHOWN_ERRORS = 20


@click.command("import")
@click.argument("entity")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Check every row and keep nothing.")
@click.option("--mode", type=click.Choice(importing.MODES), default="create", show_default=True)
@click.option("--key", help="Field by which existing records are found (update, upsert).")
@click.option("--mapping", help='JSON of columns and fields, such as {"Mobile": "phone"}; the others are guessed.')
@click.option("--workspace", help="Key of the workspace; needed when there are several.")
@click.option("--email", help="Who imports; default: the first administrator.")
def import_records(
    entity: str,
    file: Path,
    dry_run: bool,
    mode: str,
    key: str | None,
    mapping: str | None,
    workspace: str | None,
    email: str | None,
) -> None:
    """Import records of ENTITY (such as crm.lead) from a CSV or XLSX FILE."""
    settings = data_folder.prepare(load_settings())
    configure_logs(settings, "import")
    with site.open_database(settings) as url:
        engine = make_engine(url, pool_size=2, application_name="formloom-import")
        try:
            batch = _import(engine, entity, file, dry_run, mode, key, mapping, workspace, email)
        except RuntimeProblem as error:
            raise click.ClickException(_told(error)) from error
        finally:
            engine.dispose()
    _report(batch, dry_run)


def _import(
    engine: sa.Engine, entity: str, file: Path, dry_run: bool, mode: str, key: str | None, mapping: str | None,
    workspace: str | None, email: str | None,
) -> Batch:  # fmt: skip
    with transaction(engine) as connection:
        ctx = context(connection, workspace, email)
        with file.open("rb") as content:
            batch_id = importing.upload(ctx, entity, content, file.name)
        chosen = None if mapping is None else _parsed(mapping)
        total = importing.start(ctx, batch_id, mapping=chosen, mode=mode, key=key, dry_run=dry_run).total or 0
    with click.progressbar(length=total, label="Checking" if dry_run else "Importing") as bar:
        while True:
            job.run_batch(engine, batch_id, lambda done: bar.update(done - bar.pos))
            batch = _read(engine, batch_id)
            bar.update(batch.done - bar.pos)
            if batch.state not in AT_WORK:
                return batch
            time.sleep(0.2)  # the site's own worker has taken it


def _parsed(mapping: str) -> dict[str, object]:
    try:
        found = json.loads(mapping)
    except ValueError as error:
        raise click.UsageError(f"--mapping is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise click.UsageError("--mapping must be a JSON object.")
    return found


def _read(engine: sa.Engine, batch_id: int) -> Batch:
    with engine.connect() as connection:
        return Batch(**connection.execute(sa.select(batches.TABLE).where(TABLE.c.id == batch_id)).mappings().one())


def _told(error: RuntimeProblem) -> str:
    if isinstance(error, Invalid):
        return "\n".join(f"{each.path}: {each.text}" if each.path else each.text for each in error.problems)
    if isinstance(error, NotFound):
        return "There is no such entity."
    return str(error)


def _report(batch: Batch, dry_run: bool) -> None:
    for each in batch.errors[:_SHOWN_ERRORS]:
        place = f"row {each['row']}" + (f", {each['column']}" if each["column"] else "")
        value = f" “{each['value']}”" if each["value"] else ""
        click.echo(f"{place}{value}: {plain_text(each['message'], each['params'])}", err=True)
    if len(batch.errors) > _SHOWN_ERRORS:
        click.echo(f"and {len(batch.errors) - _SHOWN_ERRORS} more problems", err=True)
    would = "would be " if dry_run else ""
    click.echo(
        f"{batch.created} {would}created, {batch.updated} {would}updated, {batch.skipped} unchanged, {batch.failed} refused"
    )
    if batch.state == "failed":
        raise click.ClickException(batch.reason or "the import failed")
    if batch.failed:
        raise SystemExit(1)
