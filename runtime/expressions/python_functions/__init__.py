"""The functions in Python, by name. EAGER ones get the environment and their values; LAZY ones choose what to compute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.expressions.python_functions import dates, lists, logic, number, text

EAGER: dict[str, Callable[..., Any]] = {
    **logic.EAGER,
    **number.FUNCTIONS,
    **text.FUNCTIONS,
    **dates.FUNCTIONS,
    **lists.FUNCTIONS,
}
LAZY: dict[str, Callable[..., Any]] = logic.LAZY
