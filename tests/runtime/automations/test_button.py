"""Buttons: pressed by a person, done at once, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime.automations.button import buttons_on, press
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.records import write
from tests.runtime.automations.conftest import LEAD, TASK, Rig
from tests.runtime.automations.sales_app import rule, task

Make = Callable[..., Rig]
CLAIM = "sales.claim"


def claim(*steps: dict[str, Any], **trigger: Any) -> dict[str, Any]:
    first = {"key": "s", "type": "set", "values": {"owner": {"var": "me"}, "stage": "working"}}
    condition = {"field": "owner", "op": "is_empty"}
    return {**rule("claim", first, *steps, trigger={"type": "button", **trigger}), "condition": condition}


def test_a_press_works_at_once_and_only_once(rig: Make) -> None:
    place = rig(claim(task("t", "claimed")))
    rep = place.person("Rep", "sales.rep")
    lead = place.lead()
    pressed = place.do(press, CLAIM, lead, actor=rep)
    assert pressed.state == "done"
    row = place.row(lead)
    assert (row["owner"], row["stage"], place.titles()) == (rep.user_id, "working", ["claimed"])
    with pytest.raises(Conflict):
        place.do(press, CLAIM, lead, actor=rep)
    (run,) = place.runs()
    assert (run["cause"]["actor"], [step["step"] for step in place.steps(run["id"])]) == (rep.user_id, ["condition", "s", "t"])


def test_the_same_press_twice_is_one(rig: Make) -> None:
    place = rig({**claim(), "condition": None})
    lead = place.lead()
    first, second = (place.do(press, CLAIM, lead, press_key="k") for _ in range(2))
    assert first.run_id == second.run_id
    assert len(place.runs()) == 1


def test_roles_open_buttons(rig: Make) -> None:
    place = rig(claim(roles=["boss"]))
    lead = place.lead()
    rep, boss, stranger = place.person("Rep", "sales.rep"), place.person("Boss", "sales.boss"), place.person("Nobody")
    with pytest.raises(Forbidden):
        place.do(press, CLAIM, lead, actor=rep)
    with pytest.raises(NotFound):
        place.do(press, CLAIM, lead, actor=stranger)
    assert [plan.name for plan in place.do(buttons_on, LEAD, lead, actor=boss)] == [CLAIM]
    assert place.do(buttons_on, LEAD, lead, actor=rep) == []
    assert place.do(press, CLAIM, lead, actor=boss).state == "done"
    assert place.do(buttons_on, LEAD, lead, actor=boss) == []


def test_what_is_asked_for_is_required_and_saved(rig: Make) -> None:
    place = rig(claim(task("t", "because {{secret}}"), ask=[{"field": "secret", "required": True}, {"field": "score"}]))
    lead = place.lead()
    for inputs in ({}, {"secret": ""}, {"secret": "x", "amount": 5}):
        with pytest.raises(Invalid):
            place.do(press, CLAIM, lead, inputs)
    assert place.do(press, CLAIM, lead, {"secret": "rich"}).state == "done"
    assert (place.row(lead)["secret"], place.titles()) == ("rich", ["because rich"])


def test_a_failing_press_changes_nothing_and_says_why(rig: Make) -> None:
    place = rig(claim(task("t", "t", number=1)))
    place.do(write.create, TASK, {"title": "taken", "number": 1})
    lead = place.lead()
    pressed = place.do(press, CLAIM, lead)
    assert pressed.state == "failed"
    assert pressed.reason.startswith("t: number")
    assert place.row(lead)["owner"] is None
    assert [(run["state"], run["reason"]) for run in place.runs()] == [("failed", pressed.reason)]


def test_after_a_wait_the_pump_goes_on(rig: Make) -> None:
    place = rig(claim({"key": "w", "type": "wait", "for": "1h", "recheck": False}, task("t", "after")))
    lead = place.lead()
    assert place.do(press, CLAIM, lead).state == "waiting"
    place.pump(hours=2)
    assert place.titles() == ["after"]
