"""Values of the asking person and of the moment, as named parameters of a statement.

A statement built for one person serves everybody with the same roles: only these values are exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from runtime.access import moving
from runtime.context import Context

_IDS = ARRAY(sa.BigInteger)


def _me(ctx: Context) -> Any:
    return ctx.actor.user_id


def _people(ctx: Context) -> Any:
    return list(ctx.actor.subordinate_ids)


_VALUES: Mapping[str, tuple[Callable[[Context], Any], sa.types.TypeEngine[Any]]] = {
    "actor_me": (_me, sa.BigInteger()),
    "actor_people": (_people, _IDS),
}
"""Name of the parameter -> its value for a context, and its type."""


def parameter(ctx: Context, name: str) -> sa.BindParameter[Any]:
    """The named parameter with its value for this context."""
    value, kind = _VALUES[name]
    return sa.bindparam(name, value(ctx), kind)


def current_value(ctx: Context, name: str) -> Any:
    """The value of a named parameter for this context; KeyError for any other name."""
    if name in _VALUES:
        return _VALUES[name][0](ctx)
    return moving.read(name).value(ctx)


def is_dynamic(name: str) -> bool:
    """Whether a parameter of a statement is one of these."""
    return name in _VALUES or name.startswith(moving.PREFIX)
