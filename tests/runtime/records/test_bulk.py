from __future__ import annotations

from typing import Any

from runtime.records import write
from tests.runtime.records.conftest import COMPANY, PROJECT, World


def test_many_are_as_one(world: World) -> None:
    tag = write.create(world.ctx, "studio.tag", {"name": "t"}).id
    raws = [
        {"name": f"P{number}", "code": f"C{number}", "channels": ["web"], "tags": [tag], "budget": number, "cost": 1}
        for number in range(30)
    ]
    ids = write.create_many(world.ctx, PROJECT, raws)
    one = write.create(world.ctx, PROJECT, {**raws[7], "code": "other"}).id
    assert ids == sorted(ids)
    same = {"name", "channels", "budget", "margin", "stage", "owner", "starts", "urgent", "version", "created_by", "created_at"}
    assert {key: world.row(PROJECT, ids[7])[key] for key in same} == {key: world.row(PROJECT, one)[key] for key in same}
    numbers = [int(world.row(PROJECT, each)["number"][-4:]) for each in ids]
    assert numbers == list(range(numbers[0], numbers[0] + 30))
    many, single = world.changes(PROJECT, ids[7]), world.changes(PROJECT, one)
    assert {**many[0]["after"], "code": "", "number": ""} == {**single[0]["after"], "code": "", "number": ""}
    assert many[0]["shard"] == ids[7] % 16


def test_all_problems_of_all_rows_and_nothing_saved(world: World, refused: Any) -> None:
    raws: list[Any] = [{"name": "ok"}, {"name": "", "budget": "x"}, 5, {"name": "ok", "company": 999_999}]
    assert refused(write.create_many, world.ctx, PROJECT, raws) == {
        "records/1/name": "required", "records/1/budget": "not_a_number", "records/2": "not_an_object", "records/3/company": "no_such_record",
        "records/2/name": "required",
    }  # fmt: skip
    assert world.changes(PROJECT) == []


def test_unique_values_inside_a_batch_and_against_the_table(world: World, refused: Any) -> None:
    write.create(world.ctx, PROJECT, {"name": "A", "code": "a"})
    raws = [{"name": "1", "code": "a"}, {"name": "2", "code": "b"}, {"name": "3", "code": "b"}, {"name": "4"}, {"name": "5"}]
    assert refused(write.create_many, world.ctx, PROJECT, raws) == {"records/0/code": "unique", "records/2/code": "unique"}


def test_partial_saves_the_good_rows(world: World) -> None:
    raws = [{"name": "1"}, {"name": ""}, {"name": "3", "code": "x"}, {"name": "4", "code": "x"}]
    outcomes = write.save_rows(world.ctx, PROJECT, raws, partial=True)
    assert [each.state for each in outcomes] == ["created", "failed", "created", "failed"]
    assert world.row(PROJECT, outcomes[2].id)["name"] == "3"


def test_upsert(world: World, refused: Any) -> None:
    first = write.create(world.ctx, PROJECT, {"name": "A", "code": "a", "hours": 3}).id
    rows = [
        {"code": "a", "name": "B"},
        {"code": "n", "name": "N"},
        {"code": "n", "name": "M"},
        {"name": "no key"},
        {"code": "a", "hours": 3},
    ]
    outcomes = write.upsert_many(world.ctx, PROJECT, rows, "code")
    assert [each.state for each in outcomes] == ["updated", "created", "updated", "created", "unchanged"]
    assert outcomes[1].id == outcomes[2].id
    assert outcomes[0].id == outcomes[4].id == first
    assert world.row(PROJECT, first)["name"] == "B"
    write.create(world.ctx, PROJECT, {"name": "B"})
    assert refused(write.upsert_many, world.ctx, PROJECT, [{"name": "B", "hours": 1}], "name") == {"records/0/name": "ambiguous"}
    for key in ("tags", "channels", "nothing"):
        assert refused(write.upsert_many, world.ctx, PROJECT, [{}], key) == {"key": "unknown_field"}
    assert refused(write.upsert_many, world.ctx, PROJECT, [5, {"code": [1]}], "code") == {
        "records/0": "not_an_object", "records/1/code": "not_text",
    }  # fmt: skip


def test_update_by_id_and_by_number(world: World, refused: Any) -> None:
    made = write.create(world.ctx, PROJECT, {"name": "A"}).id
    number = world.row(PROJECT, made)["number"]
    for key, value in (("id", made), ("id", str(made)), ("number", number)):
        (outcome,) = write.save_rows(world.ctx, PROJECT, [{key: value, "name": f"by {key} {value!r}"}], mode="update", key=key)
        assert (outcome.state, outcome.id) == ("updated", made)
    assert refused(write.save_rows, world.ctx, PROJECT, [{"id": 999_999}, {"id": "x"}, {}], mode="update", key="id") == {
        "records/0/id": "not_found", "records/1/id": "not_an_id", "records/2/id": "required",
    }  # fmt: skip


def test_rights_in_a_batch(world: World, refused: Any) -> None:
    maker = world.person("M", "studio.maker")
    foreign = write.create(world.ctx, PROJECT, {"name": "A", "code": "a"}).id
    clerk = world.person("C", "directory.clerk")
    company = write.create(world.ctx, COMPANY, {"name": "X"}).id
    assert refused(write.save_rows, maker, PROJECT, [{"id": foreign, "name": "B"}], mode="update", key="id") == {
        "records/0/id": "not_found"
    }
    outcomes = write.save_rows(clerk, COMPANY, [{"id": company, "city": "B"}], mode="update", key="id", partial=True)
    assert [each.code for each in outcomes[0].problems] == ["forbidden"]
    outcomes = write.save_rows(maker, COMPANY, [{"name": "N"}], partial=True)
    assert [each.code for each in outcomes[0].problems] == ["forbidden"]
    assert refused(write.create_many, maker, PROJECT, [{"name": "N", "cost": 5}]) == {"records/0/cost": "unknown_field"}


def test_more_than_one_batch(world: World) -> None:
    ids = write.create_many(world.ctx, "studio.tag", [{"name": f"t{number}"} for number in range(2_300)])
    assert len(set(ids)) == 2_300
    outcomes = write.upsert_many(world.ctx, "studio.tag", [{"name": f"t{number}"} for number in range(2_290, 2_310)], "name")
    assert [each.state for each in outcomes].count("created") == 10
