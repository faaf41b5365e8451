"""A workspace with all templates and their sample records, in a transaction that is rolled back after each test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.clock import now
from runtime.context import Actor, Context
from runtime.db import make_engine
from runtime.records.write import create_many
from tests.factories import install, make_place, make_team, make_user
from tests.templates_library.walk import documents, plain, sample_groups

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
        return self.ctx.acting(replace(person, roles=roles, subordinate_ids=(person.user_id or 0, *below)))


@pytest.fixture(scope="session")
def firm_engine(database_url: str) -> Iterator[sa.Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def founded(firm_engine: sa.Engine) -> Firm:
    with firm_engine.begin() as connection:
        place = make_place(connection, language="zh-Hans")
        ctx = install(connection, place, documents())
        people = tuple(make_user(connection, ctx.workspace, f"Person{number}") for number in range(1, PEOPLE + 1))
        make_team(connection, ctx.workspace, "Sales", tuple(each.user_id or 0 for each in people))
        return Firm(ctx, people, _load_samples(ctx, people))


@pytest.fixture
def firm(firm_engine: sa.Engine, founded: Firm) -> Iterator[Firm]:
    with firm_engine.connect() as connection:
        transaction = connection.begin()
        yield replace(founded, ctx=replace(founded.ctx, connection=connection, now=now()))
        transaction.rollback()


def _load_samples(ctx: Context, people: tuple[Actor, ...]) -> dict[str, int]:
    ids: dict[str, int] = {}
    loading = ctx.acting(Actor("template", is_admin=True))

    def resolve(value: Any) -> Any:
        if isinstance(value, list):
            return [resolve(each) for each in value]
        if isinstance(value, Mapping) and "ref" in value:
            return ids[value["ref"]]
        if isinstance(value, Mapping) and "person" in value:
            return people[(value["person"] - 1) % len(people)].user_id
        return plain(value, "zh-Hans", ctx.now)

    for key in documents():
        for entity, records in sample_groups(key):
            made = create_many(
                loading, entity, [{name: resolve(value) for name, value in each["values"].items()} for each in records]
            )
            ids.update(zip((each["ref"] for each in records), made, strict=True))
    return ids
