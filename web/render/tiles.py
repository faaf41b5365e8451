"""The tiles of a dashboard: figures, charts and lists, each with the address of the records behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from builder.fields.choice import choices
from builder.keys import qualified
from builder.model import Tile
from runtime.context import Context
from runtime.errors import BadRequest, NotFound
from runtime.people import list_teams
from runtime.queries.aggregate import AggregateQuery, aggregate
from runtime.queries.listing import ListQuery, Page, list_records
from runtime.records.history import people_names
from runtime.records.read import titles
from runtime.tables import EntityDef
from web import links
from web.i18n import babel_locale, current_language, translate
from web.i18n import gettext as _
from web.render.values import Cell, PathEnd, Values, path_end, pill_of, shown_type

_LIST_ROWS = 8
_MOST_POINTS = 60


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
    """What the island draws and the table beneath it says."""

    type: str
    series: list[Series]

    @property
    def is_empty(self) -> bool:
        return not any(point.value for each in self.series for point in each.points)

    def options(self) -> dict[str, Any]:
        """For the island."""
        return {
            "type": self.type,
            "series": [{"name": each.name, "points": [vars(point) for point in each.points]} for each in self.series],
        }


@dataclass(frozen=True)
class Rows:
    """A short list."""

    ends: list[PathEnd]
    page: Page
    values: Values
    url: str
    entity: str


@dataclass(frozen=True)
class ShownTile:
    """A tile ready for its template; exactly one of the contents is there, or `problem` says why none is."""

    tile: Tile
    label: str
    figure: Figure | None = None
    chart: Chart | None = None
    rows: Rows | None = None
    problem: str = ""
    size: Mapping[str, int] = field(default_factory=dict)


def shown_tile(ctx: Context, app: str, tile: Tile) -> ShownTile | None:
    """The tile with its data; None when the reader may not open its entity."""
    label = tile.label.in_language(current_language()) or tile.key
    entity = ctx.catalog.find(qualified(app, tile.entity))
    if entity is None:
        return ShownTile(tile, label, problem=_("The data of this tile is not there any more."))
    try:
        if tile.type == "number":
            return ShownTile(tile, label, figure=_figure(ctx, entity, tile))
        if tile.type == "list":
            return ShownTile(tile, label, rows=_rows(ctx, entity, tile))
        return ShownTile(tile, label, chart=_chart(ctx, entity, tile))
    except NotFound:
        return None
    except BadRequest as error:
        return ShownTile(tile, label, problem=" ".join(translate(each) for each in error.problems))


def _measure(tile: Tile) -> dict[str, Any]:
    return {**(tile.measure or {"op": "count"}), "as": "value"}


def _cell(ctx: Context, entity: EntityDef, tile: Tile, value: Any) -> Cell:
    measure = tile.measure or {"op": "count"}
    if measure["op"] in ("count", "count_distinct"):
        return Cell("number", value or 0)
    end = path_end(ctx, entity, measure.get("field", ""))
    if end is None:
        return Cell("number", value or 0)
    kind, declared = shown_type(end.field)
    return Cell(kind.display, value if value is not None else Decimal(0), None, declared.options)


def _both(one: Any, other: Any) -> Any:
    return {"all": [one, other]} if one and other else one or other


def _url(entity: EntityDef, tree: Any) -> str:
    return links.entity_url(entity.name, None, filter=json.dumps(tree or {}, ensure_ascii=False))


def _value(ctx: Context, entity: EntityDef, tile: Tile, tree: Any) -> Any:
    rows = aggregate(ctx, entity.name, AggregateQuery(filter=tree, measures=(_measure(tile),)))
    return rows[0]["value"] if rows else None


def _figure(ctx: Context, entity: EntityDef, tile: Tile) -> Figure:
    target = float(tile.target) if tile.target is not None else None
    if not tile.compare:
        return Figure(_cell(ctx, entity, tile, _value(ctx, entity, tile, tile.filter)), _url(entity, tile.filter), target=target)
    period = tile.compare["period"]
    here = _both(tile.filter, {"field": tile.compare["field"], "op": "within", "value": {"this": period}})
    there = _both(tile.filter, {"field": tile.compare["field"], "op": "within", "value": {"previous": period}})
    now, before = _value(ctx, entity, tile, here), _value(ctx, entity, tile, there)
    change = (float(now or 0) - float(before)) / abs(float(before)) * 100 if before else None
    return Figure(_cell(ctx, entity, tile, now), _url(entity, here), change, _cell(ctx, entity, tile, before), target)


def _rows(ctx: Context, entity: EntityDef, tile: Tile) -> Rows:
    ends = [end for path in tile.columns or (entity.title_field,) if (end := path_end(ctx, entity, path))]
    paths = tuple(dict.fromkeys(["id", *(end.path for end in ends)]))
    query = ListQuery(filter=tile.filter, sort=tile.sort, fields=paths, limit=tile.limit or _LIST_ROWS, count="estimate")
    page = list_records(ctx, entity.name, query)
    return Rows(ends, page, Values(ctx, entity, page.records, paths), _url(entity, tile.filter), entity.name)


def _chart(ctx: Context, entity: EntityDef, tile: Tile) -> Chart:
    groups = [each if isinstance(each, Mapping) else {"field": each} for each in tile.group[:2]]
    named = tuple({**each, "as": f"g{number}"} for number, each in enumerate(groups))
    query = AggregateQuery(filter=tile.filter, group=named, measures=(_measure(tile),), limit=_MOST_POINTS * 10)
    rows = aggregate(ctx, entity.name, query)
    readers = [_reader(ctx, entity, each, {row[f"g{number}"] for row in rows}) for number, each in enumerate(groups)]
    if len(groups) < 2:
        points = [_point(ctx, entity, tile, row, groups, readers) for row in _ordered(entity, groups, rows)]
        return Chart(tile.type, [Series("", points[:_MOST_POINTS])])
    names = list(dict.fromkeys(row["g1"] for row in _ordered(entity, groups[1:], rows, "g1")))
    ordered = _ordered(entity, groups, rows)
    series = [
        Series(readers[1](name)[0], [_point(ctx, entity, tile, row, groups, readers) for row in ordered if row["g1"] == name])
        for name in names
    ]
    return Chart(tile.type, series)


def _ordered(
    entity: EntityDef, groups: list[Mapping[str, Any]], rows: list[dict[str, Any]], name: str = "g0"
) -> list[dict[str, Any]]:
    """Choices in the order of the field, days in the order of time, everything else by size."""
    if not groups:
        return rows
    definition = entity.fields.get(groups[0]["field"])
    if definition is not None and "choices" in definition.field.options:
        order = {choice["key"]: number for number, choice in enumerate(choices(definition.field))}
        return sorted(rows, key=lambda row: order.get(row[name], len(order)))
    if "by" in groups[0]:
        return sorted((row for row in rows if row[name] is not None), key=lambda row: row[name])
    return sorted(rows, key=lambda row: -float(row["value"] or 0))


Reader = Callable[[Any], tuple[str, str]]


def _reader(ctx: Context, entity: EntityDef, group: Mapping[str, Any], values: set[Any]) -> Reader:
    """Gives (text, colour) of a group's value."""
    end = path_end(ctx, entity, group["field"])
    if end is None:
        return lambda value: (str(value), "")
    if "by" in group:
        return lambda value: (_period_text(value, group["by"]), "")
    kind, declared = shown_type(end.field)
    if "choices" in declared.options:
        return lambda value: (
            (pill_of(declared, value).text, pill_of(declared, value).colour) if value is not None else (_("empty"), "gray")
        )
    ids = {value for value in values if isinstance(value, int)}
    names: Mapping[int, str] = {}
    if kind.display == "person":
        names = people_names(ctx, ids)
    elif kind.display == "team":
        names = {team.id: team.name for team in list_teams(ctx.connection, ctx.workspace.id)}
    elif kind.display == "relation":
        names = titles(ctx, str(end.field.target), ids)
    elif kind.display == "boolean":
        return lambda value: (_("Yes") if value else _("No"), "")
    return lambda value: (names.get(value, str(value)) if value is not None else _("empty"), "" if value is not None else "gray")


