from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from runtime.errors import Forbidden, Invalid, NotFound
from runtime.records import write
from runtime.records.defaults import fill_defaults
from runtime.records.draft import Draft
from runtime.records.evaluate import Evaluator
from runtime.records.plan import plan_of
from tests.runtime.records.conftest import COMPANY, PROJECT, World


def test_one_record_with_values_of_every_kind(world: World) -> None:
    company = write.create(world.ctx, COMPANY, {"name": "云帆"}).id
    tag = write.create(world.ctx, "studio.tag", {"name": "big"}).id
    given = {
        "name": " Site ", "notes": "a\nb", "hours": "12.5", "budget": "￥1,200.50", "cost": 200, "progress": "25%", "urgent": "是",
        "starts": "2026年3月5日", "due": "2026-03-09", "meeting_at": "2026-03-05 10:00", "phone": "13800138000", "email": "A@b.com",
        "website": "example.com", "code": "X1", "stage": "draft", "channels": "网站, fair", "company": company, "tags": [tag],
    }  # fmt: skip
    written = write.create(world.ctx, PROJECT, given)
    row = world.row(PROJECT, written.id)
    assert written.version == row["version"] == 1
    assert row["name"] == "Site"
    assert row["budget"] == Decimal("1200.50")
    assert row["margin"] == Decimal("1000.50")
    assert row["starts"] == date(2026, 3, 5)
    assert row["meeting_at"].isoformat() == "2026-03-05T02:00:00+00:00"
    assert row["phone"] == "+8613800138000"
    assert row["channels"] == ["web", "fair"]
    assert row["urgent"] is True
    assert row["owner"] == world.ctx.actor.user_id
    assert row["number"].endswith("-0001")
    (change,) = world.changes(PROJECT)
    assert (change["op"], change["before"], change["version"], change["record_id"]) == ("create", {}, 1, written.id)
    assert change["after"]["tags"] == [tag]
    assert change["after"]["budget"] == "1200.50"
    assert change["after"]["number"] == row["number"]
    assert "parent" not in change["after"]
    assert change["shard"] == written.id % 16


def test_all_problems_at_once(world: World, refused: Any) -> None:
    problems = refused(
        write.create, world.ctx, PROJECT,
        {"nome": 1, "number": "x", "id": 3, "margin": 1, "budget": -1, "hours": "many", "due": "2020-01-01", "starts": "2021-01-01",
         "owner": 999_999, "team": 999_999, "company": 999_999, "tags": [999_999], "email": "no", "stage": "nowhere"},
    )  # fmt: skip
    assert problems == {
        "nome": "unknown_field", "number": "read_only", "id": "read_only", "margin": "read_only", "budget": "too_small",
        "hours": "not_a_number", "due": "rule", "owner": "not_a_member", "team": "no_such_team", "company": "no_such_record",
        "tags": "no_such_record", "email": "email", "stage": "not_a_choice", "name": "required",
    }  # fmt: skip
    assert world.changes(PROJECT) == []


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("name", "a\x00b", "bad_character"),
        ("name", "a\ud800b", "bad_character"),
        ("name", "x" * 81, "too_long"),
        ("name", {"a": 1}, "not_text"),
        ("notes", "x" * 20_001, "too_long"),
        ("hours", float("nan"), "not_a_number"),
        ("hours", float("inf"), "not_a_number"),
        ("hours", "1e30", "out_of_range"),
        ("budget", "1.234", "too_many_decimals"),
        ("hours", True, "not_a_number"),
        ("due", "10000-01-01", "not_a_date"),
        ("due", "2026-02-30", "not_a_date"),
        ("due", 20260101, "not_a_date"),
        ("due", "9999-12-31T23:59:59Z", "bad_value"),
        ("meeting_at", "9999-12-31 25:00", "not_a_datetime"),
        ("company", 2**63, "not_an_id"),
        ("company", -1, "not_an_id"),
        ("owner", "Admin", "not_an_id"),
        ("tags", list(range(1, 1002)), "not_a_list"),
        ("tags", {"a": 1}, "not_a_list"),
        ("channels", ["web", "nowhere"], "not_a_choice"),
        ("website", "javascript:alert(1)", "url"),
    ],
)
def test_hostile_values_are_problems(world: World, refused: Any, key: str, value: Any, code: str) -> None:
    assert refused(write.create, world.ctx, PROJECT, {"name": "A", key: value}) == {key: code}


