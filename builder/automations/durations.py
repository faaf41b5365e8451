"""Lengths of time as automations write them: `2d`, `2wd` (working days), `4h`, `30m`, `1w`; `-3d` is before."""

from __future__ import annotations

import re
from dataclasses import dataclass

DURATION_PATTERN = r"^-?\d{1,5}(wd|w|d|h|m)$"
_DURATION = re.compile(r"(-?\d{1,5})(wd|w|d|h|m)")

DAY = "d"
WORKING_DAY = "wd"
MINUTES = {"m": 1, "h": 60}
"""Units with a fixed length; days are steps of the local calendar and may have 23 or 25 hours."""


@dataclass(frozen=True)
class Duration:
    """`amount` may be negative. `unit` is m, h, d or wd: weeks are read as seven days."""

    amount: int
    unit: str

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


def parse_duration(text: object) -> Duration | None:
    """The duration of a text, or None when it is not one."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    amount, unit = int(found[1]), found[2]
    return Duration(amount * 7, DAY) if unit == "w" else Duration(amount, unit)
