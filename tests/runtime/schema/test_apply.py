"""Changes of definitions and what becomes of tables and values. Every change ends with an empty drift."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from runtime.context import Actor
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.platform.apps import AppVersion, TrashItem
from runtime.platform.people import RoleAssignment
from runtime.schema.live import read_live
from runtime.schema_apply import apply
from runtime.schema_drift import drift
from runtime.schema_plan import plan
from tests.everything_app import everything
from tests.factories import install, make_place, make_user
from tests.runtime.schema.conftest import Shop

ITEM = "entities/item/fields"


def field(key: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"op": "add", "path": ITEM, "value": {"key": key, "type": kind, **more}}


def put(key: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"op": "set", "path": f"{ITEM}/{key}", "value": {"key": key, "type": kind, **more}}


def drop(key: str) -> dict[str, Any]:
    return {"op": "remove", "path": f"{ITEM}/{key}"}


def test_the_everything_apps_have_no_drift_and_applying_them_again_is_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        ctx = install(connection, make_place(connection))
        assert drift(ctx) == []
        again = apply(ctx, everything())
        assert again.versions == {"directory": 1, "studio": 1}
        assert again.ctx.workspace.revision == ctx.workspace.revision
        connection.rollback()


def test_a_new_field_is_an_empty_column_and_a_new_version(shop: Shop) -> None:
    shop.add(name="Cup")
    applied = shop.change(field("weight", "number", options={"decimals": 3}))
    assert applied.versions == {"shop": 2}
    assert shop.values("weight") == [None]
    assert shop.ctx.workspace.revision == 3


def test_a_change_of_words_touches_no_table(shop: Shop) -> None:
    before = read_live(shop.connection, shop.ctx.workspace.schema)
    shop.change({"op": "set", "path": f"{ITEM}/name/label", "value": {"en": "Title"}})
    assert read_live(shop.connection, shop.ctx.workspace.schema) == before


def test_removing_a_field_with_values_needs_the_token_of_the_plan(shop: Shop) -> None:
    shop.add(name="Cup", size="L")
    planned = shop.plan(drop("size"))
    (item,) = planned.losses
    assert (item.path, item.kind, item.rows, item.samples[0]["value"]) == ("shop/entities/item/fields/size", "removed", 1, "L")
    with pytest.raises(Conflict) as caught:
        shop.change(drop("size"))
    assert [each.code for each in caught.value.problems] == ["data_loss"]
    assert "size" in shop.table().c
    shop.change(drop("size"), accept=True)
    assert "size" not in shop.table().c


def test_a_token_is_good_for_one_change_only(shop: Shop) -> None:
    shop.add(name="Cup", size="L")
    token = shop.plan(drop("size")).token
    other = shop.document(drop("size"), drop("price"))
    with pytest.raises(Conflict):
        apply(shop.ctx, {"shop": other}, accept_loss=token)
    removed = shop.document(drop("size"))
    shop.change(field("note", "text"))
    with pytest.raises(Conflict):
        apply(shop.ctx, {"shop": removed}, accept_loss=token)


def test_a_field_of_the_same_key_never_inherits_values(shop: Shop) -> None:
    shop.add(name="Cup", size="secret")
    shop.change(drop("size"), accept=True)
    shop.change(field("size", "text"))
    assert shop.values("size") == [None]
    assert shop.connection.scalar(sa.select(sa.func.count()).where(TrashItem.workspace_id == shop.ctx.workspace.id)) == 1


def test_text_becomes_a_number_with_a_preview_of_what_is_lost(shop: Shop) -> None:
    for size in ("12", "1,200", "about 5", None, "3.4"):
        shop.add(name="x", size=size)
    to_number = put("size", "number", options={"decimals": 0})
    (item,) = shop.plan(to_number).items
    assert (item.kind, item.risk, item.rows) == ("converted", "loss", 1)
    assert dict(item.params) == {"rows": 4, "converted": 1, "changed": 2, "lost": 1}
    assert [each["value"] for each in item.samples] == ["about 5"]
    shop.change(to_number, accept=True)
    assert shop.values("size") == [12, 1200, None, None, 3]


@pytest.mark.parametrize(
    ("before", "values", "after", "expected"),
    [
        ({"type": "number"}, [5, 12], {"type": "text"}, ["5", "12"]),
        ({"type": "number", "options": {"decimals": 2}}, [1], {"type": "currency"}, [1]),
        ({"type": "boolean"}, [True, False], {"type": "text"}, ["yes", "no"]),
        ({"type": "text"}, ["是", "no", "perhaps"], {"type": "boolean"}, [True, False, None]),
        ({"type": "text"}, ["Red", "blue", "red"], {"type": "select", "options": {"choices": [{"key": "red", "label": "Red"}]}}, ["red", None, "red"]),
        ({"type": "select", "options": {"choices": [{"key": "r", "label": "Red"}]}}, ["r"], {"type": "text"}, ["Red"]),
        ({"type": "select", "options": {"choices": [{"key": "r"}]}}, ["r"], {"type": "multi_select", "options": {"choices": [{"key": "r"}]}}, [["r"]]),
        (
            {"type": "multi_select", "options": {"choices": [{"key": "a"}, {"key": "b"}]}},
            [["a"], ["a", "b"]],
            {"type": "select", "options": {"choices": [{"key": "a"}, {"key": "b"}]}},
            ["a", "a"],
        ),
        ({"type": "text"}, ["2026-03-05", "5th"], {"type": "date"}, ["2026-03-05", None]),
        ({"type": "datetime"}, ["2026-03-05T20:00:00+00:00"], {"type": "date"}, ["2026-03-06"]),
        ({"type": "date"}, ["2026-03-05"], {"type": "datetime"}, ["2026-03-04 16:00:00+00:00"]),
        ({"type": "text"}, ["a@b.example", "nobody"], {"type": "email"}, ["a@b.example", None]),
        ({"type": "text"}, ["keep"], {"type": "long_text"}, ["keep"]),
        ({"type": "number", "options": {"decimals": 2}}, ["1.26"], {"type": "number", "options": {"decimals": 1}}, ["1.3"]),
    ],
)  # fmt: skip
def test_conversions(shop: Shop, before: dict[str, Any], values: list[Any], after: dict[str, Any], expected: list[Any]) -> None:
    shop.change({"op": "add", "path": ITEM, "value": {"key": "it", **before}})
    for value in values:
        shop.add(name="x", it=value)
    shop.change({"op": "set", "path": f"{ITEM}/it", "value": {"key": "it", **after}}, accept=True)
    found = shop.values("it")
    assert [
        str(each) if isinstance(other, str) and each is not None else each for each, other in zip(found, expected, strict=True)
    ] == expected


def test_names_become_people_and_records_and_back(shop: Shop) -> None:
    person = make_user(shop.connection, shop.ctx.workspace, "Wang")
    maker = shop.add("maker", name="Acme")
    for size in ("wang", "Acme", "nobody"):
        shop.add(name="x", size=size)
    shop.change(put("size", "person"), accept=True)
    assert shop.values("size") == [person.user_id, None, None]
    shop.change(put("size", "text"))
    assert shop.values("size") == ["Wang", None, None]
    shop.connection.execute(sa.update(shop.table()).values(size="acme"))
    shop.change(put("size", "relation", options={"to": "maker"}))
    assert set(shop.values("size")) == {maker}


def test_one_link_becomes_many_and_many_become_one(shop: Shop) -> None:
    one, two = shop.add("maker", name="A"), shop.add("maker", name="B")
    cup = shop.add(name="Cup", maker=two)
    shop.change(put("maker", "relation", options={"to": "maker", "kind": "many_to_many"}))
    link = shop.ctx.catalog.entity("shop.item").fields["maker"].link
    assert link is not None
    assert shop.connection.execute(sa.select(link)).all() == [(cup, two)]
    shop.connection.execute(sa.insert(link).values(source_id=cup, target_id=one))
    back = put("maker", "relation", options={"to": "maker"})
    (item,) = shop.plan(back).losses
    assert (item.rows, list(item.samples)) == (1, [{"id": cup}])
    shop.change(back, accept=True)
    assert shop.values("maker") == [one]


def test_another_target_means_other_records(shop: Shop) -> None:
    shop.add(name="Cup", maker=shop.add("maker", name="A"))
    shop.add("mark", name="M")
    elsewhere = put("maker", "relation", options={"to": "mark"})
    assert [each.rows for each in shop.plan(elsewhere).losses] == [1]
    shop.change(elsewhere, accept=True)
    assert shop.values("maker") == [None]


def test_unique_is_refused_where_values_repeat_and_kept_by_an_index_otherwise(shop: Shop) -> None:
    shop.add(name="Cup", size="L")
    shop.add(name="Mug", size="L")
    unique = put("size", "text", unique=True)
    (problem,) = shop.plan(unique).problems
    assert (problem.path, problem.code, problem.params["samples"]) == ("shop/entities/item/fields/size/unique", "not_unique", "L")
    with pytest.raises(Invalid):
        shop.change(unique)
    shop.connection.execute(sa.update(shop.table()).where(shop.table().c.name == "Mug").values(deleted_at=sa.func.now()))
    shop.change(unique)
    with pytest.raises(sa.exc.IntegrityError), shop.connection.begin_nested():
        shop.add(name="Pot", size="L")


def test_required_tells_how_many_are_empty_and_choices_that_go_who_holds_them(shop: Shop) -> None:
    shop.add(name="Cup", state="old")
    shop.add(name="Mug", size="L")
    planned = shop.plan(put("size", "text", required=True), put("state", "select", options={"choices": [{"key": "new"}]}))
    found = {each.path: (each.risk, each.rows) for each in planned.items}
    assert found["shop/entities/item/fields/size"] == ("warn", 1)
    assert found["shop/entities/item/fields/state/options/choices/old"] == ("warn", 1)
    assert not planned.losses


def test_formulas_are_computed_for_what_is_there(shop: Shop) -> None:
    shop.add(name="Cup", price=10)
    shop.change(
        field("tax", "formula", options={"expression": "{price} * 0.13", "result": "currency"}),
        field("gross", "formula", options={"expression": "{price} + {tax}", "result": "currency"}),
    )
    assert [str(each) for each in shop.values("gross")] == ["11.30"]
    shop.change({"op": "set", "path": f"{ITEM}/tax/options/expression", "value": "{price} * 0.2"})
    assert [str(each) for each in shop.values("gross")] == ["12.00"]
    shop.change({"op": "set", "path": f"{ITEM}/tax/options/expression", "value": "DAYS(TODAY(), TODAY())"})
    assert "tax" not in shop.table().c
    assert "gross" not in shop.table().c


def test_existing_records_get_numbers_and_the_series_goes_on(shop: Shop) -> None:
    for _ in range(3):
        shop.add(name="x")
    shop.change(field("number", "auto_number", options={"pattern": "I-{000}"}))
    assert shop.values("number") == ["I-001", "I-002", "I-003"]
    from runtime.records.write import create

    create(shop.ctx, "shop.item", {"name": "next"})
    assert shop.values("number")[-1] == "I-004"


def test_a_removed_entity_goes_to_the_trash_with_its_links(shop: Shop) -> None:
    shop.add("mark", name="M")
    shop.add(name="Cup")
    gone = [{"op": "remove", "path": "entities/mark"}, drop("marks")]
    planned = shop.plan(*gone)
    assert {each.path: each.rows for each in planned.losses} == {"shop/entities/mark": 1}
    shop.change(*gone, accept=True)
    assert shop.ctx.catalog.find("shop.mark") is None


def test_uninstalling_takes_the_fields_that_an_app_added_elsewhere(engine: Engine) -> None:
    with engine.connect() as connection:
        ctx = install(connection, make_place(connection))
        company = ctx.catalog.entity("directory.company").table
        connection.execute(sa.insert(company).values(name="A", studio_budget=5))
        planned = plan(ctx, {"studio": None})
        assert {each.path for each in planned.losses} == {"studio/extends/directory.company/fields/budget"}
        applied = apply(ctx, {"studio": None}, accept_loss=planned.token)
        assert applied.versions == {"studio": None}
        assert drift(applied.ctx) == []
        assert "studio_budget" not in applied.ctx.catalog.entity("directory.company").table.c
        again = apply(applied.ctx, {"studio": everything()["studio"]})
        assert again.versions == {"studio": 2}
        assert connection.scalar(sa.select(again.ctx.catalog.entity("directory.company").table.c.studio_budget)) is None
        assert drift(again.ctx) == []
        with pytest.raises(Invalid) as caught:
            apply(again.ctx, {"directory": None})
        assert "missing_app" in {each.code for each in caught.value.problems}
        connection.rollback()


def test_a_role_of_the_same_key_never_inherits_people(engine: Engine) -> None:
    with engine.connect() as connection:
        place = make_place(connection)
        ctx = install(connection, place)
        make_user(connection, ctx.workspace, "Li", roles=("directory.clerk",))
        document = everything()["directory"]
        roles = document.pop("roles")
        ctx = apply(ctx, {"directory": document}).ctx
        ctx = apply(ctx, {"directory": {**document, "roles": roles}}).ctx
        count = sa.select(sa.func.count()).where(RoleAssignment.workspace_id == place.workspace.id)
        assert connection.scalar(count) == 0
        connection.rollback()


def test_a_stale_base_version_is_a_conflict(shop: Shop) -> None:
    mine = shop.document(field("mine", "text"))
    shop.change(field("theirs", "text"))
    with pytest.raises(Conflict) as caught:
        apply(shop.ctx, {"shop": mine}, base_versions={"shop": 1})
    assert [each.code for each in caught.value.problems] == ["stale"]


def test_only_administrators_change_apps(shop: Shop) -> None:
    clerk = replace(shop.ctx, actor=Actor("person", 1, "Clerk"))
    with pytest.raises(Forbidden):
        apply(clerk, {"shop": shop.document(field("x", "text"))})


def test_problems_come_all_at_once_and_nothing_is_changed(shop: Shop) -> None:
    before = read_live(shop.connection, shop.ctx.workspace.schema)
    with pytest.raises(Invalid) as caught:
        shop.change(
            field("a", "formula", options={"expression": "{nothing} + 1"}), put("maker", "relation", options={"to": "nobody"})
        )
    paths = {each.path for each in caught.value.problems}
    assert any(path.startswith("shop/entities/item/fields/a") for path in paths)
    assert any(path.startswith("shop/entities/item/fields/maker") for path in paths)
    assert read_live(shop.connection, shop.ctx.workspace.schema) == before
    assert (
        shop.connection.scalar(sa.select(sa.func.max(AppVersion.number)).where(AppVersion.workspace_id == shop.ctx.workspace.id))
        == 1
    )


def test_a_newer_format_and_a_changed_key_are_refused(shop: Shop) -> None:
    with pytest.raises(Invalid):
        shop.change({"op": "set", "path": "format", "value": 99})
    with pytest.raises(Invalid) as caught:
        shop.change({"op": "set", "path": "key", "value": "store"})
    assert "key" in {each.code for each in caught.value.problems}


def test_the_plan_says_who_uses_what_goes(engine: Engine) -> None:
    with engine.connect() as connection:
        ctx = install(connection, make_place(connection))
        studio = everything()["studio"]
        fields = studio["entities"][0]["fields"]
        due = next(each for each in fields if each["key"] == "due")
        due["type"] = "datetime"
        item = next(each for each in plan(ctx, {"studio": studio}).items if each.path == "studio/entities/project/fields/due")
        assert {"studio/views/mine", "studio/automations/overdue", "studio/entities/project/rules/end_after_start"} <= set(
            item.used_by
        )
        assert "studio/views/board" not in item.used_by
        connection.rollback()


def test_the_plan_lists_what_is_added_changed_moved_and_removed(shop: Shop) -> None:
    planned = shop.plan(
        field("extra", "text"),
        {"op": "add", "path": "views", "value": {"key": "all", "entity": "item", "type": "table"}},
        {"op": "set", "path": f"{ITEM}/name/label", "value": "Title"},
        {"op": "move", "path": f"{ITEM}/price", "after": None},
    )
    assert {(each.path, each.kind) for each in planned.items} == {
        ("shop/entities/item/fields/extra", "added"),
        ("shop/views/all", "added"),
        ("shop/entities/item/fields/name", "changed"),
        ("shop/entities/item/fields", "moved"),
    }
    assert planned.to_json()["token"] == planned.token


def test_keys_that_look_like_names_of_ours_are_ordinary_keys(shop: Shop) -> None:
    shop.change(field("trash_note", "text"), field("hidden_1_size", "text"))
    shop.change({"op": "add", "path": "entities", "value": {"key": "trash_1", "fields": [{"key": "name", "type": "text"}]}})
    shop.add(name="Cup", trash_note="kept", hidden_1_size="kept")
    shop.change(drop("trash_note"), accept=True)
    assert shop.values("hidden_1_size") == ["kept"]


def test_what_was_wrong_with_another_app_before_stands_in_nobodys_way(engine: Engine) -> None:
    with engine.connect() as connection:
        ctx = install(connection, make_place(connection))
        broken = everything()["directory"]
        broken["views"][0]["columns"].append({"key": "gone"})
        stored = sa.update(AppVersion).where(AppVersion.workspace_id == ctx.workspace.id, AppVersion.app == "directory")
        connection.execute(stored.values(document=broken))
        studio = everything()["studio"]
        studio["label"]["en"] = "Atelier"
        assert apply(ctx, {"studio": studio}).versions == {"studio": 2}
        with pytest.raises(Invalid):
            apply(ctx, {"directory": broken | {"version": "2.0.0"}})
        connection.rollback()


def test_the_plan_that_is_kept_holds_no_values_of_records(shop: Shop) -> None:
    shop.add(name="Cup", size="secret")
    shop.change(drop("size"), accept=True)
    kept = shop.connection.scalar(
        sa.select(AppVersion.plan).where(AppVersion.workspace_id == shop.ctx.workspace.id, AppVersion.number == 2)
    )
    assert "secret" not in str(kept)
    assert kept["items"][0]["rows"] == 1


def test_values_that_become_the_same_stand_in_the_way_of_a_unique_field(shop: Shop) -> None:
    from runtime.errors import Invalid

    for size in ("1", "1.0", "2"):
        shop.add(name="x", size=size)
    path = "entities/item/fields/size"
    number = {"op": "set", "path": path, "value": {"key": "size", "type": "number", "unique": True}}
    series = {"op": "set", "path": path, "value": {"key": "size", "type": "auto_number", "options": {"pattern": "{000}"}}}
    assert [(each.code, each.params) for each in shop.plan(number).problems] == [("not_unique", {"count": 1, "samples": "1"})]
    with pytest.raises(Invalid):
        shop.change(number, accept=True)
    shop.change(series)
    shop.change({"op": "set", "path": "entities/item/fields/price", "value": {"key": "price", "type": "text"}})
    shop.add(name="y", price="7")
    shop.add(name="z", price="7")
    again = {"op": "set", "path": "entities/item/fields/price", "value": {"key": "price", "type": "auto_number"}}
    assert [each.code for each in shop.plan(again).problems] == ["not_unique"]
