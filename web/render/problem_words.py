"""Problems of a document in sentences for people who build apps: fields have names, also those that have just been taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from builder.errors import Problem
from builder.label import Label
from web.i18n import current_language, translate


def problem_text(problem: Problem, published: Mapping[str, Any] | None) -> str:
    """The sentence of a problem. published: the document in force, where what the draft has removed still has its label."""
    name = problem.params.get("name")
    if problem.code != "unknown_field" or not isinstance(name, str) or not published:
        return translate(problem)
    label = _label_of(published, name)
    return translate(replace(problem, params={**problem.params, "name": f"{label} ({name})"})) if label else translate(problem)


def _label_of(document: Mapping[str, Any], field: str) -> str:
    """The label of the first field with this key; "" when there is none."""
    fields = (each for entity in document.get("entities") or () for each in entity.get("fields") or ())
    found = next((each for each in fields if each.get("key") == field), None)
    return Label.of(found.get("label")).in_language(current_language()) if found else ""
