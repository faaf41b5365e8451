"""Everything that can be wrong with one automation beyond its JSON Schema, all problems at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from builder.automations.base import Surroundings, is_on
from builder.automations.durations import parse_duration
from builder.automations.scope import ExpressionScope, StepScope
from builder.automations.settings import resolve, setting_problem, setting_values, used_settings
from builder.automations.steps import STEP_TYPES
from builder.automations.steps.find import FindStep
from builder.automations.triggers import TRIGGER_TYPES
from builder.errors import Problem
from builder.keys import qualified
from builder.model import Automation

MAX_DEPTH = 8
"""How deep steps may stand inside steps."""


def check_automation(
    app: str, automation: Automation, surroundings: Surroundings, settings: Mapping[str, Any] | None = None
) -> list[Problem]:
    """All problems, paths relative to the automation. `settings`: values other than the defaults."""
    return list(_check(app, automation, surroundings, settings or {}))


def _check(app: str, automation: Automation, surroundings: Surroundings, changed: Mapping[str, Any]) -> Iterator[Problem]:
    trigger_type = TRIGGER_TYPES.find(str(automation.trigger.get("type")))
    if trigger_type is None:
        yield Problem("trigger/type", "unknown_trigger", "There is no trigger {name}.", {"name": automation.trigger.get("type")})
        return
    bad_settings = list(_check_settings(automation, changed))
    yield from bad_settings
    if bad_settings:
        return
    values = setting_values(automation, changed)
    entity = qualified(app, automation.entity) if automation.entity else ""
    record = surroundings.scope(entity) if entity else None
    if trigger_type.needs_entity and record is None:
        code, words = (
            ("unknown_entity", "There is no entity {name}.") if entity else ("missing_entity", "This trigger needs an entity.")
        )
        yield Problem("entity", code, words, {"name": entity} if entity else {})
        return
    before = record if trigger_type.name == "change" else None
    scope = StepScope(app, entity, surroundings, ExpressionScope(record, before))
    for each in trigger_type.check(resolve(automation.trigger, values), scope):
        yield each.under("trigger")
    if automation.condition is not None and record is None:
        yield Problem("condition", "no_record", "Without a record there is nothing to check.")
    elif automation.condition is not None:
        yield from scope.check_condition(resolve(automation.condition, values), "condition")
    yield from _check_body(automation, trigger_type.has_ladder, values, scope)


def _check_body(automation: Automation, has_ladder: bool, values: Mapping[str, Any], scope: StepScope) -> Iterator[Problem]:
    keys: set[str] = set()
    if has_ladder and automation.steps:
        yield Problem("steps", "steps_in_ladder", "With a date trigger the steps stand in the ladder.")
    if not has_ladder and automation.ladder:
        yield Problem("ladder", "no_ladder", "Only a date trigger has a ladder.")
    if not has_ladder:
        yield from _check_steps(resolve(automation.steps, values), scope, "steps", keys, 1)
        return
    if not automation.ladder:
        yield Problem("ladder", "missing_ladder", "A date trigger needs at least one rung.")
    for rung in automation.ladder:
        path = f"ladder/{rung.key}"
        if parse_duration(resolve(rung.after, values)) is None:
            yield Problem(f"{path}/after", "bad_duration", "Enter a length of time such as 2d, 2wd, 4h or 30m.")
        # Keys need only be unique within a rung: a run is in one rung.
        yield from _check_steps(resolve(rung.steps, values), scope, f"{path}/steps", set(), 1)


def _check_steps(
    steps: Sequence[Mapping[str, Any]], scope: StepScope, path: str, keys: set[str], depth: int, *, skipped: bool = False
) -> Iterator[Problem]:
    """skipped: they stand in a step that is switched off, so that only their keys matter."""
    if depth > MAX_DEPTH:
        yield Problem(path, "too_deep", "Steps may stand at most {limit} deep in each other.", {"limit": MAX_DEPTH})
        return
    for step in steps:
        key = str(step.get("key"))
        place = f"{path}/{key}"
        if key in keys:
            yield Problem(f"{place}/key", "duplicate_key", "Two steps have the key {name}.", {"name": key})
        keys.add(key)
        found = STEP_TYPES.find(str(step.get("type")))
        if found is None:
            yield Problem(f"{place}/type", "unknown_step_type", "There is no step {name}.", {"name": step.get("type")})
            continue
        is_off = skipped or not is_on(step)
        if not is_off:
            if found.needs_record and not scope.entity:
                yield Problem(place, "no_record", "This step needs a record, which a schedule has not.")
            yield from (_told_of_skipped(each, scope).under(place) for each in found.check(step, scope))
        for inner_path, inner, inner_scope in found.inner(step, scope):
            yield from _check_steps(inner, inner_scope, f"{place}/{inner_path}", keys, depth + 1, skipped=is_off)
        if is_off:
            scope = replace(scope, skipped=scope.skipped | {key})
            continue
        entity = scope.qualified(str(step.get("entity", ""))) if isinstance(found, FindStep) else ""
        scope = scope.after(key, found.outputs(step, scope), entity)


def _told_of_skipped(problem: Problem, scope: StepScope) -> Problem:
    """What is unknown since the step that would give it is skipped says so."""
    name = str(problem.params.get("name", ""))
    key = name if problem.code == "unknown_step" else name.split(".")[1] if name.startswith("steps.") else ""
    if key not in scope.skipped:
        return problem
    return Problem(
        problem.path,
        "skipped_step",
        "This uses what an earlier step gives, but that step is skipped.",
        {key: value for key, value in problem.params.items() if key in ("position", "length")},
    )


def _check_settings(automation: Automation, changed: Mapping[str, Any]) -> Iterable[Problem]:
    known = {each.key for each in automation.settings}
    parts: list[tuple[str, Any]] = [
        ("trigger", automation.trigger),
        ("condition", automation.condition),
        ("steps", automation.steps),
    ]
    parts += [(f"ladder/{rung.key}", {"after": rung.after, "steps": rung.steps}) for rung in automation.ladder]
    for name, data in parts:
        for path, key in used_settings(data, name):
            if key not in known:
                yield Problem(path, "unknown_setting", "There is no setting {name}.", {"name": key})
    for setting in automation.settings:
        words = setting_problem(setting, changed.get(setting.key, setting.default))
        if words:
            yield Problem(f"settings/{setting.key}", "bad_setting", words)
