"""Building blocks of SQL expressions: binds with types, and the number and range rules of the language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    Numeric,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    true,
)
from sqlalchemy import false as sql_false
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import TypeEngine

from builder.expressions.limits import DECIMALS, MAX_TEXT
from builder.expressions.types import IDENTITIES, Type

Sql = ColumnElement[Any]

_SQL_TYPES: dict[Type, TypeEngine[Any]] = {
    Type.TEXT: Text(),
    Type.CHOICE: Text(),
    Type.CHOICES: Text(),
    Type.NUMBER: Numeric(),
    Type.DURATION: Numeric(),
    Type.BOOLEAN: Boolean(),
    Type.DATE: Date(),
    Type.DATETIME: DateTime(timezone=True),
    Type.PERSON: BigInteger(),
    Type.TEAM: BigInteger(),
    Type.REF: BigInteger(),
}
_DAY_BEFORE_ALL: Sql = literal_column("DATE '0001-12-31 BC'", Date())
_DAY_AFTER_ALL: Sql = literal_column("DATE '10000-01-01'", Date())
_BEFORE_ALL: Sql = literal_column("TIMESTAMPTZ '0001-01-02 23:59:59.999999+00'", DateTime(timezone=True))
_AFTER_ALL: Sql = literal_column("TIMESTAMPTZ '9999-12-29 00:00:00.000001+00'", DateTime(timezone=True))


def sql_type(kind: Type) -> TypeEngine[Any]:
    """The column type that values of this type have."""
    return _SQL_TYPES.get(kind, Text())


def bind(value: Any, kind: Type) -> Sql:
    """A constant; NULL is typed, so that PostgreSQL knows which function is meant."""
    if value is None:
        return cast(null(), sql_type(kind)) if kind is not Type.ANY else null()
    if isinstance(value, bool):
        return true() if value else sql_false()
    if isinstance(value, Decimal) and kind in IDENTITIES:
        return bindparam(None, int(value), type_=BigInteger(), unique=True)
    return bindparam(None, value, type_=sql_type(type_of_value(value)), unique=True)


def number(value: int | Decimal) -> Sql:
    return bindparam(None, Decimal(value), type_=Numeric(), unique=True)


def integer(value: int) -> Sql:
    return bindparam(None, value, type_=Integer() if abs(value) < 2**31 else BigInteger(), unique=True)


def text(value: str) -> Sql:
    return bindparam(None, value, type_=Text(), unique=True)


def type_of_value(value: Any) -> Type:
    match value:
        case bool():
            return Type.BOOLEAN
        case str():
            return Type.TEXT
        case Decimal():
            return Type.NUMBER
        case datetime():
            return Type.DATETIME
        case date():
            return Type.DATE
    return Type.ANY


def fits(value: Any, kind: Type) -> bool:
    """Can a constant equal values of this type at all?"""
    match kind:
        case Type.TEXT | Type.CHOICE | Type.CHOICES:
            return isinstance(value, str)
        case Type.BOOLEAN:
            return isinstance(value, bool)
        case Type.NUMBER | Type.DURATION:
            return isinstance(value, Decimal) and not isinstance(value, bool)
        case Type.PERSON | Type.TEAM | Type.REF:
            return isinstance(value, Decimal) and value == int(value) and abs(value) < 2**63
        case Type.DATE | Type.DATETIME:
            return isinstance(value, date)
    return False


def any_of(parts: Iterable[Sql | None]) -> Sql | None:
    """OR of those that are there; None when none is."""
    found = [part for part in parts if part is not None]
    if not found:
        return None
    return found[0] if len(found) == 1 else or_(*found)


def is_true(condition: Sql) -> Sql:
    """Two-valued: NULL becomes false."""
    return condition.is_(true())


def is_not_true(condition: Sql) -> Sql:
    return condition.is_not(true())


def quotient(left: Sql, right: Sql) -> Sql:
    """left / right to DECIMALS places, halves away from zero; NULL when right is 0."""
    shift = Decimal(10) ** (DECIMALS + 1)
    units = func.div(left * number(shift), func.nullif(right, number(0)), type_=Numeric())
    return func.round(units * number(Decimal(1).scaleb(-DECIMALS - 1)), DECIMALS, type_=Numeric())


def in_range(value: Sql, low: Sql, high: Sql, kind: TypeEngine[Any]) -> Sql:
    """The value when it lies strictly between low and high, else NULL. Names the value once."""
    held = func.least(func.greatest(value, low, type_=kind), high, type_=kind)
    return func.nullif(func.nullif(held, low, type_=kind), high, type_=kind)


def whole(value: Sql, limit: int) -> Sql:
    """The number without its fraction as an integer; NULL beyond the limit."""
    held = in_range(func.trunc(value, type_=Numeric()), number(-limit - 1), number(limit + 1), Numeric())
    return cast(held, Integer() if limit < 2**31 - 1 else BigInteger())


def calendar_day(value: Sql) -> Sql:
    """A computed date; NULL beyond the years 1 to 9999."""
    return in_range(cast(value, Date()), _DAY_BEFORE_ALL, _DAY_AFTER_ALL, Date())


def calendar_moment(value: Sql) -> Sql:
    """A computed moment; NULL where it would leave the calendar in some zone."""
    return in_range(value, _BEFORE_ALL, _AFTER_ALL, DateTime(timezone=True))


def given(value: Sql) -> Sql:
    """Text for building texts: nothing is the empty text."""
    return func.coalesce(value, text(""), type_=Text())


def result_text(value: Sql) -> Sql:
    """Text as functions return it: NULL when empty."""
    return func.nullif(value, text(""), type_=Text())


def cut(value: Sql) -> Sql:
    """A text that has grown, at its longest allowed length."""
    return result_text(func.left(value, MAX_TEXT, type_=Text()))
