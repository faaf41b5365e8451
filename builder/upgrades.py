"""Documents of older formats -> the newest. One function per format, each says what changed and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

NEWEST = 1

_STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Format -> function that makes a document of the next format. Format 1 is the first."""


class UnknownFormat(ValueError):
    """The document was made by a newer Formloom, or states no usable format."""


def upgrade(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document in the newest format; the given one is not changed. Raises UnknownFormat."""
    current = dict(document)
    stated = current.get("format", 1)
    if not isinstance(stated, int) or isinstance(stated, bool) or not 1 <= stated <= NEWEST:
        raise UnknownFormat(f"format {stated!r} is not known; this Formloom reads 1 to {NEWEST}")
    for number in range(stated, NEWEST):
        current = _STEPS[number](current) | {"format": number + 1}
    return current
