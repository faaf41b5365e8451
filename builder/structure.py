"""How a document is taken apart: what has an identity, what is merged inside, and what is one value.

Lists of items are matched by the item's key (grants and tables by entity, needs by app). Objects are looked into when they are
items, texts by language, or options; everything else (conditions, sort orders, lists of words) is one value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __deepcopy__(self, memo: Any) -> _Missing:
        return self


MISSING: Final = _Missing()
"""A property that is not there."""

_IDENTITY = {"grants": "entity", "needs": "app", "ask": "field", "tables": "entity"}
_MAPS = frozenset(
    {
        "label",
        "plural",
        "description",
        "help",
        "message",
        "title",
        "body",
        "confirm",
        "options",
        "values",
        "set",
        "text",
        "heading",
        "rows",
    }
)
_TYPED = frozenset({"trigger"})


def identity(list_name: str) -> str:
    """The property that names an item of this list."""
    return _IDENTITY.get(list_name, "key")


def is_keyed(list_name: str, value: Any) -> bool:
    """Whether this is a list of items, each with an identity of its own. The empty list is."""
    if not isinstance(value, list):
        return False
    name = identity(list_name)
    keys = [item.get(name) if isinstance(item, Mapping) else None for item in value]
    return all(isinstance(key, str) and key and "/" not in key for key in keys) and len(set(keys)) == len(keys)


def by_key(list_name: str, items: list[Any]) -> dict[str, Any]:
    """Items of a keyed list by their identity, in order."""
    name = identity(list_name)
    return {item[name]: item for item in items}


def is_open(name: str, *values: Any, item: bool = False) -> bool:
    """Whether these objects at one place are looked into property by property.

    item: they are items of a keyed list (then their identities are equal already).
    """
    if not all(isinstance(value, Mapping) for value in values):
        return False
    if any("/" in key for value in values for key in value):
        return False
    if name in _TYPED:
        return len({value.get("type") for value in values}) == 1
    return item or name in _MAPS
