"""Tells people: in the bell, by e-mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from builder.automations.base import Options, StepType, options_schema
from builder.automations.scope import StepScope
from builder.errors import Problem
from builder.expressions.types import Type

CHANNELS = ("in_app", "email")
MANAGER = "manager"
"""Behind a person field, `owner.manager` is that person's manager in the workspace."""


class NotifyStep(StepType):
    """Options: `to`, `channels`, `title`, `body`. Output: `count` of the people told."""

    name = "notify"
    title = "Tell people"
    icon = "bell"
    options_schema = options_schema(
        {
            "to": {"type": "array", "minItems": 1, "maxItems": 50, "title": "Whom", "items": {"type": ["string", "object"]}},
            "channels": {"type": "array", "items": {"enum": list(CHANNELS)}, "minItems": 1, "uniqueItems": True, "title": "How"},
            "title": {"$ref": "#/$defs/label", "title": "Title"},
            "body": {"$ref": "#/$defs/label", "title": "Text"},
        },
        ("to", "title"),
    )

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        for number, target in enumerate(options.get("to", ())):
            yield from self._check_target(target, scope, f"to/{number}")
        for name in ("title", "body"):
            yield from scope.check_text(options.get(name), name)

    def _check_target(self, target: Any, scope: StepScope, path: str) -> Iterable[Problem]:
        if isinstance(target, int):  # a person out of a setting
            return
        if isinstance(target, str):
            parts = tuple(target.split("."))
            parts = parts[:-1] if parts[-1] == MANAGER and len(parts) > 1 else parts
            if scope.names.type_of(parts) is not Type.PERSON:
                yield Problem(path, "not_a_person", "{name} is not a person field.", {"name": target})
        elif isinstance(target, Mapping) and set(target) == {"role"}:
            yield from scope.check_role(str(target["role"]), f"{path}/role")
        elif not (isinstance(target, Mapping) and set(target) == {"user"} and isinstance(target["user"], int)):
            yield Problem(path, "bad_recipient", 'Use a person field, {"role": …}, {"user": …} or {"setting": …}.')

    def outputs(self, options: Options, scope: StepScope) -> Mapping[str, Type]:
        return {"count": Type.NUMBER}
