"""Days and points in time. A date has no zone; a point in time is kept in UTC."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa

from builder.errors import Problem
from builder.expressions.types import Type
from builder.fields.base import FieldType, Locale, problem
from builder.model import Field

MOMENT_OPERATORS = ("is", "gt", "gte", "lt", "lte", "between", "within", "is_empty", "is_not_empty")
_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?$")


def read_date(text: str) -> date | None:
    """The day in a text that begins with the year: `2026-03-05`, `2026/3/5`, `2026年3月5日`; else None."""
    found = _DAY.match(unicodedata.normalize("NFKC", text).strip())
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def read_datetime(text: str, locale: Locale) -> datetime | None:
    """RFC 3339, or a day with or without a clock time, which is then local; in UTC; else None."""
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        value = datetime.fromisoformat(plain)
        return _to_utc(value, locale)
    except (ValueError, OverflowError):
        pass
    day, _, clock = re.sub(r"\s+", " ", plain.replace("T", " ").replace("日", "日 ", 1)).partition(" ")
    found_day, found_clock = read_date(day), _CLOCK.match(clock.strip() or "0:00")
    if found_day is None or found_clock is None:
        return None
    try:
        at = time(int(found_clock[1]), int(found_clock[2]), int(found_clock[3] or 0))
        return _to_utc(datetime.combine(found_day, at), locale)
    except (ValueError, OverflowError):
        return None


def _to_utc(value: datetime, locale: Locale) -> datetime:
    return (value if value.tzinfo else value.replace(tzinfo=locale.zone)).astimezone(UTC)


def datetime_json(value: datetime) -> str:
    """RFC 3339 in UTC, written as PostgreSQL writes it in JSON."""
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "+00:00"


class DateType(FieldType):
    """A day."""

    name = "date"
    group = "date"
    icon = "calendar"
    widget = "date"
    display = "day"
    operators = MOMENT_OPERATORS

    def expression_type(self, field: Field) -> Type:
        return Type.DATE

    def column_type(self, field: Field) -> sa.types.TypeEngine[Any]:
        return sa.Date()

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        if isinstance(raw, datetime):
            return raw.astimezone(locale.zone).date() if raw.tzinfo else raw.date()
        if isinstance(raw, date):
            return raw
        if isinstance(raw, str) and len(raw) <= 40:
            day = read_date(raw)
            if day is None and (moment := read_datetime(raw, locale)) is not None:
                day = moment.astimezone(locale.zone).date()
            if day is not None:
                return day
        return problem(field, "not_a_date", "Enter a date as YYYY-MM-DD.")

    def to_json(self, field: Field, value: Any) -> Any:
        return value.isoformat() if value is not None else None

    def to_text(self, field: Field, value: Any, locale: Locale) -> str:
        return value.isoformat() if value is not None else ""

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


class DateTimeType(DateType):
    """A point in time."""

    name = "datetime"
    icon = "clock"
    widget = "datetime"
    display = "moment"

    def expression_type(self, field: Field) -> Type:
        return Type.DATETIME

    def column_type(self, field: Field) -> sa.types.TypeEngine[Any]:
        return sa.DateTime(timezone=True)

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        moment: datetime | None = None
        try:
            if isinstance(raw, datetime):
                moment = _to_utc(raw, locale)
            elif isinstance(raw, date):
                moment = _to_utc(datetime.combine(raw, time()), locale)
            elif isinstance(raw, str) and len(raw) <= 40:
                moment = read_datetime(raw, locale)
        except OverflowError:
            moment = None
        if moment is not None and moment.year >= 1:
            return moment
        return problem(field, "not_a_datetime", "Enter a date and time as YYYY-MM-DD HH:MM.")

    def to_json(self, field: Field, value: Any) -> Any:
        return datetime_json(value) if value is not None else None

    def to_text(self, field: Field, value: Any, locale: Locale) -> str:
        return value.astimezone(locale.zone).strftime("%Y-%m-%d %H:%M:%S") if value is not None else ""

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}
