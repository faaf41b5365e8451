"""Goes the first way whose condition holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from builder.automations.base import Options, StepType, options_schema
from builder.automations.scope import StepScope
from builder.errors import Problem

STEPS = {"type": "array", "items": {"$ref": "#/$defs/step"}, "maxItems": 100}


class BranchStep(StepType):
    """Options: `arms` (`key`, `label`, `condition`, `steps`), `else` (steps)."""

    name = "branch"
    title = "Branch"
    icon = "arrows-split-2"
    options_schema = options_schema(
        {
            "arms": {
                "type": "array",
                "minItems": 1,
                "maxItems": 20,
                "title": "Ways",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["key"],
                    "properties": {
                        "key": {"$ref": "#/$defs/key"},
                        "label": {"$ref": "#/$defs/label"},
                        "condition": {"$ref": "#/$defs/tree"},
                        "steps": STEPS,
                    },
                },
            },
            "else": STEPS,
        },
        ("arms",),
    )

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        seen: set[str] = set()
        for arm in options.get("arms", ()):
            key = str(arm.get("key"))
            if key in seen:
                yield Problem(f"arms/{key}/key", "duplicate_key", "Two ways have the key {name}.", {"name": key})
            seen.add(key)
            yield from scope.check_condition(arm.get("condition"), f"arms/{key}/condition")

    def inner(self, options: Options, scope: StepScope) -> Iterable[tuple[str, Sequence[Options], StepScope]]:
        for arm in options.get("arms", ()):
            yield f"arms/{arm.get('key')}/steps", arm.get("steps", ()), scope
        yield "else", options.get("else", ()), scope
