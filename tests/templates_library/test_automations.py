"""The automations of the templates at work: real engine, real PostgreSQL, a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.automations.button import Pressed, press
from runtime.automations.control import save_settings
from runtime.automations.pump import pump_once
from runtime.context import Actor, Context
from runtime.db import make_engine
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.platform.automation import Run
from runtime.platform.people import Member
from runtime.platform.personal import Notification
from runtime.queries.listing import ListQuery, list_records
from runtime.records.write import create, update
from runtime.unit_of_work import transaction
from tests.factories import Place, install, make_place, make_user
from tests.templates_library.walk import ZONE, documents

LEAD, DEAL, CONTRACT, PLAN, PAYMENT = "crm.lead", "crm.opportunity", "crm.contract", "crm.receivable_plan", "crm.payment"
COMPANY, CONTACT, ACTIVITY, TICKET = "customers.company", "customers.contact", "customers.activity", "crm.ticket"
MONDAY = datetime(2024, 6, 3, 10, 0, tzinfo=ZONE)
ROLES = {"rep": ("crm.sales",), "chief": ("crm.sales_manager",), "money": ("crm.finance",), "boss": ("crm.boss",)}
_numbers = count(1)


@dataclass
class Office:
    """The workspace that the tests share. `at`: its time, which never goes back."""

    engine: sa.Engine
    place: Place
    people: Mapping[str, Actor]
    at: datetime = MONDAY


@dataclass
class Desk:
    """Work in the office. Everything is committed; automations run when `go` is called."""

    office: Office

    @property
    def at(self) -> datetime:
        return self.office.at

    def day(self, later: int) -> str:
        """The date so many days from now."""
        return (self.at.date() + timedelta(days=later)).isoformat()

    def moment(self, **later: int) -> str:
        """The time so much later than now."""
        return (self.at + timedelta(**later)).isoformat()

    def new(self, entity: str, **values: Any) -> int:
        with transaction(self.office.engine) as connection:
            return create(self._context(connection), entity, values).id

    def change(self, entity: str, record: int, **values: Any) -> None:
        with transaction(self.office.engine) as connection:
            update(self._context(connection), entity, record, values)

    def set(self, automation: str, **values: Any) -> None:
        """Changes settings of an automation, as ops people do."""
        with transaction(self.office.engine) as connection:
            save_settings(self._context(connection), automation, values)

    def press(self, name: str, automation: str, record: int, **inputs: Any) -> Pressed:
        """A person presses a button."""
        with transaction(self.office.engine) as connection:
            ctx = self._context(connection).acting(self.office.people[name])
            return press(ctx, automation, record, inputs)

    def go(self, **later: int) -> None:
        """Moves the clock and lets everything happen that is due."""
        self.office.at += timedelta(**later)
        pump_once(self.office.engine, self.at)
        failed = self._rows(sa.select(Run.automation, Run.reason).where(Run.state.in_(["failed", "match_error"])))
        assert failed == []

    def one(self, entity: str, record: int) -> dict[str, Any]:
        (found,) = self.all(entity, {"field": "id", "op": "is", "value": record})
        return found

    def all(self, entity: str, condition: Any = None, sort: tuple[str, ...] = ("id",)) -> list[dict[str, Any]]:
        with transaction(self.office.engine) as connection:
            return list_records(self._context(connection), entity, ListQuery(filter=condition, sort=sort)).records

    def told(self, name: str, about: str) -> list[str]:
        """Titles of the messages to a person that speak of something, oldest first."""
        mine = sa.select(Notification.title).where(Notification.user_id == self.id(name)).order_by(Notification.id)
        return [row[0] for row in self._rows(mine) if about in row[0]]

    def id(self, name: str) -> int:
        return int(self.office.people[name].user_id or 0)

    def _rows(self, statement: sa.Select[Any]) -> list[Any]:
        with self.office.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(statement)]

    def _context(self, connection: sa.Connection) -> Context:
        return replace(self.office.place.context(connection), now=self.at)


@pytest.fixture(scope="session")
def office(database_url: str) -> Iterator[Office]:
    engine = make_engine(database_url)
    with transaction(engine) as connection:
        place = make_place(connection, language="en")
        install(connection, place, documents())
        people = {name: make_user(connection, place.workspace, name.title(), roles=held) for name, held in ROLES.items()}
        connection.execute(
            sa.update(Member)
            .where(Member.workspace_id == place.workspace.id, Member.user_id == people["rep"].user_id)
            .values(manager_id=people["chief"].user_id)
        )
    pump_once(engine, MONDAY)
    yield Office(engine, place, people)
    engine.dispose()


@pytest.fixture
def desk(office: Office) -> Desk:
    """Every test begins on a Monday at ten, later than the one before."""
    office.at += timedelta(days=7 - office.at.weekday())
    office.at = office.at.replace(hour=10, minute=0)
    desk = Desk(office)
    desk.go()
    return desk


def lead(desk: Desk, name: str, **values: Any) -> int:
    number = next(_numbers)
    return desk.new(
        LEAD,
        **{"name": name, "company_name": f"Firm {number}", "phone": f"+86 138 0000 {number:04d}", "source": "phone", **values},
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
    assert _id(seen["previous_owner"]) == desk.id("rep")
    assert len(desk.told("rep", "Follow-up overdue: Late Wang")) == 1


def _id(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) else value


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


@dataclass
class Sale:
    """A contract with one instalment."""

    company: int
    contract: int
    plan: int


def sale(desk: Desk, buyer: str, due: int = 60, amount: int = 300000) -> Sale:
    owner = desk.id("rep")
    company = desk.new(COMPANY, name=buyer, owner=owner)
    terms = {"status": "active", "amount": amount, "signed_on": desk.day(0), "first_due_on": desk.day(due), "owner": owner}
    contract = desk.new(CONTRACT, name=f"Order of {buyer}", company=company, **terms)
    plan = desk.new(
        PLAN, name=f"{buyer} 1/1", contract=contract, company=company, due_on=desk.day(due), amount=amount, owner=owner
    )
    return Sale(company, contract, plan)


def pay(desk: Desk, sold: Sale, amount: int, **values: Any) -> int:
    return desk.new(
        PAYMENT, company=sold.company, contract=sold.contract, plan=sold.plan, amount=amount, paid_on=desk.day(0), **values
    )


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


def test_a_lead_is_claimed_from_the_pool_within_the_limits(desk: Desk) -> None:
    desk.set("crm.claim", daily_quota=2)
    made = [lead(desk, f"Pool {number}") for number in range(3)]
    desk.go()
    assert [desk.press("rep", "crm.claim", each).state for each in made[:2]] == ["done", "done"]
    seen = desk.one(LEAD, made[0])
    assert (_id(seen["owner"]), seen["in_pool"], seen["claimed_at"]) == (desk.id("rep"), False, desk.at)
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
    assert _id(seen["previous_owner"]) == desk.id("rep")


def test_a_manager_assigns_a_lead(desk: Desk) -> None:
    made = lead(desk, "Assigned")
    desk.go()
    with pytest.raises(Forbidden):
        desk.press("rep", "crm.assign", made, owner=desk.id("rep"))
    assert desk.press("chief", "crm.assign", made, owner=desk.id("rep")).state == "done"
    desk.go()
    seen = desk.one(LEAD, made)
    assert (_id(seen["owner"]), seen["in_pool"]) == (desk.id("rep"), False)
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
    company, contact, deal = (_id(seen[name]) for name in ("company", "contact", "opportunity"))
    assert desk.one(COMPANY, company)["name"] == "Jiahe Medical"
    person = desk.one(CONTACT, contact)
    assert (person["name"], _id(person["company"]), person["job_title"]) == ("Ready Xu", company, "Boss")
    opportunity = desk.one(DEAL, deal)
    assert (opportunity["name"], opportunity["amount"], opportunity["stage"]) == ("Jiahe Medical Vision", 80000, "discover")
    history = desk.one(ACTIVITY, call)
    assert (_id(history["company"]), _id(history["contact"]), _id(history["crm_opportunity"])) == (company, contact, deal)


def test_converting_takes_the_customer_that_is_there_already(desk: Desk) -> None:
    company = desk.new(COMPANY, name="Known firm")
    made = lead(desk, "Known Lin", company_name="Known firm", owner=desk.id("rep"), stage="qualified", need="More")
    desk.go()
    assert desk.press("rep", "crm.convert", made).state == "done"
    assert _id(desk.one(LEAD, made)["company"]) == company
    with pytest.raises((Conflict, NotFound)):
        desk.press("rep", "crm.convert", made)


def test_a_lead_cannot_become_converted_by_hand(desk: Desk) -> None:
    made = lead(desk, "By hand", owner=desk.id("rep"), stage="qualified", need="More")
    with pytest.raises(Invalid, match="Convert"):
        desk.change(LEAD, made, stage="converted")


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
    assert (seen["status"], _id(seen["confirmed_by"])) == ("confirmed", desk.id("money"))
    assert desk.one(CONTRACT, sold.contract)["received"] == 1000
    desk.press("money", "crm.reject_payment", money, reject_reason="Not found")
    desk.go()
    assert desk.one(CONTRACT, sold.contract)["received"] == 0
    assert desk.told("rep", "was rejected")
