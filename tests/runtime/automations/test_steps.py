"""What steps do, how a run stops, waits, repeats, fails and goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runtime.automations import runs
from runtime.automations.outlook import Outlook, outlook
from runtime.automations.plans import find_plan
from runtime.automations.trial import try_on
from runtime.context import Context
from runtime.errors import Conflict
from runtime.records import write
from tests.runtime.automations.conftest import LEAD, TASK, Rig
from tests.runtime.automations.sales_app import dates, rule, task

Make = Callable[..., Rig]


def step(key: str, kind: str, **options: object) -> dict[str, object]:
    return {"key": key, "type": kind, **options}


def test_set_computes_values_and_marks_the_change_with_the_run(rig: Make) -> None:
    values = {
        "score": {"expr": "{amount} * 2"},
        "next_at": {"expr": "TODAY() + 3"},
        "owner": {"var": "me"},
        "done": True,
        "company": None,
    }
    place = rig(rule("fill", step("s", "set", values=values)))
    lead = place.lead(amount="21")
    place.pump()
    row = place.row(lead)
    assert (row["score"], str(row["next_at"]), row["owner"], row["done"]) == (42, "2026-03-05", place.place.admin_id, True)
    (run,) = place.runs()
    from runtime.records.history import history

    entries = place.do(history, LEAD, lead)
    assert any(str(run["id"]) in repr(entry) or "sales.fill" in repr(entry) for entry in entries)


def test_outputs_are_named_by_later_steps(rig: Make) -> None:
    place = rig(
        rule(
            "link",
            task("made", "one"),
            step("found", "find", entity="task", where={"field": "lead", "op": "is", "value": {"expr": "{id}"}}),
            task("last", "{{steps.made.id}} {{steps.found.count}} {{steps.found.first.title}}"),
        )
    )
    place.lead()
    place.pump()
    first, last = place.rows(TASK)
    assert last["title"] == f"{first['id']} 1 one"


def test_update_changes_what_its_condition_means(rig: Make) -> None:
    close = step(
        "u", "update", entity="task", where={"field": "lead", "op": "is", "value": {"expr": "{id}"}}, values={"state": "closed"}
    )
    won = {"field": "stage", "op": "is", "value": "won"}
    place = rig(rule("close", close, condition=won))
    lead, other = place.lead(stage="new"), place.lead(stage="new")
    for owner in (lead, lead, other):
        place.do(write.create, TASK, {"title": "t", "lead": owner, "state": "open"})
    place.save(lead, stage="won")
    place.pump()
    assert [row["state"] for row in place.rows(TASK)] == ["closed", "closed", "open"]


def test_a_step_that_is_switched_off_is_skipped_with_all_in_it(rig: Make) -> None:
    arms = [{"key": "any", "steps": [task("inner", "inner")]}]
    place = rig(
        rule(
            "some",
            task("first", "first"),
            {**step("w", "wait", **{"for": "1d"}), "enabled": False},
            {**step("n", "notify"), "enabled": False},
            {**step("br", "branch", arms=arms), "enabled": False},
            step("e", "each", **{"in": {"numbers": 2}}, steps=[{**task("no", "no"), "enabled": False}, task("turn", "turn")]),
        )
    )
    lead = place.lead()
    place.pump()
    assert place.titles() == ["first", "turn", "turn"]
    (run,) = place.runs()
    told = [row["step"] for row in place.steps(run["id"]) if row["state"] == "skipped"]
    assert told == ["w", "n", "br", "no"], "inside a loop the first turn is told"
    played = place.do(try_on, "sales.some", lead)
    assert played["state"] == "done" and len(played["changes"]) == 3


def test_an_automation_without_a_step_that_is_done_touches_nothing(rig: Make) -> None:
    late = dates("late", ("d1", "1d"), ("d2", "2d"), late="all")
    late["ladder"][1]["steps"][0]["enabled"] = False
    place = rig(rule("idle", {**task("t", "t"), "enabled": False}), late)
    place.lead(next_at="2026-02-01")

    def look(ctx: Context, name: str) -> Outlook:
        plan = find_plan(ctx.catalog, name, {})
        assert plan is not None
        return outlook(ctx, plan)

    assert place.do(look, "sales.idle").is_idle
    told = place.do(look, "sales.late")
    assert (told.is_idle, told.total, told.by_rung) == (False, 1, {"d1": 1}), "the second rung does nothing"


def test_a_branch_takes_the_first_way_and_remembers_it(rig: Make) -> None:
    arms = [
        {
            "key": "big",
            "condition": {"field": "amount", "op": "gte", "value": 100},
            "steps": [step("w", "wait", **{"for": "1h"}), task("b", "big {{amount}}")],
        },
        {"key": "mid", "condition": {"field": "amount", "op": "gte", "value": 10}, "steps": [task("m", "mid")]},
    ]
    place = rig(rule("size", {"key": "br", "type": "branch", "arms": arms, "else": [task("e", "small")]}))
    lead = place.lead(amount="500")
    place.lead(amount="50")
    place.lead(amount="5")
    place.pump()
    assert sorted(place.titles()) == ["mid", "small"]
    place.save(lead, amount="1")
    place.pump(hours=2)
    assert "big 1" in place.titles()


def test_a_wait_ends_when_its_time_has_come_and_the_condition_still_holds(rig: Make) -> None:
    condition = {"field": "stage", "op": "is", "value": "new"}
    place = rig(rule("later", step("w", "wait", **{"for": "2h"}), task("t", "later {{name}}"), condition=condition))
    stays, leaves = place.lead(name="stays", stage="new"), place.lead(name="leaves", stage="new")
    place.pump(minutes=119)
    assert place.titles() == []
    assert [run["state"] for run in place.runs()] == ["waiting", "waiting"]
    place.save(leaves, stage="lost")
    place.pump(minutes=2)
    place.pump(minutes=119)
    assert place.titles() == ["later stays"]
    assert {run["record_id"]: run["state"] for run in place.runs()} == {stays: "done", leaves: "stopped"}


def test_a_wait_until_a_field_and_without_asking_again(rig: Make) -> None:
    until = step("w", "wait", until="call_at", recheck=False)
    place = rig(rule("later", until, task("t", "later"), condition={"field": "stage", "op": "is", "value": "new"}))
    lead = place.lead(stage="new", call_at="2026-03-04T10:00:00+08:00")
    place.pump()
    place.save(lead, stage="won")
    (run,) = place.runs()
    assert run["due_at"].isoformat() == "2026-03-04T02:00:00+00:00"
    place.pump(days=3)
    assert place.titles() == ["later"]


@pytest.mark.parametrize(
    ("source", "titles"), [({"numbers": {"expr": "{score}"}}, ["n1", "n2", "n3"]), ({"numbers": 2}, ["n1", "n2"])]
)
def test_each_counts(rig: Make, source: dict[str, object], titles: list[str]) -> None:
    place = rig(rule("many", step("e", "each", **{"in": source}, steps=[task("t", "n{{item.number}}")])))
    place.lead(score=3)
    place.pump()
    assert place.titles() == titles


def test_each_goes_through_relations_over_several_transactions(rig: Make) -> None:
    """250 items: more than one transaction' share, each item once."""
    mark = step(
        "u",
        "update",
        entity="task",
        where={"field": "id", "op": "is", "value": {"expr": "{item.id}"}},
        values={"state": "closed"},
    )
    won = {"field": "stage", "op": "is", "value": "won"}
    place = rig(rule("all", step("e", "each", **{"in": {"relation": "tasks"}}, steps=[mark]), condition=won))
    lead = place.lead(stage="new")
    place.do(write.create_many, TASK, [{"title": f"t{number}", "lead": lead} for number in range(250)])
    place.save(lead, stage="won")
    place.pump()
    assert {row["state"] for row in place.rows(TASK)} == {"closed"}
    assert {row["version"] for row in place.rows(TASK)} == {2}
    (run,) = place.runs()
    assert (run["state"], run["outputs"]["e"]) == ("done", {"count": 250, "failed": 0})


