"""Lists in SQL: PostgreSQL arrays, and lists written in the expression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ARRAY, Integer, Text, and_, any_, cast, func, literal, select
from sqlalchemy import false as sql_false
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.types import TypeEngine

from builder.expressions.nodes import ListOf, Node
from builder.expressions.types import LISTS, TEXTS, Type
from runtime.expressions.sql_compiler import Compiler
from runtime.expressions.sql_values import Sql, any_of, bind, cut, fits, given, sql_type, text, type_of_value


def aggregate(function: str, items: Sql, result: TypeEngine[Any]) -> Sql:
    """An aggregate over the items of an array."""
    item = func.unnest(items, type_=result).column_valued()
    return select(getattr(func, function)(item, type_=result)).scalar_subquery()


def array_of(c: Compiler, node: Node, kind: Type) -> Sql:
    """A list as an array of one type; items that can never be of it are refused or left out."""
    if c.is_constant(node):
        items = c.constant(node) or ()
        kind = kind if kind is not Type.ANY else next((type_of_value(item) for item in items if item is not None), Type.TEXT)
        return cast(array([bind(item, kind) for item in items if fits(item, kind)]), ARRAY(sql_type(kind)))
    if isinstance(node, ListOf):
        kinds = {c.kind(item) for item in node.items if c.kind(item) is not Type.ANY}
        if (len(kinds) > 1 and not kinds <= TEXTS) or kinds & LISTS:
            raise c.refuse(node, "[ ]")
        kind = next(iter(kinds), kind)
        return cast(array([c.value(item, kind) for item in node.items]), ARRAY(sql_type(kind)))
    return c.value(node)


def join(c: Compiler, items: Node, separator: Node | None = None) -> Sql:
    between = text(",") if separator is None else given(c.value(separator, Type.TEXT))
    return cut(func.array_to_string(array_of(c, items, Type.TEXT), between, type_=Text()))


def _wanted(c: Compiler, items: tuple[Node, ...]) -> tuple[list[Any], list[Node]]:
    """Constants (NULLs left out) and the rest, with written lists opened up."""
    constants: list[Any] = []
    others: list[Node] = []
    for item in (member for one in items for member in (one.items if isinstance(one, ListOf) else (one,))):
        if c.is_constant(item):
            found = c.constant(item)
            constants += found if isinstance(found, tuple) else [found]
        else:
            others.append(item)
    return [constant for constant in constants if constant is not None], others


def _item_kind(c: Compiler, node: Node, held: Sql) -> Type:
    if c.kind(node) is Type.CHOICES or (isinstance(held.type, ARRAY) and isinstance(held.type.item_type, Text)):
        return Type.TEXT
    if isinstance(held.type, ARRAY) and isinstance(held.type.item_type, Integer):
        return Type.REF
    return next((kind for kind in Type if type(sql_type(kind)) is type(getattr(held.type, "item_type", None))), Type.TEXT)


def has_any(c: Compiler, items: Node, *wanted: Node) -> Sql:
    held = array_of(c, items, Type.ANY)
    kind = _item_kind(c, items, held)
    constants, others = _wanted(c, wanted)
    usable = [bind(constant, kind) for constant in constants if fits(constant, kind)]
    tests: list[Sql | None] = [_overlap(held, usable, kind)] if usable else []
    for node in others:
        if c.kind(node) in LISTS:
            tests.append(held.bool_op("&&")(array_of(c, node, kind)))
        elif _same(c, node, kind):
            tests.append(c.value(node, kind) == any_(held))
    found = any_of(tests)
    return sql_false() if found is None else found


def has_all(c: Compiler, items: Node, *wanted: Node) -> Sql:
    held = array_of(c, items, Type.ANY)
    kind = _item_kind(c, items, held)
    constants, others = _wanted(c, wanted)
    if any(not fits(constant, kind) for constant in constants):
        return sql_false()
    tests: list[Sql] = []
    asked: list[Sql | None] = [literal(bool(constants))]
    if constants:
        tests.append(held.bool_op("@>")(_array([bind(constant, kind) for constant in constants], kind)))
    for node in others:
        if c.kind(node) in LISTS:
            members = func.array_remove(array_of(c, node, kind), None)
            tests.append(members.is_(None) | held.bool_op("@>")(members))
            asked.append(func.cardinality(members) > 0)
        else:
            value = c.value(node, kind)
            same = value == any_(held) if _same(c, node, kind) else sql_false()
            tests.append(value.is_(None) | same)
            asked.append(value.is_not(None))
    some = any_of(asked)
    return and_(*tests, some if some is not None else sql_false())


def _overlap(held: Sql, items: list[Sql], kind: Type) -> Sql:
    return held.bool_op("&&")(_array(items, kind))


def _array(items: list[Sql], kind: Type) -> Sql:
    return cast(array(items), ARRAY(sql_type(kind)))


def _same(c: Compiler, node: Node, kind: Type) -> bool:
    return type(sql_type(c.kind(node))) is type(sql_type(kind)) or c.kind(node) is Type.ANY


FUNCTIONS: dict[str, Callable[..., Sql]] = {"JOIN": join, "HASANY": has_any, "HASALL": has_all}
