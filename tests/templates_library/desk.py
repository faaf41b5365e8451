"""A workspace whose automations run when the test says so: real engine, real PostgreSQL, a clock that the test moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa

from runtime.automations.button import Pressed, press
from runtime.automations.control import save_settings
from runtime.automations.pump import pump_once
from runtime.context import Actor, Context
from runtime.platform.automation import Run
from runtime.platform.personal import Notification
from runtime.queries.listing import ListQuery, list_records
from runtime.records.write import create, update
from runtime.unit_of_work import transaction
from tests.factories import Place
from tests.templates_library.walk import ZONE

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


def lead(desk: Desk, name: str, **values: Any) -> int:
    number = next(_numbers)
    return desk.new(
        LEAD,
        **{"name": name, "company_name": f"Firm {number}", "phone": f"+86 138 0000 {number:04d}", "source": "phone", **values},
    )


def id_of(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) else value


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
