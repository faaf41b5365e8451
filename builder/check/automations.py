"""Automations: settings, trigger, condition, every step with what it may name at its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.automations import STEP_TYPES, TRIGGER_TYPES
from builder.automations.base import TriggerType
from builder.automations.scope import ExpressionScope, StepScope
from builder.automations.settings import resolve, setting_problem, setting_values, used_settings
from builder.check.place import Place
from builder.check.unique_keys import step_keys
from builder.codec import encode
from builder.errors import Problem
from builder.expressions.types import Scope
from builder.keys import qualified
from builder.model import Automation, Field


@dataclass(frozen=True)
class Around:
    """What automation checks ask about the apps."""

    place: Place

    def fields(self, entity: str) -> Mapping[str, Field] | None:
        info = self.place.directory.entity(entity)
        return info.fields if info else None

    def scope(self, entity: str) -> Scope | None:
        return self.place.directory.scope(entity) if self.place.directory.entity(entity) else None

    def target(self, entity: str, field: str) -> str | None:
        info = self.place.directory.entity(entity)
        return info.target(field) if info else None

    def has_role(self, role: str) -> bool:
        return self.place.role_exists(role)


def check(place: Place) -> Iterator[Problem]:
    """Problems of all automations."""
    for automation in place.app.automations:
        yield from check_automation(place, automation)


def check_automation(place: Place, automation: Automation) -> Iterator[Problem]:
    """Problems of one automation, its settings at their defaults."""
    path = f"automations/{automation.key}"
    problems = [*_settings(automation, path)]
    if problems:
        yield from problems
        return
    if automation.entity and place.entity(automation.entity) is None:
        yield place.missing_entity(f"{path}/entity", automation.entity)
        return
    document = resolve(encode(automation), setting_values(automation, {}))
    trigger = TRIGGER_TYPES.get(automation.trigger["type"])
    scope = _scope(place, automation)
    yield from _trigger(trigger, automation, document, scope, path)
    if document.get("condition") is not None:
        yield from scope.check_condition(document["condition"], f"{path}/condition")
    yield from step_keys(list(_all_steps(document)), path, set())
    if trigger.has_ladder:
        for rung in document.get("ladder", ()):
            here = f"{path}/ladder/{rung['key']}"
            yield from scope.check_duration(rung["after"], f"{here}/after")
            yield from _steps(rung.get("steps", ()), scope, f"{here}/steps")
    else:
        yield from _steps(document.get("steps", ()), scope, f"{path}/steps")


def _scope(place: Place, automation: Automation) -> StepScope:
    around = Around(place)
    name = qualified(place.app.key, automation.entity) if automation.entity else ""
    record = around.scope(name) if name else None
    before = record if automation.trigger["type"] == "change" else None
    return StepScope(place.app.key, name, around, ExpressionScope(record=record, before=before))


def _settings(automation: Automation, path: str) -> Iterator[Problem]:
    known = {setting.key for setting in automation.settings}
    for place, key in used_settings(encode(automation)):
        if key not in known:
            yield Problem(f"{path}/{place}", "unknown_setting", "There is no setting “{name}”.", {"name": key})
    for setting in automation.settings:
        message = setting_problem(setting, setting.default)
        if message:
            yield Problem(f"{path}/settings/{setting.key}/default", "bad_setting", message)


def _trigger(trigger: TriggerType, automation: Automation, document: Mapping[str, Any], scope: StepScope, path: str) -> Iterator[Problem]:
    if trigger.needs_entity and not automation.entity:
        yield Problem(f"{path}/entity", "required", "Choose the entity whose records this is about.")
        return
    if trigger.has_ladder and (automation.steps or not automation.ladder):
        yield Problem(f"{path}/ladder", "ladder", "This trigger has its steps in a ladder, at least one rung.")
    if not trigger.has_ladder and automation.ladder:
        yield Problem(f"{path}/ladder", "ladder", "Only a date trigger has a ladder.")
    options = {name: value for name, value in document["trigger"].items() if name != "type"}
    for problem in trigger.check(options, scope):
        yield problem.under(f"{path}/trigger")


def _all_steps(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from document.get("steps", ())
    for rung in document.get("ladder", ()):
        yield from rung.get("steps", ())


def _steps(steps: Sequence[Mapping[str, Any]], scope: StepScope, path: str) -> Iterator[Problem]:
    for step in steps:
        kind = STEP_TYPES.get(step["type"])
        here = f"{path}/{step['key']}"
        if kind.needs_record and not scope.entity:
            yield Problem(here, "no_record", "This step works on a record, and this trigger has none.")
        for problem in kind.check(step, scope):
            yield problem.under(here)
        for place, inner, inner_scope in kind.inner(step, scope):
            yield from _steps(inner, inner_scope, f"{here}/{place}")
        scope = scope.after(step["key"], kind.outputs(step, scope), _found_entity(step, scope))


def _found_entity(step: Mapping[str, Any], scope: StepScope) -> str:
    return scope.qualified(step["entity"]) if step["type"] == "find" and "entity" in step else ""
