"""Parts of a condition whose value moves with the moment or the person: TODAY()-3, USER(), WITHIN(…, "this", 1, "month").

They become named parameters of the statement, so that its SQL is the same for everybody and for ever. The name holds
the recipe: how to compute the value from a context. Nothing has to be remembered beside the statement itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from builder.expressions.nodes import Node
from builder.expressions.parser import parse
from builder.expressions.printer import print_expression
from builder.expressions.problems import ExpressionProblem
from builder.expressions.types import IDENTITIES, Type
from runtime.calendar import work_calendar
from runtime.context import Context
from runtime.expressions.environment import Environment
from runtime.expressions.python_backend import ErrorValue, evaluate
from runtime.expressions.sql_values import sql_type
from runtime.expressions.values import Failure, first_instant

PREFIX = "moving_"
VALUE, AS_LIST, LIST, DAY_START, DAY_END = "value", "aslist", "list", "start", "end"
"""What the recipe makes of the value: itself, a list of one, a list of ids, the first moment of that day or the next."""


@dataclass(frozen=True)
class Moving:
    """A recipe: an expression without fields, the type of its value, and what to make of it."""

    node: Node
    kind: Type
    shape: str = VALUE

    @property
    def name(self) -> str:
        """The name of the parameter; `read` gives the recipe back."""
        return f"{PREFIX}{self.shape}_{self.kind.value}_{print_expression(self.node).encode().hex()}"

    @property
    def sql_type(self) -> sa.types.TypeEngine[Any]:
        if self.shape == LIST:
            return ARRAY(sa.BigInteger)
        if self.shape in (DAY_START, DAY_END):
            return sa.DateTime(timezone=True)
        return ARRAY(sql_type(self.kind)) if self.shape == AS_LIST else sql_type(self.kind)

    @property
    def result(self) -> Type:
        """The type in expressions."""
        if self.shape in (LIST, AS_LIST):
            return Type.LIST
        return Type.DATETIME if self.shape in (DAY_START, DAY_END) else self.kind

    def value(self, ctx: Context) -> Any:
        """The value of the parameter for a context; None where it cannot be computed."""
        environment = environment_of(ctx)
        found = evaluate(self.node, _no_fields, environment)
        if isinstance(found, ErrorValue):
            found = None
        if self.shape == LIST:
            return [int(each) for each in found] if isinstance(found, tuple) else []
        plain = int(found) if isinstance(found, Decimal) and self.kind in IDENTITIES else found
        if self.shape == AS_LIST:
            return [] if plain is None else [plain]
        if self.shape in (DAY_START, DAY_END) and isinstance(plain, date):
            return _instant(plain, self.shape, environment)
        return plain

    def parameter(self, ctx: Context) -> sa.BindParameter[Any]:
        return sa.bindparam(self.name, self.value(ctx), self.sql_type)


@lru_cache(maxsize=2048)
def read(name: str) -> Moving:
    """The recipe in the name of a parameter. KeyError for any other name."""
    if not name.startswith(PREFIX):
        raise KeyError(name)
    shape, kind, text = name.removeprefix(PREFIX).split("_", 2)
    node = parse(bytes.fromhex(text).decode())
    if isinstance(node, ExpressionProblem):
        raise KeyError(name)
    return Moving(node, Type(kind), shape)


def environment_of(ctx: Context) -> Environment:
    """What expressions see around the record in this context."""
    workspace, actor = ctx.workspace, ctx.actor
    return Environment(ctx.now, workspace.zone, actor.user_id, actor.team_ids, work_calendar(workspace.country), actor.language)


def _instant(day: date, shape: str, environment: Environment) -> datetime | None:
    day = day.astimezone(environment.zone).date() if isinstance(day, datetime) else day
    try:
        return first_instant(day if shape == DAY_START else day + timedelta(days=1), environment.zone)
    except (Failure, OverflowError):
        return None


def _no_fields(parts: tuple[str, ...]) -> Any:
    raise KeyError(parts)


__all__ = ["Moving", "environment_of", "read"]
