"""Acts on dashboards and tiles: free places, moving without covering, changing the table without leaving anything broken."""

from __future__ import annotations

from typing import Any

import pytest

from builder.acts import perform
from builder.check import check_app
from builder.operations import BadOperation
from builder.tile_grid import COLUMNS, Spot, arranged, nudged
from builder.tiles import TILE_TYPES

BOARD = "dashboards/boss"


def app() -> dict[str, Any]:
    choices = [{"key": "new", "label": "New"}, {"key": "won", "label": "Won"}]
    return {
        "format": 1,
        "key": "desk",
        "label": "Desk",
        "entities": [
            {
                "key": "deal",
                "label": "Deal",
                "title_field": "name",
                "owner_field": "owner",
                "fields": [
                    {"key": "name", "type": "text", "label": "Name"},
                    {"key": "amount", "type": "currency", "label": "Amount"},
                    {"key": "stage", "type": "select", "label": "Stage", "options": {"choices": choices}},
                    {"key": "closes", "type": "date", "label": "Closes"},
                    {"key": "owner", "type": "person", "label": "Owner"},
                    {"key": "firm", "type": "relation", "label": "Firm", "options": {"to": "firm"}},
                ],
            },
            {
                "key": "firm",
                "label": "Firm",
                "title_field": "name",
                "fields": [{"key": "name", "type": "text", "label": "Name"}, {"key": "city", "type": "text", "label": "City"}],
            },
        ],
        "dashboards": [{"key": "boss", "label": {"en": "Boss", "zh-Hans": "老板"}, "tiles": []}],
        "menu": [
            {"key": "boss", "dashboard": "boss"},
            {"key": "group", "label": "More", "items": [{"key": "b", "dashboard": "boss"}]},
        ],
        "roles": [{"key": "sales", "label": "Sales", "grants": [], "dashboards": ["boss"]}],
        "home": ["boss"],
    }


def act(document: dict[str, Any], *acts: dict[str, Any]) -> dict[str, Any]:
    return perform(document, acts).document


def tiles(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["key"]: each for each in document["dashboards"][0]["tiles"]}


def places(document: dict[str, Any]) -> dict[str, tuple[int, int, int, int]]:
    return {key: (each["x"], each["y"], each["w"], each["h"]) for key, each in tiles(document).items()}


@pytest.mark.parametrize("kind", [each.name for each in TILE_TYPES])
def test_a_new_tile_of_each_type_is_sound_at_once(kind: str) -> None:
    made = perform(app(), [{"op": "new_tile", "path": BOARD, "type": kind}])
    assert made.made == f"{BOARD}/tiles/{kind}_1"
    assert check_app(made.document, {}) == []


def test_new_tiles_find_free_places_and_a_dropped_one_moves_the_others() -> None:
    number = {"op": "new_tile", "path": BOARD, "type": "number"}
    document = act(app(), number, number, number, number, number)
    assert list(places(document).values()) == [(0, 0, 3, 2), (3, 0, 3, 2), (6, 0, 3, 2), (9, 0, 3, 2), (0, 2, 3, 2)]
    document = act(document, {"op": "new_tile", "path": BOARD, "type": "line", "x": 2, "y": 0})
    laid = places(document)
    assert laid["line_1"] == (2, 0, 6, 4)
    assert laid["number_4"] == (9, 0, 3, 2)
    assert laid["number_2"][1] >= 4 and laid["number_1"][1] >= 4
    assert not overlapping(document)


def test_moving_and_resizing() -> None:
    number = {"op": "new_tile", "path": BOARD, "type": "number"}
    document = act(app(), number, number, {"op": "new_tile", "path": BOARD, "type": "list"})
    places_of = {"number_1": {"x": 6, "y": 0, "w": 6, "h": 3}, "number_2": {"x": 0, "y": 0}}
    moved = act(document, {"op": "place_tile", "path": BOARD, "places": places_of})
    assert places(moved) == {"number_1": (6, 0, 6, 3), "number_2": (0, 0, 3, 2), "list_1": (6, 3, 6, 4)}
    assert not overlapping(moved)
    one = f"{BOARD}/tiles/number_1"
    swapped = act(document, {"op": "nudge_tile", "path": one, "way": "right"})
    assert places(swapped)["number_1"][0] == 3 and places(swapped)["number_2"][0] == 0
    wider = act(document, {"op": "nudge_tile", "path": one, "way": "right", "resize": True})
    assert places(wider)["number_1"] == (0, 0, 4, 2)
    assert not overlapping(wider)
    down = act(document, {"op": "nudge_tile", "path": f"{BOARD}/tiles/list_1", "way": "up"})
    assert places(down)["list_1"][1] == 0 and not overlapping(down)
    assert act(document, {"op": "nudge_tile", "path": one, "way": "left"}) == document


