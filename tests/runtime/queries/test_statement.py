"""Statements: exchanged values, errors, and what happens when a column gets another type."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from runtime.queries.statement import Statement
from runtime.unit_of_work import sql_state


def test_values_are_exchanged_by_name_and_by_order(engine: sa.Engine) -> None:
    constant = sa.literal(1, sa.Integer())
    statement = Statement(sa.select(sa.bindparam("named", 5, sa.Integer()) + constant), [constant])

    class Place:
        connection = None

    with engine.connect() as connection:
        Place.connection = connection  # type: ignore[assignment]
        assert statement.rows(Place, {}) == [(6,)]  # type: ignore[arg-type]
        assert statement.rows(Place, {"named": 10, "unknown": 3}) == [(11,)]  # type: ignore[arg-type]
        assert statement.rows(Place, {"named": 10}, [7]) == [(17,)]  # type: ignore[arg-type]


def test_a_connection_with_old_plans_is_opened_anew(engine: sa.Engine) -> None:
    alone = sa.create_engine(engine.url, pool_size=1, max_overflow=0, isolation_level="AUTOCOMMIT")
    table = sa.Table("plan_of_old", sa.MetaData(), sa.Column("value", sa.Integer))
    statement = Statement(sa.select(table.c.value))
    try:
        with alone.connect() as connection:
            connection.execute(sa.schema.CreateTable(table))
            for _ in range(12):
                statement.fetch(connection, {})
            with engine.begin() as other:
                other.execute(sa.text("ALTER TABLE plan_of_old ALTER COLUMN value TYPE text"))
            with pytest.raises(sa.exc.DBAPIError) as refused:
                statement.fetch(connection, {})
            assert sql_state(refused.value) == "0A000"
        with alone.connect() as connection:
            assert statement.fetch(connection, {}) == []
    finally:
        with alone.connect() as connection:
            connection.execute(sa.schema.DropTable(table, if_exists=True))
        alone.dispose()
