"""`formloom app`: an app as files in git, out and in."""

from __future__ import annotations

from pathlib import Path

import click

from builder.folder import FolderError, read_folder, write_folder
from web.commands.place import context, email_option, open_site, workspace_option


@click.group()
def app() -> None:
    """An app as a folder of files: one file per item, sorted, nothing of this machine."""


@app.command()
@click.argument("key", metavar="APP")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write.")
@workspace_option
def export(key: str, output: Path, workspace: str | None) -> None:
    """Write APP to a folder. Files of items that are gone are removed; other files stay."""
    with open_site("app") as engine, engine.connect() as connection:
        documents = context(connection, workspace, None).catalog.documents
        if key not in documents:
            raise click.UsageError(f"There is no app {key}; there are: {', '.join(documents) or 'none'}.")
        write_folder(documents[key], output)
    click.echo(f"Wrote {key} to {output}.")


@app.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--plan", "only_plan", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--accept-loss", metavar="TOKEN", help="The token of the plan, when it takes values away.")
@click.option("--note", default="Applied from files", show_default=True, help="Kept with the version.")
@workspace_option
@email_option
def apply(folder: Path, only_plan: bool, accept_loss: str | None, note: str, workspace: str | None, email: str | None) -> None:
    """Make the app of a folder the workspace's. What is equal already stays as it is."""
    from runtime import schema_apply, schema_plan
    from runtime.schema.jobs import run_all
    from runtime.unit_of_work import transaction
    from web.commands.plan_text import show_plan

    try:
        document = read_folder(folder)
    except FolderError as error:
        raise click.ClickException(str(error)) from None
    key = str(document.get("key", ""))
    with open_site("app") as engine:
        with transaction(engine) as connection:
            ctx = context(connection, workspace, email)
            found = schema_plan.plan(ctx, {key: document})
            show_plan(found)
            if found.problems:
                raise SystemExit(1)
            if only_plan or not found.items:
                return
            applied = schema_apply.apply(ctx, {key: document}, note=note, accept_loss=accept_loss)
        if applied.job is not None:
            click.echo("Converting the values of a big table …")
        run_all(engine)
        with engine.connect() as connection:
            version = context(connection, workspace, email).catalog.versions.get(key)
    click.echo(f"{key} is at version {version}.")
