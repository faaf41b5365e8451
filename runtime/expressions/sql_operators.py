"""The infix operators in SQL."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, Numeric, and_, cast, extract, func, or_
from sqlalchemy import false as sql_false
from sqlalchemy import true as sql_true

from builder.expressions.nodes import COMPARISONS, Binary, Node
from builder.expressions.types import IDENTITIES, MOMENTS, NUMBERS, TEXTS, Type
from runtime.expressions.python_operators import MAX_DAYS
from runtime.expressions.sql_compiler import Compiler
from runtime.expressions.sql_values import Sql, bind, calendar_day, cut, fits, given, quotient, whole
from runtime.expressions.values import Failure, first_instant, local_day

_ORDER = {"<": lt, "<=": le, ">": gt, ">=": ge}
COMPARE = {**_ORDER, "=": eq, "<>": ne}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}


def binary(c: Compiler, node: Binary) -> Sql:
    """Any infix operator. Comparisons may give NULL for false."""
    if node.op in COMPARISONS:
        return comparison(c, node.op, node.left, node.right)
    if node.op == "&":
        parts = [given(c.value(part, Type.TEXT)) for part in _joined(c, node)]
        return cut(func.concat(*parts) if len(parts) > 50 else _chain(parts))
    kinds = (c.kind(node.left), c.kind(node.right))
    if node.op in "+-" and (Type.DATE in kinds or Type.DATETIME in kinds):
        return _date_arithmetic(c, node, kinds)
    left, right = c.value(node.left, Type.NUMBER), c.value(node.right, Type.NUMBER)
    match node.op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return quotient(left, right)
    from runtime.expressions.sql_functions.number import power

    return power(c, node.left, node.right)


def _joined(c: Compiler, node: Node) -> list[Node]:
    """The parts of a & b & c, left to right."""
    found: list[Node] = []
    while isinstance(node, Binary) and node.op == "&" and not c.is_constant(node):
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def _chain(parts: list[Sql]) -> Sql:
    result = parts[0]
    for part in parts[1:]:
        result = result.concat(part)
    return result


def _date_arithmetic(c: Compiler, node: Binary, kinds: tuple[Type, Type]) -> Sql:
    left, right = node.left, node.right
    if node.op == "-" and Type.DATETIME in kinds:
        span = c.value(left, Type.DATETIME) - c.value(right, Type.DATETIME)
        micros = cast(extract("epoch", span), Numeric()) * bind(Decimal(1_000_000), Type.NUMBER)
        return quotient(micros, bind(Decimal(86_400_000_000), Type.NUMBER))
    if node.op == "-" and kinds[1] is Type.DATE:
        days = c.value(left, Type.DATE).op("-", return_type=Integer())(c.value(right, Type.DATE))
        return cast(days, Numeric())
    if kinds[0] is not Type.DATE:
        left, right = right, left
    moved = whole(c.value(right, Type.NUMBER), MAX_DAYS)
    return calendar_day(c.value(left, Type.DATE).op(node.op, return_type=Date())(moved))


def comparison(c: Compiler, op: str, left: Node, right: Node) -> Sql:
    """`left op right`; may be NULL where it means false."""
    if c.is_constant(left) and not c.is_constant(right):
        op, left, right = _MIRRORED[op], right, left
    if {c.kind(left), c.kind(right)} == MOMENTS:
        return _days(c, op, left, right)
    if c.is_constant(right):
        return _with_constant(c, op, left, c.constant(right))
    one, other = c.value(left, c.kind(right)), c.value(right, c.kind(left))
    if op == "=":
        return one.is_not_distinct_from(other)
    if op == "<>":
        return one.is_distinct_from(other)
    return ordered(op, one, other, c.kind(left))


def ordered(op: str, left: Sql, right: Sql, kind: Type) -> Sql:
    """< and its kin; texts by code point whatever the database's collation is."""
    if kind in TEXTS:
        left = left.collate("C")
    result: Sql = _ORDER[op](left, right)
    return result


def _with_constant(c: Compiler, op: str, left: Node, value: Any) -> Sql:
    column, kind = c.raw(left), c.kind(left)
    if value is None:
        missing = {"=": column.is_(None), "<>": column.is_not(None)}
        return missing.get(op, sql_false())
    if op in ("=", "<>") and not fits(value, kind):
        return sql_false() if op == "=" else sql_true()
    constant = like(column, value, kind)
    if constant is None:
        column, constant = c.value(left), bind(value, kind)
    if op == "=":
        return column == constant if not isinstance(value, bool) else column.is_(constant)
    if op == "<>":
        return column.is_distinct_from(constant)
    return ordered(op, column, constant, kind)


def like(column: Sql, value: Any, kind: Type) -> Sql | None:
    """The constant with the type of the column, or None when the column must be converted."""
    if kind in IDENTITIES:
        return bind(value, kind)
    if kind not in NUMBERS or (isinstance(column.type, Numeric) and not isinstance(column.type, Integer)):
        return bind(value, kind)
    if isinstance(column.type, (Integer, BigInteger)) and value == int(value) and abs(value) < 2**63:
        return bind(value, Type.REF)
    return None


def _days(c: Compiler, op: str, left: Node, right: Node) -> Sql:
    """A date against a moment: local days are compared, by bounds where the day is constant."""
    if c.kind(left) is Type.DATE and not (c.is_constant(right) and c.constant(right) is not None):
        op, left, right = _MIRRORED[op], right, left
    if c.is_constant(right) and c.constant(right) is not None:
        day = _local_constant(c, c.constant(right))
        return _with_constant(c, op, left, day) if c.kind(left) is Type.DATE else _day_bounds(c, op, left, day)
    one, other = local_date(c, left), local_date(c, right)
    if op == "=":
        return one.is_not_distinct_from(other)
    if op == "<>":
        return one.is_distinct_from(other)
    return ordered(op, one, other, Type.DATE)


def _local_constant(c: Compiler, value: date) -> date:
    return local_day(value, c.environment.zone)


def _day_bounds(c: Compiler, op: str, left: Node, day: date) -> Sql:
    moment = c.raw(left)
    try:
        start = bind(first_instant(day, c.environment.zone), Type.DATETIME)
        end = bind(first_instant(day + timedelta(days=1), c.environment.zone), Type.DATETIME)
    except (Failure, OverflowError):  # the first or last days of the calendar
        return _compare_days(op, local_date(c, left), bind(day, Type.DATE))
    match op:
        case "=":
            return and_(moment >= start, moment < end)
        case "<>":
            return or_(moment.is_(None), moment < start, moment >= end)
        case "<":
            return moment < start
        case "<=":
            return moment < end
        case ">":
            return moment >= end
    return moment >= start


def _compare_days(op: str, left: Sql, right: Sql) -> Sql:
    if op in ("=", "<>"):
        return left == right if op == "=" else left.is_distinct_from(right)
    return ordered(op, left, right, Type.DATE)


def local_date(c: Compiler, node: Node) -> Sql:
    """The local day of a date or a moment."""
    if c.kind(node) is Type.DATETIME:
        return cast(local_time(c, node), Date())
    return c.value(node, Type.DATE)


def local_time(c: Compiler, node: Node) -> Sql:
    """A moment as local timestamp without zone."""
    return func.timezone(zone_name(c), c.value(node, Type.DATETIME))


def zone_name(c: Compiler) -> Sql:
    return bind(c.environment.zone.key, Type.TEXT)
