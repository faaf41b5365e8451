"""Automations and buttons of deals, contracts, receivables and payments."""

from __future__ import annotations

from decimal import Decimal

import pytest

from runtime.errors import Conflict, Forbidden
from tests.templates_library.desk import (
    ACTIVITY,
    COMPANY,
    CONTACT,
    CONTRACT,
    DEAL,
    PAYMENT,
    PLAN,
    Desk,
    id_of,
    pay,
    sale,
)


def test_won_makes_the_contract_and_its_instalments(desk: Desk) -> None:
    company = desk.new(COMPANY, name="Hengtong")
    contact = desk.new(CONTACT, name="Zhang", company=company)
    terms = {"instalments": 3, "first_due_on": "2030-06-30", "gap_months": 2}
    deal = desk.new(
        DEAL, name="Cell", company=company, contact=contact, stage="signing", amount=100000,
        expected_on=desk.day(20), owner=desk.id("rep"), **terms,
    )  # fmt: skip
    desk.go()
    desk.change(DEAL, deal, stage="won")
    desk.go()
    (contract,) = desk.all(CONTRACT, {"field": "opportunity", "op": "is", "value": deal})
    assert (contract["status"], contract["amount"], contract["name"]) == ("active", Decimal(100000), "Cell")
    plans = desk.all(PLAN, {"field": "contract", "op": "is", "value": contract["id"]}, ("sequence",))
    assert [each["amount"] for each in plans] == [Decimal("33333.33"), Decimal("33333.33"), Decimal("33333.34")]
    assert [each["due_on"].isoformat() for each in plans] == ["2030-06-30", "2030-08-30", "2030-10-30"]
    assert [each["name"] for each in plans] == ["Cell 1/3", "Cell 2/3", "Cell 3/3"]
    assert desk.one(COMPANY, company)["status"] == "active"
    for name in ("rep", "chief", "money"):
        assert len(desk.told(name, "Won: Cell")) == 1


def test_a_confirmed_payment_counts_everywhere_and_a_rejected_one_no_longer(desk: Desk) -> None:
    sold = sale(desk, "Payer")
    money = pay(desk, sold, 100000)
    desk.go()
    assert desk.one(PLAN, sold.plan)["received"] == 0
    assert desk.told("money", "Please confirm")
    desk.change(PAYMENT, money, status="confirmed")
    desk.go()
    plan = desk.one(PLAN, sold.plan)
    assert (plan["received"], plan["open_amount"], plan["status"]) == (100000, 200000, "partly")
    assert desk.one(CONTRACT, sold.contract)["received"] == 100000
    company = desk.one(COMPANY, sold.company)
    assert (company["total_value"], company["rating"], company["rating_reason"]) == (100000, "b", "medium")
    desk.change(PAYMENT, money, status="rejected", reject_reason="Not on the statement")
    desk.go()
    assert desk.one(PLAN, sold.plan)["status"] == "open"
    assert desk.one(CONTRACT, sold.contract)["received"] == 0
    assert desk.one(COMPANY, sold.company)["total_value"] == 0


def test_two_payments_on_one_instalment_add_up(desk: Desk) -> None:
    sold = sale(desk, "Twice")
    for _ in range(2):
        pay(desk, sold, 150000, status="confirmed")
    desk.go()
    plan = desk.one(PLAN, sold.plan)
    assert (plan["status"], plan["ageing"], plan["open_amount"]) == ("paid", "settled", 0)
    assert desk.one(COMPANY, sold.company)["total_value"] == 300000
    assert desk.told("rep", "Order of Twice is fully paid")


def test_money_is_asked_for_before_on_and_after_the_day(desk: Desk) -> None:
    sale(desk, "Slowpay", due=7)
    expected = {3: {}, 4: {"rep": "Due on"}, 7: {"rep": "Due today", "money": "Due today"}}
    expected[14] = dict.fromkeys(("rep", "money", "chief"), "Overdue")
    heard = {"rep": 0, "money": 0, "chief": 0}
    passed = 0
    for day, titles in expected.items():
        desk.go(days=day - passed)
        passed = day
        for name, before in heard.items():
            new = desk.told(name, "from Slowpay")[before:]
            assert [each.partition(" from ")[0].startswith(titles.get(name, "?")) for each in new] == [True] * (name in titles)
            heard[name] += len(new)


def test_what_is_paid_is_not_asked_for(desk: Desk) -> None:
    sold = sale(desk, "Goodpay", due=7)
    pay(desk, sold, 300000, status="confirmed")
    desk.go()
    desk.go(days=7)
    desk.go(days=7)
    assert not [each for each in desk.told("rep", "Goodpay") if each.startswith(("Due", "Overdue"))]