def overlapping(document: dict[str, Any]) -> bool:
    cells = [(x + dx, y + dy) for x, y, w, h in places(document).values() for dx in range(w) for dy in range(h)]
    return len(cells) != len(set(cells)) or any(x >= COLUMNS for x, _ in cells)


def test_copies_and_removals() -> None:
    document = act(app(), {"op": "new_tile", "path": BOARD, "type": "bar"}, {"op": "new_tile", "path": BOARD, "type": "number"})
    document = act(document, {"op": "copy_tile", "path": f"{BOARD}/tiles/bar_1"})
    assert tiles(document)["bar_1_copy"]["group"] == ["stage"]
    document = act(document, {"op": "remove_tile", "path": f"{BOARD}/tiles/bar_1"})
    assert not overlapping(document) and check_app(document, {}) == []
    copied = act(document, {"op": "copy_dashboard", "path": BOARD})
    assert copied["dashboards"][1]["label"]["zh-Hans"] == "老板 副本"
    gone = act(copied, {"op": "remove_dashboard", "path": BOARD})
    assert gone["menu"] == [] and gone["home"] == [] and gone["roles"][0]["dashboards"] == []
    assert check_app(gone, {}) == []


def test_another_table_keeps_what_fits_and_tells_what_went() -> None:
    tile = {
        "key": "t",
        "type": "bar",
        "entity": "deal",
        "measure": {"op": "sum", "field": "amount"},
        "group": ["stage", "owner"],
        "filter": {"all": [{"field": "name", "op": "is", "value": "x"}, {"field": "amount", "op": "gt", "value": 1}]},
    }
    document = app()
    document["dashboards"][0]["tiles"] = [tile]
    outcome = perform(document, [{"op": "set_tile_entity", "path": f"{BOARD}/tiles/t", "value": "firm"}])
    changed = tiles(outcome.document)["t"]
    assert changed["measure"] == {"op": "count"}
    assert changed["group"] == [{"field": "created_at", "by": "month"}]
    assert changed["filter"] == {"all": [{"field": "name", "op": "is", "value": "x"}]}
    assert set(outcome.told) == {"measure", "group", "filter"}
    assert check_app(outcome.document, {}) == []


@pytest.mark.parametrize("kind", [each.name for each in TILE_TYPES])
def test_every_type_can_become_every_other(kind: str) -> None:
    for other in TILE_TYPES:
        document = act(app(), {"op": "new_tile", "path": BOARD, "type": kind})
        path = f"{BOARD}/tiles/{kind}_1"
        changed = act(document, {"op": "set_tile_type", "path": path, "value": other.name})
        assert check_app(changed, {}) == [], (kind, other.name)
        assert tiles(changed)[f"{kind}_1"]["type"] == other.name


def test_measures_groups_comparisons_columns() -> None:
    path = f"{BOARD}/tiles/bar_1"
    document = act(app(), {"op": "new_tile", "path": BOARD, "type": "bar"})
    document = act(
        document,
        {"op": "set_measure", "path": path, "part": "op", "value": "sum", "first": "amount"},
        {"op": "set_group", "path": path, "number": 0, "part": "field", "value": "closes@month"},
        {"op": "set_group", "path": path, "number": 0, "part": "by", "value": "quarter"},
        {"op": "set_group", "path": path, "number": 1, "part": "field", "value": "stage"},
    )
    assert tiles(document)["bar_1"]["measure"] == {"op": "sum", "field": "amount"}
    assert tiles(document)["bar_1"]["group"] == [{"field": "closes", "by": "quarter"}, "stage"]
    document = act(document, {"op": "set_tile_type", "path": path, "value": "number"})
    document = act(document, {"op": "set_compare", "path": path, "part": "field", "value": "closes"})
    assert tiles(document)["bar_1"]["compare"] == {"field": "closes", "period": "month"}
    assert "group" not in tiles(document)["bar_1"]
    document = act(document, {"op": "set_tile_type", "path": path, "value": "list"})
    document = act(document, {"op": "set_tile_column", "path": path, "do": "add", "value": "firm.city"})
    document = act(document, {"op": "set_tile_column", "path": path, "do": "before", "value": "firm.city"})
    assert tiles(document)["bar_1"]["columns"] == ["name", "amount", "stage", "firm.city", "closes"]
    assert check_app(document, {}) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"op": "new_tile", "path": BOARD, "type": "ghost"},
        {"op": "new_tile", "path": "dashboards/ghost", "type": "bar"},
        {"op": "new_tile", "path": BOARD, "type": "bar", "x": -1, "y": 0},
        {"op": "place_tile", "path": BOARD, "places": {"ghost": {"x": 0}}},
        {"op": "place_tile", "path": BOARD, "places": {"bar_1": {"x": "left"}}},
        {"op": "place_tile", "path": BOARD, "places": {"bar_1": {"w": 13}}},
        {"op": "nudge_tile", "path": f"{BOARD}/tiles/bar_1", "way": "away"},
        {"op": "nudge_tile", "path": BOARD, "way": "up"},
        {"op": "set_measure", "path": f"{BOARD}/tiles/bar_1", "part": "op", "value": "sum"},
        {"op": "set_group", "path": f"{BOARD}/tiles/bar_1", "number": 5, "value": "stage"},
        {"op": "set_home", "path": "roles/sales/grants", "do": "first", "value": "boss"},
        {"op": "set_tile_entity", "path": f"{BOARD}/tiles/text_1", "value": "deal"},
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, Any]) -> None:
    new = [{"op": "new_tile", "path": BOARD, "type": kind} for kind in ("bar", "text")]
    document = act(app(), *new)
    with pytest.raises(BadOperation):
        perform(document, [wrong])


