"""The functions of the language. A new one is an entry here plus one in each back end."""

from __future__ import annotations

from builder.expressions.functions import dates, lists, logic, number, text
from builder.expressions.functions.base import FunctionSpec, Param

FUNCTIONS: dict[str, FunctionSpec] = {
    spec.name: spec
    for group in (logic.FUNCTIONS, number.FUNCTIONS, text.FUNCTIONS, dates.FUNCTIONS, lists.FUNCTIONS)
    for spec in group
}

#: Other spellings that the parser takes: Chinese display names and names known from Excel.
ALIASES: dict[str, str] = {spec.chinese: spec.name for spec in FUNCTIONS.values()} | {
    "CONCATENATE": "CONCAT",
    "DATEDELTA": "DATEADD",
    "BLANK": "ISBLANK",
    "AVG": "AVERAGE",
}

__all__ = ["ALIASES", "FUNCTIONS", "FunctionSpec", "Param"]