def test_every_night_open_money_gets_its_age(desk: Desk) -> None:
    sold = [sale(desk, f"Aged {days}", due=-days) for days in (-5, 10, 45, 75, 120)]
    desk.go(days=1)
    assert [desk.one(PLAN, each.plan)["ageing"] for each in sold] == ["not_due", "d1_30", "d31_60", "d61_90", "d90"]


def test_a_stuck_deal_is_asked_about(desk: Desk) -> None:
    company = desk.new(COMPANY, name="Stuck buyer")
    desk.new(DEAL, name="Stuck deal", company=company, owner=desk.id("rep"), amount=600000)
    desk.go()
    assert desk.told("boss", "Big deal: Stuck deal")
    desk.go(days=14)
    assert desk.told("rep", "Stuck deal has not moved")
    desk.go(days=7)
    assert desk.told("chief", "Stuck: Stuck deal")


def test_a_line_without_price_takes_that_of_the_product(desk: Desk) -> None:
    product = desk.new("customers.product", name="Arm", price=1000, cost=600)
    company = desk.new(COMPANY, name="Lvye")
    deal = desk.new(DEAL, name="Arms", company=company, owner=desk.id("rep"))
    line = desk.new("crm.opportunity_line", name="Arm", opportunity=deal, product=product, quantity=2)
    desk.go()
    seen = desk.one("crm.opportunity_line", line)
    assert (seen["price"], seen["amount"], seen["profit"]) == (1000, 2000, 800)


def test_a_sent_quote_is_on_the_life_line_and_expires(desk: Desk) -> None:
    company = desk.new(COMPANY, name="Ruixin")
    quote = desk.new("crm.quote", subject="Gateways", company=company, amount=4800, owner=desk.id("rep"), valid_until=desk.day(5))
    desk.change("crm.quote", quote, status="sent")
    desk.go()
    (logged,) = desk.all(ACTIVITY, {"field": "company", "op": "is", "value": company})
    assert logged["kind"] == "quote_sent"
    assert "Gateways" in logged["subject"]
    desk.go(days=2)
    assert desk.told("rep", f"Quote {desk.one('crm.quote', quote)['number']} expires")
    desk.go(days=5)
    assert desk.one("crm.quote", quote)["status"] == "expired"


def test_the_products_are_added_up(desk: Desk) -> None:
    company = desk.new(COMPANY, name="Adder")
    deal = desk.new(DEAL, name="Sum", company=company, owner=desk.id("rep"), amount=5)
    for price in (100, 250):
        desk.new("crm.opportunity_line", name="Line", opportunity=deal, quantity=2, price=price)
    desk.go()
    assert desk.press("rep", "crm.add_up", deal).state == "done"
    assert desk.one(DEAL, deal)["amount"] == 700


def test_instalments_of_a_contract_entered_by_hand(desk: Desk) -> None:
    company = desk.new(COMPANY, name="By hand")
    terms = {"instalments": 2, "first_due_on": "2031-01-31", "gap_months": 1, "signed_on": desk.day(0), "status": "active"}
    contract = desk.new(CONTRACT, name="Hand", company=company, amount=1001, owner=desk.id("rep"), **terms)
    assert desk.press("money", "crm.make_instalments", contract).state == "done"
    plans = desk.all(PLAN, {"field": "contract", "op": "is", "value": contract}, ("sequence",))
    assert [(each["due_on"].isoformat(), each["amount"]) for each in plans] == [
        ("2031-01-31", Decimal("500.50")),
        ("2031-02-28", Decimal("500.50")),
    ]
    with pytest.raises(Conflict):
        desk.press("money", "crm.make_instalments", contract)


def test_finance_confirms_and_rejects_payments(desk: Desk) -> None:
    sold = sale(desk, "Confirmed buyer")
    money = pay(desk, sold, 1000, owner=desk.id("rep"))
    desk.go()
    with pytest.raises(Forbidden):
        desk.press("rep", "crm.confirm_payment", money)
    assert desk.press("money", "crm.confirm_payment", money).state == "done"
    desk.go()
    seen = desk.one(PAYMENT, money)
    assert (seen["status"], id_of(seen["confirmed_by"])) == ("confirmed", desk.id("money"))
    assert desk.one(CONTRACT, sold.contract)["received"] == 1000
    desk.press("money", "crm.reject_payment", money, reject_reason="Not found")
    desk.go()
    assert desk.one(CONTRACT, sold.contract)["received"] == 0
    assert desk.told("rep", "was rejected")
