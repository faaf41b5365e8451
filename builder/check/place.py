"""Where a check stands: the app that is checked among all apps, with the look-ups that checks share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from builder.directory import Directory, EntityInfo
from builder.errors import Problem
from builder.expressions import conditions
from builder.expressions.problems import MESSAGES
from builder.expressions.types import Scope
from builder.fields import FIELD_TYPES
from builder.keys import qualified
from builder.model import App, Field


@dataclass(frozen=True)
class Place:
    """The app under check and the directory that holds it."""

    app: App
    directory: Directory

    def entity(self, reference: str) -> EntityInfo | None:
        """The entity that a reference of this app names."""
        return self.directory.entity(qualified(self.app.key, reference))

    def role_exists(self, reference: str) -> bool:
        """Whether a role of this or another app is meant by the reference."""
        app_key, _, role_key = qualified(self.app.key, reference).partition(".")
        app = self.directory.apps.get(app_key)
        return app is not None and any(role.key == role_key for role in app.roles)

    def exists(self, section: str, reference: str) -> bool:
        """Whether `section` (views, dashboards …) of this or another app has what the reference names."""
        app_key, _, key = qualified(self.app.key, reference).partition(".")
        app = self.directory.apps.get(app_key)
        return app is not None and any(item.key == key for item in getattr(app, section))

    def missing(self, path: str, kind: str, reference: str) -> Problem:
        """The problem of a reference to a view, dashboard … that leads nowhere."""
        return Problem(path, f"unknown_{kind}", "There is no {kind} “{name}”.", {"kind": kind, "name": reference})

    def missing_entity(self, path: str, reference: str) -> Problem:
        """The problem of a reference that leads nowhere."""
        return Problem(path, "unknown_entity", "There is no entity “{name}”.", {"name": reference})

    def tree(self, path: str, tree: Any, entity: str, scope: Scope | None = None) -> Iterator[Problem]:
        """Problems of a condition over an entity (or over a given scope)."""
        if tree is None:
            return
        _, problems = conditions.from_json(tree, scope or self.directory.scope(entity))
        for each in problems:
            inner = each.path.replace(".", "/")
            yield Problem(f"{path}/{inner}" if inner else path, each.code, MESSAGES.get(each.code, each.message), each.params)

    def paths(self, path: str, entity: EntityInfo, names: Iterable[str], *, own: bool = False) -> Iterator[Problem]:
        """Problems of a list of field paths; `own` allows only fields of the entity itself."""
        for name in names:
            found = entity.fields.get(name) if own else self.directory.field(entity.name, name)
            if found is None:
                yield unknown_field(path, name)

    def roles(self, path: str, references: Iterable[str]) -> Iterator[Problem]:
        """Problems of a list of role references."""
        for reference in references:
            if not self.role_exists(reference):
                yield Problem(path, "unknown_role", "There is no role “{name}”.", {"name": reference})

    def sort(self, path: str, entity: EntityInfo, keys: Iterable[str]) -> Iterator[Problem]:
        """Problems of sort keys such as `-created_at`."""
        for key in keys:
            field = self.directory.field(entity.name, key.removeprefix("-"))
            if field is None:
                yield unknown_field(path, key.removeprefix("-"))
            elif not sortable(field):
                yield Problem(path, "not_sortable", "One cannot sort by “{name}”.", {"name": key.removeprefix("-")})


def sortable(field: Field) -> bool:
    """Whether lists can be ordered by this field."""
    kind = FIELD_TYPES.get(field.type)
    return kind.sortable and kind.column_type(field) is not None


def unknown_field(path: str, name: str) -> Problem:
    """The problem of a field that does not exist."""
    return Problem(path, "unknown_field", "There is no field “{name}”.", {"name": name})
