"""Every example of every function, through both back ends, with its constants as columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import ARRAY, Connection, literal, select
from sqlalchemy.sql import ColumnElement

from builder.expressions.functions import FUNCTIONS
from builder.expressions.infer import type_of_constant
from builder.expressions.nodes import Binary, Call, Const, ListOf, Node, Path, Unary
from builder.expressions.parser import parse
from builder.expressions.problems import ExpressionProblem
from builder.expressions.types import DictScope, Type
from runtime.expressions import Environment, ErrorValue, compile_value, evaluate
from runtime.expressions.python_functions import EAGER, LAZY
from runtime.expressions.sql_functions import FUNCTIONS as SQL_FUNCTIONS
from runtime.expressions.sql_values import bind

EXAMPLES = [(spec.name, text, result) for spec in FUNCTIONS.values() for text, result in spec.examples]


@pytest.mark.parametrize(("name", "text", "result"), EXAMPLES)
def test_example_in_python(environment: Environment, name: str, text: str, result: str) -> None:
    assert _code(_evaluate(text, environment)) == _code(_evaluate(result, environment))


@pytest.mark.parametrize(("name", "text", "result"), [example for example in EXAMPLES if FUNCTIONS[example[0]].sql])
def test_example_in_postgresql(connection: Connection, environment: Environment, name: str, text: str, result: str) -> None:
    lifted = Lifted()
    node = lifted.lift(_parse(text))
    expected = _evaluate(result, environment)
    value = compile_value(node, lifted.column, environment, lifted.scope)
    assert connection.execute(select(value)).scalar_one() == (None if isinstance(expected, ErrorValue) else expected)


def test_both_back_ends_are_complete() -> None:
    assert set(FUNCTIONS) == set(EAGER) | set(LAZY)
    assert {spec.name for spec in FUNCTIONS.values() if spec.sql} - {"USER", "MYTEAMS"} == set(SQL_FUNCTIONS)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.05", "伍分"), ("0.5", "伍角整"), ("-3.2", "负叁元贰角整"), ("100", "壹佰元整"), ("1004.10", "壹仟零肆元壹角整"),
        ("100000", "壹拾万元整"), ("100000001", "壹亿零壹元整"), ("1000000000000", "壹万亿元整"), ("1200000000000", "壹万贰仟亿元整"),
        ("20304050607.08", "贰佰零叁亿零肆佰零伍万零陆佰零柒元零捌分"), ("0.004", "零元整"), ("1.995", "贰元整"),
    ],
)  # fmt: skip
def test_chinese_amounts(environment: Environment, amount: str, words: str) -> None:
    assert _evaluate(f"RMBCAP({amount})", environment) == words


def test_the_person_and_the_day_come_from_the_environment(environment: Environment) -> None:
    assert _evaluate("USER() = 2", environment) is True
    assert _evaluate("IN(3, MYTEAMS())", environment) is True
    late = replace(environment, now=environment.now.replace(hour=16))
    assert _evaluate("TODAY() = #2024-05-04#", late) is True


class Lifted:
    """Turns the constants of an expression into columns, so that PostgreSQL does the work."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[Any, Type]] = {}

    @property
    def scope(self) -> DictScope:
        return DictScope({name: kind for name, (_, kind) in self.values.items()})

    def column(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        value, kind = self.values[path[0]]
        return literal(value, ARRAY(_item_type(value))) if kind in (Type.LIST, Type.CHOICES) else bind(value, kind)

    def lift(self, node: Node) -> Node:
        match node:
            case Const(value=value) if value is not None:
                return self._named(value, type_of_constant(value))
            case ListOf(items=items) if items and all(isinstance(item, Const) for item in items):
                held = [item.value for item in items if isinstance(item, Const)]
                texts = any(isinstance(value, str) for value in held)
                return self._named(held, Type.CHOICES if texts else Type.LIST)
            case Call(name=name, args=args):
                spec = FUNCTIONS[name]
                keep = [spec.param_at(at, len(args)).constant for at in range(len(args))]
                return replace(node, args=tuple(arg if kept else self.lift(arg) for arg, kept in zip(args, keep, strict=True)))
            case Binary(left=left, right=right):
                return replace(node, left=self.lift(left), right=self.lift(right))
            case Unary(operand=operand):
                return replace(node, operand=self.lift(operand))
        return node

    def _named(self, value: Any, kind: Type) -> Node:
        name = f"k{len(self.values)}"
        self.values[name] = (value, kind)
        return Path((name,))


def _item_type(values: list[Any]) -> Any:
    kinds = [type_of_constant(value) for value in values if value is not None]
    return bind(None, kinds[0] if kinds else Type.NUMBER).type


def _parse(text: str) -> Node:
    node = parse(text)
    assert not isinstance(node, ExpressionProblem), node
    return node


def _evaluate(text: str, environment: Environment) -> object:
    return evaluate(_parse(text), lambda path: None, environment)


def _code(value: object) -> object:
    return value.code if isinstance(value, ErrorValue) else value
