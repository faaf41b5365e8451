"""Creates a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from builder.automations.base import Options, StepType, options_schema
from builder.automations.scope import StepScope
from builder.automations.steps.set import VALUES
from builder.errors import Problem
from builder.expressions.types import Type


class CreateStep(StepType):
    """Options: `entity`, `values`. Output: `id`."""

    name = "create"
    title = "Create a record"
    icon = "plus"
    options_schema = options_schema({"entity": {"$ref": "#/$defs/reference", "title": "Entity"}, "values": VALUES}, ("entity",))

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        entity = str(options.get("entity", ""))
        yield from scope.check_entity(entity, "entity")
        yield from scope.check_values(options.get("values", {}), scope.qualified(entity), "values")

    def outputs(self, options: Options, scope: StepScope) -> Mapping[str, Type]:
        return {"id": Type.REF}
