"""`formloom template`: the library from the shell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from builder.folder import FolderError
from builder.label import LANGUAGES, Label
from templates_library import loader
from templates_library.loader import NoSuchTemplate, Template
from web.commands.place import context, email_option, open_site, workspace_option


@click.group()
def template() -> None:
    """Templates: what there is, what they would do, installing and upgrading."""


@template.command("list")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
def list_of(language: str) -> None:
    """The templates of the library, those that others need first."""
    for key in loader.names():
        summary = loader.summary(key)
        label = Label.of(summary.get("label")).in_language(language)
        click.echo(f"{key}\t{summary.get('version', '')}\t{label}")


@template.command()
@click.argument("key")
@click.option("--sample-data", is_flag=True, help="With sample records.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the sample records.")
@workspace_option
@email_option
def install(key: str, sample_data: bool, language: str | None, workspace: str | None, email: str | None) -> None:
    """Install a template (its KEY or a folder) and the ones that it needs."""
    from runtime import install as installing
    from runtime.unit_of_work import transaction

    wanted = read(key)
    with open_site("template") as engine, transaction(engine) as connection:
        ctx = context(connection, workspace, email)
        done = installing.install(ctx, wanted, sample_data=sample_data, language=language or ctx.workspace.language)
    records = f" with {done.records} sample records" if sample_data else ""
    click.echo(f"Installed {', '.join(done.versions)}{records}.")


@template.command()
@click.argument("key")
@workspace_option
@email_option
def plan(key: str, workspace: str | None, email: str | None) -> None:
    """Say what installing a template, or upgrading to it, would do. Changes nothing."""
    from runtime import install as installing
    from web.commands.plan_text import show_plan

    wanted = read(key)
    with open_site("template") as engine, engine.connect() as connection:
        ctx = context(connection, workspace, email)
        if wanted.key not in ctx.catalog.apps:
            found = installing.plan_install(ctx, wanted)
            show_plan(found)
        else:
            upgrade_plan = installing.plan_upgrade(ctx, wanted)
            found = upgrade_plan.plan
            show_plan(found, upgrade_plan.conflicts)
    if found.problems:
        raise SystemExit(1)


@template.command()
@click.argument("key")
@click.option("--theirs", metavar="PATH", multiple=True, help="Take the template's side at this place of a conflict.")
@click.option("--keep-mine", is_flag=True, help="Keep what is here at all other conflicts.")
@click.option("--accept-loss", metavar="TOKEN", help="The token of the plan, when it takes values away.")
@workspace_option
@email_option
def upgrade(
    key: str, theirs: tuple[str, ...], keep_mine: bool, accept_loss: str | None, workspace: str | None, email: str | None
) -> None:
    """Upgrade an installed template; changes made here are kept."""
    from runtime import install as installing
    from runtime.schema.jobs import run_all
    from runtime.unit_of_work import transaction

    wanted = read(key)
    resolve: Mapping[str, str] | None = dict.fromkeys(theirs, "theirs") if theirs or keep_mine else None
    with open_site("template") as engine:
        with transaction(engine) as connection:
            ctx = context(connection, workspace, email)
            installing.upgrade(ctx, wanted, resolve=resolve, accept_loss=accept_loss)
        run_all(engine)
        with engine.connect() as connection:
            ctx = context(connection, workspace, email)
            click.echo(f"{wanted.key} is at version {ctx.catalog.apps[wanted.key].version}.")


def read(name: str) -> Template:
    """The template of this key, or in this folder. Raises UsageError."""
    try:
        return loader.read_from(Path(name)) if Path(name).is_dir() else loader.read(name)
    except NoSuchTemplate:
        raise click.UsageError(f"There is no template {name}; there are: {', '.join(loader.names())}.") from None
    except FolderError as error:
        raise click.ClickException(str(error)) from None