def test_what_is_seen_first() -> None:
    document = act(app(), {"op": "new_dashboard", "label": "团队", "menu": True})
    assert document["dashboards"][1]["key"] == "dashboard_1" and document["menu"][-1]["dashboard"] == "dashboard_1"
    document = act(document, {"op": "set_home", "path": "roles/sales/dashboards", "do": "first", "value": "dashboard_1"})
    assert document["roles"][0]["dashboards"] == ["dashboard_1", "boss"]
    document = act(document, {"op": "set_home", "path": "home", "do": "remove", "value": "boss"})
    assert document["home"] == []
    assert check_app(document, {}) == []


def test_tiles_that_lie_over_each_other_are_laid_out() -> None:
    laid = arranged([Spot("a", 0, 0, 6, 2), Spot("b", 3, 0, 6, 2), Spot("c", 0, 40, 3, 1)])
    assert [(each.key, each.x, each.y) for each in laid] == [("a", 0, 0), ("c", 0, 2), ("b", 3, 2)]
    assert nudged(laid, "c", "up")[0].key == "c"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"links": [{"key": "a", "view": "ghost"}]}, "unknown_view"),
        ({"links": [{"key": "a", "entity": "ghost"}]}, "unknown_entity"),
        ({"links": [{"key": "a"}]}, "one_target"),
        ({"links": [{"key": "a", "address": "https://example.com"}]}, "additionalProperties"),
    ],
)
def test_shortcuts_lead_somewhere(options: dict[str, Any], code: str) -> None:
    document = app()
    document["dashboards"][0]["tiles"] = [{"key": "t", "type": "shortcuts", "options": options}]
    assert [each.code for each in check_app(document, {})] == [code]


def test_options_name_fields_that_fit() -> None:
    document = app()
    tile = {"key": "t", "type": "my_day", "entity": "deal", "options": {"date": "name", "person": "ghost"}}
    document["dashboards"][0]["tiles"] = [tile, {"key": "u", "type": "bar"}]
    assert [each.code for each in check_app(document, {})] == ["required"]
    document["dashboards"][0]["tiles"] = [tile]
    assert sorted(each.code for each in check_app(document, {})) == ["unknown_field", "wrong_field_type"]


def test_a_tile_follows_a_field_that_gets_its_name() -> None:
    document = act(app(), {"op": "new_field", "entity": "deal", "type": "currency", "label": ""})
    path = f"{BOARD}/tiles/list_1"
    document = act(document, {"op": "new_tile", "path": BOARD, "type": "list"})
    document = act(document, {"op": "set_tile_column", "path": path, "do": "add", "value": "field_1"})
    document = act(document, {"op": "set", "path": "entities/deal/fields/field_1/label/en", "value": "Cost"})
    assert tiles(document)["list_1"]["columns"][-1] == "cost"
    assert check_app(document, {}) == []


def test_the_first_tile_is_about_the_table_that_has_stages() -> None:
    document = app()
    document["entities"].reverse()
    tile = {"op": "new_tile", "path": BOARD, "type": "number"}
    assert perform(document, [tile]).document["dashboards"][0]["tiles"][0]["entity"] == "firm"
    flow = {"key": "flow", "entity": "deal", "field": "stage", "label": "Flow", "stages": [], "transitions": []}
    made = perform({**document, "pipelines": [flow]}, [tile, {**tile, "type": "list"}]).document
    assert [each["entity"] for each in made["dashboards"][0]["tiles"]] == ["deal", "deal"]
