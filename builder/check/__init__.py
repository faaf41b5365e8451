"""What the JSON Schema cannot say about an app: references, cycles, types of expressions.

All problems are found at once, each with its slash path and a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.check import automations, dashboards, entities, forms, formulas, pipelines, roles, unique_keys, views
from builder.check.place import Place
from builder.codec import app_from_json
from builder.directory import Directory
from builder.errors import Problem
from builder.model import App
from builder.schema import validate

_CHECKS = (
    unique_keys.check,
    entities.check,
    formulas.check,
    forms.check,
    views.check,
    pipelines.check,
    automations.check,
    roles.check,
    dashboards.check,
)
_MAX_DEPTH = 64


def check_app(document: Mapping[str, Any], others: Mapping[str, App]) -> list[Problem]:
    """Every problem of this document beside the other apps of its workspace; empty when it may be applied.

    `others` are the other apps by key; the document's own key among them is ignored.
    """
    if too_deep(document):
        return [Problem("", "too_deep", "The document is nested more than {limit} levels deep.", {"limit": _MAX_DEPTH})]
    problems = validate(document)
    if problems:
        return problems
    return check_references(app_from_json(document), others)


def check_references(app: App, others: Mapping[str, App]) -> list[Problem]:
    """The same for an app whose document is known to follow the schema: only what the schema cannot say."""
    directory = Directory({**{key: other for key, other in others.items() if key != app.key}, app.key: app})
    place = Place(app, directory)
    return [problem for check in _CHECKS for problem in check(place)]


def too_deep(value: object, limit: int = _MAX_DEPTH) -> bool:
    """Whether JSON is nested deeper than `limit`; does not recurse itself."""
    level: list[object] = [value]
    for _ in range(limit):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []
