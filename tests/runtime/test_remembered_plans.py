"""Connections forget their prepared statements together with psycopg, however often that happens."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Engine

from runtime.remembered_plans import keep_fresh

WORKSPACE = -7


def test_plans_are_forgotten_on_both_sides(engine: Engine) -> None:
    kept = sa.text("SELECT count(*) FROM pg_prepared_statements")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for revision in range(1, 4):  # also when there was nothing to forget the time before
            keep_fresh(connection, WORKSPACE, revision)
        for revision in range(4, 7):
            for number in range(8):
                assert connection.scalar(sa.select(sa.literal(number))) == number
            assert connection.scalar(kept)
            keep_fresh(connection, WORKSPACE, revision)
            assert connection.scalar(kept) == 0
            keep_fresh(connection, WORKSPACE, revision)
            assert connection.scalar(sa.select(sa.literal(9))) == 9
