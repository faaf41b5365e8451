"""Logic in Python. What is not chosen is not computed, so its errors do not matter."""

from __future__ import annotations

from collections.abc import Callable
from decimal import DecimalException
from typing import TYPE_CHECKING, Any

from builder.expressions.nodes import Node
from runtime.expressions.environment import Environment
from runtime.expressions.values import Failure, equal

if TYPE_CHECKING:
    from runtime.expressions.python_backend import Evaluator

Args = tuple[Node, ...]


def if_(run: Evaluator, args: Args) -> Any:
    if run.holds(args[0]):
        return run.value(args[1])
    return run.value(args[2]) if len(args) > 2 else None


def ifs(run: Evaluator, args: Args) -> Any:
    for condition, value in zip(args[::2], args[1::2], strict=True):
        if run.holds(condition):
            return run.value(value)
    return None


def switch(run: Evaluator, args: Args) -> Any:
    wanted = run.value(args[0])
    pairs = len(args) - 1 - (len(args) - 1) % 2
    for at in range(1, pairs, 2):
        if equal(wanted, run.value(args[at]), run.environment.zone):
            return run.value(args[at + 1])
    return run.value(args[-1]) if len(args) % 2 == 0 else None


def and_(run: Evaluator, args: Args) -> bool:
    return all(run.holds(arg) for arg in args)


def or_(run: Evaluator, args: Args) -> bool:
    return any(run.holds(arg) for arg in args)


def coalesce(run: Evaluator, args: Args) -> Any:
    for arg in args:
        value = run.value(arg)
        if value is not None and value != ():
            return value
    return None


def iferror(run: Evaluator, args: Args) -> Any:
    try:
        return run.value(args[0])
    except (Failure, DecimalException, OverflowError):
        return run.value(args[1])


def not_(_: Environment, value: Any) -> bool:
    return value is not True


def xor(_: Environment, *values: Any) -> bool:
    return sum(value is True for value in values) % 2 == 1


def isblank(_: Environment, value: Any) -> bool:
    return value is None or value == ()


def in_(env: Environment, value: Any, *items: Any) -> bool:
    if value is None:
        return False
    opened = [member for item in items for member in (item if isinstance(item, tuple) else (item,))]
    return any(member is not None and equal(value, member, env.zone) for member in opened)


LAZY: dict[str, Callable[..., Any]] = {
    "IF": if_,
    "IFS": ifs,
    "SWITCH": switch,
    "AND": and_,
    "OR": or_,
    "COALESCE": coalesce,
    "IFBLANK": coalesce,
    "IFERROR": iferror,
}
EAGER: dict[str, Callable[..., Any]] = {"NOT": not_, "XOR": xor, "ISBLANK": isblank, "IN": in_}
