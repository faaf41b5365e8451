"""So long before or after a date of the record. What happens stands in the automation's ladder."""

from __future__ import annotations

from collections.abc import Iterable

from builder.automations.base import Options, TriggerType, options_schema
from builder.automations.scope import StepScope
from builder.errors import Problem

DEFAULT_AT = "09:00"
LATE = ("latest", "all", "skip")
CALENDARS = ("days", "working_days")


class DateTrigger(TriggerType):
    """Options: `field`, `at` (for days; local time), `calendar` (what a plain `d` counts), `late`."""

    name = "date"
    title = "A date comes"
    icon = "calendar-time"
    has_ladder = True
    options_schema = options_schema(
        {
            "field": {"$ref": "#/$defs/key", "title": "Date field"},
            "at": {"type": "string", "pattern": "^([01]\\d|2[0-3]):[0-5]\\d$", "default": DEFAULT_AT, "title": "At"},
            "calendar": {"enum": list(CALENDARS), "default": "days", "title": "Count"},
            "late": {"enum": list(LATE), "default": "latest", "title": "After an outage"},
        },
        ("field",),
    )

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        yield from scope.check_moment(str(options.get("field", "")), "field")
