"""Lists: some records of an entity, or what waits for the reader today."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from builder.model import Tile
from runtime.context import Context
from runtime.queries.listing import ListQuery, list_records
from runtime.tables import EntityDef
from web.render.tiles.shown import Rows, both, records_url
from web.render.values import Values, path_end

_ROWS = 8


def rows(ctx: Context, entity: EntityDef, tile: Tile, *extra: str) -> Rows:
    """The first records; extra: paths that are read too."""
    ends = [end for path in tile.columns or (entity.title_field,) if (end := path_end(ctx, entity, path))]
    paths = tuple(dict.fromkeys(["id", *(end.path for end in ends), *extra]))
    query = ListQuery(filter=tile.filter, sort=tile.sort, fields=paths, limit=tile.limit or _ROWS, count="estimate")
    page = list_records(ctx, entity.name, query)
    return Rows(ends, page, Values(ctx, entity, page.records, paths), records_url(entity, tile.filter), entity.name)


def my_day(ctx: Context, entity: EntityDef, tile: Tile) -> Rows:
    """The reader's records that are due today or over it, the oldest first."""
    due, person = str(tile.options["date"]), tile.options.get("person")
    zone = ctx.workspace.zone
    today = ctx.now.astimezone(zone).date()
    last = today + timedelta(days=int(tile.options.get("days") or 0))
    tree = both(tile.filter, {"field": due, "op": "lte", "value": last.isoformat()})
    if person:
        tree = both(tree, {"field": person, "op": "is", "value": {"var": "me"}})
    columns = tile.columns if due in tile.columns else (*(tile.columns or (entity.title_field,)), due)
    found = rows(ctx, entity, replace(tile, filter=tree, columns=columns, sort=tile.sort or (due,)), due)
    late = {int(each["id"]) for each in found.page.records if _is_before(each.get(due), today, zone)}
    return replace(found, due=due, late=frozenset(late))


def _is_before(value: Any, today: date, zone: Any) -> bool:
    day = value.astimezone(zone).date() if isinstance(value, datetime) else value
    return isinstance(day, date) and day < today
