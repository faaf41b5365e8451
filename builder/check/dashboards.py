"""Dashboards: tiles measure fields that can be measured."""

from __future__ import annotations

from collections.abc import Iterator

from builder.check import board_filters
from builder.check.place import Place, unknown_field
from builder.directory import EntityInfo
from builder.errors import Problem
from builder.expressions.types import MOMENTS, Type
from builder.model import Tile
from builder.tiles import TILE_TYPES, TileType


def check(place: Place) -> Iterator[Problem]:
    """Problems of all dashboards, and of the choice of the first one."""
    for dashboard in place.app.dashboards:
        path = f"dashboards/{dashboard.key}"
        yield from place.roles(f"{path}/roles", dashboard.roles)
        yield from board_filters.check(place, dashboard, path)
        for tile in dashboard.tiles:
            here = f"{path}/tiles/{tile.key}"
            kind = TILE_TYPES.find(tile.type)
            info = place.entity(tile.entity) if tile.entity else None
            if kind is not None and not kind.has_data:
                yield from _links(place, tile, here)
            elif info is None:
                yield place.missing_entity(f"{here}/entity", tile.entity)
            else:
                yield from _tile(place, tile, info, here)
                yield from _options(place, tile, kind, info, here)
    for reference in place.app.home:
        if not place.exists("dashboards", reference):
            yield place.missing("home", "dashboard", reference)


def _options(place: Place, tile: Tile, kind: TileType | None, info: EntityInfo, here: str) -> Iterator[Problem]:
    scope = place.directory.scope(info.name)
    for name, kinds in (kind.field_options if kind else {}).items():
        key = tile.options.get(name)
        found = scope.type_of((key,)) if key else None
        if key and found is None:
            yield unknown_field(f"{here}/options/{name}", key)
        elif found is not None and found not in kinds:
            yield Problem(
                f"{here}/options/{name}", "wrong_field_type", "“{name}” has a type that does not fit here.", {"name": key}
            )


def _links(place: Place, tile: Tile, here: str) -> Iterator[Problem]:
    """Shortcuts lead to one thing each, and it is there."""
    for link in tile.options.get("links") or ():
        path = f"{here}/options/links/{link['key']}"
        targets = [(kind, link[kind]) for kind in ("entity", "view", "dashboard") if link.get(kind)]
        if len(targets) != 1:
            yield Problem(path, "one_target", "A shortcut leads to one table, view or dashboard.")
            continue
        kind, reference = targets[0]
        if kind == "entity" and place.entity(reference) is None:
            yield place.missing_entity(f"{path}/entity", reference)
        elif kind != "entity" and not place.exists(f"{kind}s", reference):
            yield place.missing(f"{path}/{kind}", kind, reference)


def _tile(place: Place, tile: Tile, info: EntityInfo, here: str) -> Iterator[Problem]:
    scope = place.directory.scope(info.name)
    yield from place.tree(f"{here}/filter", tile.filter, info.name)
    yield from place.paths(f"{here}/columns", info, tile.columns)
    yield from place.sort(f"{here}/sort", info, tile.sort)
    if tile.measure and tile.measure["op"] != "count":
        kind = scope.type_of(tuple(tile.measure.get("field", "").split(".")))
        allowed = {Type.NUMBER} if tile.measure["op"] in ("sum", "avg") else {Type.NUMBER, *MOMENTS}
        if kind not in allowed:
            yield Problem(f"{here}/measure", "not_measurable", "This measure needs a number field.")
    for position, group in enumerate(tile.group):
        path = group if isinstance(group, str) else group["field"]
        kind = scope.type_of(tuple(path.split(".")))
        if kind is None:
            yield unknown_field(f"{here}/group/{position}", path)
        elif isinstance(group, dict) and "by" in group and kind not in MOMENTS:
            yield Problem(f"{here}/group/{position}", "not_a_moment", "Only dates can be grouped by period.")
    if tile.compare and scope.type_of((tile.compare["field"],)) not in MOMENTS:
        yield Problem(f"{here}/compare", "not_a_moment", "Only dates can be grouped by period.")
