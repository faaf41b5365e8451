"""Automations and buttons of leads: ladder, pool, claiming, converting."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from tests.templates_library.desk import (
    ACTIVITY,
    COMPANY,
    CONTACT,
    DEAL,
    LEAD,
    Desk,
    id_of,
    lead,
)


def test_an_overdue_lead_is_reminded_escalated_and_returned(desk: Desk) -> None:
    desk.set("crm.overdue_follow_up", calendar="days", remind_after="3d")
    made = lead(desk, "Late Wang", owner=desk.id("rep"), next_follow_up_at=desk.moment(days=1))
    desk.go(days=3)
    assert not desk.told("rep", "Late Wang")
    desk.go(days=1)
    assert desk.told("rep", "Follow-up overdue: Late Wang")
    assert not desk.told("chief", "Late Wang")
    desk.go(days=1)
    assert desk.told("chief", "Still not followed up: Late Wang")
    seen = desk.one(LEAD, made)
    assert (seen["high_risk"], seen["in_pool"]) == (True, False)
    desk.go(days=3)
    assert desk.one(LEAD, made)["in_pool"] is True
    seen = desk.one(LEAD, made)
    assert (seen["owner"], seen["return_reason"], seen["return_count"]) == (None, "overdue", 1)
    assert id_of(seen["previous_owner"]) == desk.id("rep")
    assert len(desk.told("rep", "Follow-up overdue: Late Wang")) == 1


def test_a_follow_up_moves_the_lead_on(desk: Desk) -> None:
    made = lead(desk, "Moved Li", owner=desk.id("rep"), next_follow_up_at=desk.moment(hours=-3))
    call = {
        "subject": "Call",
        "kind": "call",
        "result": "interested",
        "happened_at": desk.moment(),
        "next_at": desk.moment(days=9),
    }
    desk.new(ACTIVITY, **call, crm_lead=made)
    desk.go()
    seen = desk.one(LEAD, made)
    assert seen["stage"] == "contacted"
    assert (seen["last_followed_at"], seen["next_follow_up_at"]) == (desk.at, desk.at + timedelta(days=9))


def test_an_older_follow_up_entered_later_does_not_turn_time_back(desk: Desk) -> None:
    made = lead(desk, "Later Li", owner=desk.id("rep"))
    for hours in (-1, -50):
        desk.new(ACTIVITY, subject="Call", kind="call", result="no_answer", happened_at=desk.moment(hours=hours), crm_lead=made)
        desk.go()
    seen = desk.one(LEAD, made)
    assert (seen["last_followed_at"], seen["stage"]) == (desk.at - timedelta(hours=1), "new")


def test_a_lead_from_the_web_waits_in_the_pool_and_sales_is_told(desk: Desk) -> None:
    made = lead(desk, "Web Zhao", source="website")
    desk.go()
    assert desk.one(LEAD, made)["in_pool"] is True
    for name in ("rep", "chief"):
        assert len(desk.told(name, "New lead: Web Zhao")) == 1


def test_a_lead_with_an_owner_is_not_in_the_pool_and_without_one_it_is(desk: Desk) -> None:
    made = lead(desk, "Owned Hu")
    desk.go()
    assert desk.one(LEAD, made)["in_pool"] is True
    desk.change(LEAD, made, owner=desk.id("rep"))
    desk.go()
    seen = desk.one(LEAD, made)
    assert (seen["in_pool"], seen["claimed_at"]) == (False, desk.at)


def test_a_lead_with_the_same_number_is_marked(desk: Desk) -> None:
    lead(desk, "First Sun", phone="+86 138 0000 9777", owner=desk.id("rep"))
    second = lead(desk, "Second Sun", phone="+86 138 0000 9777", owner=desk.id("rep"))
    desk.go()
    assert desk.one(LEAD, second)["duplicate"] is True
    assert desk.told("rep", "Second Sun may be a duplicate")


def test_a_lead_is_claimed_from_the_pool_within_the_limits(desk: Desk) -> None:
    desk.set("crm.claim", daily_quota=2)
    made = [lead(desk, f"Pool {number}") for number in range(3)]
    desk.go()
    assert [desk.press("rep", "crm.claim", each).state for each in made[:2]] == ["done", "done"]
    seen = desk.one(LEAD, made[0])
    assert (id_of(seen["owner"]), seen["in_pool"], seen["claimed_at"]) == (desk.id("rep"), False, desk.at)
    assert seen["next_follow_up_at"] == desk.at + timedelta(days=1)
    refused = desk.press("rep", "crm.claim", made[2])
    assert "today" in str(refused.reason)
    assert desk.one(LEAD, made[2])["in_pool"] is True
    assert desk.press("chief", "crm.claim", made[2]).state == "done"
    with pytest.raises((Conflict, NotFound)):
        desk.press("rep", "crm.claim", made[2])
    desk.set("crm.claim", daily_quota=None)


def test_nobody_holds_more_leads_than_allowed(desk: Desk) -> None:
    desk.set("crm.claim", holding_limit=1)
    lead(desk, "Held", owner=desk.id("chief"))
    made = lead(desk, "Wanted")
    desk.go()
    refused = desk.press("chief", "crm.claim", made)
    assert "already hold" in str(refused.reason)
    assert desk.one(LEAD, made)["in_pool"] is True
    desk.set("crm.claim", holding_limit=None)


def test_finance_may_not_claim(desk: Desk) -> None:
    made = lead(desk, "Not for finance")
    desk.go()
    with pytest.raises((Forbidden, NotFound)):
        desk.press("money", "crm.claim", made)


def test_a_lead_is_returned_with_its_reason(desk: Desk) -> None:
    made = lead(desk, "Given back", owner=desk.id("rep"))
    desk.go()
    with pytest.raises(Invalid):
        desk.press("rep", "crm.return_to_pool", made)
    assert desk.press("rep", "crm.return_to_pool", made, return_reason="not_mine", return_note="Other region").state == "done"
    desk.go()
    seen = desk.one(LEAD, made)
    assert (seen["in_pool"], seen["owner"], seen["return_reason"], seen["return_count"]) == (True, None, "not_mine", 1)
    assert id_of(seen["previous_owner"]) == desk.id("rep")


def test_a_manager_assigns_a_lead(desk: Desk) -> None:
    made = lead(desk, "Assigned")
    desk.go()
    with pytest.raises(Forbidden):
        desk.press("rep", "crm.assign", made, owner=desk.id("rep"))
    assert desk.press("chief", "crm.assign", made, owner=desk.id("rep")).state == "done"
    desk.go()
    seen = desk.one(LEAD, made)
    assert (id_of(seen["owner"]), seen["in_pool"]) == (desk.id("rep"), False)
    assert desk.told("rep", "New lead for you: Assigned")


def test_converting_makes_customer_contact_and_deal_and_keeps_the_history(desk: Desk) -> None:
    product = desk.new("customers.product", name="Vision", price=1000)
    need = {"stage": "qualified", "need": "Inspection", "budget": 80000, "product": product}
    made = lead(desk, "Ready Xu", company_name="Jiahe Medical", owner=desk.id("rep"), job_title="Boss", **need)
    call = desk.new(ACTIVITY, subject="Call", kind="call", crm_lead=made, owner=desk.id("rep"))
    desk.go()
    assert desk.press("rep", "crm.convert", made).state == "done"
    desk.go()
    seen = desk.one(LEAD, made)
    assert (seen["stage"], seen["converted_at"]) == ("converted", desk.at)
    company, contact, deal = (id_of(seen[name]) for name in ("company", "contact", "opportunity"))
    assert desk.one(COMPANY, company)["name"] == "Jiahe Medical"
    person = desk.one(CONTACT, contact)
    assert (person["name"], id_of(person["company"]), person["job_title"]) == ("Ready Xu", company, "Boss")
    opportunity = desk.one(DEAL, deal)
    assert (opportunity["name"], opportunity["amount"], opportunity["stage"]) == ("Jiahe Medical Vision", 80000, "discover")
    history = desk.one(ACTIVITY, call)
    assert (id_of(history["company"]), id_of(history["contact"]), id_of(history["crm_opportunity"])) == (company, contact, deal)


def test_converting_takes_the_customer_that_is_there_already(desk: Desk) -> None:
    company = desk.new(COMPANY, name="Known firm")
    made = lead(desk, "Known Lin", company_name="Known firm", owner=desk.id("rep"), stage="qualified", need="More")
    desk.go()
    assert desk.press("rep", "crm.convert", made).state == "done"
    assert id_of(desk.one(LEAD, made)["company"]) == company
    with pytest.raises((Conflict, NotFound)):
        desk.press("rep", "crm.convert", made)


def test_a_lead_cannot_become_converted_by_hand(desk: Desk) -> None:
    made = lead(desk, "By hand", owner=desk.id("rep"), stage="qualified", need="More")
    with pytest.raises(Invalid, match="Convert"):
        desk.change(LEAD, made, stage="converted")
