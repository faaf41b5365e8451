"""The list of triggers. A new trigger is one class in a file of this package and one line here."""

from __future__ import annotations

from builder.automations.base import TriggerType
from builder.automations.triggers.button import ButtonTrigger
from builder.automations.triggers.change import ChangeTrigger
from builder.automations.triggers.date import DateTrigger
from builder.automations.triggers.schedule import ScheduleTrigger
from builder.registry import Registry

TRIGGER_TYPES: Registry[TriggerType] = Registry("trigger", (ChangeTrigger(), DateTrigger(), ScheduleTrigger(), ButtonTrigger()))
