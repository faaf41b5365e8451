"""The figures under a list's columns: what the view asks for, over all records and not only those of the page."""

from __future__ import annotations

from typing import Any

from runtime.context import Context
from runtime.errors import BadRequest
from runtime.queries.aggregate import AggregateQuery, aggregate
from runtime.tables import EntityDef
from web.render.open_view import OpenView
from web.render.values import Cell, PathEnd, shown_type

_FIGURES = ("sum", "avg", "min", "max")


def summaries(ctx: Context, entity: EntityDef, view: OpenView, ends: list[PathEnd]) -> dict[str, tuple[str, Cell]]:
    """(figure, cell) by column for the columns of the view that name a summary."""
    wanted = {column.key: column.summary for column in view.tab.view.columns if column.summary in _FIGURES}
    shown = [end for end in ends if end.path in wanted]
    if not shown or view.trash:
        return {}
    measures = tuple({"op": wanted[end.path], "field": end.path, "as": f"m{number}"} for number, end in enumerate(shown))
    try:
        rows = aggregate(ctx, entity.name, AggregateQuery(filter=view.filter, measures=measures, q=view.q))
    except BadRequest:
        return {}
    return (
        {end.path: (wanted[end.path], _cell(end, rows[0].get(f"m{number}"))) for number, end in enumerate(shown)} if rows else {}
    )


def _cell(end: PathEnd, value: Any) -> Cell:
    kind, declared = shown_type(end.field)
    return Cell(kind.display, value, None, declared.options)
