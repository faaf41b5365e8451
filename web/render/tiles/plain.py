"""Tiles without figures: a text, shortcuts, what is new for the reader."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from builder.keys import qualified
from builder.label import Label
from builder.model import MenuItem, Tile
from runtime.access import rights
from runtime.context import Context
from runtime.platform.personal import Notification
from web import links
from web.i18n import current_language
from web.i18n import gettext as _
from web.render.shell import Entry, menu_entry

_NEWS = 6


def text(tile: Tile) -> str:
    """The text in the reader's language."""
    return Label.of(tile.options.get("text") or {}).in_language(current_language())


def shortcuts(ctx: Context, app: str, tile: Tile) -> list[Entry]:
    """What the reader may open or create."""
    found = [_shortcut(ctx, app, each) for each in tile.options.get("links") or ()]
    return [each for each in found if each is not None]


def _shortcut(ctx: Context, app: str, link: dict[str, Any]) -> Entry | None:
    label = Label.of(link.get("label") or {})
    if link.get("create") and link.get("entity"):
        made = ctx.catalog.find(qualified(app, str(link["entity"])))
        if made is None or not rights(ctx, made).may_create:
            return None
        name = made.entity.label.in_language(current_language()) or made.key
        shown = label.in_language(current_language()) or _("New: %(name)s", name=name)
        return Entry(link["key"], shown, link.get("icon") or "plus", links.new_record_url(made.name))
    found = ctx.catalog.apps.get(app)
    entity, view, board = (str(link.get(kind, "")) for kind in ("entity", "view", "dashboard"))
    item = MenuItem(link["key"], label, str(link.get("icon") or ""), entity, view, board)
    return menu_entry(ctx, found, item) if found else None


def inbox(ctx: Context, limit: int = 0) -> list[Any]:
    """The newest notifications that the reader has not seen."""
    mine = (Notification.workspace_id == ctx.workspace.id, Notification.user_id == ctx.actor.user_id)
    statement = sa.select(Notification.__table__).where(*mine, Notification.read_at.is_(None))
    return list(ctx.connection.execute(statement.order_by(Notification.id.desc()).limit(limit or _NEWS)).all())
