"""Automations of customers and tickets, and the report of the week."""

from __future__ import annotations

from datetime import timedelta

from tests.templates_library.desk import (
    COMPANY,
    CONTACT,
    TICKET,
    Desk,
)


def test_a_ticket_gets_its_deadlines_and_is_reported_when_late(desk: Desk) -> None:
    made = desk.new(TICKET, subject="It stops", priority="urgent", owner=desk.id("rep"), reported_at=desk.moment())
    desk.go()
    seen = desk.one(TICKET, made)
    assert (seen["respond_by"], seen["resolve_by"]) == (desk.at + timedelta(hours=1), desk.at + timedelta(hours=8))
    desk.go(hours=2)
    assert desk.told("rep", "No response yet: It stops")


def test_a_big_recent_customer_becomes_a_and_loses_it_after_a_quiet_year(desk: Desk) -> None:
    company = desk.new(COMPANY, name="Quiet Jiahe", owner=desk.id("rep"), total_value=400000, last_order_on=desk.day(-360))
    desk.go()
    seen = desk.one(COMPANY, company)
    assert (seen["rating"], seen["rating_reason"]) == ("a", "big_recent")
    desk.go(days=7)
    seen = desk.one(COMPANY, company)
    assert (seen["rating"], seen["rating_reason"]) == ("b", "big_quiet")
    assert desk.told("rep", "Quiet Jiahe is now rated B")


def test_a_silent_key_account_is_noticed(desk: Desk) -> None:
    values = {"status": "active", "total_value": 400000, "last_order_on": desk.day(-30), "last_followed_at": desk.moment(days=-1)}
    desk.new(COMPANY, name="Silent Haina", owner=desk.id("rep"), **values)
    desk.go()
    desk.go(days=21)
    assert desk.told("rep", "Key account Silent Haina is silent")
    assert not desk.told("chief", "Silent Haina")
    desk.go(days=9)
    assert desk.told("chief", "Still silent: Silent Haina")


def test_a_birthday_is_announced_in_the_morning(desk: Desk) -> None:
    born = (desk.at + timedelta(days=1)).date().replace(year=1992).isoformat()
    desk.new(CONTACT, name="Birthday Li", birthday=born, owner=desk.id("rep"))
    desk.new(CONTACT, name="Quiet birthday", birthday=born, owner=desk.id("rep"), do_not_contact=True)
    desk.go(days=1)
    assert desk.told("rep", "irthday Li") == ["It is Birthday Li's birthday today"]
    assert not desk.told("rep", "Quiet birthday")


def test_monday_report(desk: Desk) -> None:
    before = len(desk.told("boss", "Last week in sales"))
    desk.go(days=7)
    assert len(desk.told("boss", "Last week in sales")) == before + 1
    assert desk.told("chief", "Last week in sales")
