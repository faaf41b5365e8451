"""Several people save at the same moment, each in a transaction of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.context import Context
from runtime.errors import Invalid, Stale
from runtime.records import write
from runtime.unit_of_work import transaction
from tests.factories import install, make_place
from tests.runtime.records.conftest import PROJECT

WRITERS = 4
TAG = "studio.tag"


@pytest.fixture(scope="module")
def shared(write_engine: sa.Engine) -> Context:
    """A committed workspace of this module's own."""
    with write_engine.begin() as connection:
        return install(connection, make_place(connection))


def together(engine: sa.Engine, shared: Context, work: Callable[[Context, int], Any]) -> list[Any]:
    """Runs `work` in WRITERS transactions that begin at the same moment; results or exceptions."""
    start = threading.Barrier(WRITERS)

    def one(number: int) -> Any:
        with transaction(engine) as connection:
            start.wait()
            return work(replace(shared, connection=connection), number)

    with ThreadPoolExecutor(WRITERS) as pool:
        futures = [pool.submit(one, number) for number in range(WRITERS)]
        return [future.exception() or future.result() for future in futures]


def column(engine: sa.Engine, shared: Context, entity: str, key: str) -> list[Any]:
    table = shared.catalog.entity(entity).table
    with engine.connect() as connection:
        return list(connection.scalars(sa.select(table.c[key]).order_by(table.c.id)))


def test_a_unique_value_is_given_once(write_engine: sa.Engine, shared: Context) -> None:
    found = together(write_engine, shared, lambda ctx, _: write.create(ctx, TAG, {"name": "only"}))
    refused = [each for each in found if isinstance(each, Invalid)]
    assert len(refused) == WRITERS - 1, found
    assert {(problem.path, problem.code) for each in refused for problem in each.problems} == {("name", "unique")}
    assert column(write_engine, shared, TAG, "name").count("only") == 1


def test_a_unique_value_in_batches(write_engine: sa.Engine, shared: Context) -> None:
    def work(ctx: Context, number: int) -> list[str]:
        rows = [{"name": f"b{number}-{each}"} for each in range(20)]
        return [each.state for each in write.save_rows(ctx, TAG, [*rows, {"name": "batch"}], partial=True)]

    found = together(write_engine, shared, work)
    assert sum(each.count("created") for each in found) == WRITERS * 20 + 1
    assert sum(each.count("failed") for each in found) == WRITERS - 1


def test_numbers_have_no_gaps_and_no_doubles(write_engine: sa.Engine, shared: Context) -> None:
    def work(ctx: Context, number: int) -> None:
        write.create(ctx, PROJECT, {"name": f"n{number}"})
        write.create_many(ctx, PROJECT, [{"name": f"m{number}"} for _ in range(10)])
        if number == 0:
            raise Invalid([])  # rolled back with its numbers

    together(write_engine, shared, work)
    numbers = sorted(int(each[-4:]) for each in column(write_engine, shared, PROJECT, "number"))
    assert numbers == list(range(1, (WRITERS - 1) * 11 + 1))


def test_batches_in_opposite_order_do_not_wait_for_each_other_in_a_circle(write_engine: sa.Engine, shared: Context) -> None:
    with transaction(write_engine) as connection:
        ids = write.create_many(replace(shared, connection=connection), TAG, [{"name": f"d{each}"} for each in range(50)])

    def work(ctx: Context, number: int) -> int:
        ordered = ids if number % 2 else ids[::-1]
        rows = [{"id": each, "name": f"d{each}-{number}"} for each in ordered]
        return len([each for each in write.save_rows(ctx, TAG, rows, mode="update", key="id") if each.state == "updated"])

    assert together(write_engine, shared, work) == [50] * WRITERS


def test_of_two_editors_with_the_same_version_one_wins(write_engine: sa.Engine, shared: Context) -> None:
    with transaction(write_engine) as connection:
        made = write.create(replace(shared, connection=connection), TAG, {"name": "edited"}).id
    found = together(write_engine, shared, lambda ctx, number: write.update(ctx, TAG, made, {"name": f"e{number}"}, 1))
    assert [type(each) for each in found].count(Stale) == WRITERS - 1
