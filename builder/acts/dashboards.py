"""Acts on dashboards: making, copying and taking them away with all that leads to them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from builder.acts.base import Act, Document, Done, first_text, free_key, item_at, keys_in, slug, texts

Operations = list[Mapping[str, Any]]
_COPY = {"en": "{} copy", "zh-Hans": "{} 副本", "zh-Hant": "{} 副本"}


def new_dashboard(document: Document, act: Act, published: Document) -> Done:
    """{"label", "menu"?}: an empty dashboard; with `menu` an entry of the menu leads to it."""
    label = texts(act.get("label"))
    taken = {*keys_in(document, "dashboards"), *keys_in(published, "dashboards")}
    base = slug(first_text(label))
    key = free_key(base, taken) if base else free_key("dashboard", taken, numbered=True)
    operations: Operations = [{"op": "add", "path": "dashboards", "value": {"key": key, "label": label, "tiles": []}}]
    if act.get("menu"):
        entry = free_key(key, keys_in(document, "menu"))
        operations.append({"op": "add", "path": "menu", "value": {"key": entry, "dashboard": key, "label": label}})
    return Done(operations, f"dashboards/{key}")


def copy_dashboard(document: Document, act: Act, published: Document) -> Done:
    """{"path"}: the dashboard once more, behind the first, with a name of its own."""
    path = str(act["path"])
    old = path.rpartition("/")[2]
    key = free_key(f"{old[:34]}_copy", {*keys_in(document, "dashboards"), *keys_in(published, "dashboards")})
    value = {**copy.deepcopy(item_at(document, path)), "key": key}
    value["label"] = {language: _COPY.get(language, "{}").format(text) for language, text in texts(value.get("label")).items()}
    return Done([{"op": "add", "path": "dashboards", "value": value, "after": old}], f"dashboards/{key}")


def remove_dashboard(document: Document, act: Act, published: Document) -> Done:
    """{"path"}: takes a dashboard away, with the entries of the menu, the roles' choices and the shortcuts that lead to it."""
    path = str(act["path"])
    item_at(document, path)
    key = path.rpartition("/")[2]
    operations = [*_menu(document, key), *_homes(document, key), *_shortcuts(document, key)]
    return Done([*operations, {"op": "remove", "path": path}])


def _menu(document: Document, key: str) -> Operations:
    menu = list(document.get("menu") or [])
    rest = _without(menu, key)
    return [{"op": "set", "path": "menu", "value": rest}] if rest != menu else []


def _without(items: list[Any], key: str) -> list[Any]:
    found = []
    for item in items:
        if item.get("items"):
            rest = _without(item["items"], key)
            if rest:
                found.append({**item, "items": rest})
        elif item.get("dashboard") != key:
            found.append(item)
    return found


def _homes(document: Document, key: str) -> Operations:
    places = [("home", document.get("home"))]
    places += [(f"roles/{role['key']}/dashboards", role.get("dashboards")) for role in document.get("roles") or ()]
    return [
        {"op": "set", "path": path, "value": [each for each in boards or () if each != key]}
        for path, boards in places
        if key in (boards or ())
    ]


def _shortcuts(document: Document, key: str) -> Operations:
    return [
        {"op": "remove", "path": f"dashboards/{board['key']}/tiles/{tile['key']}/options/links/{link['key']}"}
        for board in document.get("dashboards") or ()
        for tile in (board.get("tiles") or () if board["key"] != key else ())
        for link in (tile.get("options") or {}).get("links") or ()
        if link.get("dashboard") == key
    ]
