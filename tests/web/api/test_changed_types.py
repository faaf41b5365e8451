"""A column gets another type between two calls, or in the middle of one: pooled connections that remember the old table do no harm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from builder.operations import apply_operations
from runtime.people import issue_api_key
from runtime.schema_apply import apply
from runtime.schema_plan import plan
from runtime.unit_of_work import transaction
from tests.factories import Place, install, make_place
from tests.runtime.schema.conftest import shop_app
from tests.web.api.conftest import Call, caller
from web import request_context
from web.api import lane

ITEMS = "/records/shop.item"
CONNECTIONS = 3
ENOUGH = 8 * CONNECTIONS  # psycopg prepares what a connection has executed five times
OTHER = {"text": "number", "number": "text"}


class Shop:
    """A shop whose `size` changes between text and number."""

    def __init__(self, app: Flask, engine: sa.Engine) -> None:
        self.engine, self.kind = engine, "text"
        with transaction(engine) as connection:
            self.place: Place = make_place(connection)
            ctx = install(connection, self.place, {"shop": shop_app()})
            key = issue_api_key(connection, ctx.workspace.id, int(ctx.actor.user_id or 0)).secret
        self.call = caller(app, key)
        self.record = f"{ITEMS}/{self.call('POST', ITEMS, json={'name': 'n', 'size': '1'}).json['id']}"

    def value(self) -> Any:
        return "7" if self.kind == "text" else 7

    def change_type(self) -> None:
        with transaction(self.engine) as connection:
            ctx = self.place.context(connection)
            kind = OTHER[self.kind]
            field = {"op": "set", "path": "entities/item/fields/size", "value": {"key": "size", "type": kind}}
            document = apply_operations(ctx.catalog.documents["shop"], [field])
            apply(ctx, {"shop": document}, accept_loss=plan(ctx, {"shop": document}).token)
            self.kind = kind


def _read(shop: Shop, call: Call) -> Any:
    return call("GET", shop.record)


def _list(shop: Shop, call: Call) -> Any:
    return call("GET", f"{ITEMS}?limit=5&sort=-id")


def _change(shop: Shop, call: Call) -> Any:
    return call("PATCH", shop.record, json={"size": shop.value(), "name": "again"})


def _create(shop: Shop, call: Call) -> Any:
    return call("POST", ITEMS, json={"name": "new"})


DOINGS: list[Callable[[Shop, Call], Any]] = [_read, _list, _change, _create]


@pytest.fixture
def shop(app: Flask, engine: sa.Engine) -> Shop:
    for name in ("engine", "reading_engine"):
        pool = app.extensions[name]
        held = [pool.connect() for _ in range(CONNECTIONS)]
        for each in held:
            each.close()
    return Shop(app, engine)


@pytest.fixture(params=["lane", "view"])
def way(request: pytest.FixtureRequest, app: Flask, shop: Shop) -> Any:
    """Calls by the fast lane, or past it."""
    if request.param == "lane":
        yield shop.call
        return
    around = app.wsgi_app
    app.wsgi_app = around._next  # type: ignore[attr-defined,method-assign]
    yield shop.call
    app.wsgi_app = around  # type: ignore[method-assign]


@pytest.mark.parametrize("doing", DOINGS)
def test_between_two_calls(shop: Shop, way: Call, doing: Callable[[Shop, Call], Any]) -> None:
    for _ in range(2):
        for _ in range(ENOUGH):
            assert doing(shop, way).status_code in (200, 201)
        shop.change_type()
        assert [doing(shop, way).status_code // 100 for _ in range(2 * CONNECTIONS)] == [2] * 2 * CONNECTIONS


@pytest.mark.parametrize("doing", DOINGS)
@pytest.mark.parametrize("times", [1, 2])
def test_in_the_middle_of_a_call(
    shop: Shop, way: Call, doing: Callable[[Shop, Call], Any], times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the definitions have been read, before the statement: also when that happens again to the second try."""
    for _ in range(ENOUGH):
        doing(shop, way)
    original, left = lane.load_catalog, [times]

    def load_catalog(connection: sa.Connection, workspace: Any) -> Any:
        found = original(connection, workspace)
        if left[0]:
            left[0] -= 1
            shop.change_type()
        return found

    for module in (lane, request_context):
        monkeypatch.setattr(module, "load_catalog", load_catalog)
    answer = way("PATCH", shop.record, json={"name": "again"}) if doing is _change else doing(shop, way)
    assert answer.status_code in (200, 201), answer.text
    assert left[0] < times
    assert doing(shop, way).status_code in (200, 201)
