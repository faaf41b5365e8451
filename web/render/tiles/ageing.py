"""Figures by age: how long a date is over, in steps of days."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from builder.model import Tile
from runtime.context import Context
from runtime.tables import EntityDef
from web.i18n import gettext as _
from web.render.tiles.shown import Chart, Point, Series, both, cell_of, figure_of, plain, records_url

STEPS = (30, 60, 90)


def ageing(ctx: Context, entity: EntityDef, tile: Tile) -> Chart:
    """One bar for what is not over yet, one for each step, one for what is older; and for no date, when there is any."""
    points = []
    for number, (text, leaf) in enumerate(_steps(ctx, tile)):
        tree = both(tile.filter, leaf)
        value = figure_of(ctx, entity, tile, tree)
        if leaf["op"] == "is_empty" and not value:
            continue
        colour = ("green", "yellow", "orange", "red")[min(number, 3)] if leaf["op"] != "is_empty" else "gray"
        cell = cell_of(ctx, entity, tile, value)
        points.append(Point(text, float(value or 0), plain(cell), records_url(entity, tree), colour))
    return Chart("funnel", [Series("", points)], {})


def _steps(ctx: Context, tile: Tile) -> list[tuple[str, dict[str, Any]]]:
    field = tile.options["field"]
    today = ctx.now.astimezone(ctx.workspace.zone).date()
    limits = sorted({int(each) for each in re.findall(r"\d+", str(tile.options.get("steps") or ""))} - {0}) or list(STEPS)
    found: list[tuple[str, dict[str, Any]]] = [(_("Today or later"), {"field": field, "op": "gte", "value": today.isoformat()})]
    before = 0
    for limit in limits:
        span = [(today - timedelta(days=limit)).isoformat(), (today - timedelta(days=before + 1)).isoformat()]
        words = _("%(first)d–%(last)d days", first=before + 1, last=limit)
        found.append((words, {"field": field, "op": "between", "value": span}))
        before = limit
    oldest = (today - timedelta(days=before)).isoformat()
    found.append((_("over %(days)d days", days=before), {"field": field, "op": "lt", "value": oldest}))
    return [*found, (_("No date"), {"field": field, "op": "is_empty"})]
