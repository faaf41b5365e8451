"""A workspace whose transaction is rolled back after each test, with a small shop in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from builder.operations import apply_operations
from runtime.context import Context
from runtime.schema_apply import Applied, apply
from runtime.schema_drift import drift
from runtime.schema_plan import Plan, plan
from tests.factories import install, make_place


def shop_app() -> dict[str, Any]:
    """Items with makers and labels."""
    return {
        "format": 1,
        "key": "shop",
        "entities": [
            {
                "key": "item",
                "title_field": "name",
                "search_fields": ["name"],
                "fields": [
                    {"key": "name", "type": "text", "required": True},
                    {"key": "size", "type": "text"},
                    {"key": "price", "type": "currency"},
                    {"key": "state", "type": "select", "options": {"choices": [{"key": "new"}, {"key": "old"}]}},
                    {"key": "maker", "type": "relation", "options": {"to": "maker"}},
                    {"key": "marks", "type": "relation", "options": {"to": "mark", "kind": "many_to_many"}},
                ],
            },
            {"key": "maker", "title_field": "name", "fields": [{"key": "name", "type": "text"}]},
            {"key": "mark", "title_field": "name", "fields": [{"key": "name", "type": "text"}]},
        ],
    }


@dataclass
class Shop:
    """The shop in a test: its context moves on with every change."""

    ctx: Context

    @property
    def connection(self) -> sa.Connection:
        return self.ctx.connection

    def document(self, *operations: dict[str, Any]) -> dict[str, Any]:
        """The current document after these operations."""
        return apply_operations(self.ctx.catalog.documents["shop"], operations)

    def plan(self, *operations: dict[str, Any]) -> Plan:
        return plan(self.ctx, {"shop": self.document(*operations)})

    def change(self, *operations: dict[str, Any], accept: bool = False) -> Applied:
        """Applies the operations and checks that tables and definitions agree."""
        document = self.document(*operations)
        token = plan(self.ctx, {"shop": document}).token if accept else None
        return self.went(apply(self.ctx, {"shop": document}, accept_loss=token))

    def went(self, applied: Applied) -> Applied:
        """Goes on from what was applied, a minute later."""
        self.ctx = replace(applied.ctx, now=applied.ctx.now + timedelta(minutes=1))
        assert drift(self.ctx) == []
        return applied

    def table(self, entity: str = "item") -> sa.Table:
        return self.ctx.catalog.entity(f"shop.{entity}").table

    def add(self, entity: str = "item", **values: Any) -> int:
        """A row, put in without the write path: these tests are about tables."""
        statement = sa.insert(self.table(entity)).values(values).returning(self.table(entity).c.id)
        return int(self.connection.execute(statement).scalar_one())

    def values(self, column: str, entity: str = "item") -> list[Any]:
        """A column in the order of the ids."""
        table = self.table(entity)
        return list(self.connection.scalars(sa.select(table.c[column]).order_by(table.c.id)))


@pytest.fixture
def shop(engine: Engine) -> Iterator[Shop]:
    with engine.connect() as connection:
        yield Shop(install(connection, make_place(connection), {"shop": shop_app()}))
        connection.rollback()
