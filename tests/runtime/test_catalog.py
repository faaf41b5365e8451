"""The catalog: what it holds, and that a rolled-back change can never be seen through it."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy import Engine

from runtime import catalog as catalogs
from runtime.catalog import load_catalog, load_workspace
from runtime.platform.apps import AppVersion
from runtime.platform.people import Workspace
from tests.factories import install, make_place


def test_catalog_of_the_everything_apps(engine: Engine) -> None:
    with engine.begin() as connection:
        place = make_place(connection)
        context = install(connection, place)
        found = context.catalog
        project = found.entity("studio.project")
        assert project.table.fullname == f"ws_{place.workspace.key}.studio__project"
        assert project.title_field == "name" and project.owner_field == "owner"
        assert {
            key: project.fields[key].kind for key in ("margin", "days_left", "tags", "lines", "company", "name", "version")
        } == {
            "margin": "stored",
            "days_left": "computed",
            "tags": "many_to_many",
            "lines": "one_to_many",
            "company": "many_to_one",
            "name": "value",
            "version": "system",
        }
        assert found.entity("directory.activity").fields["studio_project"].target == "studio.project"
        assert found.entity("directory.activity").fields["studio_project"].app == "studio"
        assert [key for key, _ in found.automations_on("studio.project")] == [
            "studio.on_review",
            "studio.overdue",
            "studio.split",
        ]
        assert {each.key for _, each in found.references_to("studio.project")} == {"studio_project", "parent", "project"}
        assert found.pipeline_on("studio.project", "stage") is not None
        assert set(found.roles(["studio.maker", "gone.role"])) == {"studio.maker"}
        connection.execute(sa.insert(project.table).values(name="A", stage="draft"))
        assert connection.scalar(sa.select(project.table.c.version)) == 1


def test_cached_by_revision_and_shared_when_only_people_change(engine: Engine) -> None:
    with engine.begin() as connection:
        place = make_place(connection)
        install(connection, place)
    with engine.connect() as connection:
        workspace = load_workspace(connection, workspace_id=place.workspace.id)
        assert workspace is not None
        first = load_catalog(connection, workspace)
        assert load_catalog(connection, workspace) is first
    with engine.begin() as connection:
        connection.execute(sa.update(Workspace).where(Workspace.id == workspace.id).values(revision=Workspace.revision + 1))
    with engine.connect() as connection:
        newer = load_catalog(connection, replace(workspace, revision=workspace.revision + 1))
    assert newer.revision == workspace.revision + 1
    assert newer.entity("studio.project") is first.entity("studio.project")


def test_documents_of_a_rolled_back_transaction_are_never_cached(engine: Engine) -> None:
    with engine.begin() as connection:
        place = make_place(connection)
        install(connection, place, {})
    with engine.connect() as connection:
        context = install(connection, place, {"tiny": {"format": 1, "key": "tiny", "entities": []}})
        assert "tiny" in load_catalog(connection, context.workspace).apps
        connection.rollback()
        assert "tiny" not in load_catalog(connection, context.workspace).apps
        assert connection.scalar(sa.select(sa.func.count()).where(AppVersion.workspace_id == place.workspace.id)) == 0


def test_the_cache_is_bounded(engine: Engine) -> None:
    with engine.begin() as connection:
        place = make_place(connection)
    with engine.connect() as connection:
        for number in range(3):
            catalogs._remember(catalogs.Catalog(place.workspace.id, number))
        kept = [key for key in catalogs._cache if key[0] == place.workspace.id]
        assert kept == [(place.workspace.id, 1), (place.workspace.id, 2)]
        for number in range(2 * catalogs._CAPACITY):
            catalogs._remember(catalogs.Catalog(-number - 1, 1))
        assert len(catalogs._cache) == catalogs._CAPACITY
        catalogs.forget()
