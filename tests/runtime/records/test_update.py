from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.context import Cause
from runtime.errors import Forbidden, Invalid, NotFound, Stale
from runtime.records import write
from tests.factories import install, make_place, make_user
from tests.runtime.records.conftest import COMPANY, PROJECT, World


def test_only_what_differs_is_written(world: World) -> None:
    made = write.create(world.ctx, PROJECT, {"name": "A", "budget": 10, "cost": 4})
    saved = write.update(world.ctx, PROJECT, made.id, {"name": "A ", "budget": "20.00"})
    assert (saved.version, saved.changed) == (2, {"budget", "margin"})
    assert world.row(PROJECT, made.id)["margin"] == Decimal("16.00")
    change = world.changes(PROJECT)[-1]
    assert change["before"] == {"budget": "10.00", "margin": "6.00"}
    assert change["after"] == {"budget": "20.00", "margin": "16.00"}
    assert change["version"] == 2


def test_a_save_without_a_change_writes_nothing(world: World) -> None:
    made = write.create(world.ctx, PROJECT, {"name": "A", "channels": ["web"], "hours": 1})
    saved = write.update(world.ctx, PROJECT, made.id, {"name": "A", "channels": "web", "hours": "1.0", "tags": []})
    assert (saved.version, saved.changed) == (1, frozenset())
    assert world.row(PROJECT, made.id)["version"] == 1
    assert len(world.changes(PROJECT)) == 1


def test_stale_versions(world: World) -> None:
    made = write.create(world.ctx, PROJECT, {"name": "A"})
    write.update(world.ctx, PROJECT, made.id, {"name": "B"}, expected_version=1)
    with pytest.raises(Stale) as caught:
        write.update(world.ctx, PROJECT, made.id, {"name": "C"}, expected_version=1)
    assert caught.value.current_version == 2
    assert world.row(PROJECT, made.id)["name"] == "B"


def test_required_fields_cannot_be_emptied(world: World, refused: Any) -> None:
    made = write.create(world.ctx, PROJECT, {"name": "A"})
    assert refused(write.update, world.ctx, PROJECT, made.id, {"name": " ", "stage": None, "bad": 1}) == {
        "bad": "unknown_field", "name": "required", "stage": "no_stage",
    }  # fmt: skip


def test_a_field_that_became_required_later_does_not_block_other_edits(world: World) -> None:
    made = write.create(world.ctx, COMPANY, {"name": "A"})
    table = world.ctx.catalog.entity(COMPANY).table
    world.ctx.connection.execute(table.update().values(name=None))
    assert write.update(world.ctx, COMPANY, made.id, {"city": "X"}).version == 2


def test_rules_hold_on_every_save(world: World, refused: Any) -> None:
    made = write.create(world.ctx, PROJECT, {"name": "A", "starts": "2026-03-05", "due": "2026-03-06"})
    assert refused(write.update, world.ctx, PROJECT, made.id, {"starts": "2026-03-07"}) == {"due": "rule"}
    # A rule over a value that could not be read says nothing.
    assert refused(write.update, world.ctx, PROJECT, made.id, {"starts": "2026-03-07", "due": "x"}) == {"due": "not_a_date"}


def test_many_to_many(world: World) -> None:
    one, two, three = write.create_many(world.ctx, "studio.tag", [{"name": name} for name in "abc"])
    made = write.create(world.ctx, PROJECT, {"name": "A", "tags": [two, one]})
    saved = write.update(world.ctx, PROJECT, made.id, {"tags": [three, two]})
    assert saved.changed == {"tags"}
    change = world.changes(PROJECT)[-1]
    assert (change["before"], change["after"]) == ({"tags": [one, two]}, {"tags": [two, three]})
    assert write.update(world.ctx, PROJECT, made.id, {"tags": [two, three]}).version == 2
    assert write.update(world.ctx, PROJECT, made.id, {"tags": None}).version == 3
    assert write.update(world.ctx, PROJECT, made.id, {"tags": []}).version == 3


def test_rights_on_rows_and_fields(world: World, refused: Any) -> None:
    maker, other = world.person("M", "studio.maker"), world.person("O", "studio.maker")
    made = write.create(maker, PROJECT, {"name": "A"})
    with pytest.raises(NotFound):
        write.update(other, PROJECT, made.id, {"name": "B"})
    write.update(world.ctx, PROJECT, made.id, {"company": write.create(world.ctx, COMPANY, {"name": "C"}).id, "stage": "active"})
    write.update(world.ctx, PROJECT, made.id, {"budget": 5, "due": "2030-01-01"})
    write.move(world.ctx, PROJECT, made.id, "review")
    with pytest.raises(Forbidden):  # readable in review, but not hers
        write.update(other, PROJECT, made.id, {"name": "B"})
    assert refused(write.update, maker, PROJECT, made.id, {"budget": 1, "cost": 1}) == {
        "budget": "read_only",
        "cost": "unknown_field",
    }
    with pytest.raises(NotFound):
        write.update(world.ctx, PROJECT, 999_999, {"name": "B"})


