"""Number functions in Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_UP, Context, Decimal
from functools import wraps
from typing import Any

from runtime.expressions.environment import Environment
from runtime.expressions.python_operators import divide, power
from runtime.expressions.rmb import capital_amount
from runtime.expressions.values import Failure, flat, quotient, shorten

_ONE = Decimal(1)


def blank_if_blank(function: Callable[..., Any]) -> Callable[..., Any]:
    """Nothing in, nothing out."""

    @wraps(function)
    def guarded(env: Environment, *values: Any) -> Any:
        return None if any(value is None for value in values) else function(env, *values)

    return guarded


def mod(_: Environment, number: Decimal, divisor: Decimal) -> Decimal:
    if divisor == 0:
        raise Failure("#DIV/0!", "division by zero")
    rest = number % divisor
    return rest + divisor if rest != 0 and (rest < 0) != (divisor < 0) else rest + 0


def floor(env: Environment, number: Decimal, step: Decimal = _ONE) -> Decimal:
    return number - mod(env, number, step)


def ceiling(env: Environment, number: Decimal, step: Decimal = _ONE) -> Decimal:
    return number + mod(env, -number, step)


def rounder(rounding: str | None) -> Callable[..., Decimal]:
    def rounded(_: Environment, number: Decimal, digits: Decimal = Decimal(0)) -> Decimal:
        return shorten(number, int(digits), rounding) if rounding else shorten(number, int(digits))

    return rounded


def sqrt(_: Environment, number: Decimal) -> Decimal:
    if number < 0:
        raise Failure("#NUM!", "the root of a negative number")
    digits = max(0, number.adjusted()) + 80
    return shorten(Context(prec=digits, Emax=999_999, Emin=-999_999).sqrt(number))


def numbers(values: tuple[Any, ...]) -> list[Decimal]:
    found = flat(values)
    if any(isinstance(value, bool) or not isinstance(value, Decimal) for value in found):
        raise Failure("#VALUE!", "not a list of numbers")
    return found


def sum_(_: Environment, *values: Any) -> Decimal:
    return sum(numbers(values), Decimal(0))


def average(_: Environment, *values: Any) -> Decimal | None:
    found = numbers(values)
    return quotient(sum(found, Decimal(0)), Decimal(len(found))) if found else None


def extreme(choose: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    def chosen(_: Environment, *values: Any) -> Any:
        found = flat(values)
        if any(isinstance(value, bool) or not isinstance(value, (Decimal, date)) for value in found):
            raise Failure("#VALUE!", "not a list of numbers or dates")
        return choose(found) if found else None

    return chosen


def count(_: Environment, *values: Any) -> Decimal:
    return Decimal(len(flat(values)))


def percent(env: Environment, part: Decimal, whole: Decimal) -> Any:
    return divide(env, part * 100, whole)


def sign(_: Environment, number: Decimal) -> Decimal:
    return Decimal((number > 0) - (number < 0))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ABS": blank_if_blank(lambda _, number: abs(number)),
    "MOD": blank_if_blank(mod),
    "ROUND": blank_if_blank(rounder(None)),
    "ROUNDUP": blank_if_blank(rounder(ROUND_UP)),
    "ROUNDDOWN": blank_if_blank(rounder(ROUND_DOWN)),
    "CEILING": blank_if_blank(ceiling),
    "FLOOR": blank_if_blank(floor),
    "INT": blank_if_blank(lambda _, number: shorten(number, 0, ROUND_FLOOR)),
    "POWER": power,
    "SQRT": blank_if_blank(sqrt),
    "SUM": sum_,
    "AVERAGE": average,
    "MIN": extreme(min),
    "MAX": extreme(max),
    "COUNT": count,
    "PERCENT": blank_if_blank(percent),
    "SIGN": blank_if_blank(sign),
    "RMBCAP": blank_if_blank(lambda _, amount: capital_amount(amount)),
}
