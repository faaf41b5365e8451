"""The list of steps. A new step is one class here and one of the same name in `runtime/automations/steps/`."""

from __future__ import annotations

from builder.automations.base import StepType
from builder.automations.steps.branch import BranchStep
from builder.automations.steps.create import CreateStep
from builder.automations.steps.each import EachStep
from builder.automations.steps.find import FindStep
from builder.automations.steps.notify import NotifyStep
from builder.automations.steps.set import SetStep
from builder.automations.steps.stop import StopStep
from builder.automations.steps.update import UpdateStep
from builder.automations.steps.wait import WaitStep
from builder.registry import Registry

STEP_TYPES: Registry[StepType] = Registry(
    "step",
    (SetStep(), CreateStep(), UpdateStep(), FindStep(), NotifyStep(), WaitStep(), BranchStep(), EachStep(), StopStep()),
)