def test_each_that_goes_on_counts_what_failed(rig: Make) -> None:
    find = step("f", "find", entity="task", sort=["title"])
    inner = step(
        "c",
        "create",
        entity="task",
        values={"title": {"template": "copy {{item.title}}"}, "number": {"expr": "{item.number} + 10"}},
    )
    won = {"field": "stage", "op": "is", "value": "won"}
    place = rig(rule("copy", find, step("e", "each", **{"in": {"step": "f"}}, on_error="continue", steps=[inner]), condition=won))
    place.do(write.create_many, TASK, [{"title": "a", "number": 1}, {"title": "b", "number": 11}, {"title": "c", "number": 3}])
    place.lead(stage="won")
    place.pump()
    # a + 10 is b's number: it is refused, the others are made
    assert sorted(row["title"] for row in place.rows(TASK)) == ["a", "b", "c", "copy b", "copy c"]
    (run,) = place.runs()
    assert run["outputs"]["e"] == {"count": 2, "failed": 1}
    assert [each["state"] for each in place.steps(run["id"]) if each["step"] == "e"][-1] == "failed"


def test_stop_ends_with_its_reason(rig: Make) -> None:
    place = rig(rule("halt", step("s", "stop", reason="{{name}} is enough"), task("t", "never")))
    place.lead()
    place.pump()
    (run,) = place.runs()
    assert (run["state"], run["reason"], place.titles()) == ("stopped", "Wang is enough", [])


