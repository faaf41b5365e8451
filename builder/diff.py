"""Document x document -> what is different, matched by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from builder.structure import MISSING, by_key, is_keyed, is_open


@dataclass(frozen=True)
class Difference:
    """One difference.

    path: `entities/lead/fields/amount/label/en`. kind: added, removed, changed, or moved (path is a list, before and
    after are the orders of the keys that both have).
    """

    path: str
    kind: str
    before: Any = None
    after: Any = None

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """All differences of two documents, in the order of the new one. Equal documents have none."""
    return list(_properties("", old, new))


def _properties(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for name in dict.fromkeys([*new, *old]):
        yield from _values(f"{path}/{name}" if path else name, name, old.get(name, MISSING), new.get(name, MISSING))


def _values(path: str, name: str, old: Any, new: Any, item: bool = False) -> Iterator[Difference]:
    if old is not MISSING and new is not MISSING and same(old, new):
        return
    if _is_list(name, old, new):
        yield from _items(path, name, old, new)
    elif old is MISSING:
        yield Difference(path, "added", None, new)
    elif new is MISSING:
        yield Difference(path, "removed", old, None)
    elif is_open(name, old, new, item=item):
        yield from _properties(path, old, new)
    else:
        yield Difference(path, "changed", old, new)


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values, in which 1, 1.0 and true are three things."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def _is_list(name: str, old: Any, new: Any) -> bool:
    present = [value for value in (old, new) if value is not MISSING]
    return any(value for value in present) and all(is_keyed(name, value) for value in present)


def _items(path: str, name: str, old: Any, new: Any) -> Iterator[Difference]:
    before = {} if old is MISSING else by_key(name, old)
    after = {} if new is MISSING else by_key(name, new)
    for key, item in before.items():
        if key not in after:
            yield Difference(f"{path}/{key}", "removed", item, None)
    for key, item in after.items():
        if key in before:
            yield from _values(f"{path}/{key}", name, before[key], item, item=True)
        else:
            yield Difference(f"{path}/{key}", "added", None, item)
    if new is MISSING:
        yield Difference(path, "removed", [], None)
    kept_before, kept_after = [key for key in before if key in after], [key for key in after if key in before]
    if kept_before != kept_after:
        yield Difference(path, "moved", kept_before, kept_after)
