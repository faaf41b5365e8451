"""What the frame around every page shows: the menu of the apps, the settings, the person."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, get_flashed_messages, request

from builder.keys import qualified
from builder.label import Label
from builder.model import App, MenuItem
from runtime.access import rights
from runtime.context import Context
from runtime.platform.personal import Notification
from web import links, request_context
from web.i18n import current_language, gettext, mark


@dataclass(frozen=True)
class Entry:
    """One line of a menu. `url` is None for a heading with `children`."""

    key: str
    label: str
    icon: str
    url: str | None = None
    children: tuple[Entry, ...] = ()
    active: bool = False
    entity: str | None = None


@dataclass(frozen=True)
class AppMenu:
    """An app in the sidebar."""

    key: str
    label: str
    icon: str
    colour: str
    entries: tuple[Entry, ...] = field(default=())


# The settings pages: (address, label, icon, only for administrators). Others add a line.
SETTINGS_PAGES: list[tuple[str, str, str, bool]] = [
    ("/settings/workspace", mark("Workspace"), "building", True),
    ("/settings/members", mark("Members"), "users", True),
    ("/settings/teams", mark("Teams"), "hierarchy-3", True),
    ("/settings/roles", mark("Roles"), "shield-lock", True),
]


def app_menus() -> list[AppMenu]:
    """The apps with the entries that this person may open; apps without any are left out."""
    ctx = request_context.current_or_none()
    if ctx is None:
        return []
    if "app_menus" not in g:
        menus = (_app_menu(ctx, app) for app in ctx.catalog.apps.values())
        g.app_menus = [menu for menu in menus if menu.entries]
    found: list[AppMenu] = g.app_menus
    return found


def _app_menu(ctx: Context, app: App) -> AppMenu:
    entries = tuple(_entries(ctx, app, app.menu))
    return AppMenu(app.key, _text(app.label) or app.key, app.icon or "apps", app.color or "blue", entries)


def _entries(ctx: Context, app: App, items: Iterable[MenuItem]) -> Iterable[Entry]:
    for item in items:
        entry = menu_entry(ctx, app, item)
        if entry is not None:
            yield replace(entry, active=_is_open(entry.url))


def menu_entry(ctx: Context, app: App, item: MenuItem) -> Entry | None:
    """What an entry of the menu of `app` leads to; None when that is not there, or not open to the reader."""
    if item.items:
        children = tuple(_entries(ctx, app, item.items))
        return Entry(item.key, _text(item.label), item.icon or "folder", None, children) if children else None
    if item.dashboard:
        return _dashboard_entry(ctx, app, item)
    return _entity_entry(ctx, app, item)


def _dashboard_entry(ctx: Context, app: App, item: MenuItem) -> Entry | None:
    board = next((each for each in app.dashboards if each.key == item.dashboard), None)
    if board is None or not may_use(ctx, app.key, board.roles):
        return None
    text = _text(item.label) or _text(board.label) or board.key
    return Entry(item.key, text, item.icon or "chart-bar", links.dashboard_url(f"{app.key}.{board.key}"))


def _entity_entry(ctx: Context, app: App, item: MenuItem) -> Entry | None:
    name, view = qualified(app.key, item.entity) if item.entity else None, None
    if item.view:
        view = next((each for each in app.views if each.key == item.view), None)
        if view is None or not may_use(ctx, app.key, view.roles):
            return None
        name = qualified(app.key, view.entity)
    entity = ctx.catalog.find(name) if name else None
    if entity is None or not may_read(ctx, entity.name):
        return None
    text = _text(item.label) or (_text(view.label) if view else _text(entity.entity.plural) or _text(entity.entity.label))
    shown = item.icon or entity.entity.icon or "table"
    address = links.entity_url(entity.name, view.key if view else None)
    return Entry(item.key, text or entity.name, shown, address, entity=entity.name)


def may_read(ctx: Context, entity_name: str) -> bool:
    """Whether any record of the entity may be open to the actor."""
    entity = ctx.catalog.find(entity_name)
    return entity is not None and rights(ctx, entity).may_read


def may_use(ctx: Context, app: str, roles: Iterable[str]) -> bool:
    """Whether a thing that is limited to `roles` (of `app`) is for the actor. No roles: for everybody."""
    wanted = {role if "." in role else f"{app}.{role}" for role in roles}
    return not wanted or ctx.actor.is_admin or bool(wanted & set(ctx.actor.roles))


def creatable() -> list[Entry]:
    """What the person may create, for the phone's ⊕ and the palette: the entities in the menus."""
    ctx = request_context.current_or_none()
    if ctx is None:
        return []
    seen: dict[str, Entry] = {}
    for name in dict.fromkeys(_entities_of(entry for menu in app_menus() for entry in menu.entries)):
        entity = ctx.catalog.find(name)
        if entity is not None and rights(ctx, entity).may_create:
            text = _text(entity.entity.label) or name
            seen[name] = Entry(name, text, entity.entity.icon or "table", links.new_record_url(name), entity=name)
    return list(seen.values())


def _entities_of(entries: Iterable[Entry]) -> Iterable[str]:
    for entry in entries:
        if entry.entity:
            yield entry.entity
        yield from _entities_of(entry.children)


def settings_entries() -> list[Entry]:
    """The settings pages that this person may open."""
    ctx = request_context.current_or_none()
    admin = ctx is not None and ctx.actor.is_admin
    shown = [page for page in SETTINGS_PAGES if admin or not page[3]]
    return [Entry(url, gettext(text), icon, url, active=_is_open(url)) for url, text, icon, _ in shown]


def unread_count() -> int:
    """How many notifications the person has not seen."""
    ctx = request_context.current_or_none()
    if ctx is None:
        return 0
    if "unread" not in g:
        mine = (Notification.workspace_id == ctx.workspace.id, Notification.user_id == ctx.actor.user_id)
        statement = sa.select(sa.func.count()).select_from(Notification).where(*mine, Notification.read_at.is_(None))
        g.unread = request_context.connection().scalar(statement) or 0
    return int(g.unread)


def preferences() -> dict[str, Any]:
    """Theme, density and the like of the signed-in person."""
    someone = request_context.person()
    return someone.preferences if someone else {}


def page_toasts() -> list[dict[str, Any]]:
    """The toasts that a whole page shows once it is there."""
    kept = [json.loads(str(text)) for text in get_flashed_messages(category_filter=["toast"])]
    return kept + list(g.pop("toasts", []))


def notices() -> list[tuple[str, str]]:
    """(kind, text) of messages that belong on the page itself, such as those of signing in."""
    found: list[Any] = get_flashed_messages(
        with_categories=True, category_filter=["success", "info", "warning", "error", "message"]
    )
    return [("info" if kind == "message" else kind, text) for kind, text in found]


def _is_open(url: str | None) -> bool:
    if url is None:
        return False
    path, _, query = url.partition("?")
    if path != request.path and not request.path.startswith(path + "/"):
        return False
    here = request.query_string.decode()
    return query in here if query else "view=" not in here or path != request.path


def _text(value: Label | str | None) -> str:
    return Label.of(value).in_language(current_language()) if value else ""


def init_app(app: Flask) -> None:
    """Give the templates what the frame needs."""
    app.jinja_env.globals.update(
        app_menus=app_menus,
        creatable=creatable,
        settings_entries=settings_entries,
        unread_count=unread_count,
        preferences=preferences,
        page_toasts=page_toasts,
        notices=notices,
        links=links,
        person=request_context.person,
        workspaces=request_context.workspaces,
        context=request_context.current_or_none,
    )
