"""What the command palette offers: places, things to create, settings, records, people.

A further source is a function in SOURCES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from flask import Blueprint, Response, request

from runtime.context import Context
from runtime.queries.listing import ListQuery, list_records
from runtime.records.read import titles
from web import links
from web.i18n import gettext as _
from web.i18n import mark
from web.render import render
from web.render.shell import Entry, app_menus, creatable, settings_entries
from web.request_context import current

blueprint = Blueprint("palette", __name__)
_PER_GROUP = 8
_ENTITIES_SEARCHED = 16
_RECORDS_PER_ENTITY = 3


@dataclass(frozen=True)
class Hit:
    """One line of the palette."""

    text: str
    url: str
    icon: str
    note: str = ""


Source = Callable[[Context, str], Iterable[Hit]]


def _places(_ctx: Context, _text: str) -> Iterable[Hit]:
    yield Hit(_("Home"), "/", "home")
    for menu in app_menus():
        for entry in _flat(menu.entries):
            yield Hit(entry.label, str(entry.url), entry.icon, menu.label)


def _new(_ctx: Context, _text: str) -> Iterable[Hit]:
    for entry in creatable():
        yield Hit(_("New: %(entity)s", entity=entry.label), str(entry.url), "plus")


def _settings(ctx: Context, _text: str) -> Iterable[Hit]:
    if ctx.actor.is_admin:
        yield Hit(_("Automations"), "/automations", "robot")
    for entry in settings_entries():
        yield Hit(entry.label, str(entry.url), entry.icon)
    yield Hit(_("My profile"), "/profile", "user-circle")
    yield Hit(_("Change password"), "/profile/password", "lock")
    yield Hit(_("API keys"), "/profile/keys", "key")
    yield Hit(_("Notifications"), "/notifications", "bell")
    yield Hit(_("Imports"), "/imports", "file-import")


def _records(ctx: Context, text: str) -> Iterable[Hit]:
    """Records of the entities in the menus whose search fields hold the text."""
    names = dict.fromkeys(entry.entity for menu in app_menus() for entry in _flat(menu.entries) if entry.entity)
    for name in list(names)[:_ENTITIES_SEARCHED]:
        entity = ctx.catalog.entity(str(name))
        found = list_records(ctx, entity.name, ListQuery(fields=("id",), q=text, limit=_RECORDS_PER_ENTITY))
        ids = [int(record["id"]) for record in found.records]
        kind = entity.entity.label.in_language(ctx.actor.language) or entity.name
        for record_id, title in titles(ctx, entity.name, ids).items():
            yield Hit(title or f"#{record_id}", links.record_url(entity.name, record_id), entity.entity.icon or "table", kind)


def _flat(entries: Iterable[Entry]) -> Iterable[Entry]:
    for entry in entries:
        if entry.url:
            yield entry
        yield from _flat(entry.children)


# (heading, source, whether the source looks at the text itself)
SOURCES: list[tuple[str, Source, bool]] = [
    (mark("Go to"), _places, False),
    (mark("Create"), _new, False),
    (mark("Settings"), _settings, False),
    (mark("Records"), _records, True),
]


@blueprint.get("/palette")
def palette() -> Response:
    """The lines for what has been typed."""
    ctx = current()
    text = request.args.get("q", "").strip()
    groups = []
    for heading, source, searches in SOURCES:
        if searches and not text:
            continue
        hits = source(ctx, text)
        fitting = hits if searches else (hit for hit in hits if _fits(text, hit))
        groups.append((_(heading), list(islice(fitting, _PER_GROUP))))
    return render("pages/palette.html", groups=[group for group in groups if group[1]], text=text)


def _fits(text: str, hit: Hit) -> bool:
    """All typed words occur in the line."""
    words = text.casefold().split()
    whole = f"{hit.text} {hit.note}".casefold()
    return all(word in whole for word in words)
