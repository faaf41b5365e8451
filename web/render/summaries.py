"""The figures under a list's columns: what the view asks for, over all records and not only those of the page."""

from __future__ import annotations

from typing import Any

from builder.expressions.types import MOMENTS, NUMBERS
from runtime.context import Context
from runtime.errors import BadRequest
from runtime.queries.aggregate import AggregateQuery, aggregate
from runtime.tables import EntityDef
from web.i18n import mark
from web.render.open_view import OpenView
from web.render.values import Cell, PathEnd, shown_type

FIGURES = {
    "sum": mark("Sum"),
    "avg": mark("Average"),
    "min": mark("Smallest"),
    "max": mark("Largest"),
    "filled": mark("Filled in"),
}


def figures_for(end: PathEnd) -> list[str]:
    """The figures that make sense for a column: sums of numbers, first and last of dates, how many are filled in."""
    kind, declared = shown_type(end.field)
    found = kind.expression_type(declared)
    if found in NUMBERS:
        return list(FIGURES)
    if found in MOMENTS:
        return ["min", "max", "filled"]
    return ["filled"] if end.field.column is not None and kind.sortable else []


def wanted_figures(view: OpenView, ends: list[PathEnd]) -> list[tuple[PathEnd, str]]:
    """The columns of the view that name a figure which can be computed, each with the aggregate's word for it."""
    wanted = {column.key: column.summary for column in view.tab.view.columns if column.summary}
    return [
        (end, {"filled": "count"}.get(wanted[end.path], wanted[end.path]))
        for end in ends
        if wanted.get(end.path) in figures_for(end)
    ]


def summaries(ctx: Context, entity: EntityDef, view: OpenView, ends: list[PathEnd]) -> dict[str, tuple[str, Cell]]:
    """(figure, cell) by column for the columns of the view that name a summary."""
    shown = wanted_figures(view, ends)
    if not shown or view.trash:
        return {}
    measures = tuple({"op": figure, "field": end.path, "as": f"m{number}"} for number, (end, figure) in enumerate(shown))
    try:
        rows = aggregate(ctx, entity.name, AggregateQuery(filter=view.filter, measures=measures, q=view.q))
    except BadRequest:
        return {}
    if not rows:
        return {}
    return {end.path: (figure, figure_cell(end, figure, rows[0].get(f"m{number}"))) for number, (end, figure) in enumerate(shown)}


def figure_cell(end: PathEnd, figure: str, value: Any) -> Cell:
    """A figure as it is shown: a count is a plain number, the others are values of the column."""
    if figure == "count":
        return Cell("number", value)
    kind, declared = shown_type(end.field)
    return Cell(kind.display, value, None, declared.options)
