"""Filters of dashboards: values and their conditions, acts that find the fields, what keeps them right, checks, and tables of other apps."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from builder.acts import perform
from builder.board_filters import condition, read_period, read_values
from builder.check import check_app
from builder.codec import app_from_json
from builder.diff import same
from builder.expressions.types import Type
from builder.merge import merge
from builder.operations import BadOperation
from runtime.schema.usage import users_of_field
from tests.builder.test_tile_acts import BOARD, app

FILTERS = f"{BOARD}/filters"


def board(document: dict[str, Any]) -> dict[str, Any]:
    return document["dashboards"][0]


def filters(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["key"]: each for each in board(document).get("filters", ())}


def two_tables() -> dict[str, Any]:
    """Deals and calls with an owner, dates of different names and a stage that means something else."""
    document = app()
    stages = [{"key": "open", "label": "Open"}]
    call = {
        "key": "call",
        "label": "Call",
        "fields": [
            {"key": "text", "type": "text", "label": "Text"},
            {"key": "by", "type": "person", "label": "By"},
            {"key": "called_at", "type": "datetime", "label": "Called"},
            {"key": "stage", "type": "select", "label": "State", "options": {"choices": stages}},
            {"key": "with_firm", "type": "relation", "label": "With", "options": {"to": "firm"}},
        ],
    }
    document["entities"].append(call)
    tile = {"op": "new_tile", "path": BOARD, "type": "number"}
    return perform(document, [{**tile, "entity": "deal"}, {**tile, "entity": "call"}]).document


def add(document: dict[str, Any], kind: str, field: str, entity: str = "deal", others: Any = None) -> dict[str, Any]:
    act = {"op": "new_board_filter", "path": BOARD, "kind": kind, "entity": entity, "field": field}
    return perform(document, [act], None, others).document


def test_a_new_filter_finds_what_means_the_same_in_other_tables() -> None:
    document = two_tables()
    for kind, field in (("person", "owner"), ("period", "closes"), ("choice", "stage"), ("relation", "firm")):
        document = add(document, kind, field)
    found = {key: {one["entity"]: one["field"] for one in each["tables"]} for key, each in filters(document).items()}
    assert found == {
        "owner": {"deal": "owner", "call": "by"},
        "period": {"deal": "closes", "call": "called_at"},
        "stage": {"deal": "stage"},
        "firm": {"deal": "firm", "call": "with_firm"},
    }
    assert filters(document)["owner"]["label"] == "Owner" and filters(document)["period"]["label"]["zh-Hans"] == "时间"
    assert check_app(document, {}) == []
    assert users_of_field({"desk": document}, "desk.call", "by") == ["desk/dashboards/boss"]


def test_created_is_looked_for_everywhere() -> None:
    document = add(two_tables(), "period", "created_at")
    assert {each["field"] for each in filters(document)["period"]["tables"]} == {"created_at"}


def test_a_table_that_comes_later_is_filtered_too() -> None:
    document = perform(app(), [{"op": "new_tile", "path": BOARD, "type": "number", "entity": "firm"}]).document
    document = add(document, "period", "created_at", "firm")
    document = perform(document, [{"op": "new_tile", "path": BOARD, "type": "list", "entity": "deal"}]).document
    assert filters(document)["period"]["tables"][1] == {"entity": "deal", "field": "created_at"}
    apart = {"op": "set_filter_field", "path": f"{FILTERS}/period", "entity": "deal", "value": ""}
    document = perform(document, [apart, {"op": "new_tile", "path": BOARD, "type": "bar", "entity": "deal"}]).document
    assert filters(document)["period"]["tables"][1] == {"entity": "deal", "field": ""}
    assert check_app(document, {}) == []


def test_fields_and_starts_are_set_and_refused() -> None:
    document = add(two_tables(), "person", "owner")
    place = f"{FILTERS}/owner"
    document = perform(document, [{"op": "set_filter_start", "path": place, "value": ["me"]}]).document
    assert filters(document)["owner"]["start"] == ["me"]
    assert "start" not in filters(perform(document, [{"op": "set_filter_start", "path": place, "value": ""}]).document)["owner"]
    for wrong in (
        {"op": "set_filter_start", "path": place, "value": "everybody"},
        {"op": "set_filter_field", "path": place, "entity": "deal", "value": "stage"},
        {"op": "set_filter_field", "path": place, "entity": "deal", "value": "ghost"},
        {"op": "new_board_filter", "path": BOARD, "kind": "person", "entity": "deal", "field": "amount"},
        {"op": "new_board_filter", "path": BOARD, "kind": "ghost", "entity": "deal", "field": "owner"},
    ):
        with pytest.raises(BadOperation):
            perform(document, [wrong])


def test_what_goes_away_takes_its_place_in_filters_along() -> None:
    document = add(add(two_tables(), "person", "owner"), "relation", "firm")
    skip = {"op": "set", "path": f"{FILTERS}/owner/skip", "value": ["number_1"]}
    document = perform(document, [skip, {"op": "copy_tile", "path": f"{BOARD}/tiles/number_1"}]).document
    assert filters(document)["owner"]["skip"] == ["number_1", "number_1_copy"]
    document = perform(document, [{"op": "remove_tile", "path": f"{BOARD}/tiles/number_1"}]).document
    assert filters(document)["owner"]["skip"] == ["number_1_copy"]
    gone = perform(document, [{"op": "remove_field", "path": "entities/call/fields/by"}]).document
    assert filters(gone)["owner"]["tables"] == [{"entity": "deal", "field": "owner"}]
    gone = perform(gone, [{"op": "remove_field", "path": "entities/deal/fields/owner"}]).document
    assert set(filters(gone)) == {"firm"}
    left = perform(document, [{"op": "remove_entity", "path": "entities/call"}]).document
    assert [each["entity"] for each in filters(left)["firm"]["tables"]] == ["deal"]


def test_a_new_field_keeps_its_filter_when_it_gets_its_name() -> None:
    document = perform(two_tables(), [{"op": "new_field", "entity": "deal", "type": "person"}]).document
    document = add(document, "person", "field_1")
    named = {"op": "set", "path": "entities/deal/fields/field_1/label/en", "value": "Helper"}
    document = perform(document, [named]).document
    assert {each["field"] for each in filters(document)["field_1"]["tables"]} == {"helper", "by"}


def test_a_new_choice_keeps_its_filter_when_it_gets_its_name() -> None:
    document = two_tables()
    document["entities"][0]["fields"][2]["options"]["choices"].append({"key": "choice_1", "label": {"en": ""}})
    document = add(document, "choice", "stage")
    document = perform(document, [{"op": "set_filter_start", "path": f"{FILTERS}/stage", "value": ["won", "choice_1"]}]).document
    named = {"op": "set", "path": "entities/deal/fields/stage/options/choices/choice_1/label/en", "value": "Lost"}
    assert filters(perform(document, [named]).document)["stage"]["start"] == ["won", "lost"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"tables": [{"entity": "deal", "field": "amount"}]}, "wrong_field_type"),
        ({"tables": [{"entity": "deal", "field": "ghost"}]}, "unknown_field"),
        ({"tables": [{"entity": "ghost", "field": "owner"}]}, "unknown_entity"),
        ({"tables": [{"entity": "deal", "field": ""}]}, "no_field"),
        ({"tables": []}, "no_field"),
        ({"start": ["somebody"]}, "bad_start"),
        ({"start": ["7"]}, "bad_start"),
        ({"skip": ["ghost"]}, "unknown_tile"),
        ({"kind": "ghost"}, "enum"),
        ({"kind": "choice", "tables": [{"entity": "deal", "field": "stage"}], "start": ["lost"]}, "bad_start"),
        ({"kind": "period", "tables": [{"entity": "deal", "field": "closes"}], "start": ["someday"]}, "bad_start"),
    ],
)
def test_problems(change: dict[str, Any], code: str) -> None:
    document = two_tables()
    item = {"key": "f", "kind": "person", "tables": [{"entity": "deal", "field": "owner"}], **change}
    board(document)["filters"] = [item]
    assert code in {each.code for each in check_app(document, {})}


def test_relations_to_different_tables_make_no_filter() -> None:
    document = two_tables()
    document["entities"][1]["fields"].append({"key": "best", "type": "relation", "label": "Best", "options": {"to": "deal"}})
    tables = [{"entity": "deal", "field": "firm"}, {"entity": "firm", "field": "best"}]
    board(document)["filters"] = [{"key": "f", "kind": "relation", "tables": tables}]
    assert [each.code for each in check_app(document, {})] == ["other_target"]


def test_two_people_change_filters_at_once() -> None:
    base = add(two_tables(), "person", "owner")
    mine = perform(base, [{"op": "set_filter_field", "path": f"{FILTERS}/owner", "entity": "call", "value": ""}]).document
    theirs = add(
        perform(base, [{"op": "set_filter_start", "path": f"{FILTERS}/owner", "value": "me"}]).document, "period", "closes"
    )
    merged = merge(base, mine, theirs)
    assert merged.conflicts == ()
    owner = filters(merged.document)["owner"]
    assert owner["start"] == ["me"] and owner["tables"][1] == {"entity": "call", "field": ""}
    assert set(filters(merged.document)) == {"owner", "period"}


def other_app() -> dict[str, Any]:
    other = copy.deepcopy(app())
    other["key"] = "shop"
    other["entities"][0]["fields"].append({"key": "paid_on", "type": "date", "label": "Paid"})
    return other


def test_a_tile_keeps_what_fits_a_table_of_another_app() -> None:
    others = {"shop": other_app()}
    tile = {
        "key": "t",
        "type": "bar",
        "entity": "deal",
        "measure": {"op": "sum", "field": "amount"},
        "group": ["stage", {"field": "closes", "by": "quarter"}],
        "filter": {"all": [{"field": "stage", "op": "is", "value": "won"}, {"field": "firm.city", "op": "is", "value": "Ulm"}]},
        "limit": 5,
    }
    document = perform(app(), [{"op": "add", "path": f"{BOARD}/tiles", "value": tile}]).document
    outcome = perform(document, [{"op": "set_tile_entity", "path": f"{BOARD}/tiles/t", "value": "shop.deal"}], None, others)
    assert same(board(outcome.document)["tiles"][0], {**tile, "entity": "shop.deal"}) and outcome.told == ()
    assert check_app(outcome.document, {"shop": app_from_json(others["shop"])}) == []
    del others["shop"]["entities"][0]["fields"][2]  # there is no stage
    outcome = perform(document, [{"op": "set_tile_entity", "path": f"{BOARD}/tiles/t", "value": "shop.deal"}], None, others)
    kept = board(outcome.document)["tiles"][0]
    assert kept["group"] == [{"field": "closes", "by": "quarter"}] and kept["measure"] == tile["measure"]
    assert kept["filter"] == {"all": [{"field": "firm.city", "op": "is", "value": "Ulm"}]}
    assert set(outcome.told) == {"group", "filter"}


def test_tiles_and_filters_over_tables_of_other_apps_begin_well() -> None:
    others = {"shop": other_app()}
    others["shop"]["entities"][0]["owner_field"] = "owner"
    acts = [
        {"op": "new_tile", "path": BOARD, "type": kind, "entity": "shop.deal"} for kind in ("bar", "list", "ageing", "my_day")
    ]
    document = perform(app(), acts, None, others).document
    tiles = {each["key"]: each for each in board(document)["tiles"]}
    assert tiles["bar_1"]["group"] == ["stage"] and tiles["list_1"]["columns"][0] == "name"
    assert tiles["my_day_1"]["options"]["person"] == "owner"
    document = add(add(document, "period", "paid_on", "shop.deal", others), "relation", "firm", "shop.deal", others)
    assert check_app(document, {"shop": app_from_json(others["shop"])}) == []
    document["extends"] = [
        {"key": "shop_deal", "entity": "shop.deal", "fields": [{"key": "lead", "type": "person", "label": "Lead"}]}
    ]
    document = add(document, "person", "desk_lead", "shop.deal", others)
    assert filters(document)["desk_lead"]["tables"] == [{"entity": "shop.deal", "field": "desk_lead"}]
    gone = perform(document, [{"op": "remove_field", "path": "extends/shop_deal/fields/lead"}]).document
    assert "desk_lead" not in filters(gone)


def test_values_of_addresses() -> None:
    assert read_values("person", ["me", "7", "7", "", "x", "-", "９"]) == ("me", "7", "-")
    assert read_values("team", ["my_teams", "me", "3"]) == ("my_teams", "3")
    assert read_values("relation", ["12", "me", "1" * 30]) == ("12",)
    assert read_values("period", ["nonsense", "this_month", "last_30"]) == ("this_month",)
    assert read_values("ghost", ["1"]) == ("1",)
    for wrong in ("", "..", "last_0", "last_99999", "this_hour", "2026-02-30..", "2026-01-01", "previous_30"):
        assert read_period(wrong) is None, wrong


@pytest.mark.parametrize(
    ("text", "leaf"),
    [
        ("this_quarter", {"op": "within", "value": {"this": "quarter"}}),
        ("last_30", {"op": "within", "value": {"last": 30, "unit": "day"}}),
        ("2026-01-01..2026-02-01", {"op": "between", "value": ["2026-01-01", "2026-02-01"]}),
        ("2026-02-01..2026-01-01", {"op": "between", "value": ["2026-01-01", "2026-02-01"]}),
        ("2026-01-01..", {"op": "gte", "value": "2026-01-01"}),
        ("..2026-01-01", {"op": "lte", "value": "2026-01-01"}),
    ],
)
def test_periods_as_conditions(text: str, leaf: dict[str, Any]) -> None:
    assert condition("period", "on", Type.DATE, None, (text,)) == {"field": "on", **leaf}


def test_values_as_conditions() -> None:
    both = condition("person", "owner", Type.PERSON, None, ("me", "4", "-"))
    assert [each["op"] for each in both["any"]] == ["is", "is_empty", "is"]
    assert condition("choice", "stage", Type.CHOICE, ["new", "won"], ("won", "ghost"))["value"] == "won"
    assert condition("choice", "stage", Type.CHOICE, ["new"], ("ghost",)) == {"field": "stage", "op": "in", "value": []}
    assert condition("choice", "tags", Type.CHOICES, ["a", "b"], ("a", "b"))["op"] == "has_any"
    assert condition("choice", "hot", Type.BOOLEAN, None, ("false",)) == {"field": "hot", "op": "is", "value": False}
    assert condition("team", "team", Type.TEAM, None, ("my_teams",)) == {
        "field": "team",
        "op": "in",
        "value": {"var": "my_teams"},
    }
