"""Base, mine, theirs -> one document. Upgrades of templates and people who edit at once use the same merge.

What only one side changed is taken from that side. What both changed is a conflict: mine stays, unless the policy or
`resolve` says otherwise. Lists of items are merged by key, their order too.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.diff import same
from builder.structure import MISSING, by_key, is_keyed, is_open

MINE, THEIRS = "mine", "theirs"
MERGE, OWNED, LOCAL, KEPT = "merge", "owned", "local", "kept"
_COUPLED = ("type", "options", "default", "expression")
"""Properties that mean nothing without the `type` beside them."""


@dataclass(frozen=True)
class MergeConflict:
    """Both sides changed this place in different ways. `chosen` is the side that the merged document has.

    A value that is not there is None here, and its side is named in `absent`.
    """

    path: str
    base: Any
    mine: Any
    theirs: Any
    chosen: str = MINE
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Merged:
    document: dict[str, Any]
    conflicts: tuple[MergeConflict, ...] = ()


@dataclass(frozen=True)
class Policy:
    """Who decides about a place.

    classify: path -> MERGE (the default); OWNED (in a conflict theirs wins); LOCAL (in a conflict mine stays, and nobody
    is asked); KEPT (what mine has stays, even unchanged: a new value is for new installations).
    keeps: path of an item that theirs removed and mine did not change -> whether it stays all the same.
    """

    classify: Callable[[str], str] = lambda _: MERGE
    keeps: Callable[[str], bool] = lambda _: False


PLAIN = Policy()


def merge(
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    policy: Policy = PLAIN,
    resolve: Mapping[str, str] | None = None,
) -> Merged:
    """The merged document. `resolve` maps the path of a conflict to `mine` or `theirs`."""
    worker = _Merge(policy, resolve or {})
    document = worker.value("", "", dict(base), dict(mine), dict(theirs), item=True)
    return Merged(copy.deepcopy(document), tuple(worker.conflicts))


@dataclass
class _Merge:
    policy: Policy
    resolve: Mapping[str, str]
    conflicts: list[MergeConflict] = field(default_factory=list)

    def value(self, path: str, name: str, base: Any, mine: Any, theirs: Any, item: bool = False) -> Any:
        if _same(mine, theirs) or _same(theirs, base):
            return mine
        kind = self.policy.classify(path)
        if kind == KEPT and mine is not MISSING and base is not MISSING:
            return mine
        if _all_lists(name, base, mine, theirs):
            return self.items(path, name, base, mine, theirs)
        present = [side for side in (base, mine, theirs) if side is not MISSING]
        if mine is not MISSING and theirs is not MISSING and is_open(name, *present, item=item):
            return self.properties(path, base, mine, theirs)
        if _same(mine, base):
            if item and theirs is MISSING and self.policy.keeps(path):
                return mine
            return theirs
        return self.conflict(path, kind, base, mine, theirs)

    def conflict(self, path: str, kind: str, base: Any, mine: Any, theirs: Any) -> Any:
        if kind == LOCAL and path not in self.resolve:
            return mine
        chosen = self.resolve.get(path, THEIRS if kind == OWNED else MINE)
        sides = {"base": base, MINE: mine, THEIRS: theirs}
        absent = tuple(name for name, side in sides.items() if side is MISSING)
        shown = {name: None if side is MISSING else side for name, side in sides.items()}
        self.conflicts.append(MergeConflict(path, shown["base"], shown[MINE], shown[THEIRS], chosen, absent))
        return theirs if chosen == THEIRS else mine

    def properties(self, path: str, base: Any, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
        old: Mapping[str, Any] = {} if base is MISSING else base
        result: dict[str, Any] = {}
        sides = self._coupled(path, old, mine, theirs)
        for name in dict.fromkeys([*mine, *theirs]):
            if name in sides:
                found = sides[name].get(name, MISSING)
            else:
                place = f"{path}/{name}" if path else name
                found = self.value(place, name, old.get(name, MISSING), mine.get(name, MISSING), theirs.get(name, MISSING))
            if found is not MISSING:
                result[name] = found
        return result

    def _coupled(self, path: str, base: Any, mine: Any, theirs: Any) -> dict[str, Mapping[str, Any]]:
        """When the types differ, everything that belongs to the type comes from one side."""
        if "type" not in mine or "type" not in theirs or mine["type"] == theirs["type"]:
            return {}
        chosen = self.value(f"{path}/type", "type", base.get("type", MISSING), mine["type"], theirs["type"])
        side = mine if chosen == mine["type"] else theirs
        return dict.fromkeys(_COUPLED, side)

    def items(self, path: str, name: str, base: Any, mine: Any, theirs: Any) -> Any:
        if (mine is MISSING or theirs is MISSING) and not base:
            return theirs if mine is MISSING else mine
        old, ours, other = (({} if side is MISSING else by_key(name, side)) for side in (base, mine, theirs))
        merged = {}
        for key in dict.fromkeys([*ours, *other]):
            one, two, three = (each.get(key, MISSING) for each in (old, ours, other))
            found = self.value(f"{path}/{key}", name, one, two, three, item=True)
            if found is not MISSING:
                merged[key] = found
        if not merged and MISSING in (mine, theirs):
            return MISSING
        return [merged[key] for key in merge_order(list(old), list(ours), list(other)) if key in merged]


def merge_order(base: list[str], mine: list[str], theirs: list[str]) -> list[str]:
    """All keys of mine and theirs in one order: the side that rearranged decides, mine if both did.

    What the other side added stands behind the item that it stands behind there.
    """
    moved_here = [key for key in mine if key in base] != [key for key in base if key in mine]
    first, second = (mine, theirs) if moved_here or not _rearranged(base, theirs) else (theirs, mine)
    result = list(first)
    for place, key in enumerate(second):
        if key in result:
            continue
        before = next((other for other in reversed(second[:place]) if other in result), None)
        result.insert(0 if before is None else result.index(before) + 1, key)
    return result


def _rearranged(base: list[str], side: list[str]) -> bool:
    return [key for key in side if key in base] != [key for key in base if key in side]


def _same(one: Any, other: Any) -> bool:
    return one is other or (one is not MISSING and other is not MISSING and same(one, other))


def _all_lists(name: str, *sides: Any) -> bool:
    present = [side for side in sides if side is not MISSING]
    return len(present) >= 2 and all(is_keyed(name, side) for side in present) and any(present)
