"""Automations made ready to run: settings put in, conditions compiled, problems found. Cached by the apps' versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa

from builder.automations import check_automation, is_on
from builder.automations.durations import DAY, WORKING_DAY, Duration, parse_duration
from builder.automations.scope import ExpressionScope
from builder.automations.settings import resolve, setting_values
from builder.automations.triggers.change import BECOMES, DEFAULT_OPERATIONS
from builder.check.automations import DirectorySurroundings
from builder.codec import app_from_json
from builder.directory import Directory
from builder.errors import Problem
from builder.expressions.conditions import from_json
from builder.expressions.nodes import Node
from builder.keys import qualified
from builder.model import App, Automation
from builder.upgrades import upgrade
from runtime.catalog import Catalog
from runtime.platform.apps import AppVersion
from runtime.platform.automation import AutomationState

_CAPACITY = 4096
Made = TypeVar("Made")


@dataclass(frozen=True)
class State:
    """What is kept about an automation beside its document."""

    enabled: bool | None = None
    settings: Mapping[str, Any] = None  # type: ignore[assignment]
    paused_reason: str | None = None
    failures_in_row: int = 0


NO_STATE = State(settings={})
States = Mapping[str, State]


@dataclass(frozen=True)
class RungPlan:
    """One step of a ladder: when, and what."""

    key: str
    after: Duration
    steps: tuple[Any, ...]


@dataclass(frozen=True)
class Plan:
    """One automation of one version with these settings. `name` is `app.key`, `entity` `app.key` or empty.

    With `problems` it is broken: it stays visible, and does not run.
    """

    name: str
    app: str
    version: int
    automation: Automation
    entity: str
    trigger: Mapping[str, Any]
    condition: Node | None
    condition_tree: Any
    steps: tuple[Any, ...]
    ladder: tuple[RungPlan, ...]
    settings: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()
    state: State = NO_STATE

    @property
    def kind(self) -> str:
        """The trigger's type."""
        return str(self.trigger.get("type"))

    @property
    def is_enabled(self) -> bool:
        """Whether it is switched on and sound."""
        wanted = self.automation.enabled if self.state.enabled is None else self.state.enabled
        return bool(wanted) and not self.problems

    @property
    def is_paused(self) -> bool:
        return self.state.paused_reason is not None

    @cached_property
    def operations(self) -> frozenset[str]:
        """What a change trigger listens to; a record that comes back from the bin counts as an update."""
        listed = frozenset(self.trigger.get("on") or DEFAULT_OPERATIONS)
        return listed | {"restore"} if "update" in listed else listed

    @cached_property
    def fields(self) -> frozenset[str]:
        """Only when one of these changed; empty: any."""
        return frozenset(self.trigger.get("fields") or ())

    @property
    def fires_on_edge(self) -> bool:
        return str(self.trigger.get("fire", BECOMES)) == BECOMES

    def steps_of(self, rung: str) -> tuple[Any, ...]:
        """The steps of a rung, or those of the automation for an empty rung."""
        return next((each.steps for each in self.ladder if each.key == rung), ()) if rung else self.steps

    def does_something(self, rung: str = "") -> bool:
        """Whether there is a step in it that is not switched off."""
        return any(is_on(each) for each in self.steps_of(rung))


def load_states(connection: sa.Connection, workspace_ids: Iterable[int]) -> dict[int, dict[str, State]]:
    """The states of all automations of these workspaces that have one."""
    table = AutomationState
    statement = sa.select(
        table.workspace_id, table.automation, table.enabled, table.settings, table.paused_reason, table.failures_in_row
    ).where(table.workspace_id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))))
    found: dict[int, dict[str, State]] = {}
    for row in connection.execute(statement, {"ids": sorted(set(workspace_ids))}):
        state = State(row.enabled, row.settings, row.paused_reason, row.failures_in_row)
        found.setdefault(row.workspace_id, {})[row.automation] = state
    return found


def plans_on(catalog: Catalog, entity: str, states: States) -> Iterator[Plan]:
    """The plans of the automations of an entity, in the order in which they run; broken and switched-off ones too."""
    members = sorted(catalog.automations_on(entity), key=lambda member: (member[1].order, member[0]))
    for name, automation in members:
        yield plan_of(catalog, name, automation, states.get(name, NO_STATE))


