"""Texts with `{{path}}` and `{{path|filter:"argument"}}`. Only names and filters: there is nothing to execute."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

FILTERS: dict[str, bool] = {
    "date": False,
    "time": False,
    "datetime": False,
    "money": False,
    "number": False,
    "upper": False,
    "lower": False,
    "default": True,
}
"""Filter -> whether it takes an argument."""

MAX_PLACEHOLDERS = 100
_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PATH = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*){0,5}")
_FILTER = re.compile(r"\s*\|\s*([a-z]+)\s*(?::\s*(?:\"([^\"]*)\"|“([^”]*)”))?\s*")


@dataclass(frozen=True)
class Placeholder:
    """`path` in words, `filters` as (name, argument or None), `source` as written, from the character `position` on."""

    path: tuple[str, ...]
    filters: tuple[tuple[str, str | None], ...]
    source: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Mistake:
    """A placeholder that cannot be read: `code` and `params` of a sentence in `builder/expressions/problems.py`."""

    source: str
    code: str
    params: Mapping[str, str | int]
    position: int


Part = str | Placeholder


@lru_cache(maxsize=4096)
def parse_template(text: str) -> tuple[tuple[Part, ...], tuple[Mistake, ...]]:
    """The parts of a text. A placeholder with a mistake stays in it as text."""
    parts: list[Part] = []
    mistakes: list[Mistake] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        parts.append(text[end : found.start()])
        read = _read(found[0], found[1], found.start())
        parts.append(found[0] if isinstance(read, Mistake) else read)
        if isinstance(read, Mistake):
            mistakes.append(read)
        end = found.end()
    parts.append(text[end:])
    if len(parts) > 2 * MAX_PLACEHOLDERS + 1:
        mistakes.append(Mistake(text[:40], "too_many_placeholders", {"limit": MAX_PLACEHOLDERS}, 0))
    return tuple(part for part in parts if part != ""), tuple(mistakes)


def unclosed_at(text: str) -> int | None:
    """Where a placeholder begins that has no end; it would be sent as it stands."""
    start = text.rfind("{{")
    return start if start >= 0 and "}}" not in text[start:] else None


def _read(source: str, body: str, at: int) -> Placeholder | Mistake:
    path = _PATH.match(body.strip())
    if path is None:
        return Mistake(source, "bad_placeholder", {"found": source}, at)
    rest = body.strip()[path.end() :].strip()
    filters: list[tuple[str, str | None]] = []
    while rest:
        found = _FILTER.match(rest)
        if found is None or found[1] not in FILTERS:
            return Mistake(source, "placeholder_filter", {"found": rest.strip("| "), "names": ", ".join(FILTERS)}, at)
        argument = found[2] if found[2] is not None else found[3]
        if FILTERS[found[1]] != (argument is not None):
            return Mistake(source, "placeholder_text", {}, at)
        filters.append((found[1], argument))
        rest = rest[found.end() :]
    return Placeholder(tuple(path[0].split(".")), tuple(filters), source, at)
