"""Working days: weekends, public holidays, and the Saturdays that China works to make up for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

_DAY = timedelta(days=1)
#: Years whose holidays are computed for countries other than China; later ones have weekends only.
_SEED_YEARS = range(2010, 2051)
#: How many days one computation may walk: about 80 years.
_MAX_WALK = 30_000


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """A working calendar. `weekend` holds weekday numbers, Monday being 0."""

    country: str
    holidays: frozenset[date] = frozenset()
    extra_workdays: frozenset[date] = frozenset()
    weekend: tuple[int, ...] = (5, 6)

    def is_workday(self, day: date) -> bool:
        if day in self.extra_workdays:
            return True
        return day not in self.holidays and day.weekday() not in self.weekend

    def add_workdays(self, day: date, count: int) -> date | None:
        """The `count`-th working day after (or, if negative, before) a day; 0 gives the day itself.

        None when that is beyond the calendar's reach (years 1 to 9999, some 80 years away).
        """
        step = _DAY if count >= 0 else -_DAY
        left = abs(count)
        try:
            for _ in range(_MAX_WALK):
                if left == 0:
                    return day
                day += step
                left -= self.is_workday(day)
        except OverflowError:
            return None
        return None

    def workdays_between(self, start: date, end: date) -> int | None:
        """Working days from start to end, both counted; negative when the end is earlier. None when too far apart."""
        if start > end:
            backwards = self.workdays_between(end, start)
            return None if backwards is None else -backwards
        span = (end - start).days
        if span > _MAX_WALK:
            return None
        return sum(self.is_workday(start + timedelta(days=offset)) for offset in range(span + 1))


WEEKENDS_ONLY = WorkCalendar("")


def work_calendar(
    country: str,
    holidays: frozenset[date] = frozenset(),
    extra_workdays: frozenset[date] = frozenset(),
    weekend: tuple[int, ...] = (5, 6),
) -> WorkCalendar:
    """The calendar of a country (ISO code such as "CN"), with the workspace's own days on top.

    A day in `holidays` is free and a day in `extra_workdays` is worked, whatever the country says.
    Years that the public data does not reach, and unknown countries, have weekends only.
    """
    free, worked = _seed(country.upper())
    return WorkCalendar(
        country,
        frozenset((free - extra_workdays) | holidays),
        frozenset((worked - holidays) | extra_workdays),
        weekend,
    )


@cache
def _seed(country: str) -> tuple[frozenset[date], frozenset[date]]:
    """Free days and make-up working days of a country, as far as they are published."""
    # Imported on first use: they would make every start of the site noticeably longer.
    import chinese_calendar
    import holidays as holiday_data

    if country == "CN":
        return frozenset(chinese_calendar.holidays), frozenset(chinese_calendar.workdays)
    try:
        data = holiday_data.country_holidays(country, years=_SEED_YEARS)
    except NotImplementedError:
        return frozenset(), frozenset()
    return frozenset(data.keys()), frozenset(getattr(data, "weekend_workdays", ()) or ())
