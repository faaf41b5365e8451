"""The icons that people may choose."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_LIST = Path(__file__).resolve().parent.parent / "styles" / "icons.txt"


@cache
def choosable_icons() -> tuple[str, ...]:
    """Names of icons for apps and entities."""
    return tuple(sorted(set(_LIST.read_text(encoding="utf-8").split())))
