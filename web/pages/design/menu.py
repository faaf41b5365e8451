"""The menu designer: what stands in the sidebar, in which order, in which groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from builder.acts.base import find
from runtime import drafts
from runtime.drafts import Desk
from web.i18n import gettext as _
from web.pages.guard import admin
from web.render import render
from web.render.design import design_of, text_of, texts_of
from web.render.icons import choosable_icons

blueprint = Blueprint("design_menu", __name__, url_prefix="/design/<app>/menu")
_KINDS = {"entity": ("entities", "table"), "view": ("views", "list"), "dashboard": ("dashboards", "chart-bar")}


@blueprint.get("")
def page(app: str) -> Response:
    """The tree; `?pick=menu/leads` opens what can be set of an entry."""
    desk = drafts.open_desk(admin(), app)
    pick = request.args.get("pick", "")
    found = find(desk.document, pick) if pick.startswith("menu/") else None
    entry = _entry(desk, found, pick.rpartition("/")[0]) if isinstance(found, dict) else None
    return render(
        "pages/design/menu.html",
        part="work",
        design=design_of(desk, pick),
        entries=[_entry(desk, each, "menu") for each in desk.document.get("menu") or ()],
        entry=entry,
        texts=texts_of(found.get("label")) if isinstance(found, dict) else {},
        palette=_palette(desk),
        icons=choosable_icons(),
    )


def _entry(desk: Desk, item: Mapping[str, Any], place: str) -> dict[str, Any]:
    path = f"{place}/{item['key']}"
    kind = next((each for each in _KINDS if item.get(each)), "group")
    target = _target(desk, kind, str(item.get(kind, "")))
    name = target.get("plural") or target.get("label") if kind == "entity" else target.get("label")
    fallback = text_of(name, str(item.get(kind) or item["key"]))
    standard = str(target.get("icon") or (_KINDS[kind][1] if kind in _KINDS else "folder"))
    return {
        "path": path,
        "key": item["key"],
        "label": text_of(item.get("label")) or fallback,
        "target": fallback,
        "kind": kind,
        "icon": str(item.get("icon") or standard),
        "own_icon": str(item.get("icon") or ""),
        "problems": sum(each.path == path or each.path.startswith(f"{path}/") for each in desk.problems),
        "entries": [_entry(desk, each, f"{path}/items") for each in item.get("items") or ()],
    }


def _target(desk: Desk, kind: str, key: str) -> Mapping[str, Any]:
    """What an entry leads to, as far as it is in this app."""
    found = find(desk.document, f"{_KINDS[kind][0]}/{key}") if kind in _KINDS else {}
    return found if isinstance(found, dict) else {}


def _palette(desk: Desk) -> list[tuple[str, list[dict[str, Any]]]]:
    """What an entry can lead to, by kind."""
    titles = {"entity": _("Tables"), "view": _("Views"), "dashboard": _("Dashboards")}
    found = []
    for kind, (section, icon) in _KINDS.items():
        items = desk.document.get(section) or ()
        cards = [
            {
                "label": text_of(each.get("plural") or each.get("label"), each["key"]),
                "icon": str(each.get("icon") or icon),
                "act": {"op": "new_item", "list": "menu", "base": each["key"], "value": _value(kind, each)},
            }
            for each in items
        ]
        if cards:
            found.append((titles[kind], cards))
    return found


def _value(kind: str, target: Mapping[str, Any]) -> dict[str, Any]:
    """A new entry; a view and a dashboard bring their own name."""
    label = {"label": target["label"]} if kind != "entity" and target.get("label") else {}
    return {kind: target["key"], **label}
