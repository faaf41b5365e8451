from __future__ import annotations

from datetime import UTC, date

import pytest

from builder.expressions.nodes import Node
from builder.expressions.parser import parse
from runtime.calendar import WEEKENDS_ONLY, work_calendar
from runtime.expressions import Environment, evaluate

CHINA = work_calendar("CN")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 5, 1), False),  # Labour Day
        (date(2024, 5, 3), False),  # Friday, still the holiday
        (date(2024, 5, 11), True),  # Saturday worked in exchange
        (date(2024, 5, 12), False),  # Sunday
        (date(2024, 5, 13), True),
        (date(2090, 5, 1), True),  # a Monday beyond the published years
        (date(2090, 5, 6), False),  # a Saturday there
    ],
)
def test_china(day: date, works: bool) -> None:
    assert CHINA.is_workday(day) is works


def test_counting_working_days() -> None:
    assert CHINA.add_workdays(date(2024, 4, 30), 1) == date(2024, 5, 6)
    assert CHINA.add_workdays(date(2024, 5, 6), -1) == date(2024, 4, 30)
    assert CHINA.add_workdays(date(2024, 5, 4), 0) == date(2024, 5, 4)
    assert CHINA.workdays_between(date(2024, 4, 29), date(2024, 5, 11)) == 8
    assert CHINA.workdays_between(date(2024, 5, 11), date(2024, 4, 29)) == -8


def test_own_days_override_the_country() -> None:
    own = work_calendar(
        "CN", holidays=frozenset({date(2024, 5, 13)}), extra_workdays=frozenset({date(2024, 5, 1), date(2024, 5, 12)})
    )
    assert [own.is_workday(day) for day in (date(2024, 5, 13), date(2024, 5, 1), date(2024, 5, 12))] == [False, True, True]


def test_other_countries_and_unknown_ones() -> None:
    assert work_calendar("DE").is_workday(date(2026, 12, 25)) is False
    assert work_calendar("XX").is_workday(date(2026, 12, 25)) is True
    assert WEEKENDS_ONLY.is_workday(date(2024, 5, 1)) is True


def test_another_weekend() -> None:
    gulf = work_calendar("", weekend=(4, 5))
    assert [gulf.is_workday(date(2024, 5, day)) for day in (3, 4, 5)] == [False, False, True]


def test_beyond_reach_is_none() -> None:
    assert WEEKENDS_ONLY.add_workdays(date(9999, 12, 30), 5) is None
    assert WEEKENDS_ONLY.add_workdays(date(2024, 1, 1), 90_000) is None
    assert WEEKENDS_ONLY.workdays_between(date(1, 1, 1), date(9999, 1, 1)) is None


def test_formulas_use_the_calendar() -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    environment = Environment(datetime(2024, 5, 3, tzinfo=UTC), ZoneInfo("UTC"), calendar=CHINA)
    node = parse("WORKDAY(#2024-04-30#, 1)")
    assert isinstance(node, Node)
    assert evaluate(node, lambda path: None, environment) == date(2024, 5, 6)