def test_an_owner_may_hand_a_record_over(world: World) -> None:
    maker, other = world.person("M", "studio.maker"), world.person("O", "studio.maker")
    made = write.create(maker, PROJECT, {"name": "A"})
    write.update(maker, PROJECT, made.id, {"owner": other.actor.user_id})
    with pytest.raises(NotFound):
        write.update(maker, PROJECT, made.id, {"name": "B"})
    assert write.update(other, PROJECT, made.id, {"name": "B"}).version == 3


def test_actor_and_cause_stand_in_the_change(world: World) -> None:
    made = write.create(world.ctx, COMPANY, {"name": "A"})
    ctx = replace(world.ctx, actor=replace(world.ctx.actor, kind="automation"), cause=Cause("studio.on_review", 7, None, 2))
    write.update(ctx, COMPANY, made.id, {"name": "B"})
    change = world.changes(COMPANY)[-1]
    assert (change["actor_kind"], change["automation"], change["run_id"], change["depth"]) == (
        "automation",
        "studio.on_review",
        7,
        2,
    )


def test_many_records_at_once(world: World, refused: Any) -> None:
    ids = write.create_many(world.ctx, PROJECT, [{"name": f"P{number}"} for number in range(5)])
    assert write.update_many(world.ctx, PROJECT, [*ids, 999_999], {"hours": 2, "channels": ["fair"], "name": "P3"}) == ids
    assert write.update_many(world.ctx, PROJECT, ids, {"hours": 2}) == []
    assert [change["after"] for change in world.changes(PROJECT, ids[3])[1:]] == [{"hours": "2.0", "channels": ["fair"]}]
    assert set(refused(write.update_many, world.ctx, PROJECT, ids, {"hours": -1}).values()) == {"too_small"}
    assert {world.row(PROJECT, each)["version"] for each in ids} == {2}


def test_nothing_of_a_refused_batch_is_kept(world: World) -> None:
    ids = write.create_many(world.ctx, PROJECT, [{"name": "a", "starts": "2026-01-01", "due": f"2026-0{n}-01"} for n in (1, 5)])
    with pytest.raises(Invalid) as caught:
        write.update_many(world.ctx, PROJECT, ids, {"starts": "2026-03-01"})
    assert [(each.path, each.code) for each in caught.value.problems] == [(f"records/{ids[0]}/due", "rule")]
    assert {world.row(PROJECT, each)["version"] for each in ids} == {1}


def test_links_that_the_actor_cannot_see_stay(world: World) -> None:
    maker = world.person("M", "studio.maker")
    seen, binned = write.create_many(world.ctx, "studio.tag", [{"name": name} for name in "ab"])
    made = write.create(maker, PROJECT, {"name": "A", "tags": [seen, binned]}).id
    write.delete(world.ctx, "studio.tag", binned)
    assert write.update(maker, PROJECT, made, {"tags": [seen]}).changed == frozenset()
    write.update(maker, PROJECT, made, {"tags": []})
    write.restore(world.ctx, "studio.tag", binned)
    assert world.changes(PROJECT, made)[-1]["after"] == {"tags": [binned]}


def test_nobody_pushes_a_record_out_of_their_own_sight(write_engine: sa.Engine) -> None:
    choices = [{"key": key, "label": key} for key in ("east", "west")]
    east = {"field": "region", "op": "is", "value": "east"}
    entity = {
        "key": "case",
        "label": "Case",
        "owner_field": "owner",
        "fields": [
            {"key": "region", "type": "select", "label": "Region", "options": {"choices": choices}},
            {"key": "owner", "type": "person", "label": "Owner"},
        ],
    }
    role = {
        "key": "clerk",
        "label": "Clerk",
        "grants": [{"entity": "case", "read": [east, "own"], "create": True, "update": [east, "own"]}],
    }
    with write_engine.connect() as connection:
        transaction = connection.begin()
        ctx = install(
            connection, make_place(connection), {"desk": {"format": 1, "key": "desk", "entities": [entity], "roles": [role]}}
        )
        clerk = ctx.acting(make_user(connection, ctx.workspace, "C", roles=("desk.clerk",)))
        one, two, three = write.create_many(clerk, "desk.case", [{"region": "east"}] * 3)
        savepoint = connection.begin_nested()
        with pytest.raises(Forbidden):
            write.update(clerk, "desk.case", one, {"region": "west"})
        savepoint.rollback()
        outcomes = write.save_rows(clerk, "desk.case", [{"id": one, "region": "west"}], mode="update", key="id", partial=True)
        assert [each.code for each in outcomes[0].problems] == ["out_of_sight"]
        assert write.update(clerk, "desk.case", two, {"region": "west", "owner": clerk.actor.user_id}).version == 2
        assert write.update(ctx, "desk.case", three, {"region": "west"}).version == 2
        transaction.rollback()


@pytest.mark.parametrize("record_id", [0, -1, 2**63, 2**80])
def test_ids_that_cannot_be(world: World, record_id: int) -> None:
    for verb in (write.delete, write.restore, write.purge):
        with pytest.raises(NotFound):
            verb(world.ctx, PROJECT, record_id)
    with pytest.raises(NotFound):
        write.update(world.ctx, PROJECT, record_id, {"name": "x"})
    assert write.update_many(world.ctx, PROJECT, [record_id], {"name": "x"}) == []
    assert write.delete_many(world.ctx, PROJECT, [record_id]) == []
