"""The vault with its people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from runtime.context import Actor, Context
from runtime.records import write
from tests import factories
from tests.runtime.access.vault import BOX, ITEM, OLD, document


@pytest.fixture(scope="module")
def installed(engine: sa.Engine) -> Iterator[tuple[Context, Actor]]:
    """The administrator's context and a member without roles, on a connection that is rolled back after the module."""
    with engine.connect() as connection:
        transaction = connection.begin()
        ctx = factories.install(connection, factories.make_place(connection), {"vault": document()})
        member = factories.make_user(connection, ctx.workspace, "Ann")
        for name, keeper in (("Box mine", member.user_id), ("Box other", ctx.actor.user_id)):
            write.create(ctx, BOX, {"code": name, "secret_code": OLD, "keeper": keeper})
        boxes = connection.scalars(sa.select(ctx.catalog.entity(BOX).table.c.id).order_by("id")).all()
        for number, name in enumerate(("A one", "B two", "A three", "B four")):
            values = {"secret": f"{OLD} {number}", "amount": number, "kind": "x", "tags": ["x"], "at": f"2027-01-0{number + 1}"}
            write.create(ctx, ITEM, {"name": name, "box": boxes[number // 2], **values})
        yield ctx, member
        transaction.rollback()


@pytest.fixture
def ctx(installed: tuple[Context, Actor]) -> Iterator[Context]:
    savepoint = installed[0].connection.begin_nested()
    yield installed[0]
    savepoint.rollback()


@pytest.fixture
def member(installed: tuple[Context, Actor]) -> Actor:
    return installed[1]
