"""Loops are cut, floods paused with their queue kept, failures in a row too; and all of it can go on again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runtime.automations import control
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.records import write
from tests.runtime.automations.conftest import TASK, Rig
from tests.runtime.automations.sales_app import rule, task

Make = Callable[..., Rig]
EVERY = {"type": "change", "fire": "every"}


def bump(key: str, entity: str = "lead", field: str = "score", **more: object) -> dict[str, object]:
    step = {"key": "s", "type": "set", "values": {field: {"expr": f"IFBLANK({{{field}}}, 0) + 1"}}}
    return {**rule(key, step, trigger=EVERY), "entity": entity, **more}


def test_a_rule_does_not_set_itself_off(rig: Make) -> None:
    place = rig(bump("self"))
    lead = place.lead(score=0)
    place.pump()
    assert place.row(lead)["score"] == 1
    assert [run["state"] for run in place.runs()] == ["done"]


def test_two_rules_do_not_chase_each_other(rig: Make) -> None:
    place = rig(bump("a"), bump("b", field="amount"))
    lead = place.lead(score=0, amount="0")
    place.pump()
    row = place.row(lead)
    # Each answers the person's save and the other's change, once for each chain.
    assert (row["score"], row["amount"]) == (2, 2)
    skipped = place.runs(state="skipped")
    assert len(skipped) == 2
    assert "same chain" in skipped[0]["reason"]


def test_a_chain_over_many_records_ends(rig: Make) -> None:
    """Each task makes the next task: no record is met twice, so only the depth ends it."""
    grow = {"key": "g", "type": "create", "entity": "task", "values": {"title": {"template": "{{title}}+"}}}
    place = rig({**rule("grow", grow), "entity": "task"})
    place.do(write.create, TASK, {"title": "t"})
    place.pump()
    assert place.titles() == ["t", "t+", "t++", "t+++", "t++++", "t+++++"]
    (last,) = place.runs(state="skipped")
    assert "too long" in last["reason"]


def test_a_flood_for_one_record_pauses_the_rule_and_keeps_its_queue(rig: Make) -> None:
    place = rig(
        rule("count", task("t", "{{score|number}}"), trigger={**EVERY, "fields": ["score"]}),
        rule("other", task("o", "other"), trigger={"type": "change", "on": ["create"]}),
    )
    lead = place.lead(score=0)
    place.pump()
    for score in range(1, 9):
        place.save(lead, score=score)
    place.pump()
    (status,) = [each for each in place.do(control.statuses) if each["automation"] == "sales.count"]
    assert status["state"] == "paused"
    assert "more than 5 times" in status["paused_reason"]
    assert {run["state"] for run in place.runs(automation="sales.count")} == {"done", "held"}
    assert [each["user_id"] for each in place.notifications()] == [place.place.admin_id]
    place.lead(name="Li", score=1)
    place.pump()
    assert len(place.rows(TASK)) == 3  # the first, and two by the other rule
    place.do(control.resume, "sales.count")
    place.pump(minutes=5)
    assert {run["state"] for run in place.runs(automation="sales.count")} == {"done"}
    assert len(place.runs(automation="sales.count")) == 10


def test_twenty_failures_in_a_row_pause_the_rule(rig: Make) -> None:
    place = rig(rule("bad", task("t", "t", number=1)))
    place.do(write.create, TASK, {"title": "taken", "number": 1})
    for number in range(22):
        place.lead(name=f"L{number}")
        place.pump(minutes=1)
    states = [run["state"] for run in place.runs()]
    assert states == ["failed"] * 20 + ["held"] * 2
    (status,) = place.do(control.statuses)
    assert "20 times in a row" in status["paused_reason"]


def test_a_success_in_between_starts_the_count_anew(rig: Make) -> None:
    place = rig(rule("mixed", task("t", "t", number={"expr": "{score}"})))
    place.do(write.create, TASK, {"title": "taken", "number": 1})
    for number in range(25):
        place.lead(name=f"L{number}", score=1 if number != 12 else 99)
        place.pump(minutes=1)
    (status,) = place.do(control.statuses)
    assert (status["state"], status["failures_in_row"]) == ("on", 12)


def test_settings_are_checked_and_only_administrators_change_them(rig: Make) -> None:
    document = rule("s", task("t", "t"), settings=[{"key": "days", "type": "duration", "default": "2d"}])
    place = rig(document)
    with pytest.raises(Invalid) as caught:
        place.do(control.save_settings, "sales.s", {"days": "soon", "other": 1})
    assert {each.path for each in caught.value.problems} == {"settings/days", "settings/other"}
    with pytest.raises(Forbidden):
        place.do(control.set_enabled, "sales.s", False, actor=place.person("Rep", "sales.rep"))


def test_a_broken_automation_tells_why_and_cannot_be_switched_on(rig: Make) -> None:
    place = rig()
    place.publish(rule("broken", task("t", "{{gone}}"), enabled=False))
    (status,) = place.do(control.statuses)
    assert status["state"] == "broken"
    assert status["problems"][0]["code"] == "unknown_field"
    with pytest.raises(Conflict):
        place.do(control.set_enabled, "sales.broken", True)


def test_what_was_held_while_broken_goes_on_when_it_is_mended(rig: Make) -> None:
    wait = {"key": "w", "type": "wait", "for": "1h"}
    place = rig(rule("later", wait, task("t", "later")))
    place.lead()
    place.pump()
    place.publish(rule("later", wait, task("t", "{{gone}}")))
    place.pump(hours=2)
    assert [run["state"] for run in place.runs()] == ["held"]
    place.publish(rule("later", wait, task("t", "later")))
    place.pump()
    assert place.titles() == ["later"]


def test_switched_off_in_the_middle_holds_what_waits(rig: Make) -> None:
    place = rig(rule("later", {"key": "w", "type": "wait", "for": "1h"}, task("t", "later")))
    place.lead()
    place.pump()
    place.do(control.set_enabled, "sales.later", False)
    place.pump(hours=2)
    assert ([run["state"] for run in place.runs()], place.titles()) == (["held"], [])
    place.do(control.set_enabled, "sales.later", True)
    place.pump()
    assert place.titles() == ["later"]


def test_a_busy_workspace_does_not_hold_up_a_quiet_one(rig: Make) -> None:
    from dataclasses import replace

    from runtime.automations.pump import advance, match
    from tests.factories import install, make_place
    from tests.runtime.automations.sales_app import sales

    busy = rig(rule("welcome", task("t", "busy")))
    with busy.engine.begin() as connection:
        place = make_place(connection)
        install(connection, place, sales(rule("welcome", task("t", "quiet"))))
    quiet = replace(busy, place=place)
    busy.do(write.create_many, "sales.lead", [{"name": f"L{number}"} for number in range(100)])
    quiet.lead()
    while match(busy.engine, busy.now):
        pass
    assert advance(busy.engine, busy.now) < 100
    assert quiet.titles() == ["quiet"]
    busy.pump()
    assert len(busy.titles()) == 100
