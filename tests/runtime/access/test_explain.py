"""What is told about rights is what reading and writing do: for every set of roles, record and field of the vault."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import orjson
import pytest

from runtime import access
from runtime.context import Actor, Context
from runtime.errors import Forbidden, Invalid, NotFound
from runtime.queries.listing import ListQuery, list_records
from runtime.records import read, write
from tests.runtime.access.vault import BOX, ITEM

ROLES = ("vault.plain", "vault.bees")
SETS = [roles for size in range(3) for roles in itertools.combinations(ROLES, size)]
NEW: dict[str, Any] = {"name": "B new", "secret": "s", "amount": 3, "kind": "y", "tags": ["y"], "at": "2027-05-05", "code": "C"}


def records_of(ctx: Context, entity: str) -> list[int]:
    return [each["id"] for each in list_records(ctx, entity, ListQuery(sort=("id",))).records]


def seen(ctx: Context, entity: str, record: int) -> dict[str, Any] | None:
    try:
        return dict(orjson.loads(read.get_json(ctx, entity, record)[0]))
    except NotFound:
        return None


@pytest.mark.parametrize("roles", SETS)
@pytest.mark.parametrize("entity", [ITEM, BOX])
def test_shown_is_what_reading_shows(ctx: Context, member: Actor, entity: str, roles: tuple[str, ...]) -> None:
    reader = ctx.acting(replace(member, roles=roles))
    definition = ctx.catalog.entity(entity)
    for record in records_of(ctx, entity):
        everything, mine = seen(ctx, entity, record) or {}, seen(reader, entity, record)
        told = access.explain(reader, definition, record)
        assert told.may_read == (mine is not None)
        for each in access.explain_fields(reader, definition, record, definition.fields):
            if everything.get(each.key) is None:
                continue
            if not each.shown:
                assert mine is None or mine.get(each.key) is None, (roles, record, each)
                assert not each.shown_by or each.closed_sources or mine is None
            elif not definition.fields[each.key].is_formula:
                assert mine is not None and mine[each.key] == everything[each.key], (roles, record, each)
                assert each.shown_by


@pytest.mark.parametrize("roles", SETS)
@pytest.mark.parametrize("entity", [ITEM, BOX])
def test_writable_is_what_can_be_written(ctx: Context, member: Actor, entity: str, roles: tuple[str, ...]) -> None:
    reader = ctx.acting(replace(member, roles=roles))
    definition = ctx.catalog.entity(entity)
    for record in records_of(ctx, entity):
        for each in access.explain_fields(reader, definition, record, [key for key in NEW if key in definition.fields]):
            savepoint = ctx.connection.begin_nested()
            try:
                write.update(reader, entity, record, {each.key: NEW[each.key]})
                done = True
            except (Forbidden, Invalid, NotFound):
                done = False
            savepoint.rollback()
            assert done == each.writable, (roles, record, each)
            assert bool(each.changed_by) >= each.writable


def test_roles_and_sources_are_named(ctx: Context, member: Actor) -> None:
    reader = ctx.acting(replace(member, roles=ROLES))
    item = ctx.catalog.entity(ITEM)
    names = {each["id"]: each["name"] for each in list_records(ctx, ITEM, ListQuery()).records}
    by_name = {name: identity for identity, name in names.items()}
    secret, double, name = access.explain_fields(reader, item, by_name["A one"], ("secret", "double", "name"))
    assert (secret.shown, secret.shown_by, secret.hidden_by) == (False, (), ("vault.plain",))
    assert (secret.writable, secret.kept_by) == (False, ("vault.plain",))
    assert (double.shown, double.closed_sources, double.is_computed) == (False, ("amount",), True)
    assert (name.shown, name.shown_by, name.changed_by) == (True, ("vault.plain",), ("vault.plain",))
    (open_one,) = access.explain_fields(reader, item, by_name["B two"], ("secret",))
    assert (open_one.shown, open_one.shown_by, open_one.hidden_by) == (True, ("vault.bees",), ("vault.plain",))


def test_administrators_see_all_and_strangers_nothing(ctx: Context, member: Actor) -> None:
    item = ctx.catalog.entity(ITEM)
    record = records_of(ctx, ITEM)[0]
    assert all(each.shown for each in access.explain_fields(ctx, item, record, item.fields))
    assert not any(each.shown or each.writable for each in access.explain_fields(ctx.acting(member), item, record, item.fields))
    (gone,) = access.explain_fields(ctx, item, 10**9, ("name", "nothing"))
    assert not gone.shown and not gone.writable
