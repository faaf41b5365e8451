"""Whether a document can be kept: JSON allows texts and numbers that databases do not."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from builder.errors import Problem

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def unkeepable(value: Any, path: str = "") -> list[Problem]:
    """One problem when somewhere inside is a NUL, half of a surrogate pair, a number without end, or one over 64 bits."""
    try:
        json.dumps(value, allow_nan=False)
        text = orjson.dumps(value)
    except (ValueError, TypeError):
        text = None
    if text is not None and not _NUL.search(text):
        return []
    return [Problem(path, "unkeepable", "There is a character or a number in this that cannot be kept.")]
