"""Conditions and formulas of a table follow a field that gets another key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from builder.acts.base import Document, find
from builder.structure import MISSING

Operations = list[Mapping[str, Any]]
_RULES = ("show_when", "require_when", "read_only_when", "fill")


def with_new_name(document: Document, entity: str, old: str, new: str) -> Operations:
    """Rules of forms, defaults, formulas, rules of the table and filters of its views."""
    operations: Operations = []
    for path, value in _places(document, entity):
        other = renamed(value, old, new)
        if other != value:
            operations.append({"op": "set", "path": path, "value": other})
    return operations


def _places(document: Document, entity: str) -> Iterator[tuple[str, Any]]:
    declared = find(document, f"entities/{entity}")
    own: Mapping[str, Any] = declared if isinstance(declared, Mapping) else {}
    for field in own.get("fields") or ():
        here = f"entities/{entity}/fields/{field['key']}"
        if isinstance(field.get("default"), Mapping):
            yield f"{here}/default", field["default"]
        expression = (field.get("options") or {}).get("expression", MISSING)
        if expression is not MISSING:
            yield f"{here}/options", field["options"]
    for rule in own.get("rules") or ():
        yield f"entities/{entity}/rules/{rule['key']}/condition", rule.get("condition")
    for view in document.get("views") or ():
        if view.get("entity") == entity and view.get("filter"):
            yield f"views/{view['key']}/filter", view["filter"]
    for form in document.get("forms") or ():
        if form.get("entity") == entity:
            yield from _form_places(form)


def _form_places(form: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    place = f"forms/{form['key']}"
    for page in form.get("pages") or ():
        yield f"{place}/pages/{page['key']}/show_when", page.get("show_when")
    for section in form.get("sections") or ():
        here = f"{place}/sections/{section['key']}"
        yield f"{here}/show_when", section.get("show_when")
        for item in section.get("items") or ():
            for name in _RULES:
                yield f"{here}/items/{item['key']}/{name}", item.get(name)


def renamed(value: Any, old: str, new: str) -> Any:
    """A condition, a formula or a list of rules, with the new key wherever the old one is named."""
    if isinstance(value, list):
        return [renamed(each, old, new) for each in value]
    if not isinstance(value, Mapping):
        return value
    found: dict[str, Any] = {}
    for name, each in value.items():
        if name == "field" and isinstance(each, str):
            found[name] = _path(each, old, new)
        elif name in ("expr", "expression") and isinstance(each, str):
            found[name] = re.sub(rf"([{{｛]\s*){re.escape(old)}(?=\s*[.}}｝])", rf"\g<1>{new}", each)
        elif name == "has" and isinstance(each, Mapping):  # what stands inside is about the other table
            found[name] = {**each, "relation": _path(str(each.get("relation", "")), old, new)}
        else:
            found[name] = renamed(each, old, new)
    return found


def _path(path: str, old: str, new: str) -> str:
    first, dot, rest = path.partition(".")
    return f"{new}{dot}{rest}" if first == old else path
