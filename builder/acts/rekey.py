"""A new thing gets its real key, and what names it follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.acts import filter_tables
from builder.acts.base import Document, Done, find, item_at
from builder.acts.forms import with_other_key
from builder.acts.names import with_new_name

Operations = list[Mapping[str, Any]]


def rekeyed(document: Document, path: str, new: str, before: Operations) -> Done:
    """The operations `before`, then the item at `path` under the key `new`."""
    parent, _, old = path.rpartition("/")
    parts = parent.split("/")
    if parts[0] == "entities" and len(parts) == 1:
        return Done(before)  # tables are named when they are made
    renamed = {path: f"{parent}/{new}"}
    operations = [*before, {"op": "set", "path": f"{path}/key", "value": new}]
    if len(parts) == 3 and parts[0] == "entities" and parts[2] == "fields":
        more, paths = _field_users(document, parts[1], old, new)
        operations += more
        renamed |= paths
    if len(parts) == 3 and parts[0] == "extends":
        app, entity = str(document.get("key", "")), str(item_at(document, f"extends/{parts[1]}").get("entity"))
        operations += _field_users(document, entity, f"{app}_{old}", f"{app}_{new}")[0]
    return Done(operations, "", renamed)


def _field_users(document: Document, entity: str, old: str, new: str) -> tuple[Operations, dict[str, str]]:
    operations: Operations = with_new_name(document, entity, old, new)
    renamed: dict[str, str] = {}
    if find(document, f"entities/{entity}/title_field") == old:
        operations.append({"op": "set", "path": f"entities/{entity}/title_field", "value": new})
    for form in document.get("forms") or ():
        for section in form.get("sections") or () if form.get("entity") == entity else ():
            for item in section.get("items") or ():
                if item.get("field") == old:
                    place = f"forms/{form['key']}/sections/{section['key']}/items/{item['key']}"
                    operations.append({"op": "set", "path": f"{place}/field", "value": new})
                    if item["key"] == old:
                        operations.append({"op": "set", "path": f"{place}/key", "value": new})
                        renamed[place] = f"{place.rpartition('/')[0]}/{new}"
    operations += with_other_key(document, entity, old, new)
    for view in document.get("views") or ():
        if view.get("entity") == entity and any(each.get("key") == old for each in view.get("columns") or ()):
            operations.append({"op": "set", "path": f"views/{view['key']}/columns/{old}/key", "value": new})
        if view.get("entity") == entity:
            operations += _option_users(view, old, new)
    operations += filter_tables.with_other_key(document, entity, old, new)
    return [*operations, *_tile_users(document, entity, old, new)], renamed


def _tile_users(document: Document, entity: str, old: str, new: str) -> Operations:
    operations: Operations = []
    for board in document.get("dashboards") or ():
        for tile in board.get("tiles") or () if isinstance(board.get("tiles"), list) else ():
            if tile.get("entity") != entity:
                continue
            place = f"dashboards/{board['key']}/tiles/{tile['key']}"
            for name in ("measure", "group", "compare", "columns", "sort", "options"):
                value = _with_name(tile.get(name), old, new)
                if value != tile.get(name):
                    operations.append({"op": "set", "path": f"{place}/{name}", "value": value})
    return operations


def _with_name(value: Any, old: str, new: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _with_name(each, old, new) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_name(each, old, new) for each in value]
    return value.replace(old, new) if value in (old, f"-{old}") else value


def _option_users(view: Mapping[str, Any], old: str, new: str) -> Operations:
    """Options of a view that name the field: what it is grouped by, what stands on its cards."""
    found: Operations = []
    for name, value in (view.get("options") or {}).items():
        place = f"views/{view['key']}/options/{name}"
        if value == old:
            found.append({"op": "set", "path": place, "value": new})
        elif isinstance(value, list) and old in value:
            found.append({"op": "set", "path": place, "value": [new if each == old else each for each in value]})
    return found
