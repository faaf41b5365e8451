"""When a date rule is due: calendars, clock changes, and the way back from a moment to the dates that are due."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builder.automations.durations import parse_duration
from runtime.automations.due import Offset, local_moment
from runtime.automations.schedule import last_occurrence, next_occurrence, occurrence_key
from runtime.calendar import work_calendar

SHANGHAI, BERLIN, NEW_YORK, LORD_HOWE = (
    ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
)
CHINA = work_calendar("CN")


def offset(text: str, zone: ZoneInfo = SHANGHAI, at: str = "09:00") -> Offset:
    after = parse_duration(text)
    assert after is not None
    return Offset(after, time.fromisoformat(at), zone, CHINA)


@pytest.mark.parametrize(
    ("value", "after", "zone", "due"),
    [
        (date(2026, 3, 1), "2d", SHANGHAI, "2026-03-03T01:00:00+00:00"),
        (date(2026, 3, 1), "-3d", SHANGHAI, "2026-02-26T01:00:00+00:00"),
        (date(2028, 2, 29), "1w", SHANGHAI, "2028-03-07T01:00:00+00:00"),
        (date(2026, 3, 1), "4h", SHANGHAI, "2026-03-01T05:00:00+00:00"),
        (date(2026, 3, 6), "1wd", SHANGHAI, "2026-03-09T01:00:00+00:00"),  # Friday -> Monday
        (date(2024, 9, 30), "1wd", SHANGHAI, "2024-10-08T01:00:00+00:00"),  # over the National Day holidays
        (date(2024, 10, 11), "1wd", SHANGHAI, "2024-10-12T01:00:00+00:00"),  # a Saturday that is worked to make up
        (date(2026, 3, 27), "2d", BERLIN, "2026-03-29T07:00:00+00:00"),  # summer time began in the night
        (datetime(2026, 3, 27, 9, 30, tzinfo=UTC), "2d", BERLIN, "2026-03-29T08:30:00+00:00"),  # 10:30 stays 10:30
        (datetime(2026, 3, 27, 9, 30, tzinfo=UTC), "48h", BERLIN, "2026-03-29T09:30:00+00:00"),  # hours are hours
    ],
)
def test_due(value: date, after: str, zone: ZoneInfo, due: str) -> None:
    found = offset(after, zone).due(value)
    assert found is not None
    assert found.isoformat() == due


@pytest.mark.parametrize(
    ("zone", "local", "moment"),
    [
        (BERLIN, datetime(2026, 3, 29, 2, 30), "2026-03-29T01:00:00+00:00"),  # does not exist: the end of the gap
        (BERLIN, datetime(2026, 10, 25, 2, 30), "2026-10-25T00:30:00+00:00"),  # exists twice: the first
        (NEW_YORK, datetime(2026, 3, 8, 2, 0), "2026-03-08T07:00:00+00:00"),
        (LORD_HOWE, datetime(2026, 10, 4, 2, 15), "2026-10-03T15:30:00+00:00"),  # a gap of half an hour
        (SHANGHAI, datetime(2026, 3, 29, 2, 30), "2026-03-28T18:30:00+00:00"),
    ],
)
def test_local_times_around_clock_changes(zone: ZoneInfo, local: datetime, moment: str) -> None:
    assert local_moment(local, zone).isoformat() == moment


DURATIONS = st.builds(lambda amount, unit: f"{amount}{unit}", st.integers(-40, 40), st.sampled_from(["d", "wd", "h", "m", "w"]))
ZONES = st.sampled_from([SHANGHAI, BERLIN, NEW_YORK, LORD_HOWE])
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@settings(max_examples=150, deadline=None)
@given(DURATIONS, ZONES, MOMENTS, st.integers(-3, 3), st.sampled_from(["00:00", "02:30", "09:00", "23:59"]))
def test_the_last_day_that_is_due_is_found(after: str, zone: ZoneInfo, now: datetime, step: int, at: str) -> None:
    rung = offset(after, zone, at)
    low, high = rung.last_value(now, is_date=True)
    assert low == high
    day = high + timedelta(days=step)
    due = rung.due(day)
    assert due is not None
    assert (due <= now) == (day <= high)


@settings(max_examples=200, deadline=None)
@example(
    after="1wd", zone=SHANGHAI, now=datetime(2024, 8, 12, tzinfo=UTC), distance=-86401
)  # Saturday and Sunday: both to Monday
@given(DURATIONS, ZONES, MOMENTS, st.integers(-200_000, 200_000))
def test_no_moment_that_is_due_lies_beyond_the_bounds(after: str, zone: ZoneInfo, now: datetime, distance: int) -> None:
    rung = offset(after, zone)
    low, high = rung.last_value(now, is_date=False)
    assert isinstance(low, datetime)
    assert isinstance(high, datetime)
    value = high + timedelta(seconds=distance)
    due = rung.due(value)
    assert due is not None
    if due <= now:
        assert value <= high
    else:
        assert value > low


def test_schedules_name_the_local_time_and_never_double() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)
    seen = []
    moment = before
    for _ in range(3):
        found = next_occurrence("30 2 * * *", BERLIN, moment)
        assert found is not None
        seen.append((occurrence_key(found[0]), found[1].isoformat()))
        moment = found[1]
    assert seen == [
        ("schedule:2026-10-25T02:30", "2026-10-25T00:30:00+00:00"),
        ("schedule:2026-10-26T02:30", "2026-10-26T01:30:00+00:00"),
        ("schedule:2026-10-27T02:30", "2026-10-27T01:30:00+00:00"),
    ]


def test_a_schedule_in_the_gap_comes_at_its_end() -> None:
    found = next_occurrence("30 2 * * *", BERLIN, datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert found is not None
    assert found[1].isoformat() == "2026-03-29T01:00:00+00:00"


def test_of_missed_occurrences_the_newest_is_found() -> None:
    found = last_occurrence("0 8 * * 1", SHANGHAI, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC))
    assert found is not None
    assert (found[0].isoformat(), found[1]) == ("2026-03-16T08:00:00", 3)
    assert next_occurrence("0 0 30 2 *", SHANGHAI, datetime(2026, 3, 1, tzinfo=UTC)) is None
