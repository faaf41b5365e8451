"""Big tables: while a definition changes nobody waits for the rows. What goes through a table is done before it is taken, or after.

The figures for a million rows come from `make proof`; here the rule is checked that they rest on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from runtime.schema import convert_job, limits
from runtime.schema.jobs import run_all
from runtime.schema_drift import drift
from runtime.unit_of_work import transaction
from tests.factories import Place, install, make_place
from tests.runtime.schema.conftest import shop_app
from tests.runtime.schema.test_jobs import TO_NUMBER, sizes, start

FIELDS = "entities/item/fields"
ROWS = 25
_TAKES = re.compile(r"^\s*(ALTER TABLE|DROP INDEX|CREATE INDEX (?!CONCURRENTLY)|CREATE UNIQUE INDEX (?!CONCURRENTLY))")
_GOES_THROUGH = re.compile(r"(FROM|UPDATE|JOIN) \S*shop__item\b")
_IS_QUICK = re.compile(r"LIMIT|SELECT max\(\S+\.id\)")
_CHANGES: dict[str, list[dict[str, Any]]] = {
    "a field": [{"op": "add", "path": FIELDS, "value": {"key": "extra", "type": "text"}}],
    "a relation": [{"op": "add", "path": FIELDS, "value": {"key": "other", "type": "relation", "options": {"to": "maker"}}}],
    "a number": [{"op": "add", "path": FIELDS, "value": {"key": "number", "type": "auto_number", "options": {"pattern": "{000}"}}}],
    "a formula": [{"op": "add", "path": FIELDS, "value": {"key": "loud", "type": "formula", "options": {"expression": "UPPER({name})", "result": "text"}}}],
    "an index": [{"op": "add", "path": "entities/item/indexes", "value": {"key": "by_size", "fields": ["size"]}}],
    "no field": [{"op": "remove", "path": f"{FIELDS}/size"}],
    "another type": [TO_NUMBER],
}  # fmt: skip


@pytest.fixture
def place(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(limits, "BIG_TABLE_ROWS", 10)
    monkeypatch.setattr(limits, "BATCH_ROWS", 10)
    with transaction(engine) as connection:
        made = make_place(connection)
        ctx = install(connection, made, {"shop": shop_app()})
        rows = [{"name": f"n{number}", "size": str(number)} for number in range(1, ROWS + 1)]
        connection.execute(sa.insert(ctx.catalog.entity("shop.item").table), rows)
    return made


@contextmanager
def watched(engine: Engine) -> Iterator[list[str]]:
    """Statements that go through the items after their transaction has taken a table for itself."""
    found: list[str] = []
    taken: set[int] = set()

    def look(connection: sa.Connection, cursor: object, statement: str, *rest: object) -> None:
        if (
            id(connection.connection.dbapi_connection) in taken
            and _GOES_THROUGH.search(statement)
            and not _IS_QUICK.search(statement)
        ):
            found.append(statement)
        if _TAKES.match(statement) and "shop__item" in statement and "VALIDATE" not in statement:
            taken.add(id(connection.connection.dbapi_connection))

    def let_go(connection: sa.Connection) -> None:
        taken.discard(id(connection.connection.dbapi_connection))

    events = (("before_cursor_execute", look), ("commit", let_go), ("rollback", let_go))
    for name, listener in events:
        sa.event.listen(engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in events:
            sa.event.remove(engine, name, listener)


@pytest.mark.parametrize("what", _CHANGES)
def test_nothing_goes_through_a_big_table_while_it_is_taken(engine: Engine, place: Place, what: str) -> None:
    with watched(engine) as found:
        start(engine, place, *_CHANGES[what])
        run_all(engine)
    assert found == []
    with engine.connect() as connection:
        assert drift(place.context(connection)) == []


def test_while_values_are_converted_others_read_and_write(engine: Engine, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of every portion, before it commits: a reader, a writer of a later row, and no lock that keeps them out."""
    original = convert_job._convert
    seen: list[set[str]] = []

    def convert(ctx: Any, job: Any, entity: Any, *rest: Any) -> int:
        lost = original(ctx, job, entity, *rest)
        locks = sa.text(
            "SELECT l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE l.pid = pg_backend_pid() AND n.nspname = :schema AND c.relkind = 'r' AND l.granted"
        )
        modes = set(ctx.connection.scalars(locks, {"schema": ctx.workspace.schema}))
        seen.append(modes)
        with transaction(engine) as other:
            other.execute(sa.text("SET LOCAL lock_timeout = '20ms'"))
            assert other.scalar(sa.select(sa.func.count()).select_from(entity.table)) == ROWS
            if "ExclusiveLock" not in modes:
                last = sa.select(sa.func.max(entity.table.c.id)).scalar_subquery()
                change = {"name": f"again {len(seen)}", "version": entity.table.c.version + 1}
                other.execute(sa.update(entity.table).where(entity.table.c.id == last).values(change))
        return lost

    monkeypatch.setattr(convert_job, "_convert", convert)
    start(engine, place, TO_NUMBER)
    # The last row is part of the third portion: there the writer would wait for the row, as it would for any other writer.
    monkeypatch.setattr(limits, "BATCH_ROWS", 8)
    with engine.connect() as connection:
        table = place.context(connection).catalog.entity("shop.item").table
        keep = connection.scalar(sa.select(sa.func.max(table.c.id)))
    run_all(engine, 4)
    monkeypatch.setattr(convert_job, "_convert", original)
    run_all(engine)
    assert keep
    assert seen
    assert not {"AccessExclusiveLock", "ExclusiveLock", "ShareRowExclusiveLock"} & set().union(*seen)
    assert sizes(engine, place) == list(range(1, ROWS + 1))
