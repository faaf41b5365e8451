"""Texts with `{{path}}` and `{{path|filter:"argument"}}`. Only names and filters: there is nothing to execute."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
    """`path` in words, `filters` as (name, argument or None), `source` as written."""

    path: tuple[str, ...]
    filters: tuple[tuple[str, str | None], ...]
    source: str


@dataclass(frozen=True)
class Mistake:
    """A placeholder that cannot be read, with an English sentence."""

    source: str
    message: str


Part = str | Placeholder


@lru_cache(maxsize=4096)
def parse_template(text: str) -> tuple[tuple[Part, ...], tuple[Mistake, ...]]:
    """The parts of a text. A placeholder with a mistake stays in it as text."""
    parts: list[Part] = []
    mistakes: list[Mistake] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        parts.append(text[end : found.start()])
        read = _read(found[0], found[1])
        parts.append(found[0] if isinstance(read, Mistake) else read)
        if isinstance(read, Mistake):
            mistakes.append(read)
        end = found.end()
    parts.append(text[end:])
    if len(parts) > 2 * MAX_PLACEHOLDERS + 1:
        mistakes.append(Mistake(text[:40], f"A text may have at most {MAX_PLACEHOLDERS} placeholders."))
    return tuple(part for part in parts if part != ""), tuple(mistakes)


def _read(source: str, body: str) -> Placeholder | Mistake:
    path = _PATH.match(body.strip())
    if path is None:
        return Mistake(source, "Write a field as {{field}} or {{relation.field}}.")
    rest = body.strip()[path.end() :].strip()
    filters: list[tuple[str, str | None]] = []
    while rest:
        found = _FILTER.match(rest)
        if found is None or found[1] not in FILTERS:
            return Mistake(source, "The filters are: " + ", ".join(FILTERS) + ".")
        argument = found[2] if found[2] is not None else found[3]
        if FILTERS[found[1]] != (argument is not None):
            return Mistake(source, 'Only default takes a text: {{field|default:"none"}}.')
        filters.append((found[1], argument))
        rest = rest[found.end() :]
    return Placeholder(tuple(path[0].split(".")), tuple(filters), source)
