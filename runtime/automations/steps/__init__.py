"""The list of what steps do; their options are described in `builder/automations/steps/`."""

from __future__ import annotations

from builder.registry import Registry
from runtime.automations.steps.base import Move, StepRunner
from runtime.automations.steps.control import BranchRunner, StopRunner, WaitRunner
from runtime.automations.steps.each import EachRunner
from runtime.automations.steps.notify import NotifyRunner
from runtime.automations.steps.search import FindRunner
from runtime.automations.steps.write import CreateRunner, SetRunner, UpdateRunner

STEP_RUNNERS: Registry[StepRunner] = Registry(
    "step",
    (
        SetRunner(),
        CreateRunner(),
        UpdateRunner(),
        FindRunner(),
        NotifyRunner(),
        WaitRunner(),
        BranchRunner(),
        EachRunner(),
        StopRunner(),
    ),
)

__all__ = ["STEP_RUNNERS", "Move", "StepRunner"]
