"""What an automation is made of. What triggers and steps do is in `runtime/automations/`."""

from __future__ import annotations

from builder.automations.base import StepType, Surroundings, TriggerType, is_on
from builder.automations.check import check_automation
from builder.automations.steps import STEP_TYPES
from builder.automations.triggers import TRIGGER_TYPES

__all__ = ["STEP_TYPES", "TRIGGER_TYPES", "StepType", "Surroundings", "TriggerType", "check_automation", "is_on"]
