"""Acts on the tiles of a dashboard: making, placing, and changing what they show."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from builder.acts import filter_tables as filters
from builder.acts import tile_fields as fields
from builder.acts.base import Act, BadAct, Document, Done, find, free_key, item_at, keys_in
from builder.structure import MISSING
from builder.tile_grid import COLUMNS, LAST_ROW, MAX_ROWS, Spot, arranged, free_spot, nudged, spot_of, with_spot
from builder.tiles import TILE_TYPES, TileType

Operations = list[Mapping[str, Any]]
Documents = Mapping[str, Document]
_LIMITS = {"x": (0, COLUMNS - 1), "y": (0, LAST_ROW), "w": (1, COLUMNS), "h": (1, MAX_ROWS)}
_DATA = ("entity", "filter", "measure", "group", "compare", "columns", "sort", "limit", "target")


def new_tile(document: Document, act: Act, published: Document, others: Documents) -> Done:
    """{"path": dashboard, "type", "entity"?, "x"?, "y"?}: a tile that shows something at once, where it was put or in the first
    free place."""
    board, kind = str(act["path"]), _kind(str(act.get("type")))
    tiles = _tiles(document, board)
    key = free_key(kind.name, {*keys_in(document, f"{board}/tiles"), *keys_in(published, f"{board}/tiles")}, numbered=True)
    spots = [spot_of(each) for each in tiles]
    w, h = kind.size
    x, y = (_number("x", act["x"]), _number("y", act["y"])) if "x" in act and "y" in act else free_spot(arranged(spots), w, h)
    new = Spot(key, min(x, COLUMNS - w), y, w, h)
    entity = str(act.get("entity") or _usual_entity(document, board)) if kind.has_data else ""
    known = fields.with_others(document, others)
    value = {"key": key, "type": kind.name, **_starting(known, entity, kind), **_place(new)}
    laid = with_spot(arranged(spots), new)
    mine = next(each for each in laid if each.key == key)
    add = {"op": "add", "path": f"{board}/tiles", "value": {**value, **_place(mine)}}
    missing: Operations = (
        [] if find(document, f"{board}/tiles") is not MISSING else [{"op": "set", "path": f"{board}/tiles", "value": []}]
    )
    moves = _moves(board, tiles, (each for each in laid if each.key != key))
    return Done([*missing, *moves, add, *filters.with_table(document, known, board, entity)], f"{board}/tiles/{key}")


def place_tile(document: Document, act: Act, published: Document) -> Done:
    """{"path": dashboard, "places": {key: {"x", "y", "w", "h"}}}: where tiles lie now, as one step."""
    board = str(act["path"])
    tiles = {each["key"]: each for each in _tiles(document, board)}
    places: dict[str, Mapping[str, Any]] = dict(act["places"])
    if set(places) - set(tiles):
        raise BadAct("there is no such tile")
    for key, place in places.items():
        tiles[key] = {**tiles[key], **{name: _number(name, place[name]) for name in _LIMITS if name in place}}
    laid = arranged(spot_of(each) for each in tiles.values())
    return Done(_moves(board, _tiles(document, board), laid))


def nudge_tile(document: Document, act: Act, published: Document) -> Done:
    """{"path": tile, "way": "left", "right", "up" or "down", "resize"?}: one step, or one column or row more or less."""
    board, key = _parts(document, str(act["path"]))
    way = str(act["way"])
    if way not in ("left", "right", "up", "down"):
        raise BadAct("there is no such way")
    tiles = _tiles(document, board)
    laid = nudged(arranged(spot_of(each) for each in tiles), key, way, resize=bool(act.get("resize")))
    return Done(_moves(board, tiles, laid))


def copy_tile(document: Document, act: Act, published: Document) -> Done:
    """{"path"}: the same tile once more, in the first free place."""
    board, old = _parts(document, str(act["path"]))
    tiles = _tiles(document, board)
    key = free_key(f"{old[:34]}_copy", {*keys_in(document, f"{board}/tiles"), *keys_in(published, f"{board}/tiles")})
    spots = arranged(spot_of(each) for each in tiles)
    here = next(each for each in spots if each.key == old)
    x, y = free_spot(spots, here.w, here.h)
    value = {**copy.deepcopy(item_at(document, str(act["path"]))), "key": key, **_place(Spot(key, x, y, here.w, here.h))}
    add = {"op": "add", "path": f"{board}/tiles", "value": value}
    return Done([*_moves(board, tiles, spots), add, *filters.skipped_too(document, board, old, key)], f"{board}/tiles/{key}")


def remove_tile(document: Document, act: Act, published: Document) -> Done:
    """{"path"}: takes a tile away; those below it move up."""
    board, key = _parts(document, str(act["path"]))
    tiles = [each for each in _tiles(document, board) if each["key"] != key]
    moves = _moves(board, tiles, arranged(spot_of(each) for each in tiles))
    return Done([{"op": "remove", "path": str(act["path"])}, *moves, *filters.without_tile(document, board, key)])


def set_tile_type(document: Document, act: Act, published: Document, others: Documents) -> Done:
    """{"path", "value"}: another type; what it cannot show goes, what it needs comes."""
    path, kind = str(act["path"]), _kind(str(act["value"]))
    old = item_at(document, path)
    board = _parts(document, path)[0]
    entity = str(old.get("entity") or _usual_entity(document, board)) if kind.has_data else ""
    known = fields.with_others(document, others)
    new = _starting(known, entity, kind)
    kept: dict[str, Any] = {name: old[name] for name in _known(kind) if name in old}
    if "group" in kept:
        kept["group"] = kept["group"][: kind.groups] or new.get("group", [])
    options = {**(new.get("options") or {}), **_known_options(kind, old.get("options") or {})}
    shared: dict[str, Any] = {name: old[name] for name in ("key", "label", "x", "y", "w", "h") if name in old}
    value: dict[str, Any] = {**new, **kept, **shared, "type": kind.name}
    if options:
        value["options"] = options
    operations: Operations = [{"op": "set", "path": path, "value": value}]
    return Done([*operations, *filters.with_table(document, known, board, entity)], told=_lost(old, value))


def set_tile_entity(document: Document, act: Act, published: Document, others: Documents) -> Done:
    """{"path", "value"}: another table; what names fields that it does not have goes."""
    path, entity = str(act["path"]), str(act["value"])
    old = item_at(document, path)
    kind = _kind(str(old.get("type")))
    if not kind.has_data:
        raise BadAct("this tile has no table")
    fits = {**old, "entity": entity}
    known = fields.with_others(document, others)
    for name, value in _fitting(known, entity, kind, old).items():
        if value:
            fits[name] = value
        else:
            fits.pop(name, None)
    operations: Operations = [{"op": "set", "path": path, "value": fits}]
    board = _parts(document, path)[0]
    return Done([*operations, *filters.with_table(document, known, board, entity)], told=_lost(old, fits))


def _fitting(document: Document, entity: str, kind: TileType, old: Mapping[str, Any]) -> dict[str, Any]:
    """What of a tile makes sense over another entity, and what it then begins with instead."""

    def exists(name: str) -> bool:
        return bool(fields.kind_of(document, entity, name))

    new = _starting(document, entity, kind)
    measure, compare = old.get("measure") or {}, old.get("compare") or {}
    groups = [
        each
        for each in old.get("group") or ()
        if exists(_path(each))
        and not fields.is_many(document, entity, _path(each))
        and (not isinstance(each, Mapping) or "by" not in each or fields.is_moment(document, entity, each["field"]))
    ]
    options = {
        name: value for name, value in (old.get("options") or {}).items() if name not in kind.field_options or exists(value)
    }
    fits = measure.get("op") == "count" or fields.is_number(document, entity, str(measure.get("field", "")))
    return {
        "measure": measure if measure and fits else new.get("measure"),
        "group": groups or new.get("group"),
        "compare": compare if compare and fields.is_moment(document, entity, compare["field"]) else None,
        "columns": [each for each in old.get("columns") or () if exists(each)] or new.get("columns"),
        "sort": [each for each in old.get("sort") or () if exists(each.lstrip("-"))],
        "filter": fields.kept_tree(old.get("filter"), exists),
        "options": {**(new.get("options") or {}), **options},
    }


def _starting(document: Document, entity: str, kind: TileType) -> dict[str, Any]:
    found: dict[str, Any] = {"entity": entity} if kind.has_data else {}
    if kind.has_measure:
        found["measure"] = {"op": "count"}
    if kind.groups:
        found["group"] = fields.starting_group(document, entity, kind)
    if kind.has_columns:
        found["columns"] = fields.starting_columns(document, entity)
    options = fields.starting_options(document, entity, kind)
    return {**found, **({"options": options} if options else {})}


def _known(kind: TileType) -> list[str]:
    shown = {
        "measure": kind.has_measure,
        "group": kind.groups > 0,
        "compare": kind.has_compare,
        "target": kind.has_compare,
        "columns": kind.has_columns,
        "sort": kind.has_sort,
        "limit": kind.has_limit,
    }
    return ["entity", "filter", *(name for name, is_known in shown.items() if is_known)] if kind.has_data else []


def _known_options(kind: TileType, options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name in kind.options_schema["properties"]}


def _lost(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """The properties that said something before and now say something else, or nothing."""
    changed = [name for name in _DATA if name != "entity" and old.get(name) and old.get(name) != new.get(name)]
    options, kept = old.get("options") or {}, new.get("options") or {}
    return (*changed, *(name for name in options if options[name] != kept.get(name)))


def _path(group: Any) -> str:
    return str(group["field"] if isinstance(group, Mapping) else group)


def _kind(name: str) -> TileType:
    found = TILE_TYPES.find(name)
    if found is None:
        raise BadAct("there is no such tile type")
    return found


def _parts(document: Document, path: str) -> tuple[str, str]:
    """(path of the dashboard, key of the tile). Raises BadAct when there is no such tile."""
    item_at(document, path)
    board, _, key = path.rpartition("/tiles/")
    if not board:
        raise BadAct("there is no such tile")
    return board, key


def _tiles(document: Document, board: str) -> list[dict[str, Any]]:
    return list(item_at(document, board).get("tiles") or ())


def _usual_entity(document: Document, board: str) -> str:
    """The table of the last tile, or the first that records go through stages in, or the first of the app."""
    used = [each["entity"] for each in _tiles(document, board) if each.get("entity")]
    own = [each["key"] for each in document.get("entities") or ()]
    if not used and not own:
        raise BadAct("there is no table yet")
    flowing = [each["entity"] for each in document.get("pipelines") or () if each.get("entity") in own]
    return str([*used[-1:], *flowing, *own][0])


def _place(spot: Spot) -> dict[str, int]:
    return {"x": spot.x, "y": spot.y, "w": spot.w, "h": spot.h}


def _number(name: str, value: Any) -> int:
    low, high = _LIMITS[name]
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise BadAct("a tile does not fit there")
    return value


def _moves(board: str, tiles: Iterable[Mapping[str, Any]], laid: Iterable[Spot]) -> Operations:
    """Operations for the tiles that lie elsewhere than their document says."""
    defaults = {"x": 0, "y": 0, "w": 4, "h": 3}
    known = {each["key"]: each for each in tiles}
    return [
        {"op": "set", "path": f"{board}/tiles/{spot.key}/{name}", "value": value}
        for spot in laid
        if spot.key in known
        for name, value in _place(spot).items()
        if known[spot.key].get(name, defaults[name]) != value
    ]
