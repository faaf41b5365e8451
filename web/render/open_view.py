"""What a list shows: one of the entity's views with what the address says on top of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from builder.codec import encode
from builder.keys import qualified
from builder.model import Column, Json, View
from runtime import access
from runtime.context import Context
from runtime.saved_views import Saved, list_saved
from runtime.tables import MANY_TO_ONE, EntityDef
from web import links
from web.i18n import current_language
from web.i18n import gettext as _
from web.render.shell import may_use
from web.render.values import PathEnd, path_end

_USUAL_COLUMNS = 7
_UNSET = object()


@dataclass(frozen=True)
class Tab:
    """One view in the row of tabs. opens: it is the one that opens first for the reader's roles."""

    key: str
    label: str
    url: str
    icon: str
    view: View
    saved: Saved | None = None
    opens: bool = False


@dataclass(frozen=True)
class OpenView:
    """The view that is open: the tab it comes from, and what the person changed for now."""

    tab: Tab
    type: str
    columns: tuple[str, ...]
    filter: Json
    sort: tuple[str, ...]
    options: Mapping[str, Any]
    q: str
    after: str | None
    trash: bool
    is_changed: bool

    def definition(self) -> dict[str, Any]:
        """As it is kept under a name: columns keep their widths and figures."""
        known = {each.key: each for each in self.tab.view.columns}
        return {
            "type": self.type,
            "columns": [encode(known.get(path, Column(path))) for path in self.columns],
            "filter": self.filter,
            "sort": list(self.sort),
            "options": dict(self.options),
            "colors": [encode(each) for each in self.tab.view.colors],
        }


def tabs_of(ctx: Context, entity: EntityDef) -> list[Tab]:
    """The views that are open to the actor: those of the apps, then saved ones. Never empty."""
    tabs = []
    for app, view in ctx.catalog.views_of(entity.name):
        if not may_use(ctx, app, view.roles):
            continue
        text = view.label.in_language(current_language()) or view.key
        opens = any(qualified(app, role) in ctx.actor.roles for role in view.opens_for)
        tabs.append(Tab(view.key, text, links.entity_url(entity.name, view.key), _icon(view.type), view, opens=opens))
    if not tabs:
        everything = View("all", entity.name)
        tabs.append(Tab("all", _("All"), links.entity_url(entity.name), "table", everything))
    for saved in list_saved(ctx, entity.name):
        address = links.entity_url(entity.name, saved.view.key)
        tabs.append(Tab(saved.view.key, saved.name, address, _icon(saved.view.type), saved.view, saved))
    return tabs


def open_view(ctx: Context, entity: EntityDef, tabs: list[Tab], args: MultiDict[str, str]) -> OpenView:
    """The view that the address names, with its parameters `filter sort columns q after trash` on top."""
    wanted = args.get("view")
    first = next((each for each in tabs if each.opens), tabs[0])
    tab = next((each for each in tabs if each.key == wanted), first)
    view = tab.view
    tree = _filter(args)
    sort = tuple(part for part in args["sort"].split(",") if part) if "sort" in args else view.sort
    named = tuple(part for part in args["columns"].split(",") if part) if args.get("columns") else ()
    columns = named or tuple(column.key for column in view.columns)
    return OpenView(
        tab=tab,
        type=view.type,
        columns=columns or usual_columns(ctx, entity),
        filter=view.filter if tree is _UNSET else tree,
        sort=sort,
        options=view.options,
        q=args.get("q", "").strip()[:200],
        after=args.get("after") or None,
        trash="trash" in args,
        is_changed=tree is not _UNSET or "sort" in args or bool(named),
    )


def without_view_filter(found: OpenView) -> OpenView:
    """The same view unfiltered, for when its filter no longer fits the fields."""
    return replace(found, filter=None)


def _filter(args: MultiDict[str, str]) -> Any:
    """The tree in the address; _UNSET without one. What is no JSON is passed on as it is and refused by the query."""
    text = args.get("filter")
    if text is None:
        return _UNSET
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return tree or None


def usual_columns(ctx: Context, entity: EntityDef) -> tuple[str, ...]:
    """The columns of an entity without a view of its own: its title and the first fields that are short."""
    readable = access.rights(ctx, entity).readable_fields
    short = [
        key
        for key, each in entity.fields.items()
        if key in readable and each.kind in ("value", MANY_TO_ONE, "stored", "computed") and each.type.display != "lines"
    ]
    first = [entity.title_field] if entity.title_field in readable else []
    keys = [*first, *(key for key in short if key != entity.title_field)]
    return tuple(keys[:_USUAL_COLUMNS]) or ("id",)


def shown_columns(ctx: Context, entity: EntityDef, columns: tuple[str, ...]) -> list[PathEnd]:
    """The columns that the actor may see."""
    readable = access.rights(ctx, entity).readable_fields
    return [end for path in columns if path.split(".")[0] in readable and (end := path_end(ctx, entity, path))]


def _icon(view_type: str) -> str:
    from builder.views import VIEW_TYPES

    found = VIEW_TYPES.find(view_type)
    return found.icon if found else "table"
