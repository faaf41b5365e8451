"""Periods of a dashboard's filter: what they are called, and the time before them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from babel.dates import format_date

from builder.board_filters import PERIODS, read_period
from runtime.expressions.periods import shifted, start_of
from web.i18n import babel_locale, mark
from web.i18n import gettext as _

_WORDS: Mapping[str, str] = {
    "this_day": mark("Today"),
    "this_week": mark("This week"),
    "this_month": mark("This month"),
    "this_quarter": mark("This quarter"),
    "this_year": mark("This year"),
    "previous_day": mark("Yesterday"),
    "previous_week": mark("Last week"),
    "previous_month": mark("Last month"),
    "previous_quarter": mark("Last quarter"),
    "previous_year": mark("Last year"),
}


def period_choices() -> list[tuple[str, str]]:
    """(value, words) of the periods that are offered."""
    return [(each, period_words(each)) for each in PERIODS]


def period_words(value: str) -> str:
    """A period as people say it."""
    found = read_period(value)
    if found is None:
        return value
    if found.which == "last":
        return _("Last %(num)d days", num=found.count)
    if found.which != "dates":
        return _(_WORDS[value])
    first, last = (format_date(each, "medium", locale=babel_locale()) if each else "" for each in (found.first, found.last))
    if first and last:
        return first if first == last else f"{first} – {last}"
    return _("from %(day)s", day=first) if first else _("until %(day)s", day=last)


def time_before(value: str, today: date) -> tuple[date, date] | None:
    """The first and last day of what a period is compared with: the unit before, or as many days before; None when it is open."""
    found = read_period(value)
    if found is None:
        return None
    if found.which in ("this", "previous"):
        begin = shifted(start_of(today, found.unit), -1 if found.which == "this" else -2, found.unit)
        return begin, shifted(begin, 1, found.unit) - timedelta(days=1)
    if found.which == "last":
        return today - timedelta(days=2 * found.count + 1), today - timedelta(days=found.count + 1)
    first, last = found.first, found.last
    if first is None or last is None:
        return None
    return first - (last - first) - timedelta(days=1), first - timedelta(days=1)
