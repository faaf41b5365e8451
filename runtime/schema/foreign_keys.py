"""Foreign keys of relations: made when they are missing. On big tables what is there already is checked later, by a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from psycopg import sql

from runtime.context import Context
from runtime.schema import limits
from runtime.schema.later import start_job
from runtime.schema.live import LiveTable, is_big
from runtime.tables import EntityDef

if TYPE_CHECKING:
    from alembic.operations import Operations

_WAITING = sa.text(
    "SELECT k.conname, a.attname, t.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] JOIN pg_class t ON t.oid = k.confrelid"
    " WHERE n.nspname = :schema AND c.relname = :table AND k.contype = 'f' AND NOT k.convalidated"
)


def sync(ctx: Context, ops: Operations, live: Mapping[str, LiveTable]) -> None:
    """Adds the foreign keys that tables lack; what points nowhere is emptied first."""
    schema = ctx.workspace.schema
    for entity in ctx.catalog.entities():
        links = [each.link for each in entity.fields.values() if each.link is not None]
        for table in [entity.table, *links]:
            present = set(live[table.name].foreign_keys.values())
            for constraint in table.foreign_key_constraints:
                (element,) = constraint.elements
                if (element.parent.name, f"{schema}.{element.column.table.name}") not in present:
                    _add(ctx, ops, entity, table, constraint)


def _add(ctx: Context, ops: Operations, entity: EntityDef, table: sa.Table, constraint: sa.ForeignKeyConstraint) -> None:
    """From now on nothing new may point nowhere. The rows of a big table are looked at later: reading them all takes seconds."""
    (element,) = constraint.elements
    target = element.column.table
    is_later = is_big(ctx.connection, table, limits.BIG_TABLE_ROWS)
    if is_later:
        start_job(ctx, "validate", entity.name, table=table.name)
    else:
        clear_dangling(ctx, table, element.parent.name, target.name, is_link=table is not entity.table)
    ops.create_foreign_key(
        None,
        table.name,
        target.name,
        [element.parent.name],
        ["id"],
        source_schema=ctx.workspace.schema,
        referent_schema=ctx.workspace.schema,
        ondelete=constraint.ondelete,
        postgresql_not_valid=is_later,
    )


def validate(ctx: Context, table: str, *, is_link: bool) -> bool:
    """Makes one foreign key of a table valid for the rows that were there before it; False when there was none left.

    Others read and write meanwhile.
    """
    row = ctx.connection.execute(_WAITING, {"schema": ctx.workspace.schema, "table": table}).first()
    if row is None:
        return False
    source = sa.table(table, sa.column("id"), sa.column(row.attname), schema=ctx.workspace.schema)
    clear_dangling(ctx, source, row.attname, row.relname, is_link=is_link)
    statement = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(
        sql.Identifier(ctx.workspace.schema, table), sql.Identifier(row.conname)
    )
    driver: Any = ctx.connection.connection.driver_connection
    ctx.connection.exec_driver_sql(statement.as_string(driver))
    return True


def clear_dangling(ctx: Context, table: Any, column: str, target: str, *, is_link: bool) -> None:
    """Empties what points at records that are no more; a link goes."""
    pointing = table.c[column]
    other = sa.table(target, sa.column("id"), schema=ctx.workspace.schema).alias("target")
    dangling = pointing.is_not(None) & ~sa.exists().where(other.c.id == pointing)
    statement = sa.delete(table).where(dangling) if is_link else sa.update(table).where(dangling).values({column: None})
    ctx.connection.execute(statement)
