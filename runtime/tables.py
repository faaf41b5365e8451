"""Definitions -> SQLAlchemy tables. Nothing here talks to the database.

Physical names follow the keys: schema `ws_<workspace>`, table `<app>__<entity>`, column `<field>`, link table
`<app>__<entity>__<field>` with `source_id` and `target_id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from builder.fields import FIELD_TYPES, system_fields
from builder.fields.base import FieldType
from builder.formulas import stored_formulas
from builder.keys import physical, qualified
from builder.model import App, Entity, Field

VALUE = "value"
SYSTEM = "system"
MANY_TO_ONE = "many_to_one"
ONE_TO_MANY = "one_to_many"
MANY_TO_MANY = "many_to_many"
STORED = "stored"
"""A formula whose result is kept in a column."""
COMPUTED = "computed"
"""A formula that is computed on reading."""


@dataclass(frozen=True)
class FieldDef:
    """One field of one entity with its place in the database.

    kind: value, system, many_to_one, one_to_many, many_to_many, stored or computed (formulas).
    column: None for one_to_many, many_to_many and computed fields. link: only for many_to_many.
    target: name of the entity that a relation leads to. inverse: for one_to_many, the field over there.
    app: key of the app that declares the field; differs from the entity's app for an extension.
    """

    field: Field
    type: FieldType
    kind: str
    app: str
    column: sa.Column[Any] | None = None
    link: sa.Table | None = None
    target: str | None = None
    inverse: str | None = None

    @property
    def key(self) -> str:
        """The field's key on this entity (`<app>_<key>` for an extension)."""
        return self.field.key

    @property
    def is_relation(self) -> bool:
        return self.target is not None

    @property
    def is_formula(self) -> bool:
        return self.kind in (STORED, COMPUTED)

    @property
    def is_writable(self) -> bool:
        """Whether a person may give a value (rights aside)."""
        return self.kind not in (SYSTEM, STORED, COMPUTED) and self.type.writable


@dataclass(frozen=True)
class EntityDef:
    """One entity with its table and all its fields: own, extensions of other apps, system fields."""

    name: str
    app: str
    entity: Entity
    table: sa.Table
    fields: Mapping[str, FieldDef] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.entity.key

    @property
    def title_field(self) -> str:
        """Key of the field that names a record; `id` when the entity has nothing better."""
        if self.entity.title_field:
            return self.entity.title_field
        return next((each.key for each in self.fields.values() if each.type.searchable), "id")

    @property
    def owner_field(self) -> str:
        """Key of the person field that "own" and "team" rules look at."""
        return self.entity.owner_field or "created_by"

    @property
    def search_fields(self) -> tuple[str, ...]:
        """Keys of the fields that the search box looks into."""
        if self.entity.search_fields:
            return self.entity.search_fields
        found = dict.fromkeys([self.title_field] if self.title_field != "id" else [])
        found |= dict.fromkeys(each.key for each in self.fields.values() if each.type.searchable)
        return tuple(found)

    @property
    def relations(self) -> tuple[FieldDef, ...]:
        return tuple(each for each in self.fields.values() if each.is_relation)

    def column(self, key: str) -> sa.Column[Any]:
        """The column of a field. KeyError when there is no such field or it has none."""
        found = self.fields[key].column
        if found is None:
            raise KeyError(key)
        return found


def schema_name(workspace_key: str) -> str:
    """The PostgreSQL schema of a workspace's records."""
    return f"ws_{workspace_key}"


def table_name(entity: str) -> str:
    """The table of `crm.lead` is `crm__lead`."""
    return physical(*entity.split("."))


def link_name(entity: str, field_key: str) -> str:
    """The link table of a many-to-many field."""
    return physical(*entity.split("."), field_key)


def column_name(field_key: str) -> str:
    """The column of a field; only keys of extensions can be too long for PostgreSQL."""
    return physical(field_key)


def build(apps: Mapping[str, App], schema: str) -> dict[str, EntityDef]:
    """All entities of a workspace by name, with tables in one MetaData."""
    metadata = sa.MetaData(schema=schema)
    declared = _declared_fields(apps)
    result = {}
    for name, (app, entity) in _entities(apps).items():
        fields = [*((each, app.key, False) for each in system_fields()), *declared[name]]
        result[name] = _entity(name, app, entity, fields, metadata)
    return result


def _entities(apps: Mapping[str, App]) -> dict[str, tuple[App, Entity]]:
    return {f"{app.key}.{entity.key}": (app, entity) for app in apps.values() for entity in app.entities}


