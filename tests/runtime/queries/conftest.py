"""A workspace with the everything apps; what a test writes is rolled back after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.context import Actor, Context
from runtime.records import write
from tests import factories


@pytest.fixture(scope="module")
def installed(engine: sa.Engine) -> Iterator[Context]:
    """The administrator's context on a connection whose transaction is rolled back after the module."""
    with engine.connect() as connection:
        transaction = connection.begin()
        yield factories.install(connection, factories.make_place(connection))
        transaction.rollback()


@pytest.fixture
def ctx(installed: Context) -> Iterator[Context]:
    """The same context; what a test writes is rolled back after it."""
    savepoint = installed.connection.begin_nested()
    yield installed
    savepoint.rollback()


@pytest.fixture
def make(ctx: Context) -> Any:
    """Creates a record as administrator: `make("studio.project", name="A")` gives its id."""

    def create(entity: str, **values: Any) -> int:
        return write.create(ctx, entity, values).id

    return create


@pytest.fixture
def person(ctx: Context) -> Any:
    """A member: `person("Li", "studio.maker")` gives an actor with these roles."""

    def create(name: str, *roles: str) -> Actor:
        return factories.make_user(ctx.connection, ctx.workspace, name, roles=roles)

    return create
