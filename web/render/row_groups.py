"""Rows in groups: how many each holds, its figures, and its first rows, by the one way of asking for records.

The groups are counted by one aggregate; the rows of an open group are an ordinary list with one more condition, so that its
pages, rights and order are those of every list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from builder.expressions.types import MOMENTS
from builder.fields.choice import choices
from runtime.context import Context
from runtime.queries.aggregate import AggregateQuery, aggregate
from runtime.queries.listing import ListQuery, Page, list_records
from runtime.tables import EntityDef
from web.render.open_view import OpenView
from web.render.summaries import figure_cell, wanted_figures
from web.render.tiles.groups import last_day, period_heading
from web.render.values import Cell, PathEnd, Values

GROUPS_PER_PAGE = 25
OPEN_GROUPS = 10
GROUP_ROWS = 20
MOST_GROUPS = 1000


@dataclass(frozen=True)
class RowGroup:
    """One group. of: its value as the address names it. sums: (figure, cell) by column. page: its first rows; None: not asked yet."""

    of: str
    cell: Cell
    count: int
    sums: Mapping[str, tuple[str, Cell]]
    page: Page | None


@dataclass(frozen=True)
class GroupPage:
    """The groups of one page. more: there are further ones."""

    groups: tuple[RowGroup, ...]
    number: int
    total: int
    records: int

    @property
    def more(self) -> bool:
        return self.number * GROUPS_PER_PAGE < self.total


def group_page(
    ctx: Context, entity: EntityDef, view: OpenView, ends: list[PathEnd], key: str, paths: tuple[str, ...], number: int
) -> GroupPage:
    """The groups of a view by one of its fields, in the order of the field's choices, or of the values; dates by their periods.
    Raises BadRequest."""
    wanted = wanted_figures(view, ends)
    measures = [{"op": "count", "as": "n"}]
    measures += [{"op": figure, "field": end.path, "as": f"m{place}"} for place, (end, figure) in enumerate(wanted)]
    unit = period_of(entity, view, key)
    by = {"field": key, "as": "g"} | ({"by": unit} if unit else {})
    asked = AggregateQuery(view.filter, (by,), tuple(measures), limit=MOST_GROUPS, q=view.q)
    rows = aggregate(ctx, entity.name, asked)
    values = Values(ctx, entity, [{key: row["g"]} for row in rows], (key,))
    rows = _in_order(entity, view, key, rows, values)
    shown = rows[(number - 1) * GROUPS_PER_PAGE : number * GROUPS_PER_PAGE]
    groups = []
    for place, row in enumerate(shown):
        is_open = place < OPEN_GROUPS and not view.options.get("collapsed")
        sums = {end.path: (figure, figure_cell(end, figure, row[f"m{each}"])) for each, (end, figure) in enumerate(wanted)}
        page = group_rows(ctx, entity, view, key, row["g"], paths) if is_open else None
        cell = Cell("text", period_heading(row["g"], unit)) if unit and row["g"] else values.cell({key: row["g"]}, key)
        groups.append(RowGroup(_as_text(row["g"]), cell, int(row["n"]), sums, page))
    return GroupPage(tuple(groups), number, len(rows), sum(int(row["n"]) for row in rows))


def group_rows(
    ctx: Context, entity: EntityDef, view: OpenView, key: str, value: Any, paths: tuple[str, ...], after: str | None = None
) -> Page:
    """Some rows of one group. Raises BadRequest."""
    unit = period_of(entity, view, key)
    leaf = _leaf(entity, key, value, unit)
    tree = {"all": [view.filter, leaf]} if view.filter else leaf
    sort = view.sort if unit else tuple(each for each in view.sort if each.lstrip("-") != key)
    return list_records(ctx, entity.name, ListQuery(tree, sort, paths, GROUP_ROWS, after, q=view.q))


def period_of(entity: EntityDef, view: OpenView, key: str) -> str:
    """In what periods the dates of the field are grouped; empty for other fields."""
    definition = entity.fields[key]
    is_moment = definition.type.expression_type(definition.field) in MOMENTS
    return str(view.options.get("period") or "month") if is_moment else ""


def _leaf(entity: EntityDef, key: str, value: Any, unit: str) -> dict[str, Any]:
    """The condition of a group; a choice that is no more cannot be named, so its records are those with none of the choices."""
    if value is None:
        return {"field": key, "op": "is_empty"}
    first = _day(value) if unit else None
    if first is not None:
        return {"field": key, "op": "between", "value": [first.isoformat(), last_day(first, unit).isoformat()]}
    known = [str(each["key"]) for each in choices(entity.fields[key].field)]
    if known and value not in known:
        return {"all": [{"field": key, "op": "is_not_empty"}, {"field": key, "op": "not_in", "value": known}]}
    return {"field": key, "op": "is", "value": _plain(value)}


def _day(value: Any) -> date | None:
    """The first day of a period, from the database or an address."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def group_value(text: str) -> Any:
    """The value that `of` in an address names; what is no JSON is a text that fits no record."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _as_text(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def _in_order(entity: EntityDef, view: OpenView, key: str, rows: list[dict[str, Any]], values: Values) -> list[dict[str, Any]]:
    """By choice, by name where the value is the number of something, else by value; backwards when the view sorts so."""
    declared = entity.fields[key].field
    places = {str(each["key"]): number for number, each in enumerate(choices(declared))}
    filled = [row for row in rows if row["g"] is not None]
    if places:
        filled.sort(key=lambda row: places.get(str(row["g"]), len(places)))
    elif values.cell({key: filled[0]["g"]}, key).display in ("relation", "person", "team") if filled else False:
        filled.sort(key=lambda row: _name(values.cell({key: row["g"]}, key)).casefold())
    if f"-{key}" in view.sort:
        filled.reverse()
    return filled + [row for row in rows if row["g"] is None]


def _name(cell: Cell) -> str:
    return str(cell.extra[0].title) if cell.display == "relation" and cell.extra else str(cell.extra or "")
