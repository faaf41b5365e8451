"""The functions in SQL, by name: each gets the compiler and its argument nodes.

STRICT ones give NULL for a NULL argument, so they are not even asked when an argument is the constant NULL.
"""

from __future__ import annotations

from collections.abc import Callable

from runtime.expressions.sql_functions import dates, lists, logic, number, text
from runtime.expressions.sql_values import Sql

FUNCTIONS: dict[str, Callable[..., Sql]] = {
    **logic.FUNCTIONS,
    **number.FUNCTIONS,
    **text.FUNCTIONS,
    **dates.FUNCTIONS,
    **lists.FUNCTIONS,
}
STRICT: frozenset[str] = number.STRICT | text.STRICT | dates.STRICT

__all__ = ["FUNCTIONS", "STRICT"]
