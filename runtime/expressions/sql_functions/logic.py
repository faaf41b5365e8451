"""Logic in SQL. Results of type boolean may be NULL where they mean false, but for ISBLANK and NOT."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ARRAY, Integer, Numeric, and_, any_, case, cast, func, or_
from sqlalchemy import false as sql_false

from builder.expressions.nodes import Binary, ListOf, Node
from builder.expressions.types import LISTS, MOMENTS, Type, comparable
from runtime.expressions.sql_compiler import Compiler
from runtime.expressions.sql_operators import comparison, like
from runtime.expressions.sql_values import Sql, any_of, bind, fits, is_not_true, is_true, sql_type


def if_(c: Compiler, condition: Node, then: Node, otherwise: Node | None = None) -> Sql:
    kind = _common(c, [then, otherwise])
    other = bind(None, kind) if otherwise is None else c.value(otherwise, kind)
    return case((c.condition(condition), c.value(then, kind)), else_=other)


def ifs(c: Compiler, *args: Node) -> Sql:
    kind = _common(c, list(args[1::2]))
    arms = [(c.condition(test), c.value(arm, kind)) for test, arm in zip(args[::2], args[1::2], strict=True)]
    return case(*arms, else_=bind(None, kind))


def switch(c: Compiler, *args: Node) -> Sql:
    pairs = len(args) - 1 - (len(args) - 1) % 2
    otherwise = args[-1] if len(args) % 2 == 0 else None
    kind = _common(c, [*(args[at + 1] for at in range(1, pairs, 2)), otherwise])
    arms = []
    for at in range(1, pairs, 2):
        same = c.made(Binary("=", args[0], args[at]), Type.BOOLEAN)
        arms.append((c.condition(same), c.value(args[at + 1], kind)))
    return case(*arms, else_=bind(None, kind) if otherwise is None else c.value(otherwise, kind))


def _common(c: Compiler, nodes: list[Node | None]) -> Type:
    """The type of the arms; the checker has seen that there is one."""
    kinds = [c.kind(node) for node in nodes if node is not None]
    return next((kind for kind in kinds if kind is not Type.ANY), Type.ANY)


def and__(c: Compiler, *args: Node) -> Sql:
    return and_(*[c.condition(arg) for arg in args])


def or__(c: Compiler, *args: Node) -> Sql:
    return or_(*[c.condition(arg) for arg in args])


def not_(c: Compiler, arg: Node) -> Sql:
    return is_not_true(c.condition(arg))


def xor(c: Compiler, *args: Node) -> Sql:
    total: Sql = cast(is_true(c.condition(args[0])), Integer())
    for arg in args[1:]:
        total = total + cast(is_true(c.condition(arg)), Integer())
    return total % bind_integer(2) == bind_integer(1)


def bind_integer(value: int) -> Sql:
    return cast(value, Integer())


def isblank(c: Compiler, arg: Node) -> Sql:
    if c.kind(arg) in LISTS:
        if isinstance(arg, ListOf):
            return bind(not arg.items, Type.BOOLEAN)
        return func.coalesce(func.cardinality(c.value(arg)), bind_integer(0)) == bind_integer(0)
    return c.raw(arg).is_(None)


def coalesce(c: Compiler, *args: Node) -> Sql:
    kind = _common(c, list(args))
    return func.coalesce(*[c.value(arg, kind) for arg in args])


def iferror(c: Compiler, value: Node, otherwise: Node) -> Sql:
    kind = _common(c, [value, otherwise])
    fails = c.failure(value)
    plain = c.value(value, kind)
    return plain if fails is None else case((fails, c.value(otherwise, kind)), else_=plain)


def in_(c: Compiler, value: Node, *items: Node) -> Sql:
    if c.is_constant(value) and c.constant(value) is None:
        return sql_false()
    tests: list[Sql | None] = []
    constants: list[object] = []
    for item in _opened(items):
        if c.is_constant(item):
            found = c.constant(item)
            constants += found if isinstance(found, tuple) else [found]
        else:
            tests.append(_equals(c, value, item))
    tests.append(_among(c, value, constants))
    found_tests = any_of(tests)
    return sql_false() if found_tests is None else found_tests


def _opened(items: tuple[Node, ...]) -> list[Node]:
    """The items with written lists opened up."""
    return [member for item in items for member in (item.items if isinstance(item, ListOf) else (item,))]


def _among(c: Compiler, value: Node, constants: list[object]) -> Sql | None:
    """`column IN (…)` over the constants that can equal it at all."""
    kind, column = c.kind(value), c.raw(value)
    wanted = [constant for constant in constants if constant is not None and fits(constant, kind)]
    if not wanted:
        return None
    if kind in MOMENTS or kind is Type.BOOLEAN:
        return any_of([comparison(c, "=", value, c.constant_node(constant)) for constant in wanted])
    binds = [like(column, constant, kind) for constant in wanted]
    if any(one is None for one in binds):
        column, binds = c.value(value), [bind(constant, kind) for constant in wanted]
    return column == binds[0] if len(binds) == 1 else column.in_(binds)


def _equals(c: Compiler, value: Node, item: Node) -> Sql | None:
    """Equal, and both there."""
    if c.kind(item) in LISTS:
        array = c.value(item)
        item_type = array.type.item_type if isinstance(array.type, ARRAY) else None
        if item_type is None or not _same_family(c, value, item_type):
            return None
        return c.value(value) == any_(array)
    if not comparable(c.kind(value), c.kind(item)):
        return None
    return and_(comparison(c, "=", value, item), c.value(item, c.kind(value)).is_not(None))


def _same_family(c: Compiler, value: Node, item_type: object) -> bool:
    mine = sql_type(c.kind(value))
    if isinstance(mine, (Integer, Numeric)):
        return isinstance(item_type, (Integer, Numeric))
    return isinstance(item_type, type(mine))


FUNCTIONS: dict[str, Callable[..., Sql]] = {
    "IF": if_,
    "IFS": ifs,
    "SWITCH": switch,
    "AND": and__,
    "OR": or__,
    "NOT": not_,
    "XOR": xor,
    "ISBLANK": isblank,
    "IFBLANK": coalesce,
    "COALESCE": coalesce,
    "IFERROR": iferror,
    "IN": in_,
}
