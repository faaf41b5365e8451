"""Somebody presses a button on a record."""

from __future__ import annotations

from collections.abc import Iterable

from builder.automations.base import Options, TriggerType, options_schema
from builder.automations.scope import StepScope
from builder.errors import Problem


class ButtonTrigger(TriggerType):
    """Options: `place`, `icon`, `primary`, `roles` (empty: who may read the record), `confirm`, `ask`."""

    name = "button"
    title = "A button is pressed"
    icon = "hand-click"
    options_schema = options_schema(
        {
            "place": {"enum": ["record"], "default": "record", "title": "Place"},
            "icon": {"$ref": "#/$defs/icon", "title": "Icon"},
            "primary": {"type": "boolean", "default": False, "title": "Main button"},
            "roles": {"type": "array", "items": {"$ref": "#/$defs/role_reference"}, "maxItems": 50, "title": "Roles"},
            "confirm": {"$ref": "#/$defs/label", "title": "Question before it runs"},
            "ask": {
                "type": "array",
                "maxItems": 20,
                "title": "Ask for",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["field"],
                    "properties": {"field": {"$ref": "#/$defs/key"}, "required": {"type": "boolean", "default": False}},
                },
            },
        }
    )

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        fields = scope.surroundings.fields(scope.entity) or {}
        for number, asked in enumerate(options.get("ask", ())):
            if asked.get("field") not in fields:
                yield Problem(f"ask/{number}/field", "unknown_field", "There is no field {name}.", {"name": asked.get("field")})
        for number, role in enumerate(options.get("roles", ())):
            yield from scope.check_role(role, f"roles/{number}")
