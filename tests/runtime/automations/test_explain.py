"""Why it did not fire; trying an automation out without a trace; playing it back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runtime.automations.explain import explain
from runtime.automations.runs import RunQuery, get_run, list_runs
from runtime.automations.trial import backtest, try_on
from runtime.errors import Forbidden, NotFound
from tests.runtime.automations.conftest import Rig
from tests.runtime.automations.sales_app import dates, rule, task

Make = Callable[..., Rig]
WON = {"all": [{"field": "stage", "op": "is", "value": "won"}, {"field": "amount", "op": "gt", "value": 10}]}


def test_each_part_of_the_condition_with_its_value(rig: Make) -> None:
    place = rig(rule("rich", task("t", "t"), condition=WON))
    lead = place.lead(stage="won", amount="5")
    place.pump()
    told = place.do(explain, "sales.rich", lead)
    assert told["reason"] == "The condition does not hold."
    assert [(leaf["holds"], leaf["values"]) for leaf in told["condition"]["leaves"]] == [
        (True, {"stage": "won"}),
        (False, {"amount": 5}),
    ]
    place.save(lead, amount="20")
    place.save(lead, score=1)
    place.pump()
    told = place.do(explain, "sales.rich", lead)
    assert told["reason"] == "The condition held before already."
    assert [change["fires"] for change in told["changes"]] == [False, True, False]
    assert len(told["runs"]) == 1


def test_dates_tell_when_the_next_step_is_due(rig: Make) -> None:
    place = rig(dates("overdue", ("d2", "2d"), ("d4", "4d")))
    lead = place.lead(next_at="2026-03-01")
    place.pump()
    place.pump(days=1)
    told = place.do(explain, "sales.overdue", lead)
    assert told["reason"] == "The next step is due at 2026-03-05T01:00:00+00:00."
    assert [each["outcome"] for each in told["dates"]] == ["run", None]


@pytest.mark.parametrize(
    ("change", "words"), [({"enabled": False}, "switched off"), ({"steps": [task("t", "{{gone}}")]}, "It is broken: steps/t")]
)
def test_why_nothing_happens(rig: Make, change: dict[str, object], words: str) -> None:
    place = rig()
    place.publish({**rule("r", task("t", "t")), **change})
    lead = place.lead()
    assert words in place.do(explain, "sales.r", lead)["reason"]
    with pytest.raises(NotFound):
        place.do(explain, "sales.r", lead + 1000)
    with pytest.raises(Forbidden):
        place.do(explain, "sales.r", lead, actor=place.person("Rep", "sales.rep"))


def test_a_trial_shows_everything_and_leaves_nothing(rig: Make) -> None:
    tell = {"key": "n", "type": "notify", "to": ["owner"], "channels": ["in_app", "email"], "title": "{{name}}"}
    place = rig(rule("r", {"key": "w", "type": "wait", "for": "3d"}, task("t", "t"), tell, condition=WON, enabled=False))
    lead = place.lead(stage="won", amount="50", owner=place.place.admin_id)
    told = place.do(try_on, "sales.r", lead)
    assert told["state"] == "done"
    assert [step["step"] for step in told["steps"]] == ["w", "t", "n"]
    assert [(change["op"], change["entity"]) for change in told["changes"]] == [("create", "sales.task")]
    assert (len(told["notifications"]), len(told["effects"]), told["condition"]["holds"]) == (1, 1, True)
    assert (place.runs(), place.titles(), place.notifications(), place.effects()) == ([], [], [], [])


def test_a_rung_is_tried_though_it_is_not_due(rig: Make) -> None:
    place = rig(dates("d", ("d1", "1d"), ("d9", "9d")))
    lead = place.lead(next_at="2030-01-01")
    told = place.do(try_on, "sales.d", lead, rung="d9")
    assert (told["state"], told["changes"][0]["after"]["title"]) == ("done", "d9 Wang")
    assert (place.titles(), place.fired()) == ([], [])


def test_played_back_over_past_days(rig: Make) -> None:
    place = rig()
    for _ in range(3):
        lead = place.lead(stage="new", amount="50", next_at="2026-03-01")
        place.save(lead, stage="won")
        place.pump(days=1)
    place.publish(rule("r", task("t", "t"), condition=WON), dates("d", ("d1", "1d"), ("d9", "9d")))
    told = place.do(backtest, "sales.r")
    assert (told["total"], told["by_day"]) == (3, {"2026-03-02": 1, "2026-03-03": 1, "2026-03-04": 1})
    assert place.do(backtest, "sales.d", 5)["by_day"] == {"2026-03-02": 3}


def test_runs_are_listed_with_what_they_did(rig: Make) -> None:
    place = rig(rule("a", task("t", "t")), rule("b", task("t", "t", number="x")))
    lead = place.lead()
    place.pump()
    listed = place.do(list_runs, RunQuery(record=("sales.lead", lead)))
    assert [(run["automation"], run["state"]) for run in listed] == [("sales.b", "failed"), ("sales.a", "done")]
    assert [run["id"] for run in place.do(list_runs, RunQuery(state="failed"))] == [listed[0]["id"]]
    one = place.do(get_run, listed[0]["id"])
    assert one["steps"][-1]["state"] == "failed"
    with pytest.raises(Forbidden):
        place.do(list_runs, RunQuery(), actor=place.person("Rep", "sales.rep"))
