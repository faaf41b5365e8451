"""What the acts on tiles know of entities: which fields there are, and which suit a tile."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from builder.acts.base import Document
from builder.keys import qualified
from builder.tiles import TileType

SYSTEM = {
    "id": "id",
    "version": "version",
    "created_at": "datetime",
    "created_by": "person",
    "changed_at": "datetime",
    "changed_by": "person",
}
_NUMBERS = ("number", "currency", "percent")
_MOMENTS = ("date", "datetime")
_IN_BRACES = re.compile(r"\{\s*([a-z][a-z0-9_.]*)")
Exists = Callable[[str], bool]


def with_others(document: Document, others: Mapping[str, Document]) -> Document:
    """What is known of tables: those of this app, and those of the others by their full names, with the fields that apps add."""
    own = str(document.get("key", ""))
    apps = {**{key: other for key, other in others.items() if key != own}, own: document}
    added: dict[str, list[Mapping[str, Any]]] = {}
    for app, each in apps.items():
        for extension in each.get("extends") or ():
            more = [_seen(app, field, f"{app}_{field['key']}") for field in extension.get("fields") or ()]
            added.setdefault(qualified(app, str(extension.get("entity"))), []).extend(more)
    entities = []
    for app, each in apps.items():
        for entity in each.get("entities") or ():
            name = f"{app}.{entity['key']}"
            fields = [
                *(
                    entity.get("fields") or ()
                    if app == own
                    else (_seen(app, one, one["key"]) for one in entity.get("fields") or ())
                )
            ]
            entities.append({**entity, "key": entity["key"] if app == own else name, "fields": [*fields, *added.get(name, ())]})
    return {"key": own, "entities": entities}


def _seen(app: str, field: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A field of another app, under its key here, leading to the same table."""
    options = field.get("options") or {}
    return {
        **field,
        "key": key,
        "options": {**options, "to": qualified(app, str(options["to"]))} if options.get("to") else options,
    }


def entity_of(document: Document, key: str) -> Mapping[str, Any]:
    """An entity by the name that this app uses for it; empty when there is none."""
    wanted = key.removeprefix(f"{document.get('key')}.")
    return next((each for each in document.get("entities") or () if each.get("key") == wanted), {})


def kind_of(document: Document, entity: str, path: str) -> str:
    """The type of the field at the end of a path, of a formula that of its result; empty when it is not known here."""
    first, _, rest = path.partition(".")
    own = entity_of(document, entity)
    field = next((each for each in own.get("fields") or () if each.get("key") == first), None)
    options = (field or {}).get("options") or {}
    if rest:
        if field is None:
            return "text" if SYSTEM.get(first) == "person" and rest in ("name", "email") else ""
        if field.get("type") in ("person", "team"):
            return "text" if rest in ("name", "email") else ""
        return kind_of(document, str(options.get("to", "")), rest)
    if field is None:
        return SYSTEM.get(first, "")
    return str(options.get("result", "text")) if field.get("type") == "formula" else str(field.get("type"))


def field_at(document: Document, entity: str, path: str) -> Mapping[str, Any]:
    """The declared field at the end of a path; empty when there is none."""
    first, _, rest = path.partition(".")
    declared = entity_of(document, entity).get("fields") or ()
    field: Mapping[str, Any] = next((each for each in declared if each.get("key") == first), {})
    return field_at(document, str((field.get("options") or {}).get("to", "")), rest) if rest else field


def is_many(document: Document, entity: str, path: str) -> bool:
    """Whether a field leads to several records."""
    fields: list[Mapping[str, Any]] = list(entity_of(document, entity).get("fields") or ())
    field: Mapping[str, Any] = next((each for each in fields if each.get("key") == path), {})
    return str((field.get("options") or {}).get("kind", "many_to_one")) != "many_to_one"


def is_number(document: Document, entity: str, path: str) -> bool:
    return kind_of(document, entity, path) in _NUMBERS


def is_moment(document: Document, entity: str, path: str) -> bool:
    return kind_of(document, entity, path) in _MOMENTS


def first_of(document: Document, entity: str, types: tuple[str, ...]) -> str:
    """The first field of one of these types; empty when there is none."""
    fields = entity_of(document, entity).get("fields") or ()
    return next((each["key"] for each in fields if kind_of(document, entity, each["key"]) in types), "")


def starting_group(document: Document, entity: str, kind: TileType) -> list[Any]:
    """By what a new chart groups: a choice, or the months; lines go over time."""
    choice = first_of(document, entity, ("select",))
    moment = first_of(document, entity, _MOMENTS) or "created_at"
    if kind.name == "line" or not choice:
        return [{"field": moment, "by": "month"}]
    return [choice]


def starting_columns(document: Document, entity: str) -> list[str]:
    """The name of the record and a few short fields."""
    own = entity_of(document, entity)
    title = own.get("title_field")
    short = [
        each["key"]
        for each in own.get("fields") or ()
        if each.get("type") not in ("long_text", "multi_select") and not is_many(document, entity, each["key"])
    ]
    return list(dict.fromkeys([*([title] if title else []), *short]))[:4]


def starting_options(document: Document, entity: str, kind: TileType) -> dict[str, Any]:
    """The options that a tile cannot be without, and whose records "my day" shows."""
    found: dict[str, Any] = {}
    if "field" in kind.field_options:
        found["field"] = first_of(document, entity, _MOMENTS) or "created_at"
    if "date" in kind.field_options:
        found["date"] = first_of(document, entity, _MOMENTS) or "created_at"
    if "person" in kind.field_options:
        own = entity_of(document, entity)
        person = own.get("owner_field") or first_of(document, entity, ("person",))
        found |= {"person": person} if person else {}
    return found


def kept_tree(tree: Any, exists: Exists) -> Any:
    """A condition without the parts that name fields which are not there; None when nothing is left."""
    if not isinstance(tree, Mapping):
        return None
    for word in ("all", "any"):
        if isinstance(tree.get(word), list):
            parts = [part for each in tree[word] if (part := kept_tree(each, exists)) is not None]
            return {word: parts} if parts else None
    if "not" in tree:
        inner = kept_tree(tree["not"], exists)
        return {"not": inner} if inner is not None else None
    return tree if all(exists(name) for name in _names(tree)) else None


def _names(leaf: Mapping[str, Any]) -> list[str]:
    found = [str(leaf["field"])] if "field" in leaf else []
    if isinstance(leaf.get("has"), Mapping):
        found.append(str(leaf["has"].get("relation", "")))
    for value in (leaf.get("expr"), leaf["value"].get("expr") if isinstance(leaf.get("value"), Mapping) else None):
        found += _IN_BRACES.findall(value) if isinstance(value, str) else []
    return found
