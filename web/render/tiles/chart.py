"""Bars, lines, slices, funnels: figures by one or two groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.model import Tile
from runtime.context import Context
from runtime.queries.aggregate import AggregateQuery, aggregate
from runtime.tables import EntityDef
from web.i18n import gettext as _
from web.render.tiles.groups import Reader, Row, condition, ordered, reader, without_gaps
from web.render.tiles.shown import Chart, Point, Series, both, cell_of, figure_of, is_additive, measure_of, plain, records_url

_MOST_POINTS = 60
Group = Mapping[str, Any]


def chart(ctx: Context, entity: EntityDef, tile: Tile) -> Chart:
    """The figures with the addresses of the records behind them."""
    groups = [each if isinstance(each, Mapping) else {"field": each} for each in tile.group[:2]]
    named = tuple({**each, "as": f"g{number}"} for number, each in enumerate(groups))
    query = AggregateQuery(filter=tile.filter, group=named, measures=(measure_of(tile),), limit=_MOST_POINTS * 10)
    rows = aggregate(ctx, entity.name, query)
    readers = [reader(ctx, entity, each, {row[f"g{number}"] for row in rows}) for number, each in enumerate(groups)]
    if not groups:
        value = rows[0]["value"] if rows else None
        point = Point(_("All"), float(value or 0), plain(cell_of(ctx, entity, tile, value)), records_url(entity, tile.filter))
        return Chart(tile.type, [Series("", [point])], tile.options)
    drawer = _Drawer(ctx, entity, tile, groups, readers)
    return Chart(tile.type, drawer.one(rows) if len(groups) < 2 else drawer.several(rows), tile.options)


class _Drawer:
    """Makes points of rows."""

    def __init__(self, ctx: Context, entity: EntityDef, tile: Tile, groups: list[Group], readers: list[Reader]) -> None:
        self.ctx, self.entity, self.tile, self.groups, self.readers = ctx, entity, tile, groups, readers

    def one(self, rows: list[Row]) -> list[Series]:
        if "by" in self.groups[0]:
            if is_additive(self.tile) and rows:
                rows = without_gaps(rows, self.groups[0]["by"])
            if self.tile.type == "line":
                rows = [row for row in rows if row["g0"] is not None]
        rows = self._in_order(rows)
        most = min(self.tile.limit or _MOST_POINTS, _MOST_POINTS)
        if self._goes_over_time():
            return [Series("", [self._point(row) for row in rows[-most:]])]
        points = [self._point(row) for row in rows[:most]]
        if len(rows) > most and is_additive(self.tile):
            points.append(self._rest(rows[:most]))
        return [Series("", points)]

    def several(self, rows: list[Row]) -> list[Series]:
        if self.tile.type == "line" and "by" in self.groups[0]:
            rows = [row for row in rows if row["g0"] is not None]
        names = dict.fromkeys(row["g1"] for row in ordered(self.ctx, self.entity, self.groups[1], rows, "g1"))
        arranged = self._in_order(rows)
        most = min(self.tile.limit or _MOST_POINTS, _MOST_POINTS)
        columns = list(dict.fromkeys(row["g0"] for row in arranged))
        shown = set(columns[-most:] if self._goes_over_time() else columns[:most])
        return [
            Series(self.readers[1](name)[0], [self._point(row) for row in arranged if row["g1"] == name and row["g0"] in shown])
            for name in names
        ]

    def _goes_over_time(self) -> bool:
        """Then a limit means the latest periods."""
        return "by" in self.groups[0] and self.tile.options.get("order", "natural") == "natural"

    def _in_order(self, rows: list[Row]) -> list[Row]:
        order = self.tile.options.get("order", "natural")
        if order in ("biggest", "smallest"):
            sums: dict[Any, float] = {}
            for row in rows:
                sums[row["g0"]] = sums.get(row["g0"], 0) + float(row["value"] or 0)
            return sorted(rows, key=lambda row: sums[row["g0"]] * (-1 if order == "biggest" else 1))
        if order == "name":
            return sorted(rows, key=lambda row: self.readers[0](row["g0"])[0].casefold())
        return ordered(self.ctx, self.entity, self.groups[0], rows)

    def _point(self, row: Row) -> Point:
        tree = self.tile.filter
        for number, group in enumerate(self.groups):
            tree = both(tree, condition(self.ctx, self.entity, group, row[f"g{number}"]))
        text, colour = self.readers[0](row["g0"])
        cell = cell_of(self.ctx, self.entity, self.tile, row["value"])
        return Point(text, float(row["value"] or 0), plain(cell), records_url(self.entity, tree), colour)

    def _rest(self, shown: list[Row]) -> Point:
        """What is beyond the limit, as one point."""
        group = self.groups[0]
        others = [_not(condition(self.ctx, self.entity, group, row["g0"]), group["field"]) for row in shown]
        tree: Any = {"all": [*([self.tile.filter] if self.tile.filter else []), *others]}
        value = figure_of(self.ctx, self.entity, self.tile, tree)
        cell = cell_of(self.ctx, self.entity, self.tile, value)
        return Point(_("Others"), float(value or 0), plain(cell), records_url(self.entity, tree), "gray")


def _not(leaf: Mapping[str, Any], field: str) -> Any:
    """Other values; a record without any value has another one than each."""
    if leaf["op"] == "is_empty":
        return {"field": field, "op": "is_not_empty"}
    return {"any": [{"not": leaf}, {"field": field, "op": "is_empty"}]}
