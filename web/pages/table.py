"""A table view: rows in pages, or in groups with their figures."""

from __future__ import annotations

from typing import Any

from flask import request

from runtime.context import Context
from runtime.errors import BadRequest
from runtime.queries.listing import ListQuery, Page, list_records
from runtime.records.read import titles
from runtime.tables import EntityDef
from web.i18n import translate
from web.render.open_view import OpenView, shown_columns
from web.render.row_colours import colour_field, known_option, row_colours
from web.render.row_groups import MOST_GROUPS, group_page
from web.render.summaries import summaries
from web.render.values import PathEnd, Values, path_end

PAGE_ROWS = 50


def rows(ctx: Context, entity: EntityDef, view: OpenView) -> dict[str, Any]:
    """The rows of a table, or the reason why there can be none."""
    ends = shown_columns(ctx, entity, view.columns) or [end for end in [path_end(ctx, entity, "id")] if end]
    group, colour = known_option(ctx, entity, view, "group"), colour_field(ctx, entity, view)
    paths = paths_of(ends, group, colour)
    shared = {
        "ends": ends,
        "first_column": first_column(ends, entity),
        "group": group,
        "widths": {column.key: column.width for column in view.tab.view.columns if column.width},
    }
    try:
        if group:
            return {**shared, **_grouped(ctx, entity, view, ends, group, colour, paths)}
        query = ListQuery(view.filter, view.sort, paths, PAGE_ROWS, view.after, "estimate", view.q, view.trash)
        found, problem = list_records(ctx, entity.name, query), ""
    except BadRequest as error:
        found, problem = Page([]), " ".join(translate(each) for each in error.problems)
    return {
        **shared,
        **drawn(ctx, entity, view, found, paths, colour),
        "found": found,
        "problem": problem,
        "sums": summaries(ctx, entity, view, ends) if not problem else {},
    }


def paths_of(ends: list[PathEnd], *further: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(["id", *(end.path for end in ends), *(each for each in further if each)]))


def drawn(ctx: Context, entity: EntityDef, view: OpenView, found: Page, paths: tuple[str, ...], colour: str) -> dict[str, Any]:
    """What rows need beside their records: cells, titles, colours."""
    return {
        "values": Values(ctx, entity, found.records, paths),
        "titles": titles(ctx, entity.name, [record["id"] for record in found.records]) if not view.trash else {},
        "shades": row_colours(ctx, entity, view, found.records, colour),
    }


def _grouped(
    ctx: Context, entity: EntityDef, view: OpenView, ends: list[PathEnd], key: str, colour: str, paths: tuple[str, ...]
) -> dict[str, Any]:
    """The groups of a page, with the rows of those that are open."""
    number = max(1, request.args.get("groups", 1, type=int))
    grouped = group_page(ctx, entity, view, ends, key, paths, min(number, MOST_GROUPS))
    together = Page([record for each in grouped.groups if each.page for record in each.page.records])
    return {
        **drawn(ctx, entity, view, together, paths, colour),
        "found": Page([], None, grouped.records),
        "groups": grouped,
        "problem": "",
        "sums": summaries(ctx, entity, view, ends),
    }


def first_column(ends: list[PathEnd], entity: EntityDef) -> str:
    """The column that opens a record: its title if shown, else the first one."""
    paths = [end.path for end in ends]
    return entity.title_field if entity.title_field in paths else paths[0]