@pytest.mark.parametrize("raw", [None, [], "x", 3])
def test_what_is_no_object(world: World, raw: Any) -> None:
    with pytest.raises(Invalid) as caught:
        write.create(world.ctx, PROJECT, raw)
    assert caught.value.problems[0].code == "not_an_object"


def test_defaults_only_where_nothing_was_given(world: World) -> None:
    row = world.row(PROJECT, write.create(world.ctx, PROJECT, {"name": "A", "progress": None, "owner": None}).id)
    assert (row["progress"], row["owner"], row["urgent"], row["stage"]) == (None, None, False, "draft")


def test_a_default_that_fits_no_list_of_records_is_an_empty_one(world: World) -> None:
    plan = plan_of(world.ctx.catalog, PROJECT)
    tags = plan.links["tags"]
    wrong = replace(tags, field=replace(tags.field, default={"expr": "TODAY()"}))
    draft = Draft()
    fill_defaults(world.ctx, replace(plan, defaults=(wrong,)), draft, Evaluator(world.ctx, plan, [draft]))
    assert draft.new == {"tags": []}


def test_numbers_run_without_gaps_after_refused_and_rolled_back_saves(world: World) -> None:
    first = world.row(PROJECT, write.create(world.ctx, PROJECT, {"name": "A"}).id)["number"]
    with pytest.raises(Invalid):
        write.create(world.ctx, PROJECT, {"name": ""})
    savepoint = world.ctx.connection.begin_nested()
    write.create(world.ctx, PROJECT, {"name": "B"})
    savepoint.rollback()
    second = world.row(PROJECT, write.create(world.ctx, PROJECT, {"name": "C"}).id)["number"]
    assert int(second[-4:]) == int(first[-4:]) + 1


def test_rights(world: World, refused: Any) -> None:
    maker = world.person("Maker", "studio.maker")
    assert refused(write.create, maker, PROJECT, {"name": "A", "cost": 1, "budget": 2}) == {
        "cost": "unknown_field",  # hidden: looks as if it were not there
        "budget": "read_only",
    }
    written = write.create(maker, PROJECT, {"name": "A"})
    assert world.row(PROJECT, written.id)["owner"] == maker.actor.user_id
    with pytest.raises(Forbidden):
        write.create(maker, COMPANY, {"name": "A"})
    with pytest.raises(NotFound):
        write.create(world.person("Nobody"), PROJECT, {"name": "A"})
    with pytest.raises(NotFound):
        write.create(world.ctx, "studio.nothing", {})


def test_relations_must_be_readable_to_the_actor(world: World, refused: Any) -> None:
    hers = write.create(world.person("A", "studio.maker"), PROJECT, {"name": "hers"}).id
    other = world.person("B", "studio.maker")
    assert refused(write.create, other, PROJECT, {"name": "x", "parent": hers}) == {"parent": "no_such_record"}
    write.delete(world.ctx, PROJECT, hers)
    assert refused(write.create, world.ctx, PROJECT, {"name": "x", "parent": hers}) == {"parent": "no_such_record"}


def test_changes_are_born_matched_when_nobody_listens(world: World) -> None:
    write.create(world.ctx, PROJECT, {"name": "A"})
    write.create(world.ctx, COMPANY, {"name": "A"})
    assert world.changes(PROJECT)[0]["matched_at"] is None
    assert world.changes(COMPANY)[0]["matched_at"] is not None
