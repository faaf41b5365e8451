"""A kanban view: one column for each choice, cards that are dragged between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from builder.fields.choice import choices
from runtime import access
from runtime.context import Context
from runtime.errors import BadRequest
from runtime.queries.aggregate import AggregateQuery, aggregate
from runtime.queries.listing import ListQuery, Page, list_records
from runtime.tables import EntityDef
from web.i18n import translate
from web.render.open_view import OpenView, shown_columns
from web.render.row_colours import known_option, row_colours
from web.render.values import Cell, Pill, Values, pill_of, shown_type

CARDS = 30
NO_CHOICE = ""
"""The column of the records whose field is empty."""


@dataclass(frozen=True)
class Lane:
    """One column of the board. `total`: the sum that the view asks for."""

    key: str
    pill: Pill
    count: int
    total: Cell | None
    page: Page
    values: Values


def board(ctx: Context, entity: EntityDef, view: OpenView) -> dict[str, Any]:
    """What the template of a board needs; `problem` when the view's filter cannot be asked."""
    group = str(view.options.get("group", ""))
    field = entity.fields.get(group)
    rights = access.rights(ctx, entity)
    empty: dict[str, Any] = {
        "lanes": [],
        "ends": [],
        "problem": "",
        "group": group,
        "may_move": False,
        "heading": "",
        "shades": {},
    }
    if field is None or group not in rights.readable_fields or "choices" not in field.field.options:
        return empty
    heading = _heading(ctx, entity, view)
    ends = shown_columns(ctx, entity, tuple(view.options.get("card") or view.columns))
    ends = [end for end in ends if end.path not in (heading, group)]
    colour = known_option(ctx, entity, view, "color_by")
    paths = [each for each in (heading, colour, *(end.path for end in ends)) if each]
    try:
        lanes = list(_lanes(ctx, entity, view, group, paths))
    except BadRequest as error:
        return {**empty, "problem": " ".join(translate(each) for each in error.problems)}
    records = [record for lane in lanes for record in lane.page.records]
    return {
        **empty,
        "lanes": lanes,
        "ends": ends,
        "heading": heading,
        "shades": row_colours(ctx, entity, view, records, colour),
        "may_move": rights.may_update and group in rights.writable_fields,
    }


def _heading(ctx: Context, entity: EntityDef, view: OpenView) -> str:
    """The field whose value is the title of a card."""
    wanted = str(view.options.get("title") or "")
    return wanted if wanted and shown_columns(ctx, entity, (wanted,)) else entity.title_field


def _lanes(ctx: Context, entity: EntityDef, view: OpenView, group: str, paths: list[str]) -> Iterator[Lane]:
    """One for each choice that the view does not hide; last the records without one, if there are any."""
    figures, hidden = _figures(ctx, entity, view, group), set(view.options.get("hidden") or ())
    known = [str(each["key"]) for each in choices(entity.fields[group].field)]
    for key in known:
        if key not in hidden:
            yield _lane(ctx, entity, view, group, key, figures, paths)
    if NO_CHOICE in figures:
        yield _lane(ctx, entity, view, group, NO_CHOICE, figures, paths)


def _both(one: Any, other: Any) -> Any:
    return {"all": [one, other]} if one else other


def _figures(ctx: Context, entity: EntityDef, view: OpenView, group: str) -> dict[str, dict[str, Any]]:
    measures: list[dict[str, Any]] = [{"op": "count", "as": "n"}]
    wanted = view.options.get("sum")
    if wanted and wanted in access.rights(ctx, entity).readable_fields:
        measures.append({"op": "sum", "field": wanted, "as": "total"})
    query = AggregateQuery(filter=view.filter, group=({"field": group, "as": "lane"},), measures=tuple(measures), q=view.q)
    rows = aggregate(ctx, entity.name, query)
    return {NO_CHOICE if row["lane"] is None else str(row["lane"]): row for row in rows}


def _lane(
    ctx: Context, entity: EntityDef, view: OpenView, group: str, key: str, figures: dict[str, dict[str, Any]], paths: list[str]
) -> Lane:
    fields = tuple(dict.fromkeys(["id", "version", entity.title_field, *paths]))
    leaf = {"field": group, "op": "is", "value": key} if key else {"field": group, "op": "is_empty"}
    tree = _both(view.filter, leaf)
    query = ListQuery(filter=tree, sort=view.sort or ("-changed_at",), fields=fields, limit=CARDS, q=view.q)
    row = figures.get(key, {})
    page = list_records(ctx, entity.name, query) if row.get("n") else Page([])
    total = None
    if "total" in row:
        kind, declared = shown_type(entity.fields[str(view.options["sum"])])
        total = Cell(kind.display, row["total"], None, declared.options)
    pill = pill_of(entity.fields[group].field, key)
    return Lane(key, pill, int(row.get("n", 0)), total, page, Values(ctx, entity, page.records, fields))
