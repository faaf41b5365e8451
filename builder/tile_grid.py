"""The twelve columns of a dashboard: where tiles lie when they are moved, so that none covers another.

Tiles fall upwards as far as they can, in the order of their rows; designer and dashboard show the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

COLUMNS = 12
MAX_ROWS = 30
LAST_ROW = 500


@dataclass(frozen=True)
class Spot:
    """A rectangle of the grid; `order` decides who comes first when tiles are laid out."""

    key: str
    x: int
    y: int
    w: int
    h: int
    order: float | None = None

    @property
    def sort(self) -> tuple[float, int]:
        return (self.y if self.order is None else self.order, self.x)


def spot_of(tile: Mapping[str, Any]) -> Spot:
    """The place of a tile of a document, inside the grid."""
    w = min(max(int(tile.get("w", 4)), 1), COLUMNS)
    h = min(max(int(tile.get("h", 3)), 1), MAX_ROWS)
    return Spot(str(tile.get("key")), min(max(int(tile.get("x", 0)), 0), COLUMNS - w), max(int(tile.get("y", 0)), 0), w, h)


def arranged(spots: Iterable[Spot]) -> list[Spot]:
    """The same tiles in reading order, none above another, without empty rows."""
    floor = [0] * COLUMNS
    found = []
    for each in sorted(spots, key=lambda spot: spot.sort):
        columns = range(each.x, each.x + each.w)
        y = max(floor[column] for column in columns)
        for column in columns:
            floor[column] = y + each.h
        found.append(replace(each, y=y, order=None))
    return sorted(found, key=lambda spot: (spot.y, spot.x))


def free_spot(spots: Iterable[Spot], w: int, h: int) -> tuple[int, int]:
    """The first free place of this size, in reading order."""
    taken = {
        (column, row) for each in spots for column in range(each.x, each.x + each.w) for row in range(each.y, each.y + each.h)
    }
    for y in range(LAST_ROW):
        for x in range(COLUMNS - w + 1):
            if not any((column, row) in taken for column in range(x, x + w) for row in range(y, y + h)):
                return x, y
    return 0, LAST_ROW


def with_spot(spots: Iterable[Spot], new: Spot) -> list[Spot]:
    """All tiles when one is put somewhere: it stays there, those in its way go below it."""
    others = [each for each in spots if each.key != new.key]
    hit = [each for each in others if _overlap(each, new)]
    pushed = [replace(each, order=max(each.y, new.y) + 0.5) if each in hit else each for each in others]
    return arranged([*pushed, replace(new, order=new.y - 0.25)])


def nudged(spots: Iterable[Spot], key: str, way: str, *, resize: bool = False) -> list[Spot]:
    """One step left, right, up or down, past the neighbour that lies there; or one column or row more or less."""
    known = list(spots)
    here = next(each for each in known if each.key == key)
    others = [each for each in known if each.key != key]
    if resize:
        w = here.w + {"left": -1, "right": 1}.get(way, 0)
        h = here.h + {"up": -1, "down": 1}.get(way, 0)
        new = replace(here, w=min(max(w, 1), COLUMNS - here.x), h=min(max(h, 1), MAX_ROWS))
        return with_spot(known, new)
    if way in ("up", "down"):
        return arranged([*others, _upright(here, others, way)])
    return _sideways(here, others, 1 if way == "right" else -1)


def _upright(here: Spot, others: list[Spot], way: str) -> Spot:
    columns = [each for each in others if each.x < here.x + here.w and here.x < each.x + each.w]
    if way == "up":
        above = max((each.y for each in columns if each.y < here.y), default=None)
        return replace(here, order=here.y if above is None else above - 0.5)
    below = min((each.y for each in columns if each.y > here.y), default=None)
    return replace(here, order=here.y if below is None else below + 0.5)


def _sideways(here: Spot, others: list[Spot], step: int) -> list[Spot]:
    moved = replace(here, x=min(max(here.x + step, 0), COLUMNS - here.w))
    edge = here.x + here.w if step > 0 else here.x
    beside = [each for each in others if (each.x if step > 0 else each.x + each.w) == edge and _rows_meet(each, here)]
    if not beside:
        return with_spot([here, *others], moved)
    other = min(beside, key=lambda spot: (abs(spot.y - here.y), spot.y))
    left, right = (here, other) if step > 0 else (other, here)
    first, second = replace(right, x=left.x), replace(left, x=left.x + right.w)
    rest = [each for each in others if each.key != other.key]
    return arranged(
        [*rest, replace(first, order=min(here.y, other.y) - 0.25), replace(second, order=min(here.y, other.y) - 0.25)]
    )


def _rows_meet(one: Spot, other: Spot) -> bool:
    return one.y < other.y + other.h and other.y < one.y + one.h


def _overlap(one: Spot, other: Spot) -> bool:
    return _rows_meet(one, other) and one.x < other.x + other.w and other.x < one.x + one.w
