"""What `formloom doctor` finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One result: `level` is ok, warning or problem; `advice` says what to do about it."""

    level: str
    what: str
    advice: str = ""
