"""Finds the parts of a condition that move with the moment or the person and puts parameters in their place.

Comparisons are turned so that an index of the column still serves: `owner = USER()` becomes membership in a list of
one, and a moment against a day becomes a comparison with the day's first moment.
"""

from __future__ import annotations

from decimal import Decimal

from builder.expressions.functions import FUNCTIONS
from builder.expressions.infer import infer
from builder.expressions.nodes import Binary, Call, Const, Has, ListOf, Node, Path, Unary, walk
from builder.expressions.types import IDENTITIES, Scope, Type
from runtime.access.moving import AS_LIST, DAY_END, DAY_START, LIST, PREFIX, VALUE, Moving
from runtime.access.moving import read as read_moving

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_CALENDAR = ("day", "week", "month", "quarter", "year")


def with_parameters(node: Node, scope: Scope) -> Node:
    """The same expression, with a `Path` of one part, the name of a parameter, for each moving part."""
    if not any(isinstance(each, Call) and FUNCTIONS[each.name].volatile for each, _ in walk(node)):
        return node
    moving = _moving(node, scope)
    if moving is not None:
        return Path((moving.name,))
    match node:
        case Has(relation=relation, condition=condition):
            inner = scope.related(relation)
            changed = with_parameters(condition, inner) if condition is not None and inner is not None else condition
            return Has(relation, changed, node.op, node.count, node.at, node.length)
        case Call(name="WITHIN", args=args):
            return _within(args, scope) or node
        case Call(name=name, args=args):
            return Call(name, tuple(with_parameters(each, scope) for each in args), node.at, node.length)
        case Unary(op=op, operand=operand):
            return Unary(op, with_parameters(operand, scope), node.at, node.length)
        case ListOf(items=items):
            return ListOf(tuple(with_parameters(each, scope) for each in items), node.at, node.length)
        case Binary():
            return _comparison(node, scope) or Binary(
                node.op, with_parameters(node.left, scope), with_parameters(node.right, scope), node.at, node.length
            )
    return node


class ParameterScope:
    """A scope that knows the parameters beside its own fields."""

    def __init__(self, inner: Scope) -> None:
        self._inner = inner

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        if path[0].startswith(PREFIX):
            return read_moving(path[0]).result
        return self._inner.type_of(path)

    def choices_of(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        return None if path[0].startswith(PREFIX) else self._inner.choices_of(path)

    def related(self, path: tuple[str, ...]) -> Scope | None:
        found = self._inner.related(path)
        return None if found is None else ParameterScope(found)


def _moving(node: Node, scope: Scope, shape: str = VALUE) -> Moving | None:
    """The recipe of a part without fields, or None for a part that has some."""
    volatile = False
    for each, _ in walk(node):
        if isinstance(each, Path | Has):
            return None
        volatile = volatile or (isinstance(each, Call) and FUNCTIONS[each.name].volatile)
    if not volatile:
        return None
    kind, problems = infer(node, scope)
    if problems or kind is Type.ANY:
        return None
    return Moving(node, kind, LIST if kind is Type.LIST else shape)


def _comparison(node: Binary, scope: Scope) -> Node | None:
    op, left, right = node.op, node.left, node.right
    moving = _moving(right, scope)
    if moving is None and op in _MIRRORED:
        op, left, right = _MIRRORED[op], right, left
        moving = _moving(right, scope)
    if moving is None or op not in _MIRRORED or infer(left, scope)[1]:
        return None
    kind = infer(left, scope)[0]
    if kind is Type.DATETIME and moving.kind is Type.DATE:
        return _against_day(op, with_parameters(left, scope), moving)
    if op == "=" and kind == moving.kind and (kind in IDENTITIES or kind in (Type.DATE, Type.DATETIME)):
        return Call("IN", (with_parameters(left, scope), Path((Moving(moving.node, moving.kind, AS_LIST).name,))))
    return None


def _against_day(op: str, left: Node, day: Moving) -> Node:
    start, end = (Path((Moving(day.node, day.kind, shape).name,)) for shape in (DAY_START, DAY_END))
    match op:
        case "=":
            return Call("AND", (Binary(">=", left, start), Binary("<", left, end)))
        case "<" | ">=":
            return Binary(op, left, start)
    return Binary("<" if op == "<=" else ">=", left, end)


def _within(args: tuple[Node, ...], scope: Scope) -> Node | None:
    """WITHIN with written-out words as two comparisons with moving bounds."""
    moment, *words = args
    which, count, unit = (each.value if isinstance(each, Const) else None for each in words)
    if not isinstance(which, str) or not isinstance(count, Decimal) or not isinstance(unit, str):
        return None
    kind, problems = infer(moment, scope)
    if problems or kind not in (Type.DATE, Type.DATETIME):
        return None
    left = with_parameters(moment, scope)
    if unit not in _CALENDAR:
        return _rolling(left, which, count, unit) if kind is Type.DATETIME else None
    first, last = (Moving(each, Type.DATE) for each in _bounds(which, int(count), unit))
    if kind is Type.DATE:
        return Call("AND", (Binary(">=", left, Path((first.name,))), Binary("<=", left, Path((last.name,)))))
    return Call("AND", (_against_day(">=", left, first), _against_day("<=", left, last)))


def _rolling(left: Node, which: str, count: Decimal, unit: str) -> Node | None:
    now: Node = Call("NOW", ())
    amount = Const(-count if which == "last" else count)
    there = Call("DATEADD", (now, amount, Const({"hour": "h", "minute": "m"}[unit])))
    if which not in ("last", "next") or unit not in ("hour", "minute"):
        return None
    low, high = (there, now) if which == "last" else (now, there)
    bounds = [Path((Moving(each, Type.DATETIME).name,)) for each in (low, high)]
    return Call("AND", (Binary(">=", left, bounds[0]), Binary("<=", left, bounds[1])))


def _bounds(which: str, count: int, unit: str) -> tuple[Node, Node]:
    """The first and the last day of a period, as expressions over TODAY()."""
    today: Node = Call("TODAY", ())
    if which == "last":
        return _shifted(today, -count, unit), today
    if which == "next":
        return today, _shifted(today, count, unit)
    offset = {"previous": -1, "this": 0, "following": 1}[which]
    start = _shifted(_start(today, unit), offset, unit)
    return start, Binary("-", _shifted(start, 1, unit), Const(Decimal(1)))


def _shifted(day: Node, count: int, unit: str) -> Node:
    if count == 0:
        return day
    if unit in ("day", "week"):
        return Binary("+", day, Const(Decimal(count * (7 if unit == "week" else 1))))
    return Call("EDATE", (day, Const(Decimal(count * {"month": 1, "quarter": 3, "year": 12}[unit]))))


def _start(today: Node, unit: str) -> Node:
    one = Const(Decimal(1))
    match unit:
        case "day":
            return today
        case "week":
            return Binary("-", today, Binary("-", Call("WEEKDAY", (today, Const(Decimal(2)))), one))
        case "month":
            return Call("DATE", (Call("YEAR", (today,)), Call("MONTH", (today,)), one))
        case "quarter":
            first = Binary("-", Binary("*", Call("QUARTER", (today,)), Const(Decimal(3))), Const(Decimal(2)))
            return Call("DATE", (Call("YEAR", (today,)), first, one))
    return Call("DATE", (Call("YEAR", (today,)), one, one))