def all_plans(catalog: Catalog, states: States) -> Iterator[Plan]:
    """The plans of all automations of a workspace."""
    for app in catalog.apps.values():
        for automation in app.automations:
            name = f"{app.key}.{automation.key}"
            yield plan_of(catalog, name, automation, states.get(name, NO_STATE))


def find_plan(catalog: Catalog, name: str, states: States) -> Plan | None:
    """The current plan of `app.key`, or None."""
    app = catalog.apps.get(name.partition(".")[0])
    key = name.partition(".")[2]
    automation = next((each for each in app.automations if each.key == key), None) if app else None
    return plan_of(catalog, name, automation, states.get(name, NO_STATE)) if automation is not None else None


def plan_of(catalog: Catalog, name: str, automation: Automation, state: State, version: int | None = None) -> Plan:
    """The plan of this automation in this catalog. `version`: that of the app, when it is not the current one."""
    app = name.partition(".")[0]
    number = catalog.versions.get(app, 0) if version is None else version
    settings = orjson.dumps(state.settings, option=orjson.OPT_SORT_KEYS) if state.settings else b""
    plan = _cached(catalog, (name, number, settings), lambda: _make(catalog, app, name, number, automation, state))
    return plan if plan.state == state else replace(plan, state=state)


def pinned_plan(
    connection: sa.Connection, catalog: Catalog, name: str, version: int, settings: Mapping[str, Any], state: State
) -> Plan | None:
    """The plan of the app's version that a run began with; None when that version had no such automation."""
    app, _, key = name.partition(".")
    if catalog.versions.get(app) == version:
        found: App | None = catalog.apps[app]
    else:
        found = _old_app(connection, catalog, app, version)
    automation = next((each for each in found.automations if each.key == key), None) if found else None
    if automation is None:
        return None
    return plan_of(catalog, name, automation, replace(state, settings=settings), version)


def surroundings(catalog: Catalog) -> DirectorySurroundings:
    """What checks and conditions ask about the apps of this catalog."""
    return _cached(catalog, "surroundings", lambda: DirectorySurroundings(Directory(catalog.apps)))


def record_scope(catalog: Catalog, entity: str) -> ExpressionScope:
    """The scope of an automation's condition."""
    record = surroundings(catalog).scope(entity)
    return ExpressionScope(record, record)


def _make(catalog: Catalog, app: str, name: str, version: int, automation: Automation, state: State) -> Plan:
    around = surroundings(catalog)
    problems = check_automation(app, automation, around, state.settings or {})
    values = setting_values(automation, state.settings or {})
    entity = qualified(app, automation.entity) if automation.entity else ""
    plan = Plan(name, app, version, automation, entity, automation.trigger, None, None, (), (), values, tuple(problems))
    if problems:
        return plan
    trigger, tree = resolve(automation.trigger, values), resolve(automation.condition, values)
    condition = from_json(tree, record_scope(catalog, entity))[0] if tree is not None else None
    rungs = (_rung(each, values, trigger.get("calendar") == "working_days") for each in automation.ladder)
    steps = tuple(resolve(automation.steps, values))
    return replace(plan, trigger=trigger, condition=condition, condition_tree=tree, steps=steps, ladder=tuple(rungs))


def _rung(rung: Any, values: Mapping[str, Any], working_days: bool) -> RungPlan:
    after = parse_duration(resolve(rung.after, values))
    assert after is not None
    if working_days and after.unit == DAY:
        after = Duration(after.amount, WORKING_DAY)
    return RungPlan(rung.key, after, tuple(resolve(rung.steps, values)))


def _old_app(connection: sa.Connection, catalog: Catalog, app: str, version: int) -> App | None:
    statement = sa.select(AppVersion.document).where(
        AppVersion.workspace_id == catalog.workspace_id, AppVersion.app == app, AppVersion.number == version
    )

    def read() -> App | None:
        document = connection.scalar(statement)
        return app_from_json(upgrade(document)) if document is not None else None

    return _cached(catalog, ("app", app, version), read)


def _cached(catalog: Catalog, key: Any, make: Callable[[], Made]) -> Made:
    """Kept in the catalog, so that it lives exactly as long as the definitions that it was made from."""
    cache: dict[Any, Any] = catalog.__dict__.setdefault("_automation_plans", {})
    if key not in cache:
        if len(cache) >= _CAPACITY:  # settings that change all the time
            cache.clear()
        cache[key] = make()
    return cache[key]  # type: ignore[no-any-return]
