"""Python and PostgreSQL give the same value for the same expression and row: 25,000 random pairs."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from builder.expressions.infer import infer
from builder.expressions.nodes import Node
from builder.expressions.parser import parse
from builder.expressions.printer import print_expression
from builder.expressions.problems import ExpressionProblem
from builder.expressions.types import Type
from runtime.expressions.environment import Environment
from runtime.expressions.python_backend import evaluate
from runtime.expressions.sql_backend import NotInSql, compile_filter, compile_value
from runtime.expressions.values import ErrorValue
from tests.runtime.expressions.generator import Generator
from tests.runtime.expressions.samples import SCOPE, TABLE, ZONES, random_row

BATCHES, EXPRESSIONS, ROWS = 25, 25, 40
KINDS = (Type.BOOLEAN, Type.TEXT, Type.NUMBER, Type.DATE, Type.DATETIME)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_same_values_and_same_rows(connection: Connection, environment: Environment, batch: int) -> None:
    rng = random.Random(batch)
    env = replace(environment, zone=ZONES[batch % len(ZONES)])
    rows = [random_row(rng, number) for number in range(ROWS)]
    TABLE.create(connection)
    connection.execute(insert(TABLE), rows)
    nodes = [node for node in _expressions(Generator(batch)) if _compiles(node, env)]
    assert len(nodes) >= EXPRESSIONS * 0.9, "hardly any expression could be compiled"

    columns = [compile_value(node, _column, env, SCOPE).label(f"v{at}") for at, node in enumerate(nodes)]
    filters = [
        compile_filter(node, _column, env, SCOPE).is_(True).label(f"f{at}") for at, node in enumerate(nodes) if _boolean(node)
    ]
    found = {row["id"]: row for row in connection.execute(select(TABLE.c.id, *columns, *filters)).mappings()}

    for at, node in enumerate(nodes):
        for row in rows:
            expected = _plain(evaluate(node, lambda parts, row=row: row[parts[0]], env))
            message = f"{print_expression(node)}\nzone {env.zone}\nrow {row}"
            assert _plain(found[row["id"]][f"v{at}"]) == expected, message
            if _boolean(node):
                assert found[row["id"]][f"f{at}"] is (expected is True), f"filter: {message}"


@pytest.mark.parametrize(
    "text",
    [
        "SUBSTITUTE(NULL, {t1}, {t2})",  # fails by its last argument although the first is blank
        'DATEADD({m1}, 0, "d")',  # the second of a doubled hour
        "{m1} = {d1}",  # local days
        "{d1} - NULL",  # a date, though what is taken away has no type
        "NOT({n1} / {n2} > 1)",  # an error is in no filter
    ],
)
def test_cases_that_once_disagreed(connection: Connection, environment: Environment, text: str) -> None:
    node = parse(text)
    assert not isinstance(node, ExpressionProblem)
    rng = random.Random(0)
    rows = [random_row(rng, number) for number in range(200)]
    TABLE.create(connection)
    connection.execute(insert(TABLE), rows)
    for zone in ZONES:
        env = replace(environment, zone=zone)
        found = dict(connection.execute(select(TABLE.c.id, compile_value(node, _column, env, SCOPE))).all())
        for row in rows:
            expected = _plain(evaluate(node, lambda parts, row=row: row[parts[0]], env))
            assert _plain(found[row["id"]]) == expected, (zone, row)


def test_random_expressions_print_and_parse_back() -> None:
    for seed in range(30):
        for node in _expressions(Generator(seed)):
            printed = print_expression(node)
            if len(printed) <= 2000:
                assert parse(printed) == node, printed


def _expressions(generator: Generator) -> list[Node]:
    return [generator.make(KINDS[at % len(KINDS)], 3) for at in range(EXPRESSIONS)]


def _compiles(node: Node, env: Environment) -> bool:
    _, problems = infer(node, SCOPE)
    assert not problems, (print_expression(node), problems)
    try:
        compile_value(node, _column, env, SCOPE)
    except NotInSql as refused:
        if refused.problem.code != "too_complex":
            raise
        return False
    return True


def _boolean(node: Node) -> bool:
    return infer(node, SCOPE)[0] is Type.BOOLEAN


def _column(parts: tuple[str, ...]) -> Any:
    return TABLE.c[parts[0]]


def _plain(value: Any) -> Any:
    if isinstance(value, ErrorValue):
        return None
    return value.timestamp() if isinstance(value, datetime) else value
