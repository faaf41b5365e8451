"""Several apps seen as one: entities by full name, their fields with those that other apps add."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from builder.expressions.types import Scope, Type
from builder.fields import FIELD_TYPES, system_fields
from builder.fields.choice import choices
from builder.fields.link import MANY_TO_ONE, relation_kind
from builder.keys import qualified
from builder.model import App, Entity, Field, Pipeline


@dataclass(frozen=True)
class EntityInfo:
    """One entity with all its fields: declared, added by other apps, and the system's."""

    name: str
    """`app.entity`."""
    app: App
    entity: Entity
    fields: Mapping[str, Field]
    added_by: Mapping[str, str]
    """App of each field that another app adds."""

    def target(self, key: str) -> str | None:
        """Full name of the entity that a relation field points at; None for other fields."""
        field = self.fields.get(key)
        if field is None or field.type != "relation":
            return None
        return qualified(self.added_by.get(key, self.app.key), str(field.options.get("to", "")))


class Directory:
    """All apps of a workspace at one moment. Immutable."""

    def __init__(self, apps: Mapping[str, App]) -> None:
        self.apps = dict(apps)

    @cached_property
    def entities(self) -> Mapping[str, EntityInfo]:
        """Every entity by full name, apps in their order."""
        added: dict[str, dict[str, tuple[str, Field]]] = {}
        for app in self.apps.values():
            for extension in app.extends:
                fields = added.setdefault(qualified(app.key, extension.entity), {})
                for field in extension.fields:
                    key = f"{app.key}_{field.key}"
                    fields[key] = (app.key, replace(field, key=key))
        return {info.name: info for app in self.apps.values() for info in self._of_app(app, added)}

    def _of_app(self, app: App, added: Mapping[str, Mapping[str, tuple[str, Field]]]) -> Iterator[EntityInfo]:
        for entity in app.entities:
            name = qualified(app.key, entity.key)
            extra = added.get(name, {})
            fields = {field.key: field for field in (*entity.fields, *(field for _, field in extra.values()), *system_fields())}
            yield EntityInfo(name, app, entity, fields, {key: owner for key, (owner, _) in extra.items()})

    def entity(self, name: str) -> EntityInfo | None:
        """The entity of this full name or None."""
        return self.entities.get(name)

    def field(self, entity: str, path: str) -> Field | None:
        """The field at the end of a dotted path over many-to-one relations, or None."""
        *steps, last = path.split(".")
        info = self.entity(entity)
        for step in steps:
            field = info.fields.get(step) if info else None
            if field is None or field.type != "relation" or relation_kind(field) != MANY_TO_ONE:
                return None
            info = self.entity((info.target(step) if info else None) or "")
        return info.fields.get(last) if info else None

    def scope(self, entity: str) -> Scope:
        """What expressions over this entity may name."""
        return EntityScope(self, entity)

    def pipelines_of(self, entity: str) -> Iterator[tuple[App, Pipeline]]:
        """The pipelines over this entity, of any app."""
        for app in self.apps.values():
            for pipeline in app.pipelines:
                if qualified(app.key, pipeline.entity) == entity:
                    yield app, pipeline


@dataclass(frozen=True)
class EntityScope:
    """The fields of one entity, and over many-to-one relations those of others, as expressions see them."""

    directory: Directory
    entity: str

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        field = self.directory.field(self.entity, ".".join(path))
        kind = FIELD_TYPES.find(field.type) if field else None
        return kind.expression_type(field) if kind and field else None

    def choices_of(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        field = self.directory.field(self.entity, ".".join(path))
        return tuple(choice["key"] for choice in choices(field)) if field and "choices" in field.options else None

    def related(self, path: tuple[str, ...]) -> Scope | None:
        name = self.entity
        for step in path:
            info = self.directory.entity(name)
            target = info.target(step) if info else None
            if target is None:
                return None
            name = target
        return EntityScope(self.directory, name) if path else None