def _period_text(value: Any, unit: str) -> str:
    from babel.dates import format_date, format_skeleton

    if not isinstance(value, date):
        return _("empty")
    if unit == "year":
        return str(value.year)
    if unit == "month":
        return str(format_skeleton("yMMM", value, locale=babel_locale()))
    if unit == "quarter":
        return str(format_skeleton("yQQQ", value, locale=babel_locale()))
    return str(format_date(value, "short", locale=babel_locale()))


def _point(
    ctx: Context, entity: EntityDef, tile: Tile, row: Mapping[str, Any], groups: list[Mapping[str, Any]], readers: list[Reader]
) -> Point:
    tree = tile.filter
    for number, group in enumerate(groups):
        tree = _both(tree, _condition(group, row[f"g{number}"]))
    text, colour = readers[0](row["g0"]) if readers else ("", "")
    cell = _cell(ctx, entity, tile, row["value"])
    return Point(text, float(row["value"] or 0), _plain(cell), _url(entity, tree), colour)


def _condition(group: Mapping[str, Any], value: Any) -> Any:
    if value is None:
        return {"field": group["field"], "op": "is_empty"}
    if "by" in group:
        last = _last_day(value, group["by"])
        return {"field": group["field"], "op": "between", "value": [value.isoformat(), last.isoformat()]}
    return {"field": group["field"], "op": "is", "value": value if not isinstance(value, Decimal) else str(value)}


def _last_day(first: date, unit: str) -> date:
    if unit == "day":
        return first
    if unit == "week":
        return first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1) - timedelta(days=1)


def _plain(cell: Cell) -> str:
    """A figure as text, for hints and for the table behind a chart."""
    from web.render.formats import money, number

    if cell.display == "money":
        return str(money(cell.value, cell.options.get("currency", "CNY"), cell.options.get("decimals", 2)))
    return str(number(cell.value)) + (" %" if cell.display == "percent" else "")
