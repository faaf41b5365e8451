"""Date functions in SQL. Moments are read in the workspace's zone, which is a bind."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import BigInteger, Date, DateTime, Double, Integer, Interval, Numeric, and_, cast, extract, func, literal_column

from builder.expressions.nodes import Node
from builder.expressions.types import Type
from runtime.expressions.periods import period
from runtime.expressions.python_functions.dates import REACH
from runtime.expressions.python_operators import MAX_DAYS
from runtime.expressions.sql_compiler import Compiler
from runtime.expressions.sql_operators import local_date, local_time, zone_name
from runtime.expressions.sql_values import Sql, bind, calendar_day, calendar_moment, in_range, integer, number, whole

_SECONDS = {"h": 3600, "m": 60, "s": 1}
_FIRST_DAY: Sql = literal_column("DATE '0001-01-01'", Date())
_PLAIN_TIME = DateTime()


def part(field: str) -> Callable[..., Sql]:
    """A part of the local day."""
    return lambda c, moment: cast(extract(field, local_date(c, moment)), Numeric())


def time_part(field: str) -> Callable[..., Sql]:
    return lambda c, moment: func.floor(cast(extract(field, local_time(c, moment)), Numeric()), type_=Numeric())


def weekday(c: Compiler, moment: Node, first: Node | None = None) -> Sql:
    monday_first = first is not None and c.constant(first) == 2
    if monday_first:
        return part("isodow")(c, moment)
    return part("dow")(c, moment) + number(1)


def days_between(start: Sql, end: Sql) -> Sql:
    return cast(end.op("-", return_type=Integer())(start), Numeric())


def days(c: Compiler, end: Node, start: Node) -> Sql:
    return days_between(local_date(c, start), local_date(c, end))


def datedif(c: Compiler, start: Node, end: Node, unit_node: Node) -> Sql:
    unit = c.constant(unit_node)
    if unit in _SECONDS:
        return _time_between(c, start, end, _SECONDS[unit])
    first, last = local_date(c, start), local_date(c, end)
    if unit in ("d", "W"):
        return func.div(days_between(first, last), number(1 if unit == "d" else 7), type_=Numeric())
    months = _month_ordinal(last) - _month_ordinal(first)
    return func.div(months, number(32 if unit == "M" else 384), type_=Numeric())


def _time_between(c: Compiler, start: Node, end: Node, seconds: int) -> Sql:
    if Type.DATETIME in (c.kind(start), c.kind(end)):
        span = c.value(end, Type.DATETIME) - c.value(start, Type.DATETIME)
        return func.div(cast(extract("epoch", span), Numeric()), number(seconds), type_=Numeric())
    whole_days = days_between(c.value(start, Type.DATE), c.value(end, Type.DATE))
    return func.div(whole_days * number(86_400), number(seconds), type_=Numeric())


def _month_ordinal(day: Sql) -> Sql:
    """Months count 32 each, so that differences tell whole months."""
    year, month, rest = (cast(extract(field, day), Numeric()) for field in ("year", "month", "day"))
    return year * number(384) + month * number(32) + rest


def interval(unit: str, amount: Sql) -> Sql:
    """So many calendar units; years count as months."""
    zero = integer(0)
    if unit in ("Y", "M"):
        months = amount * integer(12) if unit == "Y" else amount
        return func.make_interval(zero, months, type_=Interval())
    if unit in ("d", "W"):
        count = amount * integer(7) if unit == "W" else amount
        return func.make_interval(zero, zero, zero, count, type_=Interval())
    seconds = cast(amount, BigInteger()) * integer(_SECONDS[unit])
    return func.make_interval(zero, zero, zero, zero, zero, zero, cast(seconds, Double()), type_=Interval())


def _amount(c: Compiler, node: Node, unit: str) -> Sql:
    if c.is_constant(node):
        value = c.constant(node)
        limit = REACH[unit]
        if value is not None and abs(value) < limit + 1:
            return integer(int(value))
    return whole(c.value(node, Type.NUMBER), REACH[unit])


def dateadd(c: Compiler, moment: Node, count: Node, unit_node: Node) -> Sql:
    unit = c.constant(unit_node)
    return moved(c, moment, count, unit)


def moved(c: Compiler, moment: Node, count: Node, unit: str) -> Sql:
    step = interval(unit, _amount(c, count, unit))
    if c.kind(moment) is not Type.DATETIME:
        return calendar_day(_plus(c.value(moment, Type.DATE), step))
    if unit in _SECONDS:
        return calendar_moment(c.value(moment).op("+", return_type=DateTime(timezone=True))(step))
    there = _plus(local_time(c, moment), step)
    return calendar_moment(func.timezone(zone_name(c), there, type_=DateTime(timezone=True)))


def _plus(moment: Sql, step: Sql) -> Sql:
    return moment.op("+", return_type=_PLAIN_TIME)(step)


def date_(c: Compiler, year: Node, month: Node, day: Node) -> Sql:
    months = whole(c.value(year, Type.NUMBER), 20_000) * integer(12) + whole(c.value(month, Type.NUMBER), REACH["M"])
    # Counted from January of year 1; the month must exist, the day may lie outside it.
    index = in_range(months - integer(13), integer(-1), integer(9999 * 12), Integer())
    first = cast(_plus(_FIRST_DAY, interval("M", index)), Date())
    return calendar_day(first.op("+", return_type=Date())(whole(c.value(day, Type.NUMBER), MAX_DAYS) - integer(1)))


def edate(c: Compiler, day: Node, months: Node) -> Sql:
    return moved(c, day, months, "M")


def eomonth(c: Compiler, day: Node, months: Node) -> Sql:
    start = func.date_trunc("month", cast(c.value(day, Type.DATE), _PLAIN_TIME), type_=_PLAIN_TIME)
    next_month = interval("M", _amount(c, months, "M") + integer(1))
    return calendar_day(_plus(start, next_month).op("-", return_type=_PLAIN_TIME)(interval("d", integer(1))))


def within(c: Compiler, moment: Node, which: Node, count: Node, unit: Node) -> Sql:
    span = period(c.environment, c.constant(which), c.constant(count), c.constant(unit))
    column = c.raw(moment, Type.DATE)
    if c.kind(moment) is Type.DATETIME:
        low, high = span.bounds(c.environment)
        return and_(column >= bind(low, Type.DATETIME), column < bind(high, Type.DATETIME))
    return and_(column >= bind(span.first, Type.DATE), column <= bind(span.last, Type.DATE))


FUNCTIONS: dict[str, Callable[..., Sql]] = {
    "TODAY": lambda c: bind(c.environment.today, Type.DATE),
    "NOW": lambda c: bind(c.environment.now, Type.DATETIME),
    "DATE": date_,
    "DATEVALUE": lambda c, moment: local_date(c, moment),
    "YEAR": part("year"),
    "MONTH": part("month"),
    "DAY": part("day"),
    "QUARTER": part("quarter"),
    "ISOWEEKNUM": part("week"),
    "HOUR": time_part("hour"),
    "MINUTE": time_part("minute"),
    "SECOND": time_part("second"),
    "WEEKDAY": weekday,
    "DATEDIF": datedif,
    "DATEADD": dateadd,
    "DAYS": days,
    "EDATE": edate,
    "EOMONTH": eomonth,
    "WITHIN": within,
}
STRICT = frozenset(FUNCTIONS) - {"TODAY", "NOW", "WITHIN"}
