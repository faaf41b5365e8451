"""Keys are unique among their siblings, through the whole document."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from builder.check.place import Place
from builder.errors import Problem


def check(place: Place) -> Iterator[Problem]:
    """Two siblings of one key, at the second one's path."""
    yield from _inside(place.app, "")


def _inside(item: Any, path: str) -> Iterator[Problem]:
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            yield from _siblings(value, f"{path}/{field.name}" if path else field.name)


def _siblings(items: tuple[Any, ...], path: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for item in items:
        key = str(getattr(item, "key", None) or getattr(item, "app", None) or getattr(item, "entity", ""))
        if key in seen:
            yield duplicate(f"{path}/{key}", key)
        seen.add(key)
        yield from _inside(item, f"{path}/{key}")


def duplicate(path: str, key: str) -> Problem:
    """The problem of a key that is taken."""
    return Problem(path, "duplicate_key", "The key “{key}” is used twice here.", {"key": key})
