"""Number functions in SQL."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import Numeric, and_, case, cast, func, or_

from builder.expressions.limits import DECIMALS, MAX_NUMBER
from builder.expressions.nodes import ListOf, Node
from builder.expressions.types import LISTS, NUMBERS, Type
from runtime.expressions.sql_compiler import Compiler
from runtime.expressions.sql_functions.lists import aggregate, array_of
from runtime.expressions.sql_values import Sql, bind, in_range, number, quotient, sql_type

#: Decimals that PostgreSQL computes roots and powers to, before they are rounded to DECIMALS.
_GUARD = 40


def _value(c: Compiler, node: Node) -> Sql:
    return c.value(node, Type.NUMBER)


def _whole(value: Sql, function: str, digits: int = 0) -> Sql:
    result: Sql = getattr(func, function)(value, digits, type_=Numeric())
    return result


def mod(c: Compiler, dividend: Node, divisor: Node) -> Sql:
    return _mod(_value(c, dividend), _value(c, divisor))


def _mod(dividend: Sql, divisor: Sql) -> Sql:
    """The rest with the sign of the divisor; PostgreSQL's own has the sign of the dividend."""
    safe = func.nullif(divisor, number(0), type_=Numeric())
    rest = func.mod(dividend, safe, type_=Numeric())
    return func.mod(rest + divisor, safe, type_=Numeric())


def floor(c: Compiler, value: Node, step: Node | None = None) -> Sql:
    if step is None:
        return func.floor(_value(c, value), type_=Numeric())
    return _value(c, value) - mod(c, value, step)


def ceiling(c: Compiler, value: Node, step: Node | None = None) -> Sql:
    if step is None:
        return func.ceil(_value(c, value), type_=Numeric())
    return _value(c, value) + _mod(-_value(c, value), _value(c, step))


def round_(c: Compiler, value: Node, digits: Node | None = None) -> Sql:
    return _whole(_value(c, value), "round", _digits(c, digits))


def rounddown(c: Compiler, value: Node, digits: Node | None = None) -> Sql:
    return _whole(_value(c, value), "trunc", _digits(c, digits))


def roundup(c: Compiler, value: Node, digits: Node | None = None) -> Sql:
    places = _digits(c, digits)
    plain = _value(c, value)
    larger = func.ceil(func.abs(plain, type_=Numeric()) * number(Decimal(1).scaleb(places)), type_=Numeric())
    return func.sign(plain, type_=Numeric()) * larger * number(Decimal(1).scaleb(-places))


def _digits(c: Compiler, digits: Node | None) -> int:
    return 0 if digits is None else int(c.constant(digits))


def power(c: Compiler, base: Node, exponent: Node) -> Sql:
    plain = func.round(_value(c, base), DECIMALS, type_=Numeric())
    by = func.round(_value(c, exponent), DECIMALS, type_=Numeric())
    refused = or_(
        and_(plain == number(0), by < number(0)),
        and_(plain < number(0), by != func.trunc(by, type_=Numeric())),
        func.abs(plain, type_=Numeric()) >= number(MAX_NUMBER),
        func.abs(by, type_=Numeric()) > number(100),
    )
    result = func.power(func.round(plain, _GUARD, type_=Numeric()), by, type_=Numeric())
    bounded = in_range(func.round(result, DECIMALS, type_=Numeric()), number(-MAX_NUMBER), number(MAX_NUMBER), Numeric())
    return case((refused, bind(None, Type.NUMBER)), else_=bounded)


def sqrt(c: Compiler, value: Node) -> Sql:
    plain = _value(c, value)
    root = func.sqrt(func.round(plain, _GUARD, type_=Numeric()), type_=Numeric())
    return case((plain < number(0), bind(None, Type.NUMBER)), else_=func.round(root, DECIMALS, type_=Numeric()))


def _scalars_and_lists(c: Compiler, args: tuple[Node, ...]) -> tuple[list[Node], list[Node]]:
    opened = [member for arg in args for member in (arg.items if isinstance(arg, ListOf) else (arg,))]
    lists = [arg for arg in opened if c.kind(arg) in LISTS]
    return [arg for arg in opened if c.kind(arg) not in LISTS], lists


def _sum_parts(c: Compiler, args: tuple[Node, ...]) -> Sql:
    scalars, lists = _scalars_and_lists(c, args)
    if any(c.kind(node) not in NUMBERS and c.kind(node) is not Type.ANY for node in scalars):
        raise c.refuse(args[0], "SUM")
    parts: list[Sql] = [func.coalesce(_value(c, node), number(0), type_=Numeric()) for node in scalars]
    parts += [
        func.coalesce(aggregate("sum", array_of(c, node, Type.NUMBER), Numeric()), number(0), type_=Numeric()) for node in lists
    ]
    return _added(parts)


def _added(parts: list[Sql]) -> Sql:
    total = parts[0] if parts else number(0)
    for part in parts[1:]:
        total = total + part
    return total


def sum_(c: Compiler, *args: Node) -> Sql:
    return _sum_parts(c, args)


def average(c: Compiler, *args: Node) -> Sql:
    return quotient(_sum_parts(c, args), count(c, *args))


def count(c: Compiler, *args: Node) -> Sql:
    scalars, lists = _scalars_and_lists(c, args)
    parts: list[Sql] = [case((c.value(node).is_not(None), number(1)), else_=number(0)) for node in scalars]
    for node in lists:
        held = func.cardinality(func.array_remove(array_of(c, node, Type.ANY), None))
        parts.append(func.coalesce(cast(held, Numeric()), number(0), type_=Numeric()))
    return _added(parts)


def extreme(best: str, of_list: str) -> Callable[..., Sql]:
    def chosen(c: Compiler, *args: Node) -> Sql:
        scalars, lists = _scalars_and_lists(c, args)
        kinds = [c.kind(node) for node in scalars if c.kind(node) is not Type.ANY]
        kind = kinds[0] if kinds else Type.NUMBER
        parts = [c.value(node, kind) for node in scalars]
        parts += [aggregate(of_list, array_of(c, node, kind), sql_type(kind)) for node in lists]
        result: Sql = getattr(func, best)(*parts, type_=sql_type(kind)) if parts else bind(None, kind)
        return result

    return chosen


def percent(c: Compiler, part: Node, whole: Node) -> Sql:
    return quotient(_value(c, part) * number(100), _value(c, whole))


FUNCTIONS: dict[str, Callable[..., Sql]] = {
    "ABS": lambda c, value: func.abs(_value(c, value), type_=Numeric()),
    "SIGN": lambda c, value: func.sign(_value(c, value), type_=Numeric()),
    "MOD": mod,
    "ROUND": round_,
    "ROUNDUP": roundup,
    "ROUNDDOWN": rounddown,
    "CEILING": ceiling,
    "FLOOR": floor,
    "INT": floor,
    "POWER": power,
    "SQRT": sqrt,
    "SUM": sum_,
    "AVERAGE": average,
    "MIN": extreme("least", "min"),
    "MAX": extreme("greatest", "max"),
    "COUNT": count,
    "PERCENT": percent,
}
STRICT = frozenset({"ABS", "SIGN", "MOD", "ROUND", "ROUNDUP", "ROUNDDOWN", "CEILING", "FLOOR", "INT", "POWER", "SQRT", "PERCENT"})
