"""The infix operators in Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, DecimalException
from typing import Any

from builder.expressions.limits import MAX_NUMBER
from runtime.expressions.environment import Environment
from runtime.expressions.values import Failure, cut, equal, less, quotient, shorten, whole

#: Days that may be added to a date: some 4,700 years, as far as PostgreSQL reaches back from year 1.
MAX_DAYS = 1_716_000
_POWERS = Context(prec=200, Emax=999_999, Emin=-999_999)


def add(_: Environment, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    if isinstance(left, date):
        return moved(left, right)
    return moved(right, left) if isinstance(right, date) else left + right


def subtract(_: Environment, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    if isinstance(left, datetime):
        micros = (left - right) // timedelta(microseconds=1)
        return quotient(Decimal(micros), Decimal(86_400_000_000))
    if isinstance(left, date):
        return Decimal((left - right).days) if isinstance(right, date) else moved(left, -right)
    return left - right


def moved(day: date, days: Decimal) -> date:
    """The date so many whole days later."""
    try:
        return day + timedelta(days=whole(days, MAX_DAYS))
    except OverflowError:
        raise Failure("#NUM!", "beyond the years 1 to 9999") from None


def multiply(_: Environment, left: Any, right: Any) -> Any:
    return None if left is None or right is None else left * right


def divide(_: Environment, left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    if right == 0:
        raise Failure("#DIV/0!", "division by zero")
    return quotient(left, right)


def power(_: Environment, base: Any, exponent: Any) -> Any:
    if base is None or exponent is None:
        return None
    base, exponent = shorten(base), shorten(exponent)
    if base == 0 and exponent < 0:
        raise Failure("#DIV/0!", "zero to a negative power")
    if (base < 0 and exponent != int(exponent)) or abs(base) >= MAX_NUMBER or abs(exponent) > 100:
        raise Failure("#NUM!", "no such power")
    if exponent == 0:
        return Decimal(1)
    try:
        result = shorten(_POWERS.power(base, exponent))
    except DecimalException:
        raise Failure("#NUM!", "the power is too large") from None
    if abs(result) >= MAX_NUMBER:
        raise Failure("#NUM!", "the power is too large")
    return result


def join(_: Environment, left: Any, right: Any) -> Any:
    return cut((left or "") + (right or ""))


OPERATORS: dict[str, Callable[[Environment, Any, Any], Any]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "^": power,
    "&": join,
    "=": lambda env, left, right: equal(left, right, env.zone),
    "<>": lambda env, left, right: not equal(left, right, env.zone),
    "<": lambda env, left, right: less(left, right, env.zone),
    ">": lambda env, left, right: less(right, left, env.zone),
    "<=": lambda env, left, right: _not_above(env, left, right),
    ">=": lambda env, left, right: _not_above(env, right, left),
}


def _not_above(env: Environment, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return False
    return not less(right, left, env.zone)
