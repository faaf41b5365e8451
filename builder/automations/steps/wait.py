"""Waits for a length of time or until a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from builder.automations.base import Options, StepType, options_schema
from builder.automations.scope import StepScope
from builder.errors import Problem
from builder.expressions.types import MOMENTS


class WaitStep(StepType):
    """Options: `for` (duration) or `until` (date field or `{"expr"}`), `recheck` (default true)."""

    name = "wait"
    title = "Wait"
    icon = "hourglass"
    options_schema = options_schema(
        {
            "for": {"anyOf": [{"$ref": "#/$defs/duration"}, {"$ref": "#/$defs/setting_use"}], "title": "For"},
            "until": {"type": ["string", "object"], "title": "Until"},
            "recheck": {"type": "boolean", "default": True, "title": "Check the condition again"},
        }
    )

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        until = options.get("until")
        if ("for" in options) == ("until" in options):
            yield Problem("", "for_or_until", "Give either for or until.")
        elif "for" in options:
            yield from scope.check_duration(options["for"], "for")
        elif isinstance(until, str):
            yield from scope.check_moment(until, "until")
        elif isinstance(until, Mapping) and set(until) == {"expr"}:
            yield from scope.check_expression(until["expr"], "until/expr", MOMENTS)
        else:
            yield Problem("until", "bad_until", "Use a date field or an expression.")