def test_a_failing_step_undoes_only_itself_and_is_tried_again_from_there(rig: Make) -> None:
    place = rig(rule("two", task("first", "first"), task("second", "second", number=7), task("third", "third")))
    blocker = place.do(write.create, TASK, {"title": "blocker", "number": 7}).id
    place.lead()
    place.pump()
    (run,) = place.runs()
    assert (run["state"], place.titles()) == ("failed", ["blocker", "first"])
    assert run["reason"].startswith("second: number")
    place.do(write.update, TASK, blocker, {"number": 8})
    place.do(runs.retry, run["id"])
    place.pump()
    assert place.titles() == ["blocker", "first", "second", "third"]
    assert place.runs()[0]["attempt"] == 1
    with pytest.raises(Conflict):
        place.do(runs.retry, run["id"])


def test_a_run_keeps_the_version_that_it_began_with(rig: Make) -> None:
    old = rule("talk", step("w", "wait", **{"for": "1h"}), task("t", "old words"))
    place = rig(old)
    place.lead()
    place.pump()
    place.publish(rule("talk", task("t", "new words")))
    place.lead()
    place.pump(hours=2)
    assert sorted(place.titles()) == ["new words", "old words"]


def test_a_run_whose_automation_is_gone_is_cancelled_visibly(rig: Make) -> None:
    place = rig(rule("talk", step("w", "wait", **{"for": "1h"}), task("t", "words")))
    place.lead()
    place.pump()
    place.publish()
    place.pump(hours=2)
    (run,) = place.runs()
    assert (run["state"], run["reason"]) == ("cancelled", "The automation was removed.")


def test_a_deleted_record_ends_what_waits_for_it(rig: Make) -> None:
    place = rig(rule("talk", step("w", "wait", **{"for": "1h"}), task("t", "words")))
    lead = place.lead()
    place.pump()
    place.do(write.delete, LEAD, lead)
    place.pump(hours=2)
    assert (place.runs()[0]["state"], place.titles()) == ("skipped", [])


@pytest.mark.parametrize(
    ("mode", "titles", "states"),
    [
        ("queued", ["1", "2"], ["done", "done"]),
        ("parallel", ["1", "2"], ["done", "done"]),
        ("single", ["1"], ["done", "skipped"]),
        ("restart", ["2"], ["cancelled", "done"]),
    ],
)
def test_modes(rig: Make, mode: str, titles: list[str], states: list[str]) -> None:
    trigger = {"type": "change", "on": ["update"], "fields": ["score"], "fire": "every"}
    remember = step("s", "set", values={"amount": {"expr": "{amount}"}})
    place = rig(
        rule("count", step("w", "wait", **{"for": "1h"}), remember, task("t", "{{score|number}}"), trigger=trigger, mode=mode)
    )
    lead = place.lead(score=0)
    place.save(lead, score=1)
    place.pump()
    if mode in ("queued", "parallel"):
        place.save(lead, score=2)
        place.pump()
        place.pump(hours=2)
        place.pump(hours=2)
        assert len(place.titles()) == 2
    else:
        place.save(lead, score=2)
        place.pump()
        place.pump(hours=2)
        assert len(place.titles()) == len(titles)
    assert [run["state"] for run in place.runs()] == states


def test_queued_runs_of_one_record_go_one_after_the_other(rig: Make) -> None:
    trigger = {"type": "change", "on": ["update"], "fire": "every", "fields": ["score"]}
    place = rig(rule("slow", step("w", "wait", **{"for": "1h"}), task("t", "t"), trigger=trigger))
    lead = place.lead(score=0)
    place.save(lead, score=1)
    place.save(lead, score=2)
    place.pump()
    assert [run["state"] for run in place.runs()] == ["waiting", "pending"]
    place.pump(minutes=61)
    assert [run["state"] for run in place.runs()] == ["done", "waiting"]
