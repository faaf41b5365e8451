"""Date functions in Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from runtime.calendar import WEEKENDS_ONLY
from runtime.expressions.environment import Environment
from runtime.expressions.periods import add_months, days_in_month, period
from runtime.expressions.python_functions.number import blank_if_blank
from runtime.expressions.python_operators import MAX_DAYS
from runtime.expressions.values import Failure, instant, local, local_day, whole

#: How far DATEADD goes in each unit: some 4,700 years, as far as PostgreSQL reaches back from year 1.
REACH = {"Y": 4_700, "M": 56_400, "W": 245_000, "d": MAX_DAYS, "h": 41_000_000, "m": 2_460_000_000, "s": 148_000_000_000}
_SECONDS = {"h": 3600, "m": 60, "s": 1}
#: Moments that functions give lie in between, so that every zone can show them.
EARLIEST, LATEST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)


def date_(_: Environment, year: Decimal, month: Decimal, day: Decimal) -> date:
    """Year and month must name a month of the calendar (13 counts on); the day may lie outside it."""
    months = whole(year, 20_000) * 12 + whole(month, REACH["M"]) - 1
    try:
        return add_months(date(1, 1, 1), months - 12) + timedelta(days=whole(day, MAX_DAYS) - 1)
    except OverflowError:
        raise Failure("#NUM!", "beyond the years 1 to 9999") from None


def part(take: Callable[[date], int]) -> Callable[..., Decimal]:
    """A function of the local day."""
    return lambda env, moment: Decimal(take(local_day(moment, env.zone)))


def time_part(name: str) -> Callable[..., Decimal]:
    return lambda env, moment: Decimal(getattr(local(moment, env.zone), name))


def weekday(env: Environment, moment: date, first: Decimal = Decimal(1)) -> Decimal:
    iso = local_day(moment, env.zone).isoweekday()
    return Decimal(iso if first == 2 else iso % 7 + 1)


def datedif(env: Environment, start: date, end: date, unit: str) -> Decimal:
    if unit in _SECONDS:
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            span = timedelta(days=(local_day(end, env.zone) - local_day(start, env.zone)).days)
        else:
            span = end - start
        whole_units = abs(span) // timedelta(seconds=_SECONDS[unit])
        return Decimal(whole_units if span >= timedelta(0) else -whole_units)
    first, last = local_day(start, env.zone), local_day(end, env.zone)
    if unit in ("d", "W"):
        days = (last - first).days
        return Decimal(days if unit == "d" else int(days / 7))
    months = int((_month_ordinal(last) - _month_ordinal(first)) / 32)
    return Decimal(months if unit == "M" else int(months / 12))


def _month_ordinal(day: date) -> int:
    """Months count 32 each, so that differences tell whole months."""
    return (day.year * 12 + day.month) * 32 + day.day


def dateadd(env: Environment, moment: date, count: Decimal, unit: str) -> date:
    amount = whole(count, REACH[unit])
    try:
        if not isinstance(moment, datetime):
            if unit in _SECONDS:
                raise Failure("#VALUE!", "hours, minutes and seconds need a time")
            return _add_days(moment, amount, unit)
        if unit in _SECONDS:
            return _within_calendar(moment + timedelta(seconds=amount * _SECONDS[unit]))
        there = local(moment, env.zone)
        day = _add_days(there.date(), amount, unit)
        return _within_calendar(instant(datetime.combine(day, there.time()), env.zone))
    except OverflowError:
        raise Failure("#NUM!", "beyond the years 1 to 9999") from None


def _add_days(day: date, amount: int, unit: str) -> date:
    if unit in ("Y", "M"):
        return add_months(day, amount * (12 if unit == "Y" else 1))
    return day + timedelta(days=amount * (7 if unit == "W" else 1))


def _within_calendar(moment: datetime) -> datetime:
    if not EARLIEST <= moment <= LATEST:
        raise OverflowError
    return moment


def days(env: Environment, end: date, start: date) -> Decimal:
    return Decimal((local_day(end, env.zone) - local_day(start, env.zone)).days)


def edate(env: Environment, day: date, months: Decimal) -> date:
    return dateadd(env, day, months, "M")


def eomonth(env: Environment, day: date, months: Decimal) -> date:
    there = edate(env, day.replace(day=1), months)
    return there.replace(day=days_in_month(there.year, there.month))


def workday(env: Environment, day: date, count: Decimal) -> date:
    found = (env.calendar or WEEKENDS_ONLY).add_workdays(day, whole(count, 100_000))
    if found is None:
        raise Failure("#NUM!", "beyond the calendar")
    return found


def networkdays(env: Environment, start: date, end: date) -> Decimal:
    count = (env.calendar or WEEKENDS_ONLY).workdays_between(start, end)
    if count is None:
        raise Failure("#NUM!", "beyond the calendar")
    return Decimal(count)


def within(env: Environment, moment: date | None, which: str, count: Decimal, unit: str) -> bool:
    span = period(env, which, count, unit)
    if moment is None:
        return False
    if isinstance(moment, datetime):
        low, high = span.bounds(env)
        return low <= moment < high
    if span.exact:
        raise Failure("#VALUE!", "hours and minutes need a time")
    return span.first <= moment <= span.last


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "TODAY": lambda env: env.today,
    "NOW": lambda env: env.now,
    "DATE": blank_if_blank(date_),
    "DATEVALUE": blank_if_blank(lambda env, moment: local_day(moment, env.zone)),
    "YEAR": blank_if_blank(part(lambda day: day.year)),
    "MONTH": blank_if_blank(part(lambda day: day.month)),
    "DAY": blank_if_blank(part(lambda day: day.day)),
    "QUARTER": blank_if_blank(part(lambda day: (day.month + 2) // 3)),
    "ISOWEEKNUM": blank_if_blank(part(lambda day: day.isocalendar().week)),
    "HOUR": blank_if_blank(time_part("hour")),
    "MINUTE": blank_if_blank(time_part("minute")),
    "SECOND": blank_if_blank(time_part("second")),
    "WEEKDAY": blank_if_blank(weekday),
    "DATEDIF": blank_if_blank(datedif),
    "DATEADD": blank_if_blank(dateadd),
    "DAYS": blank_if_blank(days),
    "EDATE": blank_if_blank(edate),
    "EOMONTH": blank_if_blank(eomonth),
    "WORKDAY": blank_if_blank(workday),
    "NETWORKDAYS": blank_if_blank(networkdays),
    "WITHIN": within,
}
