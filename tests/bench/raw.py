"""The same work as raw SQL on one connection: what the database alone can do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg

from tests.bench import requests
from tests.bench.data import STAGES, lead_values
from tests.bench.floor import AGGREGATE, COLUMNS, COUNT, FIELDS, INSERT, LIST, UPDATE

Work = Callable[[psycopg.Connection[Any], int], object]


def _list(table: str, count: bool = False) -> Work:
    def work(connection: psycopg.Connection[Any], number: int) -> object:
        values = (STAGES[number % 6], 1000 + number % 50)
        if count:
            connection.execute(COUNT.format(table=table), values).fetchall()  # type: ignore[arg-type]
        return connection.execute(LIST.format(table=table), values).fetchall()  # type: ignore[arg-type]

    return work


def _get(connection: psycopg.Connection[Any], number: int) -> object:
    return connection.execute(f"SELECT {COLUMNS} FROM floor.lead WHERE id = %s", (number % requests.HIGHEST_ID + 1,)).fetchall()


def _create(connection: psycopg.Connection[Any], number: int) -> object:
    values = lead_values(number)
    return connection.execute(INSERT.format(table="lead"), [values[name] for name in FIELDS]).fetchall()  # type: ignore[arg-type]


WORKS: dict[str, Work] = {
    "get": _get,
    "list, index": _list("lead"),
    "list, no index": _list("plain"),
    "list with count, index": _list("lead", count=True),
    "list with count, no index": _list("plain", count=True),
    "aggregate": lambda connection, _: connection.execute(AGGREGATE).fetchall(),
    "update": lambda connection, number: connection.execute(UPDATE, (number % 100, number % requests.HIGHEST_ID + 1)).fetchall(),
    "create": _create,
}


def rate(conninfo: str, work: Work, seconds: float) -> float:
    """How often a second one connection finishes this work."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        begin = time.perf_counter()
        number = 0
        while (now := time.perf_counter()) - begin < seconds:
            work(connection, number)
            number += 1
        return number / (now - begin)


def copy_rate(conninfo: str, rows: int) -> float:
    """Rows a second through COPY into a table like ours."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        begin = time.perf_counter()
        with connection.cursor().copy(f"COPY floor.plain ({', '.join(FIELDS)}) FROM STDIN") as copy:
            for number in range(rows):
                copy.write_row(list(lead_values(number).values()))
        return rows / (time.perf_counter() - begin)
