"""When a rung is due, and, the other way round, up to which value of the date field a rung is due by now.

Days are steps of the local calendar: a day more keeps the wall clock. A local time that a clock change skips means the
first moment after the gap; of a doubled hour the first one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from builder.automations.durations import MINUTES, WORKING_DAY, Duration
from runtime.calendar import WorkCalendar

_DAY = timedelta(days=1)
# What clock changes can shift a local day by, generously.
_CLOCK_SLACK = timedelta(hours=3)
Moment = date | datetime


@dataclass(frozen=True)
class Offset:
    """So long after (or before) a value. `at`: local time at which days are counted."""

    after: Duration
    at: time
    zone: ZoneInfo
    calendar: WorkCalendar

    def due(self, value: Moment) -> datetime | None:
        """The moment, in UTC; None beyond the calendar's reach."""
        try:
            if isinstance(value, datetime):
                return self._due_of_moment(value)
            if self.after.unit in MINUTES:
                return local_moment(datetime.combine(value, self.at), self.zone) + self._exact()
            day = self._shift(value)
            return None if day is None else local_moment(datetime.combine(day, self.at), self.zone)
        except OverflowError:
            return None

    def last_value(self, now: datetime, *, is_date: bool) -> tuple[Moment, Moment]:
        """(low, high): whatever is due at `now` is at most high, and whatever is at most low is due at `now`.

        For dates and exact lengths the two are equal.
        """
        if is_date:
            day = self._last_day(now, self.at)
            return day, day
        if self.after.unit in MINUTES:
            moment = now - self._exact()
            return moment, moment
        if self.after.unit == WORKING_DAY:
            # Several days may lead to the same working day: of a day that is due at its beginning, the end need not be.
            whole, begun = self._last_day(now, time.max), self._last_day(now, time())
            return local_moment(datetime.combine(whole, time.max), self.zone), local_moment(
                datetime.combine(begun + _DAY, time()), self.zone
            )
        moment = now - timedelta(days=self.after.amount)
        return moment - _CLOCK_SLACK, moment + _CLOCK_SLACK

    def _due_of_moment(self, value: datetime) -> datetime | None:
        if self.after.unit in MINUTES:
            return value.astimezone(UTC) + self._exact()
        local = value.astimezone(self.zone).replace(tzinfo=None, fold=0)
        day = self._shift(local.date())
        return None if day is None else local_moment(datetime.combine(day, local.time()), self.zone)

    def _exact(self) -> timedelta:
        return timedelta(minutes=self.after.amount * MINUTES[self.after.unit])

    def _shift(self, day: date) -> date | None:
        if self.after.unit == WORKING_DAY:
            return self.calendar.add_workdays(day, self.after.amount)
        return day + timedelta(days=self.after.amount)

    def _last_day(self, now: datetime, at: time) -> date:
        """The last day that is due at `now`. What is due grows with the day, so a short walk finds it."""
        offset = Offset(self.after, at, self.zone, self.calendar)
        amount = {WORKING_DAY: self.after.amount * 7 // 5, "d": self.after.amount}.get(self.after.unit, 0)
        day = now.astimezone(self.zone).date() - timedelta(days=amount)
        while not _is_due(offset, day, now):
            day -= _DAY
        while _is_due(offset, day + _DAY, now):
            day += _DAY
        return day


def _is_due(offset: Offset, day: date, now: datetime) -> bool:
    due = offset.due(day)
    return due is not None and due <= now


def local_moment(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, of a naive local time: after a gap its end, in a doubled hour the first."""
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first
    return _end_of_gap(local.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment of the clock change between two moments, to the second."""
    low, high = int(before.timestamp()), int(after.timestamp())
    start = before.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, UTC).astimezone(zone).utcoffset() == start:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
