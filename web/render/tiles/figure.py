"""A number, compared with the period before or with a target."""

from __future__ import annotations

from builder.model import Tile
from runtime.context import Context
from runtime.tables import EntityDef
from web.render.tiles.shown import Figure, both, cell_of, figure_of, records_url


def figure(ctx: Context, entity: EntityDef, tile: Tile) -> Figure:
    """The figure; with a comparison that of the current period and of the one before."""
    target = float(tile.target) if tile.target is not None else None
    if not tile.compare:
        value = figure_of(ctx, entity, tile, tile.filter)
        return Figure(cell_of(ctx, entity, tile, value), records_url(entity, tile.filter), target=target)
    period = tile.compare["period"]
    here = both(tile.filter, {"field": tile.compare["field"], "op": "within", "value": {"this": period}})
    there = both(tile.filter, {"field": tile.compare["field"], "op": "within", "value": {"previous": period}})
    now, before = figure_of(ctx, entity, tile, here), figure_of(ctx, entity, tile, there)
    change = (float(now or 0) - float(before)) / abs(float(before)) * 100 if before else None
    return Figure(cell_of(ctx, entity, tile, now), records_url(entity, here), change, cell_of(ctx, entity, tile, before), target)
