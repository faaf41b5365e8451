"""Who uses a field or an entity: the places of the documents that speak of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from builder.keys import qualified

_SECTIONS = ("forms", "views", "pipelines", "automations", "roles", "dashboards")
_IN_BRACES = re.compile(r"\{\{?\s*([a-z][a-z0-9_.]*)")


def users_of_field(documents: Mapping[str, Mapping[str, Any]], entity: str, key: str) -> list[str]:
    """Paths (`crm/views/all_leads`) of the items that name the field, the entity's own formulas and rules among them."""
    found = []
    for app, document in documents.items():
        for section in _SECTIONS:
            items = document.get(section) or ()
            used = [item for item in items if _is_about(app, item, entity) and key in set(_words(item))]
            found += [f"{app}/{section}/{item['key']}" for item in used]
        for each in document.get("entities") or ():
            if qualified(app, each["key"]) == entity:
                found += [f"{app}/entities/{each['key']}/{place}" for place in _inside(each, key)]
    return found


def users_of_entity(documents: Mapping[str, Mapping[str, Any]], entity: str) -> list[str]:
    """Paths of the items that name the entity."""
    found = []
    for app, document in documents.items():
        for section in (*_SECTIONS, "menu"):
            used = [item for item in document.get(section) or () if _is_about(app, item, entity)]
            found += [f"{app}/{section}/{item['key']}" for item in used]
    return found


def _inside(entity: Mapping[str, Any], key: str) -> Iterator[str]:
    for field in entity.get("fields") or ():
        if field["key"] != key and key in set(_words(field.get("options", {}))):
            yield f"fields/{field['key']}"
    for section in ("indexes", "rules"):
        for item in entity.get(section) or ():
            if key in set(_words(item)):
                yield f"{section}/{item['key']}"


def _is_about(app: str, item: Mapping[str, Any], entity: str) -> bool:
    own_app = entity.partition(".")[0]
    return any(name in (entity, entity.partition(".")[2] if app == own_app else entity) for name in _entities(item))


def _entities(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("entity"), str):
            yield value["entity"]
        for each in value.values():
            yield from _entities(each)
    elif isinstance(value, list):
        for each in value:
            yield from _entities(each)


def _words(value: Any) -> Iterable[str]:
    """Every field name in there: whole texts, steps of paths, names in braces, names of properties."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield name
            yield from _words(each)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
    elif isinstance(value, str):
        yield from value.lstrip("-").split(".")
        for name in _IN_BRACES.findall(value):
            yield from name.split(".")
