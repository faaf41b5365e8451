"""Names of the columns that a running conversion fills, unseen by everybody else."""

from __future__ import annotations

HIDDEN = "hidden_"


def hidden_column(job: int, column: str) -> str:
    """The column that holds converted values until the definition changes."""
    return f"{HIDDEN}{job}_{column}"[:60]


def version_column(hidden: str) -> str:
    """Its companion: the version of the record from which the value was converted."""
    return f"{hidden}_v"
