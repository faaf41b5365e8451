"""Changes all records that meet a condition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from builder.automations.base import Options, StepType, options_schema
from builder.automations.scope import StepScope
from builder.automations.steps.set import VALUES
from builder.errors import Problem
from builder.expressions.types import Type

DEFAULT_LIMIT = 1000


class UpdateStep(StepType):
    """Options: `entity`, `where`, `values`, `limit`. Output: `count`."""

    name = "update"
    title = "Change other records"
    icon = "edit-circle"
    options_schema = options_schema(
        {
            "entity": {"$ref": "#/$defs/reference", "title": "Entity"},
            "where": {"$ref": "#/$defs/tree", "title": "Which records"},
            "values": VALUES,
            "limit": {"type": "integer", "minimum": 1, "maximum": 10000, "default": DEFAULT_LIMIT, "title": "At most"},
        },
        ("entity", "where", "values"),
    )

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        entity = str(options.get("entity", ""))
        yield from scope.check_entity(entity, "entity")
        yield from scope.check_where(options.get("where"), scope.qualified(entity), "where")
        yield from scope.check_values(options.get("values", {}), scope.qualified(entity), "values")

    def outputs(self, options: Options, scope: StepScope) -> Mapping[str, Type]:
        return {"count": Type.NUMBER}
