"""Does the steps of a change, inside the transaction of the one who asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from runtime import tables
from runtime.context import Context
from runtime.platform.apps import TrashItem
from runtime.schema import fill, foreign_keys, limits, locks, steps, trash
from runtime.schema.births import first_id
from runtime.schema.convert import Converter
from runtime.schema.fill import batches, compute_formulas, convert_rows
from runtime.schema.indexes import index_statement, indexes_of, link_indexes
from runtime.schema.later import start_job
from runtime.schema.live import LiveTable, has_trigrams, is_big, read_live, type_name
from runtime.schema.names import is_hidden, is_trash, version_column
from runtime.schema.steps import Step
from runtime.schema.trash import CONVERTED, Trashed, operations
from runtime.tables import EntityDef, FieldDef

if TYPE_CHECKING:
    from alembic.operations import Operations


_ALTERS_NOTHING = (steps.CREATE_TABLE, steps.RECOMPUTE, steps.NUMBER)


@dataclass
class Execution:
    """One run over the steps. ctx has the new catalog.

    restoring: what is taken back from the trash, by (entity, field); a table has field "".
    prepared: hidden columns that hold converted values already, by (entity, field).
    """

    ctx: Context
    restoring: Mapping[tuple[str, str], Trashed] = field(default_factory=dict)
    prepared: Mapping[tuple[str, str], str] = field(default_factory=dict)
    ops: Operations = field(init=False)
    _unnumbered: dict[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ops = operations(self.ctx.connection)

    @property
    def schema(self) -> str:
        return self.ctx.workspace.schema

    def run(self, planned: Iterable[Step]) -> None:
        """All steps, then foreign keys and indexes of everything that was touched, then values that depend on others."""
        planned = list(planned)
        self._make_ready(planned)
        for step in planned:
            _DO[step.kind](self, step)
        touched = {step.entity.name for step in planned if step.kind != steps.TRASH_TABLE}
        touched |= {name for name, _ in self.restoring}
        live = read_live(self.ctx.connection, self.schema)  # once: nobody can read the altered tables meanwhile
        self.sync_foreign_keys(live)
        self._compute(planned, touched)
        sync_indexes(self.ctx, self.ops, live)

    def _make_ready(self, planned: Iterable[Step]) -> None:
        """What takes long is done before the first table is altered, while everybody may still read."""
        altered = {step.entity.table.name for step in planned if step.kind not in _ALTERS_NOTHING}
        live = read_live(self.ctx.connection, self.schema)
        locks.keep_vacuum_away(self.ctx, altered & set(live))
        for step in planned:
            name = step.entity.table.name
            if (
                step.kind == steps.NUMBER
                and name in live
                and is_big(self.ctx.connection, step.entity.table, limits.BIG_TABLE_ROWS)
            ):
                locks.keep_writers_out(self.ctx, [name])
                column = step.field.column
                empty = column.name if column is not None and column.name in live[name].columns else None
                self._unnumbered[step.entity.name, step.field.key] = fill.count_unnumbered(
                    self.ctx, step.entity, step.field, empty
                )

    def _compute(self, planned: Iterable[Step], touched: set[str]) -> None:
        """Numbers and formulas at the end, when every column that they look at is filled."""
        changed = (steps.RECOMPUTE, steps.CONVERT)
        formulas = {step.entity.name for step in planned if step.kind in changed} | {name for name, _ in self.restoring}
        for step in planned:
            if step.kind == steps.NUMBER:
                self._number(step.entity, step.field)
        for name in formulas & touched:
            entity = self.ctx.catalog.find(name)
            if entity is not None and any(each.kind == tables.STORED for each in entity.fields.values()):
                if is_big(self.ctx.connection, entity.table, limits.BIG_TABLE_ROWS):
                    start_job(self.ctx, "formula", entity.name)
                else:
                    compute_formulas(self.ctx, entity)

    def _number(self, entity: EntityDef, definition: FieldDef) -> None:
        if not is_big(self.ctx.connection, entity.table, limits.BIG_TABLE_ROWS):
            fill.number_all(self.ctx, entity, definition)
            return
        fill.reserve_numbers(self.ctx, entity, definition, self._unnumbered[entity.name, definition.key])
        last = self.ctx.connection.scalar(sa.select(sa.func.max(entity.table.c.id)))
        start_job(self.ctx, "number", entity.name, definition.key, up_to=last)

    # tables

    def create_table(self, step: Step) -> None:
        item = self.restoring.get((step.entity.name, ""))
        if item is None:
            self.ctx.connection.execute(sa.schema.CreateTable(step.entity.table, include_foreign_key_constraints=[]))
            self._begin_ids(step.entity)
            return
        self.ops.rename_table(item.physical_name, step.entity.table.name, schema=self.schema)
        moved = sa.update(TrashItem).where(TrashItem.workspace_id == self.ctx.workspace.id)
        moved = moved.where(TrashItem.kind == "column", TrashItem.table_name == item.physical_name)
        self.ctx.connection.execute(moved.values(table_name=step.entity.table.name))
        trash.forget(self.ctx, item)
        self._reconcile(step.entity)

    def _begin_ids(self, entity: EntityDef) -> None:
        """Ids of an earlier entity of this name are not given again: history, runs and links speak of those records."""
        first = first_id(self.ctx, entity.name)
        if first > 1:
            sequence = sa.func.pg_get_serial_sequence(
                sa.func.format("%I.%I", self.schema, sa.literal(str(entity.table.name), sa.Text)), "id"
            )
            self.ctx.connection.execute(sa.select(sa.func.setval(sequence, first, False)))

    def _reconcile(self, entity: EntityDef) -> None:
        """A table that comes back may lack columns, or have some that nobody declares any more."""
        live = read_live(self.ctx.connection, self.schema)[entity.table.name].columns
        for column in entity.table.columns:
            if column.name not in live:
                self.ops.add_column(entity.table.name, sa.Column(column.name, column.type), schema=self.schema)
            elif live[column.name][0] != type_name(column):
                self._set_aside(entity, column.name)
                self.ops.add_column(entity.table.name, sa.Column(column.name, column.type), schema=self.schema)
        for name in live:
            if name not in entity.table.columns and not is_trash(name):
                self._set_aside(entity, name)

    def _set_aside(self, entity: EntityDef, name: str) -> None:
        from builder.fields import FIELD_TYPES
        from builder.model import Field

        unknown = Field(name, "text")
        stray = FieldDef(unknown, FIELD_TYPES.get("text"), tables.VALUE, entity.app, sa.Column(name, sa.Text))
        trash.trash_column(self.ctx, self.ops, entity, stray)

    def trash_table(self, step: Step) -> None:
        trash.trash_table(self.ctx, self.ops, step.entity)

    # columns

    def add_column(self, step: Step) -> None:
        item = self.restoring.get((step.entity.name, step.field.key))
        column = step.field.column
        assert column is not None
        if item is not None and item.kind == "column":
            self.ops.alter_column(step.entity.table.name, item.physical_name, new_column_name=column.name, schema=self.schema)
            trash.forget(self.ctx, item)
        else:
            self.ops.add_column(step.entity.table.name, sa.Column(column.name, column.type), schema=self.schema)

    def trash_column(self, step: Step) -> None:
        trash.trash_column(self.ctx, self.ops, step.entity, step.field)

    def drop_column(self, step: Step) -> None:
        """Only for stored formulas: what they held can be computed again."""
        column = step.field.column
        assert column is not None
        self.ops.drop_column(step.entity.table.name, column.name, schema=self.schema)

    def convert(self, step: Step) -> None:
        assert step.old is not None and step.old.column is not None
        item = trash.trash_column(self.ctx, self.ops, step.entity, step.old, CONVERTED)
        key = (step.entity.name, step.field.key)
        if key in self.prepared:
            self._take_prepared(step, self.prepared[key])
        elif key in self.restoring:
            since = self.restoring[key].dropped_at
            self.add_column(step)
            self._carry_edits(step, sa.column(item.physical_name, step.old.column.type), since)
        else:
            self.add_column(step)
            self._copy(step, sa.column(item.physical_name, step.old.column.type))

    def _take_prepared(self, step: Step, hidden: str) -> None:
        """A job has filled the column already, also from what lay in the trash if it was to come back."""
        column, table = step.field.column, step.entity.table.name
        assert column is not None
        self.ops.alter_column(table, hidden, new_column_name=column.name, schema=self.schema)
        self.ops.drop_column(table, version_column(hidden), schema=self.schema)
        restored = self.restoring.get((step.entity.name, step.field.key))
        if restored is not None:
            self.ops.drop_column(table, restored.physical_name, schema=self.schema)
            trash.forget(self.ctx, restored)

    def _copy(self, step: Step, source: sa.ColumnElement[Any]) -> None:
        assert step.old is not None and step.new is not None and step.new.column is not None
        converter = Converter(self.ctx, step.old, step.new)
        for rows in batches(self.ctx.connection, step.entity.table, [source]):
            convert_rows(converter, step.entity.table, step.new.column, rows)

    def _carry_edits(self, step: Step, source: sa.ColumnElement[Any], since: datetime) -> None:
        """A column came back from a type change: what was edited while it was away is converted back into it."""
        assert step.old is not None and step.new is not None and step.new.column is not None
        forward, back = Converter(self.ctx, step.new, step.old), Converter(self.ctx, step.old, step.new)
        table, column = step.entity.table, step.new.column
        for batch in batches(self.ctx.connection, table, [source, column, table.c.changed_at]):
            rows = [(row[0], row[1], row[2]) for row in batch if row[3] >= since]
            forward.prepare([original for _, _, original in rows])
            edited = [row for row in rows if row[1] is not None and forward.convert(row[2]).value != row[1]]
            convert_rows(back, table, column, edited)

    # link tables

    def add_link(self, step: Step) -> None:
        link = step.field.link
        assert link is not None
        item = self.restoring.get((step.entity.name, step.field.key))
        if item is not None and item.kind == "link":
            self.ops.rename_table(item.physical_name, link.name, schema=self.schema)
            trash.forget(self.ctx, item)
        else:
            self.ctx.connection.execute(sa.schema.CreateTable(link, include_foreign_key_constraints=[]))

    def trash_link(self, step: Step) -> None:
        trash.trash_link(self.ctx, self.ops, step.entity, step.field)

    def link_from_column(self, step: Step) -> None:
        assert step.old is not None and step.old.column is not None and step.field.link is not None
        item = trash.trash_column(self.ctx, self.ops, step.entity, step.old, CONVERTED)
        self.add_link(step)
        if (step.entity.name, step.field.key) in self.restoring:
            return
        source = sa.column(item.physical_name, sa.BigInteger)
        rows = sa.select(step.entity.table.c.id, source).select_from(step.entity.table).where(source.is_not(None))
        self.ctx.connection.execute(insert(step.field.link).from_select(["source_id", "target_id"], rows))

    def column_from_link(self, step: Step) -> None:
        assert step.old is not None and step.old.link is not None and step.field.column is not None
        item = trash.trash_link(self.ctx, self.ops, step.entity, step.old, CONVERTED)
        self.add_column(step)
        if (step.entity.name, step.field.key) in self.restoring:
            return
        link = sa.table(item.physical_name, sa.column("source_id"), sa.column("target_id"), schema=self.schema)
        first = sa.select(link.c.source_id, sa.func.min(link.c.target_id).label("target")).group_by(link.c.source_id).subquery()
        table = step.entity.table
        self.ctx.connection.execute(
            sa.update(table).where(table.c.id == first.c.source_id).values({step.field.column.name: first.c.target})
        )

    def sync_foreign_keys(self, live: Mapping[str, LiveTable]) -> None:
        foreign_keys.sync(self.ctx, self.ops, live)

    def nothing(self, step: Step) -> None:
        """Done at the end, for all at once."""


def sync_indexes(ctx: Context, ops: Operations, live: Mapping[str, LiveTable]) -> None:
    """Drops the indexes that nobody wants any more and makes the missing ones; on big tables a job does that."""
    trigram = has_trigrams(ctx.connection)
    for entity in ctx.catalog.entities():
        wanted = {entity.table.name: (entity.table, indexes_of(ctx.catalog, entity, trigram=trigram))}
        for each in entity.fields.values():
            if each.link is not None:
                wanted[each.link.name] = (each.link, link_indexes(each.link))
        for name, (table, shapes) in wanted.items():
            present = live[name].indexes
            for index in present:
                if index not in shapes and not is_hidden(index):
                    ops.drop_index(index, schema=ctx.workspace.schema)
            missing = {index: shape for index, shape in shapes.items() if index not in present}
            big = bool(missing) and is_big(ctx.connection, table, limits.BIG_TABLE_ROWS)
            for index, shape in missing.items():
                if big:
                    start_job(ctx, "index", entity.name, table=name, index=index)
                else:
                    ctx.connection.execute(index_statement(shape, table))


_DO: Mapping[str, Callable[[Execution, Step], None]] = {
    steps.TRASH_LINK: Execution.trash_link,
    steps.TRASH_COLUMN: Execution.trash_column,
    steps.DROP_COLUMN: Execution.drop_column,
    steps.TRASH_TABLE: Execution.trash_table,
    steps.CREATE_TABLE: Execution.create_table,
    steps.ADD_COLUMN: Execution.add_column,
    steps.ADD_LINK: Execution.add_link,
    steps.CONVERT: Execution.convert,
    steps.LINK_FROM_COLUMN: Execution.link_from_column,
    steps.COLUMN_FROM_LINK: Execution.column_from_link,
    steps.NUMBER: Execution.nothing,
    steps.RECOMPUTE: Execution.nothing,
}
