"""What saving a record of one entity needs to know, worked out once per version of the apps."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from builder.fields.base import FieldType
from builder.model import Pipeline
from runtime import tables
from runtime.catalog import Catalog
from runtime.errors import NotFound
from runtime.tables import EntityDef, FieldDef

_KEY = "formloom_write_plan"
_MOST_KEPT = 2_000
Made = TypeVar("Made")


@dataclass(frozen=True)
class WritePlan:
    """One entity, sorted by what has to be done with its fields when a record is saved.

    columns: every field kept in the record's own row, system fields excepted. links: many-to-many fields.
    pipelines: by the key of the select field that they rule, with the app that declares them.
    json_shapes: what makes the JSON of a value, for the fields whose JSON is not the value itself.
    statements: what `cached` has made: SQL, readers, conditions.
    """

    entity: EntityDef
    columns: Mapping[str, FieldDef]
    links: Mapping[str, FieldDef]
    writable: Mapping[str, FieldDef]
    required: tuple[FieldDef, ...]
    unique: tuple[FieldDef, ...]
    references: tuple[FieldDef, ...]
    people: tuple[FieldDef, ...]
    teams: tuple[FieldDef, ...]
    numbers: tuple[FieldDef, ...]
    defaults: tuple[FieldDef, ...]
    stored_formulas: tuple[FieldDef, ...]
    pipelines: Mapping[str, tuple[str, Pipeline]]
    json_shapes: Mapping[str, Callable[[Any], Any]]
    statements: dict[Any, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.entity.name

    def cached(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made for this key, made now if it is not there. All is forgotten when it becomes too much."""
        found = self.statements.get(key)
        if found is None:
            if len(self.statements) >= _MOST_KEPT:
                self.statements.clear()
            found = self.statements[key] = make()
        return found


def plan_of(catalog: Catalog, entity_name: str) -> WritePlan:
    """The plan of an entity. Raises NotFound when there is no such entity."""
    entity = catalog.find(entity_name)
    if entity is None:
        raise NotFound
    # Kept with the table, so that it lives exactly as long as the definitions that it was made from.
    info = entity.table.info
    if _KEY not in info:
        info[_KEY] = _make(catalog, entity)
    plan: WritePlan = info[_KEY]
    return plan


def _make(catalog: Catalog, entity: EntityDef) -> WritePlan:
    own = [each for each in entity.fields.values() if each.kind != tables.SYSTEM]
    in_row = {each.key: each for each in own if each.column is not None and each.kind != tables.COMPUTED}
    links = {each.key: each for each in own if each.link is not None}
    writable = {each.key: each for each in own if each.is_writable and each.kind != tables.ONE_TO_MANY}
    pipelines = {each.field: (app, each) for app, each in catalog.pipelines_of(entity.name)}
    return WritePlan(
        entity=entity,
        columns=in_row,
        links=links,
        writable=writable,
        required=tuple(each for each in writable.values() if each.field.required),
        unique=tuple(each for each in in_row.values() if each.field.unique or each.field.type == "auto_number"),
        references=tuple(each for each in writable.values() if each.is_relation),
        people=tuple(each for each in writable.values() if each.field.type == "person"),
        teams=tuple(each for each in writable.values() if each.field.type == "team"),
        numbers=tuple(each for each in in_row.values() if each.field.type == "auto_number"),
        defaults=tuple(each for each in writable.values() if each.field.default is not None or each.key in pipelines),
        stored_formulas=tuple(each for each in in_row.values() if each.kind == tables.STORED),
        pipelines=pipelines,
        json_shapes={
            each.key: partial(each.type.to_json, each.field) for each in own if type(each.type).to_json is not FieldType.to_json
        },
    )
