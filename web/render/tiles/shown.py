"""What a tile shows, ready for its template, and what all tiles need to say it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from builder.model import Tile
from runtime.context import Context
from runtime.queries.aggregate import AggregateQuery, aggregate
from runtime.queries.listing import Page
from runtime.tables import EntityDef
from web import links
from web.render.values import Cell, PathEnd, Values, path_end, shown_type


@dataclass(frozen=True)
class Figure:
    """One number. `change` is the difference to the period before in percent; None when there is nothing to compare with."""

    cell: Cell
    url: str
    change: float | None = None
    before: Cell | None = None
    target: float | None = None


@dataclass(frozen=True)
class Point:
    """One bar, slice or point."""

    label: str
    value: float
    text: str
    url: str
    colour: str = ""


@dataclass(frozen=True)
class Series:
    """A row of points; its name is empty when there is only one."""

    name: str
    points: list[Point]


@dataclass(frozen=True)
class Chart:
    """What the island draws and the table beneath it says. looks: options of the tile type."""

    type: str
    series: list[Series]
    looks: Mapping[str, Any]

    @property
    def is_empty(self) -> bool:
        return not any(point.value for each in self.series for point in each.points)

    def options(self) -> dict[str, Any]:
        """For the island."""
        return {
            "type": self.type,
            "looks": dict(self.looks),
            "series": [{"name": each.name, "points": [vars(point) for point in each.points]} for each in self.series],
        }


@dataclass(frozen=True)
class Rows:
    """A short list. due: the path of the date that records are due on; late: the ids of those that are over it."""

    ends: list[PathEnd]
    page: Page
    values: Values
    url: str
    entity: str
    due: str = ""
    late: frozenset[int] = frozenset()


@dataclass(frozen=True)
class ShownTile:
    """A tile ready for its template; one of the contents is there, or `problem` says why none is.

    unfiltered: labels of the dashboard's filters that are chosen but do not act on it.
    """

    tile: Tile
    label: str
    figure: Figure | None = None
    chart: Chart | None = None
    rows: Rows | None = None
    text: str | None = None
    shortcuts: list[Any] | None = None
    inbox: list[Any] | None = None
    problem: str = ""
    unfiltered: tuple[str, ...] = ()


def measure_of(tile: Tile) -> dict[str, Any]:
    """What the tile measures, as a measure of an aggregate named `value`."""
    return {**(tile.measure or {"op": "count"}), "as": "value"}


def is_additive(tile: Tile) -> bool:
    """Whether figures of parts add up to that of the whole."""
    return (tile.measure or {"op": "count"})["op"] in ("count", "sum")


def cell_of(ctx: Context, entity: EntityDef, tile: Tile, value: Any) -> Cell:
    """A figure of the tile as a value of its field."""
    measure = tile.measure or {"op": "count"}
    if measure["op"] in ("count", "count_distinct"):
        return Cell("number", value or 0)
    end = path_end(ctx, entity, measure.get("field", ""))
    if end is None:
        return Cell("number", value or 0)
    kind, declared = shown_type(end.field)
    options = declared.options
    if measure["op"] == "avg":
        options = {**options, "decimals": max(1, int(options.get("decimals", 0) or 0))} if kind.display == "number" else options
    return Cell(kind.display, value if value is not None else Decimal(0), None, options)


def plain(cell: Cell) -> str:
    """A figure as text, for hints and for the table behind a chart."""
    from web.render.formats import money, number

    if cell.display == "money":
        return str(money(cell.value, cell.options.get("currency", "CNY"), cell.options.get("decimals", 2)))
    return str(number(cell.value, cell.options.get("decimals"))) + (" %" if cell.display == "percent" else "")


def both(one: Any, other: Any) -> Any:
    """Records for which both conditions hold; either may be absent. Parts that all hold stay one list."""
    if not one or not other:
        return one or other
    return {"all": [part for each in (one, other) for part in (each["all"] if list(each) == ["all"] else [each])]}


def records_url(entity: EntityDef, tree: Any) -> str:
    """The list of the records behind a figure."""
    return links.entity_url(entity.name, None, filter=json.dumps(tree or {}, ensure_ascii=False))


def figure_of(ctx: Context, entity: EntityDef, tile: Tile, tree: Any) -> Any:
    """The measure of the tile over the records for which `tree` holds; None when there are none."""
    rows = aggregate(ctx, entity.name, AggregateQuery(filter=tree, measures=(measure_of(tile),)))
    return rows[0]["value"] if rows else None
