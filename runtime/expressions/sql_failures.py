"""Where computing an expression fails, as a SQL predicate. NULL in it counts as "does not fail"."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import and_, case, cast, func
from sqlalchemy import false as sql_false
from sqlalchemy import true as sql_true
from sqlalchemy.types import BigInteger

from builder.expressions.limits import MAX_TEXT
from builder.expressions.nodes import Binary, Call, Has, Node, Path, children
from builder.expressions.types import NUMBERS, Type
from runtime.expressions.python_functions.text import MAX_NEW
from runtime.expressions.sql_compiler import Compiler
from runtime.expressions.sql_values import Sql, any_of, given, is_not_true, number

#: Functions that compute, and so can fail, even where an argument is blank.
_COMPUTES_BLANKS = frozenset({"SUBSTITUTE"})


def failure(c: Compiler, node: Node) -> Sql | None:
    """True where computing the node fails, None when it never does."""
    if c.is_constant(node):
        return sql_true() if c.constant_fails(node) else None
    if isinstance(node, (Path, Has)):
        return None
    if isinstance(node, Call) and node.name in _CHOOSING:
        return _CHOOSING[node.name](c, list(node.args))
    parts = [c.failure(child) for child in children(node)]
    if not _has_null_constant(c, node) or (isinstance(node, Call) and node.name in _COMPUTES_BLANKS):
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
        case Call(name="SUBSTITUTE", args=(_, _, new)):
            if c.is_constant(new):
                return sql_true() if len(c.constant(new) or "") > MAX_NEW else None
            return _length(c, new) > number(MAX_NEW)
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


class Steps:
    """What happens in order until something is decided: one flat CASE, whatever the number of arguments."""

    def __init__(self, c: Compiler) -> None:
        self.c = c
        self.arms: list[tuple[Sql, Sql]] = []
        self.possible = False

    def compute(self, node: Node) -> None:
        """The node is computed here: if that fails, all fails."""
        fails = self.c.failure(node)
        if fails is not None:
            self.arms.append((fails, sql_true()))
            self.possible = True

    def stop_where(self, condition: Sql, result: Node | None = None) -> None:
        """Where the condition holds nothing more is computed, but for the result."""
        fails = None if result is None else self.c.failure(result)
        self.possible = self.possible or fails is not None
        self.arms.append((condition, sql_false() if fails is None else fails))

    def failure(self, otherwise: Node | None = None) -> Sql | None:
        fails = None if otherwise is None else self.c.failure(otherwise)
        if fails is None and not self.possible:
            return None
        return case(*self.arms, else_=sql_false() if fails is None else fails) if self.arms else fails


def _if(c: Compiler, args: list[Node]) -> Sql | None:
    steps = Steps(c)
    steps.compute(args[0])
    steps.stop_where(c.condition(args[0]), args[1])
    return steps.failure(args[2] if len(args) > 2 else None)


def _ifs(c: Compiler, args: list[Node]) -> Sql | None:
    steps = Steps(c)
    for condition, result in zip(args[::2], args[1::2], strict=True):
        steps.compute(condition)
        steps.stop_where(c.condition(condition), result)
    return steps.failure()


def _switch(c: Compiler, args: list[Node]) -> Sql | None:
    steps = Steps(c)
    steps.compute(args[0])
    pairs = len(args) - 1 - (len(args) - 1) % 2
    for at in range(1, pairs, 2):
        steps.compute(args[at])
        steps.stop_where(c.condition(c.made(Binary("=", args[0], args[at]), Type.BOOLEAN)), args[at + 1])
    return steps.failure(args[-1] if len(args) % 2 == 0 else None)


def _until(stops: Callable[[Compiler, Node], Sql]) -> Callable[[Compiler, list[Node]], Sql | None]:
    """Functions that look at one argument after the other; `stops` says when they look no further."""

    def chained(c: Compiler, args: list[Node]) -> Sql | None:
        steps = Steps(c)
        for arg in args:
            steps.compute(arg)
            steps.stop_where(stops(c, arg))
        return steps.failure()

    return chained


def _iferror(c: Compiler, args: list[Node]) -> Sql | None:
    first, second = c.failure(args[0]), c.failure(args[1])
    return None if first is None or second is None else and_(first, second)


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
