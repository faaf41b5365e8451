"""What the tables hold, as plain Python, and what a publication may have done to it.

The judge knows three things only: where a definition says that values live, that what leaves the definitions lies in the trash,
and which losses the plan had counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from runtime import tables
from runtime.catalog import Catalog
from runtime.context import Context
from runtime.schema.preview import field_path
from runtime.schema.trash import Trashed, trash_of
from runtime.schema_plan import Plan
from runtime.tables import EntityDef, FieldDef

Place = tuple[str, str]
Values = dict[int, Any]
Pairs = set[tuple[int, int]]


@dataclass
class Stored:
    """columns: (entity, field) -> value by record id. links: (entity, field) -> pairs. ids: entity -> ids."""

    columns: dict[Place, Values] = field(default_factory=dict)
    links: dict[Place, Pairs] = field(default_factory=dict)
    ids: dict[str, set[int]] = field(default_factory=dict)


def read_stored(ctx: Context) -> Stored:
    """All values of all records that the definitions know, with what stored formulas show."""
    found = Stored()
    for entity in ctx.catalog.entities():
        kept = {key: each.column for key, each in entity.fields.items() if each.column is not None}
        rows = ctx.connection.execute(sa.select(entity.table.c.id, *kept.values())).all()
        found.ids[entity.name] = {row[0] for row in rows}
        for number, key in enumerate(kept, 1):
            found.columns[entity.name, key] = {row[0]: row[number] for row in rows}
        for key, each in entity.fields.items():
            if each.link is not None:
                found.links[entity.name, key] = _pairs(ctx, each.link)
    return found


_COMPUTED = (tables.STORED, tables.COMPUTED)


@dataclass
class Judge:
    """Compares what was stored before a publication with what is there after it. ctx: after. old: the catalog before.

    restored: places that came back from the trash, of which other tests say what they hold.
    """

    ctx: Context
    old: Catalog
    before: Stored
    restored: Collection[Place] = ()
    lost: Counter[str] = field(default_factory=Counter)

    def check(self, plan: Plan) -> None:
        """Everything is there, converted as the plan said, or in the trash; what is lost was counted, no more and no less."""
        self.after = read_stored(self.ctx)
        self.trash = trash_of(self.ctx)
        for entity in self.old.entities():
            new = self.ctx.catalog.find(entity.name)
            if new is None:
                self._entity_gone(entity)
                continue
            assert self.after.ids[entity.name] == self.before.ids[entity.name], f"{entity.name}: other records"
            for key, each in entity.fields.items():
                if (entity.name, key) not in self.restored and not _is_computed_anyway(each, new.fields.get(key)):
                    self._field(entity, each, new.fields.get(key))
        counted = {each.path: each.rows for each in plan.losses}
        assert counted == {path: rows for path, rows in self.lost.items() if rows}, "the plan has counted otherwise"

    def _entity_gone(self, entity: EntityDef) -> None:
        ids = self.before.ids[entity.name]
        item = self._in_trash(entity.name, None)
        table = sa.table(item.physical_name, sa.column("id"), schema=self.ctx.workspace.schema)
        assert set(self.ctx.connection.scalars(sa.select(table.c.id))) == ids
        for key, each in entity.fields.items():
            if each.column is not None and each.kind not in _COMPUTED:
                found = self._column(item.physical_name, each.column)
                assert found == self.before.columns[entity.name, key], f"{entity.name}.{key}: other values in the trash"
            elif each.link is not None:
                self._link_in_trash(entity.name, key)
        self.lost[field_path(entity)] += len(ids)

    def _field(self, entity: EntityDef, old: FieldDef, new: FieldDef | None) -> None:
        if old.column is not None:
            self._was_column(entity, old, new, self.before.columns[entity.name, old.key])
        elif old.link is not None:
            self._was_link(entity, old, new, self.before.links[entity.name, old.key])

    def _was_column(self, entity: EntityDef, old: FieldDef, new: FieldDef | None, values: Values) -> None:
        place = (entity.name, old.key)
        filled = {identity: value for identity, value in values.items() if value is not None}
        if new is not None and old.is_relation and new.link is not None and new.target == old.target:
            assert self.after.links[place] == set(filled.items())
        elif (
            new is None
            or new.column is None
            or new.is_formula
            or (new.is_relation and (not old.is_relation or new.target != old.target))
        ):
            if new is not None and new.is_relation and new.column is not None and not old.is_relation:
                return self._converted(entity, old, new, values)
            self._column_in_trash(entity, old, values)
            self.lost[field_path(entity, old)] += len(filled)
        elif self.after.columns[place] != values:
            self._converted(entity, old, new, values)
        return None

    def _converted(self, entity: EntityDef, old: FieldDef, new: FieldDef, values: Values) -> None:
        now = self.after.columns[entity.name, old.key]
        numbered = old.field.type != "auto_number" == new.field.type
        if numbered and all(now[identity] == value for identity, value in values.items() if value is not None):
            return  # the rest got numbers
        self._column_in_trash(entity, old, values)
        for identity, value in values.items():
            if value in (None, ""):
                assert now[identity] is None
            elif now[identity] is None or (isinstance(value, list) and new.field.type == "select" and len(value) > 1):
                self.lost[field_path(entity, new)] += 1
            else:
                assert plausible(old, new, value, now[identity]), f"{place_of(entity, new)}: {value!r} became {now[identity]!r}"

    def _was_link(self, entity: EntityDef, old: FieldDef, new: FieldDef | None, pairs: Pairs) -> None:
        place = (entity.name, old.key)
        same = new is not None and new.is_relation and new.target == old.target
        if same and new is not None and new.link is not None:
            assert self.after.links[place] == pairs
            return
        found = self._link_in_trash(*place)
        assert found == pairs
        counts = Counter(source for source, _ in pairs)
        if same and new is not None and new.column is not None:
            now = self.after.columns[place]
            assert all(now[source] == min(target for one, target in pairs if one == source) for source in counts)
            self.lost[field_path(entity, new)] += sum(count > 1 for count in counts.values())
        else:
            self.lost[field_path(entity, old)] += len(counts)

    # the trash

    def _in_trash(self, entity: str, key: str | None) -> Trashed:
        found = [each for each in self.trash if (each.entity, each.field) == (entity, key)]
        assert found, f"{entity}.{key} is neither here nor in the trash"
        return found[0]

    def _column_in_trash(self, entity: EntityDef, old: FieldDef, values: Values) -> None:
        assert old.column is not None
        item = self._in_trash(entity.name, old.key)
        found = self._column(item.table_name, sa.Column(item.physical_name, old.column.type))
        assert found == values, f"{place_of(entity, old)}: other values in the trash"

    def _column(self, table: str, column: sa.Column[Any]) -> Values:
        source = sa.table(table, sa.column("id"), sa.column(column.name, column.type), schema=self.ctx.workspace.schema)
        return {row[0]: row[1] for row in self.ctx.connection.execute(sa.select(source.c.id, source.c[column.name]))}

    def _link_in_trash(self, entity: str, key: str) -> Pairs:
        item = self._in_trash(entity, key)
        link = sa.table(item.physical_name, sa.column("source_id"), sa.column("target_id"), schema=self.ctx.workspace.schema)
        return _pairs(self.ctx, link)


def _is_computed_anyway(old: FieldDef, new: FieldDef | None) -> bool:
    """What a formula showed is no value of a record, unless its field becomes one for values."""
    return old.kind in _COMPUTED and (
        old.column is None or new is None or new.column is None or new.is_formula or new.is_relation
    )


def plausible(old: FieldDef, new: FieldDef, value: Any, now: Any) -> bool:
    """Whether a person would read the old value as the new one: what can be said without asking the converter."""
    kinds = (old.field.type, new.field.type)
    numbers = ("number", "currency", "percent")
    if kinds[0] in numbers and kinds[1] in numbers:
        return bool(abs(now - value) < 1)
    if kinds[0] in ("text", "long_text") and kinds[1] in numbers and str(value).isascii() and str(value).isdigit():
        return bool(abs(now - int(value)) < 1)
    if kinds[1] in ("text", "long_text") and kinds[0] in ("select", "date", *numbers):
        return isinstance(now, str) and now != ""
    return now is not None


def place_of(entity: EntityDef, each: FieldDef) -> str:
    return f"{entity.name}.{each.key} ({each.field.type})"


def _pairs(ctx: Context, link: Any) -> Pairs:
    return {(row[0], row[1]) for row in ctx.connection.execute(sa.select(link.c.source_id, link.c.target_id))}


def everything_of(ctx: Context) -> Mapping[str, Any]:
    """All that a refused publication may not touch: values, the shape of the tables, versions, the trash, drafts."""
    from runtime.schema.live import read_live

    stored = read_stored(ctx)
    drafts = ctx.connection.execute(
        sa.text("SELECT app, user_id, base_version, position, document FROM formloom.app_draft ORDER BY 1, 2")
    )
    versions = ctx.connection.execute(sa.text("SELECT workspace_id, app, number FROM formloom.app_version ORDER BY 1, 2, 3"))
    return {
        "values": stored,
        "tables": read_live(ctx.connection, ctx.workspace.schema),
        "versions": [tuple(row) for row in versions],
        "trash": trash_of(ctx),
        "drafts": [tuple(row) for row in drafts],
        "installed": dict(ctx.catalog.versions),
    }