def _declared_fields(apps: Mapping[str, App]) -> dict[str, list[tuple[Field, str, bool]]]:
    """Fields by entity as (field, declaring app, declared by the document); extensions of absent entities are left out."""
    found = {name: [(each, app.key, True) for each in entity.fields] for name, (app, entity) in _entities(apps).items()}
    for app, name, each in extension_fields(apps):
        if name in found:
            found[name].append((each, app, True))
    return found


def extension_fields(apps: Mapping[str, App]) -> Iterator[tuple[str, str, Field]]:
    """(declaring app, extended entity, field with the key that it has there) of all extensions."""
    for app in apps.values():
        for extension in app.extends:
            for each in extension.fields:
                yield app.key, qualified(app.key, extension.entity), replace(each, key=f"{app.key}_{each.key}")


def _entity(name: str, app: App, entity: Entity, fields: list[tuple[Field, str, bool]], metadata: sa.MetaData) -> EntityDef:
    stored = frozenset(stored_formulas(each for each, _, declared in fields if declared))
    made = [_field(name, each, owner, declared, stored, metadata) for each, owner, declared in fields]
    columns = [each.column for each in made if each.column is not None]
    # The columns of the bin stand before the declared ones: every query asks for deleted_at, and to reach a column PostgreSQL
    # walks over all texts before it. It made a scan twice as fast.
    system = sum(each.kind == SYSTEM for each in made)
    table = sa.Table(table_name(name), metadata, *columns[:system], *_bin_columns(), *columns[system:])
    return EntityDef(name, app.key, entity, table, {each.key: each for each in made})


def _bin_columns() -> tuple[sa.Column[Any], ...]:
    return sa.Column("deleted_at", sa.DateTime(timezone=True)), sa.Column("deleted_by", sa.BigInteger)


def _field(entity: str, declared: Field, app: str, is_declared: bool, stored: frozenset[str], metadata: sa.MetaData) -> FieldDef:
    kind_of_type = FIELD_TYPES.get(declared.type)
    if not is_declared:
        return FieldDef(declared, kind_of_type, SYSTEM, app, _system_column(declared, kind_of_type))
    if declared.type == "relation":
        return _relation(entity, declared, kind_of_type, app, metadata)
    if declared.type == "formula" and declared.key not in stored:
        return FieldDef(declared, kind_of_type, COMPUTED, app)
    column = sa.Column(column_name(declared.key), kind_of_type.column_type(declared))
    return FieldDef(declared, kind_of_type, STORED if declared.type == "formula" else VALUE, app, column)


def _system_column(declared: Field, kind: FieldType) -> sa.Column[Any]:
    if declared.key == "id":
        return sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True)
    if declared.key == "version":
        return sa.Column("version", sa.BigInteger, nullable=False, server_default="1")
    if declared.key in ("created_at", "changed_at"):
        return sa.Column(declared.key, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
    return sa.Column(declared.key, kind.column_type(declared) or sa.BigInteger())


def _relation(entity: str, declared: Field, kind_of_type: FieldType, app: str, metadata: sa.MetaData) -> FieldDef:
    kind = str(declared.options.get("kind", MANY_TO_ONE))
    target = qualified(app, str(declared.options["to"]))
    if kind == MANY_TO_ONE:
        key = sa.ForeignKey(f"{metadata.schema}.{table_name(target)}.id")
        column: sa.Column[Any] = sa.Column(column_name(declared.key), sa.BigInteger, key)
        return FieldDef(declared, kind_of_type, kind, app, column, target=target)
    if kind == MANY_TO_MANY:
        link = _link_table(entity, declared.key, target, metadata)
        return FieldDef(declared, kind_of_type, kind, app, link=link, target=target)
    inverse = str(declared.options["inverse"])
    return FieldDef(declared, kind_of_type, ONE_TO_MANY, app, target=target, inverse=inverse)


def _link_table(entity: str, key: str, target: str, metadata: sa.MetaData) -> sa.Table:
    def side(name: str, other: str) -> sa.Column[Any]:
        reference = sa.ForeignKey(f"{metadata.schema}.{table_name(other)}.id", ondelete="CASCADE")
        return sa.Column(name, sa.BigInteger, reference, primary_key=True, autoincrement=False)

    return sa.Table(link_name(entity, key), metadata, side("source_id", entity), side("target_id", target))
