"""A workspace with the everything apps, in a transaction that is rolled back after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.clock import now
from runtime.context import Actor, Context
from runtime.db import make_engine
from tests.factories import install, make_place, make_user

PROJECT = "studio.project"
COMPANY = "directory.company"


@dataclass
class World:
    """One workspace in one transaction. `ctx` is the administrator's."""

    ctx: Context

    def person(self, name: str, *roles: str) -> Context:
        """The context of a new member with these roles."""
        return self.ctx.acting(make_user(self.ctx.connection, self.ctx.workspace, name, roles=roles))

    def acting(self, actor: Actor) -> Context:
        return self.ctx.acting(actor)

    def row(self, entity: str, record_id: int) -> dict[str, Any]:
        """The stored row, bin or not."""
        table = self.ctx.catalog.entity(entity).table
        return dict(self.ctx.connection.execute(sa.select(table).where(table.c.id == record_id)).mappings().one())

    def changes(self, entity: str, record_id: int | None = None) -> list[dict[str, Any]]:
        """Change rows of an entity, oldest first."""
        from runtime.platform.changes import Change

        table = Change.__table__
        wanted = [table.c.workspace_id == self.ctx.workspace.id, table.c.entity == entity]
        if record_id is not None:
            wanted.append(table.c.record_id == record_id)
        return [dict(row) for row in self.ctx.connection.execute(sa.select(table).where(*wanted).order_by(table.c.id)).mappings()]


@pytest.fixture(scope="session")
def write_engine(database_url: str) -> Iterator[sa.Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def installed(write_engine: sa.Engine) -> Context:
    """The workspace of all these tests; its connection is closed."""
    with write_engine.begin() as connection:
        return install(connection, make_place(connection))


@pytest.fixture
def world(write_engine: sa.Engine, installed: Context) -> Iterator[World]:
    with write_engine.connect() as connection:
        transaction = connection.begin()
        yield World(replace(installed, connection=connection, now=now()))
        transaction.rollback()


@pytest.fixture
def refused() -> Callable[..., dict[str, str]]:
    """Calls a verb that must raise Invalid; gives code by path."""
    from runtime.errors import Invalid

    def call(verb: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, str]:
        with pytest.raises(Invalid) as caught:
            verb(*args, **kwargs)
        return {each.path: each.code for each in caught.value.problems}

    return call
