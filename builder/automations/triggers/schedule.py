"""At fixed local times, without a record."""

from __future__ import annotations

from collections.abc import Iterable

from croniter import croniter

from builder.automations.base import Options, TriggerType, options_schema
from builder.automations.scope import StepScope
from builder.errors import Problem


class ScheduleTrigger(TriggerType):
    """Options: `cron`, five fields in the workspace's local time."""

    name = "schedule"
    title = "At fixed times"
    icon = "clock"
    needs_entity = False
    options_schema = options_schema({"cron": {"type": "string", "maxLength": 100, "title": "Times"}}, ("cron",))

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        if not is_cron(str(options.get("cron", ""))):
            yield Problem("cron", "bad_cron", 'Enter five fields: minute, hour, day, month, weekday, such as "0 8 1 * *".')


def is_cron(text: str) -> bool:
    """Whether this is a schedule of five fields that comes at all."""
    return len(text.split()) == 5 and croniter.is_valid(text)
