"""A number, compared with the period before or with a target."""

from __future__ import annotations

from typing import Any

from builder.board_filters import read_period
from builder.model import Tile
from runtime.context import Context
from runtime.tables import EntityDef
from web.render.tiles.period_words import time_before
from web.render.tiles.shown import Figure, both, cell_of, figure_of, records_url


def figure(ctx: Context, entity: EntityDef, tile: Tile) -> Figure:
    """The figure; with a comparison that of the current period, or the one chosen for the dashboard, and of the one before."""
    target = float(tile.target) if tile.target is not None else None
    if not tile.compare:
        value = figure_of(ctx, entity, tile, tile.filter)
        return Figure(cell_of(ctx, entity, tile, value), records_url(entity, tile.filter), target=target)
    this, previous = _periods(ctx, tile.compare)
    here = both(tile.filter, this)
    now = figure_of(ctx, entity, tile, here)
    if previous is None:
        return Figure(cell_of(ctx, entity, tile, now), records_url(entity, here), target=target)
    before = figure_of(ctx, entity, tile, both(tile.filter, previous))
    change = (float(now or 0) - float(before)) / abs(float(before)) * 100 if before else None
    return Figure(cell_of(ctx, entity, tile, now), records_url(entity, here), change, cell_of(ctx, entity, tile, before), target)


def _periods(ctx: Context, compare: dict[str, Any]) -> tuple[Any, Any]:
    """The conditions for the period and for the one before; None when there is none before."""
    field = compare["field"]
    chosen = read_period(str(compare.get("chosen", "")))
    if chosen is None:
        this, previous = ({"field": field, "op": "within", "value": {which: compare["period"]}} for which in ("this", "previous"))
        return this, previous
    span = time_before(compare["chosen"], ctx.now.astimezone(ctx.workspace.zone).date())
    days = [each.isoformat() for each in span] if span else []
    return chosen.leaf(field), {"field": field, "op": "between", "value": days} if days else None
