"""`firm`: a workspace with all templates and their sample records, rolled back after each test. `desk`: one whose automations run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from runtime.automations.pump import pump_once
from runtime.clock import now
from runtime.context import Actor, Context
from runtime.db import make_engine
from runtime.install import install
from runtime.platform.people import Member
from runtime.samples import sample_set
from runtime.unit_of_work import transaction
from templates_library import loader
from tests.conftest import new_database
from tests.factories import make_place, make_team, make_user
from tests.templates_library.desk import MONDAY, ROLES, Desk, Office

PEOPLE = 5


@dataclass
class Firm:
    """The workspace. `ctx` is the administrator's; `people` are the members that the sample speaks of, 1 first."""

    ctx: Context
    people: tuple[Actor, ...]
    ids: Mapping[str, int]

    def acting(self, number: int, *roles: str, subordinates: tuple[int, ...] = ()) -> Context:
        """The context of a member with these roles."""
        person = self.people[number - 1]
        below = tuple(self.people[each - 1].user_id or 0 for each in subordinates)
        return self.ctx.acting(replace(person, is_admin=False, roles=roles, subordinate_ids=(person.user_id or 0, *below)))


@pytest.fixture(scope="session")
def firm_engine(database_url: str) -> Iterator[sa.Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def founded(firm_engine: sa.Engine) -> Firm:
    with firm_engine.begin() as connection:
        place = make_place(connection, language="zh-Hans")
        people = (place.admin, *(make_user(connection, place.workspace, f"Person{number}") for number in range(2, PEOPLE + 1)))
        make_team(connection, place.workspace, "Sales", tuple(each.user_id or 0 for each in people))
        ctx = install(place.context(connection), loader.read("crm"), sample_data=True, language="zh-Hans").ctx
        return Firm(ctx, people, dict(sample_set(ctx, "zh-Hans").refs))


@pytest.fixture
def firm(firm_engine: sa.Engine, founded: Firm) -> Iterator[Firm]:
    with firm_engine.connect() as connection:
        transaction = connection.begin()
        yield replace(founded, ctx=replace(founded.ctx, connection=connection, now=now()))
        transaction.rollback()


@pytest.fixture(scope="session")
def office(server_url: str) -> Iterator[Office]:
    """In a database of its own: the pump does what is due in all workspaces, and other tests leave theirs behind."""
    with new_database(server_url, f"formloom_office_{os.getpid()}", first_workspace=2_000_000) as url:
        engine = make_engine(url)
        with transaction(engine) as connection:
            place = make_place(connection, language="en")
            install(place.context(connection), loader.read("crm"))
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
