"""Schedules: once for each nominal local time, without a record."""

from __future__ import annotations

from collections.abc import Callable

from runtime.automations import control
from tests.runtime.automations.conftest import Rig
from tests.runtime.automations.sales_app import Document

Make = Callable[..., Rig]


def daily(cron: str = "0 8 * * *") -> Document:
    create = {"key": "t", "type": "create", "entity": "task", "values": {"title": {"expr": 'TEXT(TODAY(), "YYYY-MM-DD")'}}}
    return {"key": "daily", "label": "daily", "trigger": {"type": "schedule", "cron": cron}, "steps": [create]}


def test_it_comes_at_its_local_time_and_once(rig: Make) -> None:
    place = rig(daily())
    place.pump()
    place.pump(hours=22, minutes=59)
    assert place.titles() == []
    place.pump(minutes=1)
    place.pump()
    assert place.titles() == ["2026-03-03"]
    assert [run["cause_key"] for run in place.runs()] == ["schedule:2026-03-03T08:00"]


def test_after_an_outage_only_the_newest_one_runs(rig: Make) -> None:
    place = rig(daily())
    place.pump()
    place.pump(days=5)
    assert [(run["cause_key"], run["cause"]["occurrences"]) for run in place.runs()] == [("schedule:2026-03-07T08:00", 5)]


def test_another_schedule_begins_from_now(rig: Make) -> None:
    place = rig(daily())
    place.pump()
    place.publish(daily("30 9 * * *"))
    place.pump(minutes=29)
    assert place.titles() == []
    place.pump(minutes=1)
    assert [run["cause_key"] for run in place.runs()] == ["schedule:2026-03-02T09:30"]


def test_switched_off_it_makes_nothing_up(rig: Make) -> None:
    place = rig(daily())
    place.pump()
    place.do(control.set_enabled, "sales.daily", False)
    place.pump(days=3)
    place.pump(minutes=1)
    place.do(control.set_enabled, "sales.daily", True)
    place.pump(minutes=1)
    assert place.runs() == []
    place.pump(days=1)
    assert len(place.runs()) == 1


def test_the_summer_time_does_not_double_it(rig: Make) -> None:
    from datetime import UTC, datetime

    place = rig(daily("30 2 * * *"), zone="Europe/Berlin")
    place.now = datetime(2026, 10, 24, 20, tzinfo=UTC)
    place.pump()
    for _ in range(60):
        place.pump(minutes=30)
    assert [run["cause_key"] for run in place.runs()] == ["schedule:2026-10-25T02:30", "schedule:2026-10-26T02:30"]
