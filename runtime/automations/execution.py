"""One run on its way through its steps, within one transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from builder.automations import is_on
from runtime.automations.conditions import explain_leaves, judge
from runtime.automations.flow import Done, Enter, Flow, Outcome, Step, Stop, Wait
from runtime.automations.insert import DONE, FAILED, PENDING, SKIPPED, STOPPED, WAITING
from runtime.automations.names import Names, StepFailure
from runtime.automations.places import automation_context, environment
from runtime.automations.plans import Plan
from runtime.automations.records import Records, from_json
from runtime.automations.steps import STEP_RUNNERS, Move
from runtime.automations.steps.each import item_names, next_item
from runtime.automations.sweep import anchor_text
from runtime.automations.trace import Trace
from runtime.context import Context
from runtime.errors import Forbidden, Invalid, NotFound, RuntimeProblem
from runtime.unit_of_work import is_stale

log = logging.getLogger("formloom.automations")

STEPS_PER_TRANSACTION = 200
MAX_STEPS = 100_000
_FAILURES_TRACED = 20
_RUNNING = "running"


class NeedsCare(Exception):
    """A step failed in a transaction without savepoints: everything is to be done again, with them."""


class Savepoints:
    """The savepoint of the step that is being done; giving up the last one and taking the next is one round trip.

    careful: False takes none, since steps seldom fail; then a failure undoes the transaction by `NeedsCare`.
    """

    def __init__(self, connection: sa.Connection, *, careful: bool = True) -> None:
        self._connection = connection
        self._careful = careful
        self._is_open = False

    def begin(self) -> None:
        """Keeps what was done so far, whatever the next step does."""
        if not self._careful:
            return
        release = "RELEASE SAVEPOINT step; " if self._is_open else ""
        self._connection.exec_driver_sql(f"{release}SAVEPOINT step")
        self._is_open = True

    def undo(self) -> None:
        """Undoes what was done since `begin`."""
        if not self._careful:
            raise NeedsCare
        self._connection.exec_driver_sql("ROLLBACK TO SAVEPOINT step")

    def end(self) -> None:
        """Gives the last one up, for a transaction that goes on."""
        if self._is_open:
            self._connection.exec_driver_sql("RELEASE SAVEPOINT step")
            self._is_open = False


class Execution:
    """Moves a run until it ends, waits, or has used up its share of the transaction."""

    def __init__(self, ctx: Context, plan: Plan, row: sa.Row[Any], records: Records, savepoints: Savepoints) -> None:
        self.row = row
        self._savepoints = savepoints
        self.plan = plan
        self.ctx = automation_context(ctx, plan.name, row.id, row.depth)
        self.cause: Mapping[str, Any] = row.cause
        self.records = records.seen_by(environment(ctx, self.cause.get("actor")))
        self.entity = ctx.catalog.find(row.entity) if row.entity else None
        self.flow = Flow(plan.steps_of(self.cause.get("rung", "")), row.position)
        self.position = self.flow.position
        self.outputs: dict[str, Any] = dict(row.outputs)
        self.trace = Trace(row.id, self.position.get("traced", 0))
        self.state = _RUNNING
        self.reason: str | None = None
        self.due_at: datetime | None = None

    def go(self, budget: int = STEPS_PER_TRANSACTION) -> int:
        """Moves on; how many steps were done."""
        done = 0
        self._begin()
        while self.state == _RUNNING:
            if done >= budget:
                self.state = PENDING
                break
            done += self._guarded()
        self.position["traced"] = self.trace.number
        return done

    def names(self) -> Names:
        """What expressions see now."""
        row = self.records.get(self.entity, self.row.record_id) if self.entity and self.row.record_id is not None else None
        names = Names(self.records, self.entity, row, self._before(), outputs=self.outputs)
        repeating = self.flow.repeating()
        return names if repeating is None else item_names(repeating["each"], names)

    def _before(self) -> Mapping[str, Any] | None:
        before = self.cause.get("before")
        if before is None or self.entity is None:
            return None
        fields = self.entity.fields
        return {key: from_json(fields[key], raw, self.ctx) for key, raw in before.items() if key in fields}

    def _begin(self) -> None:
        """Whether there is still a reason to go on, when it starts and after a wait."""
        wait = self.position.pop("wait", None)
        is_start = "steps" not in self.position
        self.position.setdefault("steps", 0)
        if self.row.record_id is not None and self.cause.get("op") != "delete":
            row = self.names().row
            if row is None or row["deleted_at"] is not None:
                self._end(SKIPPED, "The record was deleted.")
                return
        if (is_start and self.cause.get("kind") == "date") or (wait is not None and wait["recheck"]):
            self._recheck(SKIPPED if is_start else STOPPED)

    def _recheck(self, state: str) -> None:
        names = self.names()
        if self.cause.get("kind") == "date" and state == SKIPPED:
            value = names.row.get(str(self.plan.trigger["field"])) if names.row else None
            if value is None or anchor_text(value) != self.cause["anchor"]:
                self._end(state, "The date was changed meanwhile.")
                return
        verdict = judge(self.plan.condition, names)
        if self.plan.condition is not None and (state == SKIPPED or not verdict.holds):
            outcome = "failed" if verdict.holds is None else "done" if verdict.holds else "skipped"
            detail = {"leaves": explain_leaves(self.plan.condition, names)}
            self.trace.add("condition", "condition", outcome, detail, self.ctx.now)
        if verdict.holds is None:
            self._end(FAILED, f"The condition cannot be computed: {verdict.error}")
        elif not verdict.holds:
            self._end(state, "The condition no longer holds.")

    def _guarded(self) -> int:
        """One move; what goes wrong in it is a failed step, unless the transaction itself is lost."""
        step = self.flow.current()
        savepoint = "each" in self.flow.frame if step is None else _runner_uses_database(step)
        if savepoint:
            self._savepoints.begin()
        try:
            self._move(step)
        except (StepFailure, RuntimeProblem) as failure:
            self._undo(savepoint)
            self._fail(step, _words(failure))
        except sa.exc.DBAPIError as error:
            if error.connection_invalidated or is_stale(error):
                raise
            self._undo(savepoint)
            self._fail(step, f"The database refused it: {error.orig}")
        except Exception as error:  # a mistake of ours in one step must not stop the others' runs
            log.exception("step %s of %s failed", step["key"] if step else "each", self.plan.name)
            self._undo(savepoint)
            self._fail(step, f"Internal error: {type(error).__name__}: {error}")
        return 0 if step is None else 1

    def _undo(self, savepoint: bool) -> None:
        if savepoint:
            self._savepoints.undo()

    def _move(self, step: Step | None) -> None:
        if step is None:
            self._end_of_list()
            return
        self.position["steps"] += 1
        if self.position["steps"] > MAX_STEPS:
            raise StepFailure(f"It has done more than {MAX_STEPS} steps.")
        if not is_on(step):
            self._note(step, "skipped", {"reason": "It is switched off."})
            self.flow.advance()
            return
        move = Move(self.ctx, self.plan, self.row.id, step, self.names(), self._key(step), self.flow)
        self._take(step, STEP_RUNNERS.get(step["type"]).run(move))

    def _take(self, step: Step, outcome: Outcome) -> None:
        match outcome:
            case Done(output=output, detail=detail):
                if output is not None:
                    self.outputs[step["key"]] = dict(output)
                self._note(step, "done", detail)
                self.flow.advance()
            case Enter(place=place, detail=detail, each=each):
                self._note(step, "done", detail)
                if place:
                    self.flow.enter(step, place, each)
                else:
                    self.outputs[step["key"]] = dict(detail or {})
                    self.flow.advance()
            case Wait(until=until, recheck=recheck, detail=detail):
                self._note(step, "waiting", detail)
                self.flow.advance()
                self.position["wait"] = {"recheck": recheck}
                self.state, self.due_at = WAITING, until
            case Stop(reason=reason):
                self._note(step, "done", {"reason": reason})
                self._end(STOPPED, reason)

    def _end_of_list(self) -> None:
        frame = self.flow.frame
        if "each" in frame:
            frame["each"]["count"] += 1
            self._next_item()
        elif len(self.flow.frames) > 1:
            self.flow.leave()
        else:
            self._end(DONE, None)

    def _next_item(self) -> None:
        """On to the next item of the innermost repeating step, or past it."""
        frame = self.flow.frame
        each = frame["each"]
        outer = Names(self.records, self.entity, self.names().row, self._before(), outputs=self.outputs)
        if next_item(each, outer):
            frame["at"] = 0
            return
        holder = self.flow.holder()
        summary = {"count": each["count"], "failed": each["failed"]}
        self.outputs[holder["key"]] = summary
        self.flow.leave()
        self._note(holder, "done" if not each["failed"] else "failed", summary)

    def _fail(self, step: Step | None, reason: str) -> None:
        key = step["key"] if step is not None else self.flow.holder()["key"]
        frame = self.flow.repeating()
        if frame is None or step is None or not self._goes_on(frame):
            self.trace.add(key, str(step["type"]) if step else "each", "failed", {"error": reason}, self.ctx.now)
            self._end(FAILED, f"{key}: {reason}")
            return
        each = frame["each"]
        if each["failed"] < _FAILURES_TRACED:
            item = each.get("item", each.get("number"))
            self.trace.add(key, str(step["type"]), "failed", {"item": item, "error": reason}, self.ctx.now)
        each["failed"] += 1
        self.flow.unwind_to_repeating()
        try:
            self._next_item()
        except StepFailure as failure:
            self._end(FAILED, f"{key}: {failure}")

    def _goes_on(self, frame: Mapping[str, Any]) -> bool:
        """Whether the repeating step of this frame goes on after a failure."""
        index = self.flow.frames.index(frame)  # type: ignore[arg-type]
        return bool(self.flow.holder_at(index).get("on_error") == "continue")

    def _note(self, step: Step, state: str, detail: Mapping[str, Any] | None) -> None:
        """A row of the trace; inside a repetition only for its first item."""
        frame = self.flow.repeating()
        if frame is None or frame["each"]["count"] + frame["each"]["failed"] == 0:
            self.trace.add(step["key"], step["type"], state, detail, self.ctx.now)

    def _key(self, step: Step) -> str:
        """Names the step in this run, for this item of every repetition around it."""
        items = [str(frame["each"].get("item", frame["each"].get("number"))) for frame in self.flow.frames if "each" in frame]
        return ":".join([f"run:{self.row.id}", str(step["key"]), *items])

    def _end(self, state: str, reason: str | None) -> None:
        self.state, self.reason = state, reason


def _runner_uses_database(step: Step) -> bool:
    runner = STEP_RUNNERS.find(str(step.get("type")))
    return is_on(step) and (runner is None or runner.uses_database)


def _words(failure: BaseException) -> str:
    """What went wrong, as a sentence for people."""
    if isinstance(failure, Invalid):
        return "; ".join(f"{each.path}: {each.text}" if each.path else each.text for each in failure.problems)
    if isinstance(failure, NotFound):
        return "The record or entity is not there."
    if isinstance(failure, Forbidden):
        return failure.message
    return str(failure) or type(failure).__name__
