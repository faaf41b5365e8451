"""Date rules: each rung fires once for each record and date, whatever happens to dates, rules, zones and workers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runtime.automations import control
from runtime.records import write
from tests.runtime.automations.conftest import LEAD, Rig
from tests.runtime.automations.sales_app import dates

Make = Callable[..., Rig]
OPEN = {"field": "stage", "op": "in", "value": ["new", "working"]}
LADDER = (("d2", "2d"), ("d4", "4d"), ("d7", "7d"))


def test_the_ladder_is_climbed_rung_by_rung(rig: Make) -> None:
    place = rig(dates("overdue", *LADDER))
    place.lead(next_at="2026-03-03")
    place.pump()
    seen = []
    for _ in range(10):
        place.pump(days=1)
        seen.append(len(place.titles()))
    # The clock stands at 09:00 every day: due on the 5th, the 7th and the 10th.
    assert seen == [0, 0, 1, 1, 2, 2, 2, 3, 3, 3]
    assert place.titles() == ["d2 Wang", "d4 Wang", "d7 Wang"]


def test_it_is_due_at_its_local_hour_and_not_before(rig: Make) -> None:
    place = rig(dates("overdue", ("now", "0d"), trigger={"at": "10:30"}))
    place.lead(next_at="2026-03-02")
    place.pump(minutes=89)
    assert place.titles() == []
    place.pump(minutes=1)
    assert place.titles() == ["now Wang"]


@pytest.mark.parametrize(("late", "titles"), [("latest", ["d4 Wang"]), ("all", ["d2 Wang", "d4 Wang"]), ("skip", [])])
def test_after_an_outage(rig: Make, late: str, titles: list[str]) -> None:
    place = rig(dates("overdue", *LADDER, late=late))
    place.lead(next_at="2026-03-03")
    place.pump()
    place.pump(days=5, hours=5)
    assert place.titles() == titles
    place.pump(minutes=1)
    assert place.titles() == titles
    place.pump(days=3)
    assert place.titles()[len(titles) :] == ([] if late == "skip" else ["d7 Wang"])


def test_another_date_counts_anew_and_the_old_one_does_not_fire_twice(rig: Make) -> None:
    place = rig(dates("overdue", ("d2", "2d")))
    lead = place.lead(next_at="2026-03-03")
    place.pump()
    place.pump(days=3)
    place.save(lead, next_at="2026-03-04")
    place.pump()
    place.save(lead, next_at="2026-03-03")
    place.pump(days=4)
    place.save(lead, next_at=None)
    place.pump(days=4)
    assert place.titles() == ["d2 Wang"]
    place.save(lead, next_at="2026-03-05")
    place.pump()
    assert place.titles() == ["d2 Wang", "d2 Wang"]


def test_a_date_long_past_fires_when_the_record_is_saved(rig: Make) -> None:
    place = rig(dates("overdue", *LADDER, condition=OPEN))
    place.pump()
    lead = place.lead(next_at="2026-02-01", stage="won")
    place.pump(minutes=1)
    assert place.titles() == []
    place.save(lead, stage="working")
    place.pump(minutes=1)
    assert place.titles() == ["d7 Wang"]
    assert {row["rung"]: row["outcome"] for row in place.fired()} == {"d2": "superseded", "d4": "superseded", "d7": "run"}


def test_a_date_edited_just_before_it_is_done_does_not_run(rig: Make) -> None:
    place = rig(dates("overdue", ("d2", "2d")))
    lead = place.lead(next_at="2026-02-01")
    place.do(control.set_enabled, "sales.overdue", True)
    from runtime.automations.pump import match

    match(place.engine, place.now)
    assert [run["state"] for run in place.runs()] == ["pending"]
    place.save(lead, next_at="2026-05-01")
    place.pump()
    assert [run["state"] for run in place.runs()] == ["skipped"]
    assert place.titles() == []


def test_points_in_time_and_lengths_before_them(rig: Make) -> None:
    place = rig(dates("call", ("soon", "-30m"), ("missed", "1h"), field_key="call_at"))
    place.lead(call_at="2026-03-02T12:00:00+08:00")
    place.pump()
    place.pump(minutes=149)
    assert place.titles() == []
    place.pump(minutes=1)
    assert place.titles() == ["soon Wang"]
    place.pump(minutes=90)
    assert place.titles() == ["soon Wang", "missed Wang"]


def test_working_days(rig: Make) -> None:
    place = rig(dates("overdue", ("w1", "1d"), trigger={"calendar": "working_days"}))
    place.lead(next_at="2026-03-06")  # a Friday
    place.pump()
    place.pump(days=6)  # Sunday
    assert place.titles() == []
    place.pump(days=1)
    assert place.titles() == ["w1 Wang"]


def test_settings_change_when_it_is_due(rig: Make) -> None:
    document = dates("overdue", ("first", "9d"))
    document["settings"] = [{"key": "wait", "type": "duration", "default": "9d"}]
    document["ladder"][0]["after"] = {"setting": "wait"}
    place = rig(document)
    place.lead(next_at="2026-03-01")
    place.pump()
    place.pump(days=2)
    assert place.titles() == []
    place.do(control.save_settings, "sales.overdue", {"wait": "1d"})
    place.pump(minutes=1)
    assert place.titles() == ["first Wang"]
    place.do(control.save_settings, "sales.overdue", {"wait": None})
    place.pump(days=30)
    assert place.titles() == ["first Wang"]


def test_a_condition_that_sql_cannot_compute_is_computed_in_python(rig: Make) -> None:
    place = rig(dates("overdue", ("d1", "1d"), condition={"expr": 'RMBCAP({amount}) = "壹拾元整"'}))
    place.lead(name="ten", amount="10", next_at="2026-03-01")
    place.lead(name="five", amount="5", next_at="2026-03-01")
    place.pump()
    place.pump(days=2)
    assert place.titles() == ["d1 ten"]


def test_many_records_are_swept_in_pages(rig: Make) -> None:
    place = rig(dates("overdue", ("d1", "1d")))
    place.publish()
    place.do(write.create_many, LEAD, [{"name": f"L{number}", "next_at": "2026-03-01"} for number in range(620)])
    place.pump()
    place.publish(dates("overdue", ("d1", "1d")))
    place.pump(days=1)
    assert len(set(place.titles())) == len(place.titles()) == 620


def test_a_rule_that_is_switched_off_fires_nothing_until_it_is_on(rig: Make) -> None:
    place = rig(dates("overdue", ("d1", "1d")))
    place.do(control.set_enabled, "sales.overdue", False)
    place.lead(next_at="2026-03-01")
    place.pump(days=3)
    assert place.titles() == []
    place.do(control.set_enabled, "sales.overdue", True)
    place.pump(minutes=1)
    assert place.titles() == ["d1 Wang"]
