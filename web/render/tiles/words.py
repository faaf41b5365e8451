"""What a tile is called that has no name of its own: what it measures, and by what."""

from __future__ import annotations

from collections.abc import Mapping

from builder.keys import qualified
from builder.model import Tile
from runtime.context import Context
from web.i18n import current_language, gettext, mark
from web.i18n import gettext as _
from web.render.values import entity_label, path_end

# Names of tile types, and one line of what each is for.
TILE_NAMES: Mapping[str, tuple[str, str]] = {
    "number": (mark("Number"), mark("One figure, with trend and target")),
    "bar": (mark("Bars"), mark("Compare groups, also stacked")),
    "line": (mark("Line chart"), mark("How something goes over time")),
    "pie": (mark("Pie"), mark("Shares of a whole")),
    "funnel": (mark("Funnel"), mark("Stages one after the other")),
    "ageing": (mark("Ageing"), mark("How long a date is over")),
    "list": (mark("List"), mark("The first records, with columns")),
    "my_day": (mark("My day"), mark("What is due for the reader")),
    "text": (mark("Text tile"), mark("A heading or a notice")),
    "shortcuts": (mark("Shortcuts"), mark("Buttons to lists, forms and dashboards")),
    "inbox": (mark("New for you"), mark("Unread notices of the reader")),
}
MEASURES: Mapping[str, str] = {
    "count": mark("Number of records"),
    "sum": mark("Sum"),
    "avg": mark("Average"),
    "min": mark("Smallest"),
    "max": mark("Largest"),
}


def type_name(name: str) -> str:
    """A tile type in the reader's language."""
    return gettext(TILE_NAMES[name][0]) if name in TILE_NAMES else name


def tile_label(ctx: Context, app: str, tile: Tile) -> str:
    """The tile's name in the reader's language; without one, what it shows."""
    own = tile.label.in_language(current_language())
    entity = ctx.catalog.find(qualified(app, tile.entity)) if tile.entity else None
    if own or entity is None:
        return own or type_name(tile.type)
    parts = [entity_label(entity, plural=True)]
    measure = tile.measure or {"op": "count"}
    if measure["op"] != "count":
        end = path_end(ctx, entity, measure.get("field", ""))
        name = gettext(MEASURES.get(measure["op"], measure["op"]))
        parts.append(_("%(measure)s of %(field)s", measure=name, field=end.label) if end else name)
    if tile.type == "my_day":
        return f"{type_name(tile.type)} · {parts[0]}"
    path = tile.group[0] if tile.group else tile.options.get("field")
    group = path_end(ctx, entity, path["field"] if isinstance(path, Mapping) else path) if path else None
    words = " · ".join(parts)
    return _("%(what)s by %(group)s", what=words, group=group.label) if group else words
