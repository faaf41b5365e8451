"""The tiles of a dashboard: figures, charts and lists, each with the address of the records behind it.

A tile type is a member of `builder/tiles.py`, a function that draws it, and its line in one of the tables here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from builder.keys import qualified
from builder.model import Tile
from builder.tile_grid import Spot, arranged
from runtime.context import Context
from runtime.errors import BadRequest, NotFound
from runtime.tables import EntityDef
from web.i18n import gettext as _
from web.i18n import translate
from web.render.tiles.ageing import ageing
from web.render.tiles.chart import chart
from web.render.tiles.figure import figure
from web.render.tiles.filters import OpenFilter, address_of, narrowed, open_filters
from web.render.tiles.plain import inbox, shortcuts, text
from web.render.tiles.rows import my_day, rows
from web.render.tiles.shown import ShownTile
from web.render.tiles.words import tile_label

# Type -> (content of ShownTile, what makes it of the records of an entity).
OF_RECORDS: Mapping[str, tuple[str, Callable[[Context, EntityDef, Tile], Any]]] = {
    "number": ("figure", figure),
    "bar": ("chart", chart),
    "line": ("chart", chart),
    "pie": ("chart", chart),
    "funnel": ("chart", chart),
    "ageing": ("chart", ageing),
    "list": ("rows", rows),
    "my_day": ("rows", my_day),
}
# The same for tiles that are not about an entity.
OF_THEMSELVES: Mapping[str, tuple[str, Callable[[Context, str, Tile], Any]]] = {
    "text": ("text", lambda _ctx, _app, tile: text(tile)),
    "shortcuts": ("shortcuts", shortcuts),
    "inbox": ("inbox", lambda ctx, _app, tile: inbox(ctx, tile.limit)),
}


def shown_tile(ctx: Context, app: str, tile: Tile, filters: Iterable[OpenFilter] = ()) -> ShownTile | None:
    """The tile with its data, of the records that fit the dashboard's filters; None when the reader may not open its entity."""
    tile, unfiltered = narrowed(app, tile, filters)
    shown = ShownTile(tile, tile_label(ctx, app, tile), unfiltered=unfiltered)
    if tile.type in OF_THEMSELVES:
        name, draw_plain = OF_THEMSELVES[tile.type]
        return replace(shown, **{name: draw_plain(ctx, app, tile)})
    entity = ctx.catalog.find(qualified(app, tile.entity)) if tile.entity else None
    if entity is None or tile.type not in OF_RECORDS:
        return replace(shown, problem=_("The data of this tile is not there any more."))
    name, draw = OF_RECORDS[tile.type]
    try:
        return replace(shown, **{name: draw(ctx, entity, tile)})
    except NotFound:
        return None
    except BadRequest as error:
        if not ctx.actor.is_admin:  # a field that is hidden from the reader is told like one that is not there
            return replace(shown, problem=_("Not all that this tile needs is open to you."))
        return replace(shown, problem=" ".join(translate(each) for each in error.problems))


def laid_out(tiles: tuple[Tile, ...]) -> list[Tile]:
    """The tiles in reading order, where they lie on the grid; none covers another."""
    known = {each.key: each for each in tiles}
    spots = arranged(Spot(each.key, min(each.x, 12 - each.w), each.y, each.w, each.h) for each in tiles)
    return [replace(known[spot.key], x=spot.x, y=spot.y, w=spot.w, h=spot.h) for spot in spots]


__all__ = [
    "OF_RECORDS",
    "OF_THEMSELVES",
    "OpenFilter",
    "ShownTile",
    "address_of",
    "laid_out",
    "open_filters",
    "shown_tile",
    "tile_label",
]
