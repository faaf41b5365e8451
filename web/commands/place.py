"""Where a command works and on whose behalf."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
import sqlalchemy as sa

from runtime import clock, data_folder, site
from runtime.catalog import load_catalog
from runtime.context import Context
from runtime.db import make_engine
from runtime.errors import Conflict, Invalid, NotFound, RuntimeProblem
from runtime.logs import configure_logs
from runtime.people import load_actor
from runtime.people.workspaces import load_workspace
from runtime.platform.people import Member, User, Workspace
from runtime.settings import load_settings

workspace_option = click.option("--workspace", help="Key of the workspace; needed when there are several.")
email_option = click.option("--email", help="On whose behalf; default: the first administrator.")


@contextmanager
def open_site(command: str) -> Iterator[sa.Engine]:
    """The engine of the site's database. Expected problems end the command with their text."""
    settings = data_folder.prepare(load_settings())
    configure_logs(settings, command)
    with site.open_database(settings) as url:
        engine = make_engine(url, pool_size=2, application_name=f"formloom-{command}")
        try:
            yield engine
        except RuntimeProblem as error:
            raise click.ClickException(told(error)) from error
        finally:
            engine.dispose()


def context(connection: sa.Connection, workspace: str | None, email: str | None) -> Context:
    """The context of the one workspace that is meant. Raises UsageError when it is not clear which, or no such member."""
    places = connection.execute(sa.select(Workspace.id, Workspace.key).order_by(Workspace.id)).all()
    found = [row.id for row in places if workspace in (None, row.key)]
    if len(found) != 1:
        known = ", ".join(row.key for row in places) or "none"
        raise click.UsageError(f"Name the workspace with --workspace; there are: {known}.")
    people = sa.select(Member.user_id).join(User, User.id == Member.user_id).where(Member.workspace_id == found[0], Member.active)
    wanted = people.where(Member.is_admin) if email is None else people.where(User.email == email.strip().lower())
    user = connection.scalar(wanted.order_by(Member.user_id).limit(1))
    if user is None:
        raise click.UsageError("There is no such member.")
    place = load_workspace(connection, found[0])
    return Context(connection, place, load_catalog(connection, place), load_actor(connection, place, user), clock.now())


def told(error: RuntimeProblem) -> str:
    """An expected problem in words, all of its parts."""
    if isinstance(error, Invalid | Conflict) and error.problems:
        lines = [f"{each.path}: {each.text}" if each.path else each.text for each in error.problems]
        return "\n".join([*([error.message] if isinstance(error, Conflict) else []), *lines])
    if isinstance(error, NotFound):
        return str(error) or "There is no such thing."
    return str(error)
