"""Where computing an expression fails, as a SQL predicate. NULL in it counts as "does not fail"."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import and_, case, cast, func
from sqlalchemy import false as sql_false
from sqlalchemy import true as sql_true
from sqlalchemy.types import BigInteger

from builder.expressions.limits import MAX_TEXT
from builder.expressions.nodes import Binary, Call, Node, Has, Path, children
from builder.expressions.types import NUMBERS, Type
from runtime.expressions.python_functions.text import MAX_GROWTH
from runtime.expressions.sql_compiler import Compiler
from runtime.expressions.sql_values import Sql, any_of, given, is_not_true, number


def failure(c: Compiler, node: Node) -> Sql | None:
    """True where computing the node fails, None when it never does."""
    if c.is_constant(node):
        return sql_true() if c.constant_fails(node) else None
    if isinstance(node, (Path, Has)):
        return None
    if isinstance(node, Call) and node.name in _CHOOSING:
        return _CHOOSING[node.name](c, list(node.args))
    parts = [c.failure(child) for child in children(node)]
    if not _has_null_constant(c, node):
        parts.append(_own(c, node))
    return any_of(parts)


def _has_null_constant(c: Compiler, node: Node) -> bool:
    return any(c.is_constant(child) and c.constant(child) is None for child in children(node))


def _own(c: Compiler, node: Node) -> Sql | None:
    """Failures of this very operation, its operands being fine."""
    match node:
        case Binary(op="/", left=left, right=right):
            return _by_zero(c, left, right)
        case Binary(op="^"):
            return _lost(c, node)
        case Binary(op="+" | "-", left=left, right=right):
            kinds = {c.kind(left), c.kind(right)}
            return _lost(c, node) if Type.DATE in kinds and kinds & NUMBERS else None
        case Call(name="MOD" | "PERCENT" | "FLOOR" | "CEILING", args=(first, second)):
            return _by_zero(c, first, second)
        case Call(name="SQRT", args=(radicand,)):
            return c.value(radicand) < number(0)
        case Call(name="POWER" | "VALUE" | "DATE" | "DATEADD" | "EDATE" | "EOMONTH"):
            return _lost(c, node)
        case Call(name="TEXT", args=(given_value, _)) if c.kind(given_value) in NUMBERS:
            return _lost(c, node)
        case Call(name="REPT", args=(repeated, times)):
            return _length(c, repeated) * c.value(times, Type.NUMBER) > number(MAX_TEXT)
        case Call(name="SUBSTITUTE", args=(whole, old, new)):
            grown = _length(c, whole) * _length(c, new) > number(MAX_GROWTH)
            return and_(grown, c.value(whole, Type.TEXT).is_not(None), c.value(old, Type.TEXT).is_not(None))
    return None


def _lost(c: Compiler, node: Node) -> Sql | None:
    """Operations that give a value for every operand: having none means having failed."""
    operands = [child for child in children(node) if not c.is_constant(child)]
    return and_(*[c.value(operand).is_not(None) for operand in operands], c.value(node).is_(None))


def _by_zero(c: Compiler, dividend: Node, divisor: Node) -> Sql | None:
    if c.is_constant(divisor):
        value = c.constant(divisor)
        return c.value(dividend, Type.NUMBER).is_not(None) if value == 0 else None
    zero = c.value(divisor, Type.NUMBER) == number(0)
    return zero if c.is_constant(dividend) else and_(c.value(dividend, Type.NUMBER).is_not(None), zero)


def _length(c: Compiler, node: Node) -> Sql:
    return cast(func.char_length(given(c.value(node, Type.TEXT))), BigInteger())


def _if(c: Compiler, args: list[Node]) -> Sql | None:
    arms = [c.failure(arm) for arm in args[1:]]
    chosen = None
    if any(arm is not None for arm in arms):
        otherwise = arms[1] if len(arms) > 1 else None
        chosen = case((c.condition(args[0]), _or_false(arms[0])), else_=_or_false(otherwise))
    return any_of([c.failure(args[0]), chosen])


def _ifs(c: Compiler, args: list[Node]) -> Sql | None:
    if not args:
        return None
    arm, rest = c.failure(args[1]), _ifs(c, args[2:])
    chosen = None
    if arm is not None or rest is not None:
        chosen = case((c.condition(args[0]), _or_false(arm)), else_=_or_false(rest))
    return any_of([c.failure(args[0]), chosen])


def _switch(c: Compiler, args: list[Node]) -> Sql | None:
    pairs = len(args) - 1 - (len(args) - 1) % 2
    result = c.failure(args[-1]) if len(args) % 2 == 0 else None
    for at in range(pairs - 1, 0, -2):
        same = c.made(Binary("=", args[0], args[at]), Type.BOOLEAN)
        arm = c.failure(args[at + 1])
        chosen = None
        if arm is not None or result is not None:
            chosen = case((c.condition(same), _or_false(arm)), else_=_or_false(result))
        result = any_of([c.failure(args[at]), chosen])
    return any_of([c.failure(args[0]), result])


def _until(stops: Callable[[Compiler, Node], Sql]) -> Callable[[Compiler, list[Node]], Sql | None]:
    """Functions that look at one argument after the other; `stops` says when they look no further."""

    def chained(c: Compiler, args: list[Node]) -> Sql | None:
        rest = None
        for arg in reversed(args):
            later = None if rest is None else and_(is_not_true(stops(c, arg)), rest)
            rest = any_of([c.failure(arg), later])
        return rest

    return chained


def _iferror(c: Compiler, args: list[Node]) -> Sql | None:
    first, second = c.failure(args[0]), c.failure(args[1])
    return None if first is None or second is None else and_(first, second)


def _or_false(predicate: Sql | None) -> Sql:
    return sql_false() if predicate is None else predicate


_CHOOSING: dict[str, Callable[[Compiler, list[Node]], Sql | None]] = {
    "IF": _if,
    "IFS": _ifs,
    "SWITCH": _switch,
    "AND": _until(lambda c, arg: is_not_true(c.condition(arg))),
    "OR": _until(lambda c, arg: c.condition(arg)),
    "COALESCE": _until(lambda c, arg: c.value(arg).is_not(None)),
    "IFBLANK": _until(lambda c, arg: c.value(arg).is_not(None)),
    "IFERROR": _iferror,
}
