"""The periods of WITHIN: "the last 7 days", "this month" … as bounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from runtime.expressions.environment import Environment
from runtime.expressions.values import Failure, first_instant

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` to `last` day, both included; or, for hours and minutes, between two moments."""

    first: date
    last: date

    @property
    def exact(self) -> bool:
        return isinstance(self.first, datetime)

    def bounds(self, env: Environment) -> tuple[datetime, datetime]:
        """For moments: from the first (included) to the second (not included)."""
        if isinstance(self.first, datetime) and isinstance(self.last, datetime):
            return self.first, self.last + timedelta(microseconds=1)
        return first_instant(self.first, env.zone), first_instant(self.last + timedelta(days=1), env.zone)


def period(env: Environment, which: str, count: Decimal, unit: str) -> Period:
    """The period that the words mean now.

    last / next: so many units back or forward from today, today included ("hour" and "minute": from now).
    this / previous / following: the whole day, week (from Monday), month, quarter or year.
    """
    amount = int(count)
    try:
        if unit in ("hour", "minute"):
            return _exact(env, which, timedelta(**{f"{unit}s": amount}))
        if which == "last":
            return Period(shifted(env.today, -amount, unit), env.today)
        if which == "next":
            return Period(env.today, shifted(env.today, amount, unit))
        start = shifted(start_of(env.today, unit), {"previous": -1, "this": 0, "following": 1}[which], unit)
        return Period(start, shifted(start, 1, unit) - timedelta(days=1))
    except OverflowError:
        raise Failure("#NUM!", "beyond the years 1 to 9999") from None


def shifted(day: date, count: int, unit: str) -> date:
    """The day so many days, weeks, months, quarters or years later; the end of a month stays in it."""
    if unit in _MONTHS:
        return add_months(day, count * _MONTHS[unit])
    return day + timedelta(days=count * (7 if unit == "week" else 1))


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day. OverflowError beyond year 1 to 9999."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError(year)
    return day.replace(year=year, month=month + 1, day=min(day.day, days_in_month(year, month + 1)))


def days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def start_of(day: date, unit: str) -> date:
    """The first day of the week, month, quarter or year of a day."""
    match unit:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day


def _exact(env: Environment, which: str, span: timedelta) -> Period:
    if which == "last":
        return Period(env.now - span, env.now)
    if which == "next":
        return Period(env.now, env.now + span)
    raise Failure("#VALUE!", f"there is no {which} hour or minute")
