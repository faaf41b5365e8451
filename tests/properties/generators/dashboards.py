"""Acts on dashboards and their tiles, and on what is seen first."""

from __future__ import annotations

from builder.board_filters import FILTER_KINDS
from builder.tiles import TILE_TYPES
from tests.properties.hand import Act, Hand, NothingToDo

_KINDS = [each.name for each in TILE_TYPES]


def tile_path(hand: Hand) -> str:
    return hand.pick(
        [f"dashboards/{each['key']}/tiles/{tile['key']}" for each in hand.items("dashboards") for tile in each.get("tiles") or ()]
    )


def _fields_of(hand: Hand, path: str) -> list[str]:
    _, board, _, key = path.split("/")
    tile = next(each for each in hand.items(f"dashboards/{board}/tiles") if each["key"] == key)
    return hand.fields(str(tile.get("entity")))


def new_dashboard(hand: Hand) -> Act:
    return {"op": "new_dashboard", "label": hand.label(), **({"menu": True} if hand.maybe() else {})}


def copy_dashboard(hand: Hand) -> Act:
    return {"op": "copy_dashboard", "path": hand.path_in("dashboards")}


def remove_dashboard(hand: Hand) -> Act:
    return {"op": "remove_dashboard", "path": hand.path_in("dashboards")}


def new_tile(hand: Hand) -> Act:
    place = {"x": hand.chance.randrange(12), "y": hand.chance.randrange(9)} if hand.maybe() else {}
    entity = {"entity": hand.entity()} if hand.maybe() else {}
    return {"op": "new_tile", "path": hand.path_in("dashboards"), "type": hand.pick(_KINDS), **entity, **place}


def copy_tile(hand: Hand) -> Act:
    return {"op": "copy_tile", "path": tile_path(hand)}


def remove_tile(hand: Hand) -> Act:
    return {"op": "remove_tile", "path": tile_path(hand)}


def place_tile(hand: Hand) -> Act:
    board = hand.path_in("dashboards")
    keys = [str(each["key"]) for each in hand.items(f"{board}/tiles")]
    spots = {key: {"x": hand.chance.randrange(9), "y": hand.chance.randrange(9), "w": 3, "h": 2} for key in keys if hand.maybe()}
    if not spots:
        raise NothingToDo
    return {"op": "place_tile", "path": board, "places": spots}


def nudge_tile(hand: Hand) -> Act:
    way = hand.pick(("left", "right", "up", "down"))
    return {"op": "nudge_tile", "path": tile_path(hand), "way": way, **({"resize": True} if hand.maybe() else {})}


def set_tile_type(hand: Hand) -> Act:
    return {"op": "set_tile_type", "path": tile_path(hand), "value": hand.pick(_KINDS)}


def set_tile_entity(hand: Hand) -> Act:
    return {"op": "set_tile_entity", "path": tile_path(hand), "value": hand.entity()}


def set_measure(hand: Hand) -> Act:
    path = tile_path(hand)
    part, value = hand.pick((("op", hand.pick(("count", "sum", "avg", "max"))), ("field", hand.pick(_fields_of(hand, path)))))
    return {"op": "set_measure", "path": path, "part": part, "value": value, "first": hand.pick(_fields_of(hand, path))}


def set_group(hand: Hand) -> Act:
    path = tile_path(hand)
    values = [*_fields_of(hand, path), "created_at@month", ""]
    part, value = hand.pick((("field", hand.pick(values)), ("by", hand.pick(("day", "month", "year")))))
    return {"op": "set_group", "path": path, "number": hand.chance.randrange(2), "part": part, "value": value}


def set_compare(hand: Hand) -> Act:
    part, value = hand.pick((("field", hand.pick(("created_at", ""))), ("period", hand.pick(("week", "month", "year")))))
    return {"op": "set_compare", "path": tile_path(hand), "part": part, "value": value}


def set_tile_column(hand: Hand) -> Act:
    path = tile_path(hand)
    return {
        "op": "set_tile_column",
        "path": path,
        "do": hand.pick(("add", "remove", "before", "after")),
        "value": hand.pick(_fields_of(hand, path)),
    }


def filter_path(hand: Hand) -> str:
    return hand.pick(
        [
            f"dashboards/{each['key']}/filters/{one['key']}"
            for each in hand.items("dashboards")
            for one in each.get("filters") or ()
        ]
    )


def new_board_filter(hand: Hand) -> Act:
    entity = hand.entity()
    field = hand.pick([*hand.fields(entity), "created_at", "created_by"])
    kind = hand.pick(FILTER_KINDS.names())
    return {"op": "new_board_filter", "path": hand.path_in("dashboards"), "kind": kind, "entity": entity, "field": field}


def set_filter_field(hand: Hand) -> Act:
    entity = hand.entity()
    field = hand.pick([*hand.fields(entity), "created_at", ""])
    return {"op": "set_filter_field", "path": filter_path(hand), "entity": entity, "value": field}


def set_filter_start(hand: Hand) -> Act:
    return {"op": "set_filter_start", "path": filter_path(hand), "value": hand.pick(("me", "this_month", "last_30", "-", ""))}


def set_home(hand: Hand) -> Act:
    path = "home" if hand.maybe() else f"{hand.path_in('roles')}/dashboards"
    board = str(hand.item("dashboards")["key"])
    return {"op": "set_home", "path": path, "do": hand.pick(("first", "add", "remove")), "value": board}
