"""What leaves the definitions is renamed and kept for a while, never dropped: tables, columns, link tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from builder.codec import encode
from runtime.context import Context
from runtime.platform.apps import TrashItem
from runtime.schema import limits
from runtime.schema.live import LiveTable, read_live
from runtime.schema.names import trash_name
from runtime.tables import EntityDef, FieldDef

if TYPE_CHECKING:  # slow to import, and needed only when definitions change
    from alembic.operations import Operations

REMOVED, CONVERTED = "removed", "converted"


@dataclass(frozen=True)
class Trashed:
    """One row of the trash, as steps need it."""

    id: int
    app: str
    entity: str
    field: str | None
    kind: str
    table_name: str
    physical_name: str
    definition: Mapping[str, Any]
    reason: str
    dropped_at: datetime


def trash_column(ctx: Context, ops: Operations, entity: EntityDef, field: FieldDef, reason: str = REMOVED) -> Trashed:
    """Renames the column of a field; its indexes and its foreign key go, so that it holds nobody up."""
    assert field.column is not None
    table, column = entity.table.name, field.column.name
    live = read_live(ctx.connection, ctx.workspace.schema)[table]
    drop_indexes(ctx, ops, live, column)
    drop_foreign_keys(ctx, ops, table, live, column)
    item = _note(ctx, entity, field, "column", table, column, encode(field.field), reason)
    ops.alter_column(table, column, new_column_name=item.physical_name, schema=ctx.workspace.schema)
    return item


def trash_link(ctx: Context, ops: Operations, entity: EntityDef, field: FieldDef, reason: str = REMOVED) -> Trashed:
    """Renames the link table of a many-to-many field."""
    assert field.link is not None
    return _trash_whole(ctx, ops, entity, field, "link", field.link.name, encode(field.field), reason)


def trash_table(ctx: Context, ops: Operations, entity: EntityDef) -> list[Trashed]:
    """Renames the table of an entity and its link tables."""
    links = [trash_link(ctx, ops, entity, each) for each in entity.fields.values() if each.link is not None]
    return [*links, _trash_whole(ctx, ops, entity, None, "table", entity.table.name, encode(entity.entity), REMOVED)]


def trash_of(ctx: Context, ids: Iterable[int] | None = None) -> list[Trashed]:
    """What lies in the trash of the workspace, the newest first; with ids only those."""
    table = TrashItem.__table__
    statement = sa.select(table).where(table.c.workspace_id == ctx.workspace.id).order_by(table.c.id.desc())
    if ids is not None:
        statement = statement.where(table.c.id.in_(list(ids)))
    return [_read(row) for row in ctx.connection.execute(statement)]


def forget(ctx: Context, item: Trashed) -> None:
    """Removes the row of something that is no longer in the trash."""
    ctx.connection.execute(sa.delete(TrashItem).where(TrashItem.id == item.id))


def purge(ctx: Context, *, everything: bool = False) -> int:
    """Really drops what has lain in the trash long enough; how many things that were."""
    table = TrashItem.__table__
    due = sa.select(table).where(table.c.workspace_id == ctx.workspace.id)
    if not everything:
        due = due.where(table.c.purge_at <= ctx.now)
    ops = operations(ctx.connection)
    items = [_read(row) for row in ctx.connection.execute(due.order_by(table.c.id))]
    gone = {item.physical_name for item in items if item.kind == "table"}
    for item in items:
        if item.kind == "column":
            if item.table_name not in gone:
                ops.drop_column(item.table_name, item.physical_name, schema=ctx.workspace.schema)
        else:
            ops.drop_table(item.physical_name, schema=ctx.workspace.schema)
        forget(ctx, item)
    return len(items)


def operations(connection: sa.Connection) -> Operations:
    """Alembic's operations on an open connection, in its transaction."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    return Operations(MigrationContext.configure(connection))


def drop_indexes(ctx: Context, ops: Operations, live: LiveTable, column: str | None = None) -> None:
    """Drops the indexes of a table that contain a column, or all of them."""
    for name, members in live.index_columns.items():
        if column is None or column in members:
            ops.drop_index(name, schema=ctx.workspace.schema)


def drop_foreign_keys(ctx: Context, ops: Operations, table: str, live: LiveTable, column: str | None = None) -> None:
    """Drops the foreign keys of a column, or of the whole table."""
    for name, (own, _) in live.foreign_keys.items():
        if column is None or own == column:
            ops.drop_constraint(name, table, schema=ctx.workspace.schema, type_="foreignkey")


def _trash_whole(
    ctx: Context, ops: Operations, entity: EntityDef, field: FieldDef | None, kind: str, name: str, definition: Any, reason: str
) -> Trashed:
    everything = read_live(ctx.connection, ctx.workspace.schema)
    drop_indexes(ctx, ops, everything[name])
    drop_foreign_keys(ctx, ops, name, everything[name])
    target = f"{ctx.workspace.schema}.{name}"
    for other, live in everything.items():
        for constraint, (_, points_at) in live.foreign_keys.items():
            if points_at == target and other != name:
                ops.drop_constraint(constraint, other, schema=ctx.workspace.schema, type_="foreignkey")
    item = _note(ctx, entity, field, kind, name, name, definition, reason)
    ops.rename_table(name, item.physical_name, schema=ctx.workspace.schema)
    if kind == "table":  # columns of it that lie in the trash move along
        moved = sa.update(TrashItem).where(TrashItem.workspace_id == ctx.workspace.id, TrashItem.kind == "column")
        ctx.connection.execute(moved.where(TrashItem.table_name == name).values(table_name=item.physical_name))
    return item


def _note(
    ctx: Context, entity: EntityDef, field: FieldDef | None, kind: str, table: str, name: str, definition: Any, reason: str
) -> Trashed:
    row = {
        "workspace_id": ctx.workspace.id,
        "app": field.app if field else entity.app,
        "entity": entity.name,
        "field": field.key if field else None,
        "kind": kind,
        "table_name": table,
        "physical_name": "",
        "definition": definition,
        "reason": reason,
        "dropped_at": ctx.now,
        "purge_at": ctx.now + timedelta(days=limits.TRASH_DAYS),
    }
    number = ctx.connection.execute(sa.insert(TrashItem).values(row).returning(TrashItem.id)).scalar_one()
    physical_name = trash_name(number, name)
    values = {"physical_name": physical_name, "table_name": table if kind == "column" else physical_name}
    ctx.connection.execute(sa.update(TrashItem).where(TrashItem.id == number).values(values))
    return Trashed(
        number, row["app"], entity.name, row["field"], kind, values["table_name"], physical_name, definition, reason, ctx.now
    )


def _read(row: Any) -> Trashed:
    columns = (row.id, row.app, row.entity, row.field, row.kind, row.table_name, row.physical_name, row.definition, row.reason)
    return Trashed(*columns, row.dropped_at)
