"""Problems of a form, by field, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from web.i18n import translate


def errors_of(problems: Iterable[Problem], fields: Iterable[str] | None = None) -> dict[str, list[str]]:
    """`{"name": ["…"]}` for `ui.field`. With `fields`, problems of other places go under "", the form as a whole."""
    known = set(fields) if fields is not None else None
    found: dict[str, list[str]] = {}
    for problem in problems:
        key = problem.path if known is None or problem.path in known else ""
        found.setdefault(key, []).append(translate(problem))
    return found
