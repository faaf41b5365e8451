"""Condition trees and formulas as SQL over a source. The only place where expressions become part of a query."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from builder.errors import Problem
from builder.expressions.conditions import from_json
from builder.expressions.nodes import Has, Node, paths
from builder.expressions.types import Scope
from builder.fields.computed import FormulaType
from builder.fields.number import NumberType
from builder.formulas import formula_of
from builder.model import Json
from runtime.access.moving import PREFIX, environment_of
from runtime.access.moving import read as read_moving
from runtime.context import Context
from runtime.errors import BadRequest
from runtime.expressions.sql_backend import NotInSql, compile_filter, compile_value, matches
from runtime.queries.moving_parts import ParameterScope, with_parameters
from runtime.queries.problems import refuse_condition
from runtime.queries.scope import SourceScope
from runtime.queries.source import Source
from runtime.tables import EntityDef, FieldDef

Column = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Condition:
    """A condition as SQL. `values` are its constants, which `form`, all that the SQL depends on, leaves out.

    A form of None: the SQL cannot be told from its form.
    """

    sql: sa.ColumnElement[bool]
    form: Hashable | None
    constants: tuple[sa.BindParameter[Any], ...] = ()

    @property
    def values(self) -> tuple[Any, ...]:
        return tuple(each.effective_value for each in self.constants)


def condition(source: Source, tree: Json, place: str) -> Condition | None:
    """A condition over the source's records as its reader sees them; None for no condition.

    Raises BadRequest with all problems, their paths under `place`.
    """
    if tree is None:
        return None
    scope = SourceScope(source)
    node, problems = from_json(tree, scope)
    if problems:
        refuse_condition(place, problems)
    if node is None:
        return None
    try:
        found = _filter(source, node, scope)
    except NotInSql as refused:
        raise BadRequest([Problem(place, refused.problem.code, refused.problem.message)]) from None
    key = found._generate_cache_key()
    # Which relations are joined is not in the condition itself: the paths tell.
    return Condition(found, None) if key is None else Condition(found, (tuple(paths(node)), key.key), tuple(key.bindparams))


def raw_condition(ctx: Context, entity: EntityDef, tree: Json, table: sa.FromClause) -> sa.ColumnElement[bool]:
    """A rule's condition on records as they are, complete in itself; false for a rule that cannot be understood."""
    found = _raw(Source(ctx, entity, table, reader=False), tree)
    if found is not None:
        return found
    other = Source(ctx, entity, reader=False)
    inner = _raw(other, tree, joined=True)
    if inner is None:
        return sa.false()
    rows: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(other.from_clause())
    return rows.where(other.table.c.id == table.c.id, inner).correlate(table).exists()


def _raw(source: Source, tree: Json, *, joined: bool = False) -> sa.ColumnElement[bool] | None:
    """None when the tree is wrong, or needs joins that are not allowed here."""
    scope = SourceScope(source)
    node, problems = from_json(tree, scope)
    if problems or node is None:
        return sa.false()
    try:
        found = _filter(source, node, scope)
    except NotInSql:
        return sa.false()
    return found if joined or not source.has_joins else None


def formula_value(source: Source, field: FieldDef) -> Column:
    """A formula that is computed on reading, from what the source's reader may know."""
    kind = field.type
    node = formula_of(field.field)
    assert isinstance(kind, FormulaType)
    held = kind.column_type(field.field) or sa.Text()
    if node is None:
        return sa.cast(sa.null(), held)
    scope = SourceScope(source)
    try:
        prepared, resolve, has = _prepare(source, node, scope)
        value = compile_value(prepared, resolve, environment_of(source.ctx), ParameterScope(scope), has)
    except NotInSql:
        return sa.cast(sa.null(), held)
    result, declared = kind.result_type(field.field), kind.result_field(field.field)
    if isinstance(result, NumberType):
        return sa.func.round(value, result.decimals(declared), type_=sa.Numeric())
    return sa.type_coerce(value, held)


def _filter(source: Source, node: Node, scope: Scope) -> sa.ColumnElement[bool]:
    prepared, resolve, has = _prepare(source, node, scope)
    return compile_filter(prepared, resolve, environment_of(source.ctx), ParameterScope(scope), has)


def _prepare(source: Source, node: Node, scope: Scope) -> tuple[Node, Any, Any]:
    def resolve(path: tuple[str, ...]) -> Column:
        if path[0].startswith(PREFIX):
            return read_moving(path[0]).parameter(source.ctx)
        return source.value(path)

    return with_parameters(node, scope), resolve, lambda has: _has(source, has)


def _has(source: Source, node: Has) -> sa.ColumnElement[bool]:
    """How many related records that the reader may see meet the inner condition."""
    owner: Source | None = source
    for step in node.relation[:-1]:
        owner = owner.child(step) if owner is not None else None
    found = owner.related(node.relation[-1]) if owner is not None else None
    if found is None:
        return sa.false()
    there, tie = found
    conditions = [tie]
    if node.condition is not None:
        conditions.append(_inner(there, node.condition))
    rows: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(there.from_clause()).where(*conditions)
    return matches(node, rows.correlate_except(*there.tables))


def _inner(there: Source, node: Node) -> sa.ColumnElement[bool]:
    """A condition inside `has`; its moving parts have been replaced with those of the whole."""
    scope = SourceScope(there)

    def resolve(path: tuple[str, ...]) -> Column:
        return read_moving(path[0]).parameter(there.ctx) if path[0].startswith(PREFIX) else there.value(path)

    return compile_filter(node, resolve, environment_of(there.ctx), ParameterScope(scope), lambda has: _has(there, has))
