"""Rights: closed by default, own, team, conditions, the union of roles, and their explanation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from runtime import access
from runtime.access.moving import Moving, read
from runtime.context import Actor, Context
from runtime.errors import BadRequest, NotFound
from runtime.queries.listing import ListQuery, list_records
from runtime.records import read as records_read
from runtime.records import write
from tests import factories
from tests.runtime.access.vault import BOX, ITEM

NAMES = ("A one", "A three", "B four", "B two")


def listed(ctx: Context, **query: Any) -> list[dict[str, Any]]:
    return list_records(ctx, ITEM, ListQuery(sort=("name",), **query)).records


def test_without_a_grant_nothing_exists(ctx: Context, member: Actor) -> None:
    reader = ctx.acting(member)
    for entity in (ITEM, BOX, "vault.nothing"):
        with pytest.raises(NotFound):
            list_records(reader, entity, ListQuery())
        with pytest.raises(NotFound):
            records_read.get(reader, entity, 1)
    assert records_read.titles(reader, ITEM, range(100)) == {}


def test_rights_of_two_roles_add_up_field_by_field(ctx: Context, member: Actor) -> None:
    reader = ctx.acting(replace(member, roles=("vault.plain", "vault.bees")))
    found = {each["name"]: each for each in listed(reader)}
    assert sorted(found) == list(NAMES)
    assert {name for name, record in found.items() if record["secret"]} == {"B four", "B two"}
    assert {name for name, record in found.items() if record["double"] is not None} == {"B four", "B two"}
    assert [each["name"] for each in listed(reader, filter={"field": "amount", "op": "gte", "value": 0})] == ["B four", "B two"]
    assert [each["name"] for each in listed(reader, q="oldsecret")] == ["B four", "B two"]


def test_a_field_that_no_role_shows_is_unknown(ctx: Context, member: Actor) -> None:
    reader = ctx.acting(replace(member, roles=("vault.plain",)))
    assert "secret" not in listed(reader)[0] and "double" not in listed(reader)[0] and "late" not in listed(reader)[0]
    for query in (
        ListQuery(fields=("secret",)),
        ListQuery(sort=("double",)),
        ListQuery(filter={"field": "late", "op": "gt", "value": 0}),
    ):
        with pytest.raises(BadRequest):
            list_records(reader, ITEM, query)


def test_a_relation_leads_only_to_what_may_be_read(ctx: Context, member: Actor) -> None:
    reader = ctx.acting(replace(member, roles=("vault.plain",)))
    found = {each["name"]: each for each in listed(reader, fields=("name", "box", "box.title", "box_code"))}
    assert found["A one"]["box.title"] == found["A one"]["box_code"] == "Box mine"
    assert found["A three"]["box"] is not None
    assert found["A three"]["box.title"] is None and found["A three"]["box_code"] is None
    box = found["A three"]["box"]
    assert records_read.titles(reader, BOX, [box, found["A one"]["box"]]) == {found["A one"]["box"]: "Box mine"}
    with pytest.raises(NotFound):
        records_read.get(reader, BOX, box)


def test_team_reaches_the_people_below(ctx: Context, member: Actor) -> None:
    document = {
        "format": 1, "key": "team", "label": "T",
        "entities": [{"key": "note", "fields": [{"key": "text", "type": "text"}]}],
        "roles": [{"key": "lead", "grants": [{"entity": "note", "read": ["team"], "create": True, "update": ["own"], "delete": []}]}],
    }  # fmt: skip
    place = factories.make_place(ctx.connection)
    admin = factories.install(ctx.connection, place, {"team": document})
    boss, worker, other = (
        factories.make_user(ctx.connection, place.workspace, name, roles=("team.lead",)) for name in ("Bo", "Wu", "Ou")
    )
    boss = replace(boss, subordinate_ids=(int(boss.user_id or 0), int(worker.user_id or 0)))
    for actor in (boss, worker, other):
        write.create(admin.acting(actor), "team.note", {"text": actor.name})

    def seen(actor: Actor) -> list[str]:
        return [each["text"] for each in list_records(admin.acting(actor), "team.note", ListQuery(sort=("text",))).records]

    assert (seen(boss), seen(worker), seen(other)) == (["Bo", "Wu"], ["Wu"], ["Ou"])
    rights = access.rights(admin.acting(boss), admin.catalog.entity("team.note"))
    assert (rights.may_create, rights.may_update, rights.may_delete, rights.may_export) == (True, True, False, False)
    table = rights.entity.table
    mine = ctx.connection.scalars(sa.select(table.c.text).where(rights.row_filter("update"))).all()
    assert mine == ["Bo"]
    assert ctx.connection.scalars(sa.select(table.c.text).where(rights.row_filter("delete"))).all() == []


def test_the_reason_is_told(ctx: Context, member: Actor) -> None:
    reader = ctx.acting(replace(member, roles=("vault.plain", "vault.bees")))
    entity = ctx.catalog.entity(ITEM)
    records = {each["name"]: each["id"] for each in listed(ctx)}
    on_a = access.explain(reader, entity, records["A one"], "secret")
    on_b = access.explain(reader, entity, records["B two"], "secret")
    assert on_a.may_read and on_a.may_update and not on_a.may_delete
    assert (on_a.field_shown, on_b.field_shown) == (False, True)
    assert {(each.role, each.verb, each.holds, each.hides) for each in on_a.reasons} == {
        ("vault.plain", "read", True, True),
        ("vault.plain", "update", True, True),
        ("vault.bees", "read", False, False),
    }
    gone = access.explain(reader, entity, 10**9)
    assert not gone.exists and not gone.may_read and gone.field_shown is None


def test_statements_serve_every_person_of_a_role(ctx: Context) -> None:
    own = {"field": "owner", "op": "is", "value": {"var": "me"}}
    recent = {"field": "made", "op": "gte", "value": {"expr": "TODAY() - 1"}}
    document = {
        "format": 1, "key": "mine", "label": "M",
        "entities": [{"key": "note", "fields": [{"key": "owner", "type": "person"}, {"key": "made", "type": "date"}]}],
        "roles": [{"key": "own", "grants": [{"entity": "note", "read": [{"all": [own, recent]}]}]}],
    }  # fmt: skip
    place = factories.make_place(ctx.connection)
    admin = factories.install(ctx.connection, place, {"mine": document})
    people = [factories.make_user(ctx.connection, place.workspace, name, roles=("mine.own",)) for name in ("Bo", "Wu")]
    today = ctx.now.astimezone(place.workspace.zone).date()
    for person in people:
        write.create(admin, "mine.note", {"owner": person.user_id, "made": str(today)})
    from datetime import timedelta

    for person in (*people, *people):
        (record,) = list_records(admin.acting(person), "mine.note", ListQuery()).records
        assert record["owner"] == person.user_id
        later = replace(admin.acting(person), now=admin.now + timedelta(days=3))
        assert list_records(later, "mine.note", ListQuery()).records == []


def test_a_moving_part_survives_its_name() -> None:
    from builder.expressions.parser import parse
    from builder.expressions.types import Type

    node = parse("TODAY() - 3")
    made = Moving(node, Type.DATE)  # type: ignore[arg-type]
    assert read(made.name) == made and made.name.isidentifier()
