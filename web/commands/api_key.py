"""`formloom api-key create`: a key for programs."""

from __future__ import annotations

import click

from runtime.people import issue_api_key
from runtime.unit_of_work import transaction
from web.commands.place import context, open_site, workspace_option


@click.group("api-key")
def api_key() -> None:
    """Keys with which programs call the API."""


@api_key.command("create")
@click.option("--email", required=True, help="The member for whom the key acts.")
@click.option("--role", help="One of the member's roles, such as crm.sales; by default all rights of the member.")
@click.option("--label", default="command line", show_default=True, help="What the key is for.")
@workspace_option
def create(email: str, role: str | None, label: str, workspace: str | None) -> None:
    """Print a new key, and nothing else. It cannot be shown again."""
    with open_site("api-key") as engine, transaction(engine) as connection:
        ctx = context(connection, workspace, email)
        made = issue_api_key(connection, ctx.workspace.id, int(ctx.actor.user_id or 0), label=label, role=role)
    click.echo(made.secret)
