"""Migrations of a site."""

from __future__ import annotations

from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from runtime import site


def test_newest_revision_is_the_head_of_the_migrations() -> None:
    script = ScriptDirectory.from_config(site.alembic_config())
    assert site.newest_revision() == script.get_current_head()


def test_a_migrated_database_has_the_newest_revision(engine: Engine) -> None:
    with engine.connect() as connection:
        assert site.current_revision(connection) == site.newest_revision()


def test_migrating_again_changes_nothing(database_url: str, engine: Engine) -> None:
    site.migrate(database_url)
    with engine.connect() as connection:
        assert site.current_revision(connection) == site.newest_revision()
