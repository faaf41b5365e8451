"""Turns an expression into a SQLAlchemy expression with the same value as the Python back end gives.

Three views of a node: `value` (NULL for nothing and for errors), `condition` (for WHERE, AND, CASE WHEN:
NULL counts as false, which keeps `column = :constant` plain for indexes) and `failure` (when computing it fails).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, Integer, Numeric, cast, null
from sqlalchemy.sql import ColumnElement

from builder.expressions.functions import FUNCTIONS
from builder.expressions.infer import Checker
from builder.expressions.nodes import Binary, Call, Const, Has, ListOf, Node, Path, Unary, children
from builder.expressions.problems import ExpressionProblem, problem
from builder.expressions.types import LISTS, NUMBERS, Scope, Type
from runtime.expressions.environment import Environment
from runtime.expressions.python_backend import ErrorValue, evaluate
from runtime.expressions.sql_values import Sql, bind, is_true, number, type_of_value

ResolveColumn = Callable[[tuple[str, ...]], ColumnElement[Any]]
HasCompiler = Callable[[Has], ColumnElement[bool]]
#: Steps that compiling may take, and how many more per node; functions that name arguments twice multiply.
MAX_STEPS, MAX_STEPS_PER_NODE = 1_000, 10
#: How deep the SQL may nest: SQLAlchemy renders it by recursion.
MAX_NESTING = 150


class NotInSql(Exception):
    """The expression cannot run in the database. `is_sql_able` tells beforehand."""

    def __init__(self, found: ExpressionProblem) -> None:
        super().__init__(found.message)
        self.problem = found


class Compiler:
    """Compiles one expression. Parts without fields are computed in Python and bound."""

    def __init__(
        self, root: Node, resolve: ResolveColumn, environment: Environment, scope: Scope, has: HasCompiler | None
    ) -> None:
        self.resolve = resolve
        self.environment = environment
        self.has = has
        checker = Checker(scope)
        checker.type_of(root)
        if checker.problems:
            raise NotInSql(checker.problems[0])
        self._types = checker.types
        self._constants: dict[int, Any] = {}
        self._kept: list[Node] = []
        self._steps = MAX_STEPS + MAX_STEPS_PER_NODE * len(checker.types)
        self._find_constants(root)

    def kind(self, node: Node) -> Type:
        return self._types[id(node)]

    def made(self, node: Node, kind: Type) -> Node:
        """Take in a node that was not in the expression, so that it can be compiled."""
        self._kept.append(node)
        self._types[id(node)] = kind
        self._find_constants(node)
        return node

    def constant_node(self, value: Any) -> Node:
        """A constant that was computed, as a node."""
        return self.made(Const(value), type_of_value(value))

    def is_constant(self, node: Node) -> bool:
        return id(node) in self._constants

    def constant(self, node: Node) -> Any:
        """Value of a constant node; None also when computing it fails."""
        value = self._constants[id(node)]
        return None if isinstance(value, ErrorValue) else value

    def constant_fails(self, node: Node) -> bool:
        return isinstance(self._constants[id(node)], ErrorValue)

    def refuse(self, node: Node, name: str) -> NotInSql:
        return NotInSql(problem("not_in_filter", node.at, node.length, name=name))

    def step(self, node: Node) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise NotInSql(problem("too_complex", node.at, node.length))

    def value(self, node: Node, wanted: Type = Type.ANY) -> Sql:
        """The exact value. `wanted` types a NULL whose type is not known."""
        self.step(node)
        kind = self.kind(node)
        if self.is_constant(node):
            return bind(self.constant(node), wanted if kind is Type.ANY else kind)
        if isinstance(node, Path):
            return self._column(node)
        if kind is Type.ANY:  # only NULLs and errors have no type
            return bind(None, wanted)
        return is_true(self._compute(node)) if self.loose(node) else self._compute(node)

    def raw(self, node: Node, wanted: Type = Type.ANY) -> Sql:
        """Like `value`, but a column stays as it is (for comparisons, so that its index serves)."""
        return self.resolve(node.parts) if isinstance(node, Path) else self.value(node, wanted)

    def condition(self, node: Node) -> Sql:
        """The condition where NULL counts as false."""
        self.step(node)
        if self.is_constant(node):
            return bind(self.constant(node) is True, Type.BOOLEAN)
        if isinstance(node, Path):
            return self.resolve(node.parts)
        if self.kind(node) is Type.ANY:
            return bind(False, Type.BOOLEAN)
        return self._compute(node)

    def failure(self, node: Node) -> Sql | None:
        """True where computing the node fails; None when it cannot."""
        from runtime.expressions.sql_failures import failure

        self.step(node)
        return failure(self, node)

    def loose(self, node: Node) -> bool:
        """May the computed condition be NULL where it means false?"""
        if isinstance(node, Call):
            return FUNCTIONS[node.name].result is Type.BOOLEAN
        return isinstance(node, Binary) and self.kind(node) is Type.BOOLEAN

    def _column(self, node: Path) -> Sql:
        column = self.resolve(node.parts)
        if self.kind(node) is Type.ANY:
            raise self.refuse(node, ".".join(node.parts))
        if self.kind(node) in LISTS and not isinstance(column.type, ARRAY):
            raise self.refuse(node, ".".join(node.parts))
        if self.kind(node) in NUMBERS and (isinstance(column.type, Integer) or not isinstance(column.type, Numeric)):
            return cast(column, Numeric())
        return column

    def _compute(self, node: Node) -> Sql:
        from runtime.expressions.sql_functions import FUNCTIONS as SQL_FUNCTIONS
        from runtime.expressions.sql_functions import STRICT
        from runtime.expressions.sql_operators import binary

        match node:
            case Call(name=name, args=args):
                if name not in SQL_FUNCTIONS or self.kind(node) in LISTS:
                    raise self.refuse(node, name)
                if name in STRICT and any(self.is_constant(arg) and self.constant(arg) is None for arg in args):
                    return bind(None, self.kind(node))
                return SQL_FUNCTIONS[name](self, *args)
            case Binary():
                return binary(self, node)
            case Unary(op=op, operand=operand):
                value = self.value(operand, Type.NUMBER)
                return -value if op == "-" else value * number(Decimal("0.01"))
            case Has():
                if self.has is None:
                    raise self.refuse(node, "HAS")
                return self.has(node)
            case ListOf():
                raise self.refuse(node, "[ ]")
        return null()

    def _find_constants(self, root: Node) -> None:
        """Compute what needs no record: all of it once, outermost parts only."""
        stack = [(root, False)]
        constant: set[int] = set()
        while stack:
            node, ready = stack.pop()
            if not ready:
                stack.append((node, True))
                stack.extend((child, False) for child in children(node) if not isinstance(node, Has))
            elif isinstance(node, (Path, Has)) or any(id(child) not in constant for child in children(node)):
                continue
            else:
                constant.add(id(node))
                if id(node) not in self._constants:
                    self._constants[id(node)] = (
                        node.value if isinstance(node, Const) else evaluate(node, _no_fields, self.environment)
                    )


def check_nesting(node: Node, made: Sql) -> None:
    """Refuse SQL that nests too deeply to be rendered."""
    stack: list[tuple[Any, int]] = [(made, 1)]
    while stack:
        element, depth = stack.pop()
        if depth > MAX_NESTING:
            raise NotInSql(problem("too_complex", node.at, node.length))
        stack.extend((child, depth + 1) for child in element.get_children())


def _no_fields(parts: tuple[str, ...]) -> Any:
    raise KeyError(parts)
