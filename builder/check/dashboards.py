"""Dashboards: tiles measure fields that can be measured."""

from __future__ import annotations

from collections.abc import Iterator

from builder.check.place import Place, unknown_field
from builder.directory import EntityInfo
from builder.errors import Problem
from builder.expressions.types import MOMENTS, Type
from builder.model import Tile


def check(place: Place) -> Iterator[Problem]:
    """Problems of all dashboards."""
    for dashboard in place.app.dashboards:
        path = f"dashboards/{dashboard.key}"
        yield from place.roles(f"{path}/roles", dashboard.roles)
        for tile in dashboard.tiles:
            here = f"{path}/tiles/{tile.key}"
            info = place.entity(tile.entity)
            if info is None:
                yield place.missing_entity(f"{here}/entity", tile.entity)
            else:
                yield from _tile(place, tile, info, here)


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
