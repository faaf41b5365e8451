"""Ends the run."""

from __future__ import annotations

from collections.abc import Iterable

from builder.automations.base import Options, StepType, options_schema
from builder.automations.scope import StepScope
from builder.errors import Problem


class StopStep(StepType):
    """Options: `reason`, shown in the run; may hold placeholders."""

    name = "stop"
    title = "Stop"
    icon = "hand-stop"
    options_schema = options_schema({"reason": {"$ref": "#/$defs/label", "title": "Reason"}})

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        yield from scope.check_text(options.get("reason"), "reason")
