"""Expressions in PostgreSQL: as values to select or sort by, and as conditions for WHERE."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Select, and_, case, column, func
from sqlalchemy import true as sql_true
from sqlalchemy.sql import ColumnElement

from builder.expressions.functions import FUNCTIONS
from builder.expressions.nodes import Call, Has, Node, walk
from builder.expressions.problems import ExpressionProblem, problem
from builder.expressions.types import LISTS, Scope, Type
from runtime.expressions.environment import Environment
from runtime.expressions.sql_compiler import Compiler, HasCompiler, NotInSql, ResolveColumn, check_nesting
from runtime.expressions.sql_operators import COMPARE
from runtime.expressions.sql_values import Sql, bind, is_not_true, sql_type


def compile_value(
    node: Node, resolve: ResolveColumn, environment: Environment, scope: Scope, has: HasCompiler | None = None
) -> ColumnElement[Any]:
    """The value of an expression; NULL where `evaluate` gives None or an ErrorValue. Booleans are exact.

    resolve: the column of a path, of the physical type that the type in `scope` has (list paths: an ARRAY).
    has: the condition for a to-many test; see `matches`. Raises NotInSql for what `is_sql_able` reports.
    """
    compiler = Compiler(node, resolve, environment, scope, has)
    value, failure = _guarded(compiler, node, compiler.value)
    return value if failure is None else case((failure, bind(None, compiler.kind(node))), else_=value)


def compile_filter(
    node: Node, resolve: ResolveColumn, environment: Environment, scope: Scope, has: HasCompiler | None = None
) -> ColumnElement[bool]:
    """A condition for WHERE; like `compile_value`, but it may be NULL where it means false.

    Comparisons with constants stay plain (`column = :x`), so indexes serve. For the same reason
    never negate the result: put NOT into the expression. Rows where computing fails are left out.
    """
    compiler = Compiler(node, resolve, environment, scope, has)
    condition, failure = _guarded(compiler, node, compiler.condition)
    return condition if failure is None else and_(condition, is_not_true(failure))


def _guarded(compiler: Compiler, node: Node, view: Callable[[Node], Sql]) -> tuple[Sql, Sql | None]:
    """The view of a node and its failure, or NotInSql when they nest too deeply."""
    try:
        made, failure = view(node), compiler.failure(node)
    except RecursionError:
        raise NotInSql(problem("too_complex", node.at, node.length)) from None
    for part in (made, failure):
        if part is not None:
            check_nesting(node, part)
    return made, failure


def matches(node: Has, rows: Select[Any]) -> ColumnElement[bool]:
    """The condition of a `Has`, from a SELECT of the related records that match its inner condition."""
    if (node.op, node.count) in ((">=", 1), (">", 0)):
        return rows.exists()
    if (node.op, node.count) in (("=", 0), ("<", 1), ("<=", 0)):
        return ~rows.exists()
    count = rows.with_only_columns(func.count(), maintain_column_froms=True).scalar_subquery()
    compared: ColumnElement[bool] = COMPARE[node.op](count, node.count)
    return compared


def is_sql_able(node: Node, scope: Scope | None = None) -> list[ExpressionProblem]:
    """Why an expression cannot be used in a filter; with a scope, all that `infer` would let through is tried."""
    found = [
        problem("not_in_filter", current.at, current.length, name=current.name)
        for current, _ in walk(node)
        if isinstance(current, Call) and current.name in FUNCTIONS and not FUNCTIONS[current.name].sql
    ]
    if found or scope is None:
        return found
    environment = Environment(datetime(2000, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
    try:
        compile_value(node, _typed_column(scope), environment, scope, lambda _: sql_true())
    except NotInSql as refused:
        return [refused.problem]
    return []


def _typed_column(scope: Scope) -> ResolveColumn:
    def resolve(path: tuple[str, ...]) -> ColumnElement[Any]:
        kind = scope.type_of(path) or Type.ANY
        held = sql_type(kind)
        return column(".".join(path), ARRAY(held) if kind in LISTS else held)

    return resolve


__all__ = ["NotInSql", "compile_filter", "compile_value", "is_sql_able", "matches"]
