"""Versions of apps: numbers with dots, and the ranges in which `needs` states them."""

from __future__ import annotations

import re

_CONDITION = re.compile(r"^(>=|<=|==|=|>|<|~)?\s*v?(\d+(?:\.\d+)*)$")


def version_key(text: str) -> tuple[int, ...]:
    """A version for comparing: `1.10` is newer than `1.9`, `1.0` is `1`. What is no number counts as 0."""
    numbers = [int(part) for part in re.findall(r"\d+", text.partition("-")[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def satisfies(version: str, wanted: str) -> bool:
    """Whether a version meets `>=1.0`, `>=1.0, <2`, `1.2` (exactly) or nothing at all. An unreadable wish is not met."""
    return all(_meets(version_key(version), part.strip()) for part in wanted.split(",") if part.strip())


def _meets(version: tuple[int, ...], condition: str) -> bool:
    found = _CONDITION.match(condition)
    if not found:
        return False
    sign, other = found[1] or "==", version_key(found[2])
    if sign == "~":
        return version[:1] == other[:1] and version >= other
    return {
        ">=": version >= other,
        "<=": version <= other,
        ">": version > other,
        "<": version < other,
    }.get(sign, version == other)
