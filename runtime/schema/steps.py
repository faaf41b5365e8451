"""Catalog x catalog -> what has to happen to tables and columns, in the order in which it can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runtime import tables
from runtime.catalog import Catalog
from runtime.schema.live import type_name
from runtime.tables import EntityDef, FieldDef

TRASH_TABLE, TRASH_COLUMN, TRASH_LINK, DROP_COLUMN = "trash_table", "trash_column", "trash_link", "drop_column"
CREATE_TABLE, ADD_COLUMN, ADD_LINK = "create_table", "add_column", "add_link"
CONVERT, RECOMPUTE, NUMBER, LINK_FROM_COLUMN, COLUMN_FROM_LINK = (
    "convert",
    "recompute",
    "number",
    "link_from_column",
    "column_from_link",
)

_ORDER = (
    TRASH_LINK, TRASH_COLUMN, DROP_COLUMN, TRASH_TABLE, CREATE_TABLE, ADD_COLUMN, ADD_LINK, CONVERT, LINK_FROM_COLUMN,
    COLUMN_FROM_LINK, NUMBER, RECOMPUTE,
)  # fmt: skip

_TEXT = frozenset({"text", "long_text"})
_KEEPS_ITS_TEXT = frozenset({"text", "long_text", "email", "url", "phone", "auto_number"})
_NUMERIC = frozenset({"number", "currency", "percent"})


@dataclass(frozen=True)
class Step:
    """One thing to do. entity: the new definition, or the old one of an entity that goes."""

    kind: str
    entity: EntityDef
    old: FieldDef | None = None
    new: FieldDef | None = None

    @property
    def field(self) -> FieldDef:
        """The field that it is about. Only for steps that are about a field."""
        found = self.new or self.old
        assert found is not None
        return found


def steps_between(old: Catalog, new: Catalog) -> list[Step]:
    """Everything that has to happen, in order."""
    found = [Step(TRASH_TABLE, entity) for entity in old.entities() if new.find(entity.name) is None]
    for entity in new.entities():
        before = old.find(entity.name)
        found.extend(_new_entity(entity) if before is None else _changed_entity(before, entity))
    return sorted(found, key=lambda step: _ORDER.index(step.kind))


def forced_steps(old: Catalog, new: Catalog, planned: Iterable[Step], places: Iterable[tuple[str, str]]) -> list[Step]:
    """Swaps for (entity, field) places that no step touches, because the definitions are alike though the data is not."""
    touched = {(step.entity.name, step.field.key if step.new or step.old else "") for step in planned}
    found = []
    for entity_name, key in places:
        before, after = old.find(entity_name), new.find(entity_name)
        if (entity_name, key) in touched or not key or before is None or after is None:
            continue
        entity_before, entity_after = before.fields.get(key), after.fields.get(key)
        if entity_before is None or entity_after is None:
            continue
        if entity_after.link is not None:
            found += [Step(TRASH_LINK, after, old=entity_before), Step(ADD_LINK, after, new=entity_after)]
        elif entity_after.column is not None:
            found.append(Step(CONVERT, after, entity_before, entity_after))
    return found


def _new_entity(entity: EntityDef) -> Iterator[Step]:
    yield Step(CREATE_TABLE, entity)
    for each in entity.fields.values():
        if each.link is not None:
            yield Step(ADD_LINK, entity, new=each)


def _changed_entity(before: EntityDef, entity: EntityDef) -> Iterator[Step]:
    for key, old in before.fields.items():
        if key not in entity.fields:
            yield from _removed(entity, old)
    for key, new in entity.fields.items():
        former = before.fields.get(key)
        yield from _added(entity, new) if former is None else _changed(entity, former, new)


def _removed(entity: EntityDef, old: FieldDef) -> Iterator[Step]:
    if old.link is not None:
        yield Step(TRASH_LINK, entity, old=old)
    elif old.kind == tables.STORED:
        yield Step(DROP_COLUMN, entity, old=old)
    elif old.column is not None:
        yield Step(TRASH_COLUMN, entity, old=old)


def _added(entity: EntityDef, new: FieldDef) -> Iterator[Step]:
    if new.link is not None:
        yield Step(ADD_LINK, entity, new=new)
    elif new.column is not None:
        yield Step(ADD_COLUMN, entity, new=new)
        if new.kind == tables.STORED:
            yield Step(RECOMPUTE, entity, new=new)
        elif new.field.type == "auto_number":
            yield Step(NUMBER, entity, new=new)


def _changed(entity: EntityDef, old: FieldDef, new: FieldDef) -> Iterator[Step]:
    if old.is_relation and new.is_relation and old.target == new.target and old.kind != new.kind:
        if (old.kind, new.kind) == (tables.MANY_TO_ONE, tables.MANY_TO_MANY):
            yield Step(LINK_FROM_COLUMN, entity, old, new)
            return
        if (old.kind, new.kind) == (tables.MANY_TO_MANY, tables.MANY_TO_ONE):
            yield Step(COLUMN_FROM_LINK, entity, old, new)
            return
    if _same_storage(old, new):
        if new.kind == tables.STORED and old.field.options != new.field.options:
            yield Step(RECOMPUTE, entity, old, new)
        if new.field.type == "auto_number" != old.field.type:
            yield Step(NUMBER, entity, old, new)
    elif _convertible(old, new):
        yield Step(CONVERT, entity, old, new)
    else:
        yield from _removed(entity, old)
        yield from _added(entity, new)


def _same_storage(old: FieldDef, new: FieldDef) -> bool:
    """Whether every value may stay where it is, as it is."""
    if old.kind != new.kind or old.target != new.target:
        return False
    if old.column is None or new.column is None:
        return True
    if type_name(old.column) != type_name(new.column):
        return False
    if old.field.type == new.field.type or new.kind == tables.STORED:
        return not _loses_decimals(old, new)
    kinds = (old.field.type, new.field.type)
    if kinds[0] in _KEEPS_ITS_TEXT and (kinds[1] in _TEXT or kinds[1] == "auto_number"):
        return True
    return kinds[0] in _NUMERIC and kinds[1] in _NUMERIC and not _loses_decimals(old, new)


def _loses_decimals(old: FieldDef, new: FieldDef) -> bool:
    before, after = getattr(old.type, "decimals", None), getattr(new.type, "decimals", None)
    return before is not None and after is not None and after(new.field) < before(old.field)


def _convertible(old: FieldDef, new: FieldDef) -> bool:
    """Whether values of the old column can be read as values of the new one; a new target means other records."""
    if old.column is None or new.column is None or new.is_formula:
        return False
    return not (old.is_relation and new.is_relation)
