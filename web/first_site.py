"""What the first visit and `formloom init` both do: a workspace, its administrator, a template."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from runtime import clock, people
from runtime.catalog import load_catalog
from runtime.context import Context, WorkspaceInfo
from runtime.platform.apps import InstalledApp


@dataclass(frozen=True)
class FirstSite:
    """What somebody wants their new site to be."""

    organisation: str
    email: str
    password: str
    name: str = ""
    language: str = "en"
    zone: str = "UTC"
    template: str | None = None
    sample_data: bool = False


@dataclass(frozen=True)
class MadeSite:
    """What it has become."""

    workspace: WorkspaceInfo
    user_id: int
    installed: bool


_COUNTRIES = {"zh-Hant": ("TW", "TWD")}


def set_up(connection: sa.Connection, wanted: FirstSite) -> MadeSite:
    """Make what is missing of the site; what is there already stays as it is. Raises Invalid."""
    user_id = people.find_user(connection, wanted.email)
    if user_id is None:
        user_id = people.create_user(
            connection, wanted.email, name=wanted.name, password=wanted.password, language=wanted.language
        )
    mine = people.workspaces_of(connection, user_id)
    if mine:
        workspace = mine[0]
    else:
        country, currency = _COUNTRIES.get(wanted.language, ("CN", "CNY"))
        workspace = people.create_workspace(
            connection, wanted.organisation, language=wanted.language, zone=wanted.zone, country=country, currency=currency
        )
        people.add_member(connection, workspace.id, user_id, is_admin=True)
    installed = _install(connection, workspace.id, user_id, wanted) if wanted.template else False
    return MadeSite(people.load_workspace(connection, workspace.id), user_id, installed)


def _install(connection: sa.Connection, workspace_id: int, user_id: int, wanted: FirstSite) -> bool:
    here = (InstalledApp.workspace_id == workspace_id, InstalledApp.key == wanted.template)
    if connection.scalar(sa.select(InstalledApp.key).where(*here)) is not None:
        return False
    # Reading templates and checking documents takes time and memory that other commands need not spend.
    from runtime.install import install
    from templates_library import loader

    workspace = people.load_workspace(connection, workspace_id)
    actor = people.load_actor(connection, workspace, user_id)
    ctx = Context(connection, workspace, load_catalog(connection, workspace), actor, clock.now())
    install(ctx, loader.read(str(wanted.template)), sample_data=wanted.sample_data, language=wanted.language)
    return True
