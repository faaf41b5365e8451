"""Names that no key can have: of things in the trash, and of columns that a running conversion fills."""

from __future__ import annotations

import re

# A key never holds two underscores in a row, and the key of an entity never begins with a digit.
_TRASH = re.compile(r"trash__\d+_")
HIDDEN = "hidden__"


def trash_name(item: int, name: str) -> str:
    """The name of a table or a column in the trash."""
    return f"trash__{item}_{name}"[:63]


def is_trash(name: str) -> bool:
    """Whether this is the name of something in the trash."""
    return _TRASH.match(name) is not None


def hidden_column(job: int, column: str) -> str:
    """The column that holds converted values until the definition changes."""
    return f"{HIDDEN}{job}_{column}"[:60]


def version_column(hidden: str) -> str:
    """Its companion: the version of the record from which the value was converted."""
    return f"{hidden}_v"


def catch_up_index(hidden: str) -> str:
    """The index over rows whose hidden value is out of date."""
    return f"{hidden}_i"


def is_hidden(name: str) -> bool:
    """Whether a running conversion has made this, and will take it away."""
    return name.startswith(HIDDEN)
