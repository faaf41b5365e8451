"""The clock of the site. Only tests move it, through a file that all processes read."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

CLOCK_FILE_VARIABLE = "FORMLOOM_CLOCK_FILE"
"""Names a file holding a number of seconds to add to the time. For rehearsals and tests only."""


def now() -> datetime:
    """The time in UTC."""
    path = os.environ.get(CLOCK_FILE_VARIABLE)
    real = datetime.now(UTC)
    return real + _offset(Path(path)) if path else real


def _offset(path: Path) -> timedelta:
    try:
        return timedelta(seconds=float(path.read_text() or 0))
    except (OSError, ValueError):
        return timedelta()
