"""Automations: each is checked by the rules of its trigger and steps, over the apps around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from builder.automations import check_automation
from builder.check.place import Place
from builder.directory import Directory
from builder.errors import Problem
from builder.expressions.types import Scope
from builder.keys import qualified
from builder.model import Field


@dataclass(frozen=True)
class DirectorySurroundings:
    """What automation checks ask about the apps, answered by a directory."""

    directory: Directory

    def fields(self, entity: str) -> Mapping[str, Field] | None:
        info = self.directory.entity(entity)
        return info.fields if info else None

    def scope(self, entity: str) -> Scope | None:
        return self.directory.scope(entity) if self.directory.entity(entity) else None

    def target(self, entity: str, field: str) -> str | None:
        info = self.directory.entity(entity)
        return info.target(field) if info else None

    def has_role(self, role: str) -> bool:
        app_key, _, key = role.partition(".")
        app = self.directory.apps.get(app_key)
        return app is not None and any(each.key == key for each in app.roles)


def check(place: Place) -> Iterator[Problem]:
    """Problems of all automations."""
    surroundings = DirectorySurroundings(place.directory)
    for automation in place.app.automations:
        path = f"automations/{automation.key}"
        for reference in automation.trigger.get("roles") or ():
            if not surroundings.has_role(qualified(place.app.key, str(reference))):
                yield Problem(f"{path}/trigger/roles", "unknown_role", "There is no role “{name}”.", {"name": reference})
        for problem in check_automation(place.app.key, automation, surroundings):
            yield problem.under(path)
