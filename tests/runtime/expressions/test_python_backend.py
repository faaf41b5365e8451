from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from builder.expressions.nodes import Node
from builder.expressions.parser import parse
from builder.expressions.problems import ExpressionProblem
from runtime.expressions import Environment, ErrorValue, evaluate, trace_condition

ROW: dict[str, Any] = {
    "n": Decimal("7"), "int": 3, "float": 0.1, "none": None, "empty": "", "text": "云帆", "flag": False,
    "day": date(2024, 5, 3), "at": datetime(2024, 5, 2, 16, 30, tzinfo=UTC), "tags": ["a", None], "zero": Decimal(0),
    "lines": [{"n": Decimal(1), "zero": Decimal(0)}, {"n": Decimal(5), "zero": Decimal(1)}, {"n": None, "zero": None}],
}  # fmt: skip


def run(text: str, environment: Environment) -> object:
    return evaluate(parsed(text), lambda path: ROW[".".join(path)], environment)


def parsed(text: str) -> Node:
    node = parse(text)
    assert not isinstance(node, ExpressionProblem), node
    return node


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{none} = NULL", True),
        ("{empty} = {none}", True),
        ("{none} <> 1", True),
        ("{none} <> NULL", False),
        ("{none} < 1", False),
        ("NOT({none} < 1)", True),
        ("{none} + 1", None),
        ('{none} & "x"', "x"),
        ('{empty} & ""', None),
        ("ISBLANK({zero})", False),
        ("ISBLANK({flag})", False),
        ("ISBLANK({empty})", True),
        ("SUM({none}, {n})", Decimal(7)),
        ("{int} / 2", Decimal("1.5")),
        ("1 / 3", Decimal("0.3333333333333333")),
        ("2 / 3", Decimal("0.6666666666666667")),
        ("-2 / 3", Decimal("-0.6666666666666667")),
        ("{float} + 0.2", Decimal("0.3")),
        ("2 ^ 3 ^ 2", Decimal(64)),
        ("-2 ^ 2", Decimal(4)),
        ("200 * 15%", Decimal(30)),
        ("{at} = {day}", True),
        ("{at} > {day}", False),
        ("{day} + 1.9", date(2024, 5, 4)),
        ("{day} - #2024-05-01#", Decimal(2)),
        ("{at} - #2024-05-02T04:30:00Z#", Decimal("0.5")),
        ('{text} = "云帆"', True),
        ("IN({none}, {none}, 1)", False),
        ("COUNT({tags}, {none})", Decimal(1)),
        ("HAS({lines})", True),
        ('HAS({lines}, {n} > 1, ">=", 2)', False),
        ('HAS({lines}, ISBLANK({n}), "=", 1)', True),
        ("IF({zero} = 0, 1, 1 / {zero})", Decimal(1)),
        ("AND(FALSE, 1 / {zero} > 1)", False),
        ("IFERROR(1 / {zero}, {n})", Decimal(7)),
        ("IFERROR({none} + 1, 5)", None),
    ],
)
def test_values(environment: Environment, text: str, value: object) -> None:
    found = run(text, environment)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 / {zero}", "#DIV/0!"),
        ("NOT(1 / {zero} > 1)", "#DIV/0!"),
        ("AND(TRUE, 1 / {zero} > 1)", "#DIV/0!"),
        ("ISBLANK(1 / {zero})", "#DIV/0!"),
        ('VALUE("x") + 1', "#VALUE!"),
        ("{missing} = 1", "#REF!"),
        ('#REF! & "a"', "#REF!"),
        ("SQRT(0 - {n})", "#NUM!"),
        ("10 ^ 30", "#NUM!"),
        ("#9999-12-31# + 1", "#NUM!"),
        ("{text} + 1", "#VALUE!"),
        ("HAS({lines}, 1 / {zero} > 0)", "#DIV/0!"),
    ],
)
def test_errors_are_values(environment: Environment, text: str, code: str) -> None:
    found = run(text, environment)
    assert isinstance(found, ErrorValue) and found.code == code and found.reason


def test_a_trace_shows_every_leaf(environment: Environment) -> None:
    node = parsed('AND({n} > 10, NOT(OR(IN({text}, "x", "云帆"), ISBLANK({none}))), {flag})')
    result, leaves = trace_condition(node, lambda path: ROW[path[0]], environment, lambda path: path[0].upper())
    assert result is False
    assert [(leaf.text, leaf.value, leaf.expected, leaf.result) for leaf in leaves] == [
        ("{N} > 10", Decimal(7), Decimal(10), False),
        ('IN({TEXT}, "x", "云帆")', "云帆", ("x", "云帆"), True),
        ("ISBLANK({NONE})", None, None, True),
        ("{FLAG}", False, None, False),
    ]


def test_a_trace_tells_the_error(environment: Environment) -> None:
    result, leaves = trace_condition(parsed("AND({n} > 1, 1 / {zero} > 1)"), lambda path: ROW[path[0]], environment)
    assert isinstance(result, ErrorValue) and result.code == "#DIV/0!"
    assert [leaf.result for leaf in leaves] == [True, result]
