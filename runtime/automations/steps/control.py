"""Steps that steer: wait, branch, stop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from builder.automations.durations import parse_duration
from builder.automations.triggers.date import DEFAULT_AT
from builder.expressions.conditions import from_json
from runtime.automations.conditions import explain_leaves, judge
from runtime.automations.due import Offset, local_moment
from runtime.automations.flow import Done, Enter, Outcome, Stop, Wait
from runtime.automations.names import StepFailure
from runtime.automations.steps.base import Move, StepRunner
from runtime.automations.templating import render


class WaitRunner(StepRunner):
    """Waits for a length of time or until a moment."""

    name = "wait"
    uses_database = False

    def run(self, move: Move) -> Outcome:
        until = self._until(move)
        if until is None or until <= move.ctx.now:
            return Done(detail={"until": until, "waited": False})
        return Wait(until, bool(move.option("recheck", True)), {"until": until})

    def _until(self, move: Move) -> datetime | None:
        environment = move.names.records.environment
        if "for" in move.step:
            after = parse_duration(move.step["for"])
            if after is None or environment.calendar is None:
                raise StepFailure(f"{move.step['for']!r} is no length of time.")
            return Offset(after, time.fromisoformat(DEFAULT_AT), environment.zone, environment.calendar).due(move.ctx.now)
        value = self._moment(move)
        if isinstance(value, date) and not isinstance(value, datetime):
            return local_moment(datetime.combine(value, time.fromisoformat(DEFAULT_AT)), environment.zone)
        return value.astimezone(UTC) if value is not None else None

    def _moment(self, move: Move) -> Any:
        until = move.step.get("until")
        if isinstance(until, Mapping):
            value = move.names.evaluate_text(str(until["expr"]))
        else:
            try:
                value = move.names(tuple(str(until).split(".")))
            except KeyError:
                raise StepFailure(f"There is no field {until}.") from None
        if value is not None and not isinstance(value, date):
            raise StepFailure("What it waits for is no date.")
        return value


class BranchRunner(StepRunner):
    """Takes the first way whose condition holds. Which one is remembered: it is not asked again."""

    name = "branch"

    def run(self, move: Move) -> Outcome:
        seen = []
        for number, arm in enumerate(move.option("arms", ())):
            node, problems = from_json(arm.get("condition"), move.scope())
            if problems:
                raise StepFailure(f"The condition of {arm['key']} cannot be read: {problems[0].message}")
            verdict = judge(node, move.names)
            if verdict.holds is None:
                raise StepFailure(f"The condition of {arm['key']} cannot be computed: {verdict.error}")
            seen.append({"arm": arm["key"], "holds": verdict.holds, "leaves": explain_leaves(node, move.names)})
            if verdict.holds:
                return Enter(f"arms/{number}/steps", {"arm": arm["key"], "arms": seen})
        return Enter("else", {"arm": "else", "arms": seen})


class StopRunner(StepRunner):
    """Ends the run."""

    name = "stop"
    uses_database = False

    def run(self, move: Move) -> Outcome:
        return Stop(render(move.option("reason"), move.names))
