"""Change triggers: what fires them, once for each change, on the edge or on every save."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.automations import pump
from runtime.records import write
from tests.runtime.automations.conftest import LEAD, Rig
from tests.runtime.automations.sales_app import rule, task

Make = Callable[..., Rig]
WON = {"field": "stage", "op": "is", "value": "won"}


def test_a_new_record_fires_once(rig: Make) -> None:
    place = rig(rule("welcome", task("call", "Call {{name}}")))
    lead = place.lead(name="云帆")
    place.pump()
    place.pump()
    assert place.titles() == ["Call 云帆"]
    (run,) = place.runs()
    assert (run["state"], run["record_id"], run["automation"]) == ("done", lead, "sales.welcome")
    assert [step["state"] for step in place.steps(run["id"])] == ["done"]


def test_becomes_fires_on_the_edge_and_every_on_each_save(rig: Make) -> None:
    edge = rule("edge", task("a", "edge"), condition=WON)
    level = rule("level", task("b", "level"), condition=WON, trigger={"type": "change", "fire": "every"})
    place = rig(edge, level)
    lead = place.lead(stage="new")
    for values in ({"stage": "won"}, {"score": 1}, {"stage": "lost"}, {"stage": "won"}):
        place.save(lead, **values)
    place.pump()
    assert sorted(place.titles()) == ["edge", "edge", "level", "level", "level"]


def test_before_a_creation_the_condition_was_false(rig: Make) -> None:
    place = rig(rule("edge", task("a", "edge"), condition=WON))
    place.lead(stage="won")
    place.pump()
    assert place.titles() == ["edge"]


def test_changes_are_judged_as_they_were_though_matched_late(rig: Make) -> None:
    """won and back to new before the matcher looks: the edge in between still counts, with the values of then."""
    place = rig(rule("edge", task("a", "{{before.stage}}"), condition=WON))
    lead = place.lead(stage="new")
    place.save(lead, stage="won")
    place.save(lead, stage="new")
    place.pump()
    assert [run["cause"]["before"] for run in place.runs()] == [{"stage": "new"}]
    assert place.titles() == ["New"]


@pytest.mark.parametrize(("fields", "fires"), [(["stage"], True), (["score"], False), (["score", "stage"], True)])
def test_only_when_one_of_these_fields_changed(rig: Make, fields: list[str], fires: bool) -> None:
    place = rig(rule("watch", task("a", "seen"), trigger={"type": "change", "on": ["update"], "fields": fields, "fire": "every"}))
    lead = place.lead(stage="new")
    place.save(lead, stage="won")
    place.pump()
    assert place.titles() == (["seen"] if fires else [])


def test_a_deletion_fires_those_that_listen_to_it(rig: Make) -> None:
    place = rig(
        rule("gone", task("a", "gone {{name}}", lead=None), trigger={"type": "change", "on": ["delete"]}),
        rule("other", task("a", "other"), trigger={"type": "change", "on": ["update"]}),
    )
    lead = place.lead()
    place.pump()
    place.do(write.delete, LEAD, lead)
    place.pump()
    assert place.titles() == ["gone Wang"]


def test_a_save_without_a_difference_is_no_event(rig: Make) -> None:
    place = rig(rule("watch", task("a", "seen"), trigger={"type": "change", "on": ["update"], "fire": "every"}))
    lead = place.lead(stage="new")
    place.save(lead, stage="new")
    place.pump()
    assert place.titles() == []


def test_a_condition_that_cannot_be_computed_is_visible(rig: Make) -> None:
    place = rig(rule("ratio", task("a", "seen"), condition={"expr": "{amount} / {score} > 1"}))
    place.lead(amount="10", score=0)
    place.pump()
    (run,) = place.runs()
    assert run["state"] == "match_error"
    assert "#DIV/0!" in run["reason"]
    assert place.titles() == []


def test_the_trace_shows_every_part_of_the_condition(rig: Make) -> None:
    condition = {"all": [WON, {"field": "amount", "op": "gt", "value": 5}]}
    place = rig(rule("rich", task("a", "seen"), condition=condition))
    place.lead(stage="won", amount="7.50")
    place.pump()
    (row,) = [step for step in place.steps(place.runs()[0]["id"]) if step["number"] == 0]
    leaves = row["detail"]["leaves"]
    assert [leaf["holds"] for leaf in leaves] == [True, True]
    assert [leaf["values"] for leaf in leaves] == [{"stage": "won"}, {"amount": "7.5"}]


def test_conditions_reach_related_records(rig: Make) -> None:
    condition = {
        "all": [
            {"field": "company.city", "op": "is", "value": "上海"},
            {"has": {"relation": "tasks", "count": {"op": "is", "value": 0}}},
        ]
    }
    place = rig(rule("local", task("a", "{{company.name}} {{company.city}}"), condition=condition))
    company = place.do(write.create, "sales.company", {"name": "云帆", "city": "上海"}).id
    place.lead(company=company)
    place.lead()
    place.pump()
    assert place.titles() == ["云帆 上海"]


def test_order_and_several_rules(rig: Make) -> None:
    place = rig(rule("second", task("a", "2"), order=20), rule("first", task("a", "1"), order=10))
    place.lead()
    place.pump()
    assert place.titles() == ["1", "2"]


def test_a_switched_off_or_broken_automation_stays_silent_and_harms_nobody(rig: Make) -> None:
    place = rig()
    place.publish(
        rule("off", task("a", "off"), enabled=False),
        rule("broken", task("a", "{{no_such_field}}")),
        rule("fine", task("a", "fine")),
    )
    place.lead()
    place.pump()
    assert place.titles() == ["fine"]


def test_an_error_of_ours_in_one_automation_does_not_hold_up_the_others(rig: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from runtime.automations import matching

    real = matching.decide

    def decide(plan: Any, change: Any, images: Any) -> Any:
        if plan.name == "sales.bad":
            images.records.ctx.connection.execute(sa.text("SELECT 1/0"))
        return real(plan, change, images)

    monkeypatch.setattr(matching, "decide", decide)
    place = rig(rule("bad", task("a", "bad")), rule("good", task("a", "good")))
    place.lead()
    place.pump()
    assert place.titles() == ["good"]
    assert {run["automation"]: run["state"] for run in place.runs()} == {"sales.bad": "match_error", "sales.good": "done"}


def test_two_pumps_at_once_do_everything_once(rig: Make) -> None:
    from concurrent.futures import ThreadPoolExecutor

    place = rig(rule("welcome", task("call", "Call {{name}}")))
    names = [f"L{number:03}" for number in range(120)]
    place.do(write.create_many, LEAD, [{"name": name} for name in names])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: pump.pump_once(place.engine, place.now), range(4)))
    place.pump()
    assert sorted(place.titles()) == [f"Call {name}" for name in names]
