"""What a whole column tells about how its dates and numbers are written: a single one may tell it for all."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from runtime.exchange.cells import DAY_FIRST, DMY, MDY

_EUROPEAN = re.compile(r"^-?\d{1,3}(\.\d{3})+,\d+$|^-?\d+,\d{1,2}$")


@dataclass
class DateWatcher:
    """What a whole column tells about the order of its dates."""

    seen: int = 0
    day_first: bool = False
    month_first: bool = False

    def add(self, cell: Any) -> None:
        found = DAY_FIRST.match(unicodedata.normalize("NFKC", cell).strip()) if isinstance(cell, str) else None
        if found:
            self.seen += 1
            self.day_first |= int(found[1]) > 12
            self.month_first |= int(found[2]) > 12

    def order(self, country: str) -> tuple[str, bool]:
        """(order, whether it is a guess by the country alone)."""
        if not self.seen:
            return DMY, False
        if self.day_first != self.month_first:
            return (DMY if self.day_first else MDY), False
        return (MDY if country == "US" else DMY), not self.day_first


@dataclass
class NumberWatcher:
    """What a whole column tells about how its numbers are written."""

    comma: int = 0
    point: bool = False
    largest: float = 0.0
    fractions: bool = False

    def add(self, cell: Any) -> None:
        if isinstance(cell, float | int) and not isinstance(cell, bool):
            self.largest = max(self.largest, abs(cell))
            self.fractions |= cell != int(cell)
        elif isinstance(cell, str) and cell:
            text = cell.strip()
            self.comma += bool(_EUROPEAN.match(text))
            self.point |= "." in text and "," not in text and bool(re.search(r"\.\d{1,2}$", text))
            self.largest = max(self.largest, 2.0)

    @property
    def shares(self) -> bool:
        """Whether the numbers are parts of 1, as a workbook keeps percentages."""
        return self.fractions and 0 < self.largest <= 1
