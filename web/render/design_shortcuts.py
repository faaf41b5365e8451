"""The shortcuts of a tile in the dashboard designer: those that are there, and what else one could lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.acts.base import find
from runtime.drafts import Desk
from web.i18n import gettext as _
from web.render.design import text_of


def shortcut_inputs(desk: Desk, document: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The shortcuts of a tile, and what else it could lead to."""
    given = (document.get("options") or {}).get("links") or ()
    targets = _targets(desk)
    place = f"{path}/options/links"
    return {
        "path": place,
        "given": [
            {
                "path": f"{place}/{each['key']}",
                "key": each["key"],
                "label": text_of(each.get("label")) or _target_name(desk, each),
                "icon": each.get("icon") or ("plus" if each.get("create") else "link"),
                "texts": each.get("label"),
            }
            for each in given
        ],
        "targets": targets,
    }


def _targets(desk: Desk) -> list[tuple[str, list[tuple[str, str, dict[str, Any]]]]]:
    """Groups of (key, name, value of a new shortcut)."""
    entities = [
        (each["key"], text_of(each.get("plural") or each.get("label"), each["key"]))
        for each in desk.document.get("entities") or ()
    ]
    new = [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("entities") or ()]
    views = [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("views") or ()]
    boards = [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("dashboards") or ()]
    return [
        (_("Create"), [(f"new_{key}"[:40], name, {"entity": key, "create": True}) for key, name in new]),
        (_("Tables"), [(key, name, {"entity": key}) for key, name in entities]),
        (_("Views"), [(key, name, {"view": key}) for key, name in views]),
        (_("Dashboards"), [(key, name, {"dashboard": key}) for key, name in boards]),
    ]


def _target_name(desk: Desk, link: Mapping[str, Any]) -> str:
    for kind, section in (("entity", "entities"), ("view", "views"), ("dashboard", "dashboards")):
        if link.get(kind):
            found = find(desk.document, f"{section}/{link[kind]}")
            named = found if isinstance(found, dict) else {}
            name = text_of(
                named.get("label") if link.get("create") else named.get("plural") or named.get("label"), str(link[kind])
            )
            return _("New: %(name)s", name=name) if link.get("create") else name
    return str(link.get("key"))
