"""`formloom export ENTITY -o FILE`: all records of a list into a file, with a progress bar."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import orjson

from runtime.context import Context
from runtime.exchange.exporting import FORMATS, export
from runtime.queries.counting import EXACT, count_records
from runtime.queries.listing import ListQuery
from runtime.unit_of_work import transaction
from web.commands.place import context, email_option, open_site, workspace_option


@click.command("export")
@click.argument("entity")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write.")
@click.option("--format", "file_format", type=click.Choice(list(FORMATS)), help="By default what the file's name says.")
@click.option("--filter", "tree", help="Condition tree as JSON.")
@click.option("--sort", default="", help="Field paths, comma-separated; - for descending.")
@click.option("--fields", default="", help="Field paths, comma-separated; by default all.")
@workspace_option
@email_option
def export_records(
    entity: str,
    output: Path,
    file_format: str | None,
    tree: str | None,
    sort: str,
    fields: str,
    workspace: str | None,
    email: str | None,
) -> None:
    """Export the records of ENTITY (such as crm.lead) to a CSV, XLSX or JSON-lines FILE."""
    chosen = file_format or output.suffix.removeprefix(".").lower() or "csv"
    if chosen not in FORMATS:
        raise click.UsageError("The format is csv, xlsx or jsonl.")
    query = ListQuery(_parsed(tree), _words(sort) or (), _words(fields))
    with open_site("export") as engine, transaction(engine) as connection:
        ctx = context(connection, workspace, email)
        total = count_records(ctx, entity, replace(query, count=EXACT)) or 0
        _write(ctx, entity, query, chosen, output, total)
    click.echo(f"{total} records written to {output}")


def _write(ctx: Context, entity: str, query: ListQuery, file_format: str, output: Path, total: int) -> None:
    """Writes beside the target first, so that a failure leaves no half file."""
    partial = output.with_name(f".{output.name}.partial")
    with click.progressbar(length=total, label="Exporting", show_percent=True) as bar:
        try:
            with partial.open("wb") as file:
                for chunk in export(ctx, entity, query, file_format, progress=bar.update).chunks:
                    file.write(chunk)
            partial.replace(output)
        finally:
            partial.unlink(missing_ok=True)


def _parsed(tree: str | None) -> Any:
    if tree is None:
        return None
    try:
        return orjson.loads(tree)
    except orjson.JSONDecodeError as error:
        raise click.UsageError(f"--filter is not JSON: {error}") from error


def _words(text: str) -> tuple[str, ...] | None:
    return tuple(word.strip() for word in text.split(",") if word.strip()) or None
