"""List functions and the asking person, in Python."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from runtime.expressions.environment import Environment
from runtime.expressions.values import Failure, cut, equal, flat


def join(_: Environment, items: Any, separator: str | None = ",") -> str | None:
    found = flat([items])
    if not all(isinstance(item, str) for item in found):
        raise Failure("#VALUE!", "only texts can be joined")
    return cut((separator or "").join(found))


def has_any(env: Environment, items: Any, *wanted: Any) -> bool:
    held = flat([items])
    return any(_holds(env, held, item) for item in flat(wanted))


def has_all(env: Environment, items: Any, *wanted: Any) -> bool:
    held, asked = flat([items]), flat(wanted)
    return bool(asked) and all(_holds(env, held, item) for item in asked)


def _holds(env: Environment, held: list[Any], item: Any) -> bool:
    return any(equal(member, item, env.zone) for member in held)


def user(env: Environment) -> Decimal | None:
    return None if env.user_id is None else Decimal(env.user_id)


def my_teams(env: Environment) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, env.team_ids))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "JOIN": join,
    "HASANY": has_any,
    "HASALL": has_all,
    "USER": user,
    "MYTEAMS": my_teams,
}
