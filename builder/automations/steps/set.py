"""Changes the record itself."""

from __future__ import annotations

from collections.abc import Iterable

from builder.automations.base import Options, StepType, options_schema
from builder.automations.scope import StepScope
from builder.errors import Problem

VALUES = {"type": "object", "maxProperties": 200, "title": "Values"}


class SetStep(StepType):
    """Options: `values`."""

    name = "set"
    title = "Change the record"
    icon = "pencil"
    needs_record = True
    options_schema = options_schema({"values": VALUES}, ("values",))

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        yield from scope.check_values(options.get("values", {}), scope.entity, "values")
