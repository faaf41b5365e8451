"""A record was created, changed, deleted."""

from __future__ import annotations

from collections.abc import Iterable

from builder.automations.base import Options, TriggerType, options_schema
from builder.automations.scope import StepScope
from builder.errors import Problem

OPERATIONS = ("create", "update", "delete")
DEFAULT_OPERATIONS = ("create", "update")
BECOMES = "becomes"
EVERY = "every"


class ChangeTrigger(TriggerType):
    """Options: `on`, `fields` (only when one of these changed), `fire` (`becomes` or `every`)."""

    name = "change"
    title = "A record changes"
    icon = "edit"
    options_schema = options_schema(
        {
            "on": {"type": "array", "items": {"enum": list(OPERATIONS)}, "minItems": 1, "uniqueItems": True, "title": "When"},
            "fields": {
                "type": "array",
                "items": {"$ref": "#/$defs/key"},
                "uniqueItems": True,
                "maxItems": 100,
                "title": "Only when one of these changes",
            },
            "fire": {"enum": [BECOMES, EVERY], "default": BECOMES, "title": "Fire"},
        }
    )

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        fields = scope.surroundings.fields(scope.entity) or {}
        for number, key in enumerate(options.get("fields", ())):
            if key not in fields:
                yield Problem(f"fields/{number}", "unknown_field", "There is no field {name}.", {"name": key})
