"""How each view type is drawn: one line here for each type of `builder/views.py`.

A screen is a template and the function that makes what it needs; it gets the context, the entity and the open view.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runtime.context import Context
from runtime.tables import EntityDef
from web.i18n import mark
from web.pages.board import board
from web.pages.table import rows
from web.render.open_view import OpenView


@dataclass(frozen=True)
class ViewScreen:
    """title: what the type is called. has_columns: whether columns and sort order can be chosen above the list."""

    title: str
    template: str
    data: Callable[[Context, EntityDef, OpenView], dict[str, Any]]
    has_columns: bool = False


VIEW_SCREENS = {
    "table": ViewScreen(mark("Rows and columns"), "pages/records.html", rows, has_columns=True),
    "kanban": ViewScreen(mark("Board"), "pages/board.html", board),
}


def screen_of(view: OpenView) -> ViewScreen:
    """The screen of a view; the recycle bin is always a table."""
    return VIEW_SCREENS["table"] if view.trash else VIEW_SCREENS.get(view.type, VIEW_SCREENS["table"])
