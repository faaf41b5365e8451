"""Finds the rows that were saved while a conversion went through a big table, without going through it again.

A partial index over just those rows. It is made when all rows have been through once, while everybody reads and writes, so
that the last look, for which writers are kept out, takes as long as there are such rows. It goes with the hidden column.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from psycopg import sql

from runtime.catalog import load_catalog, load_workspace
from runtime.platform.apps import SchemaJob
from runtime.schema import limits
from runtime.schema.live import is_big
from runtime.schema.names import catch_up_index, hidden_column, version_column

_LOCK = 0x4375
_TABLE: Any = SchemaJob.__table__
_VALID = sa.text(
    "SELECT x.indisvalid FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = i.relnamespace"
    " WHERE n.nspname = :schema AND i.relname = :name"
)


def make_ready(engine: sa.Engine, job_id: int) -> bool:
    """Makes the indexes of a conversion that has been through all rows; False when somebody else is at it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        job = connection.execute(sa.select(_TABLE).where(_TABLE.c.id == job_id)).one()
        if job.state != "running" or int(job.definition.get("place", 0)) < len(job.definition["places"]):
            return True
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_LOCK, job_id))):
            return False
        try:
            _make(connection, job)
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK, job_id)))
    return True


def _make(connection: sa.Connection, job: Any) -> None:
    workspace = load_workspace(connection, workspace_id=job.workspace_id)
    assert workspace is not None
    catalog = load_catalog(connection, workspace)
    driver: Any = connection.connection.driver_connection
    for name, key in job.definition["places"]:
        entity = catalog.find(name)
        field = entity.fields.get(key) if entity is not None else None
        if entity is None or field is None or field.column is None:
            continue  # the portion itself tells what is wrong
        hidden = hidden_column(job.id, field.column.name)
        index = catch_up_index(hidden)
        valid = connection.scalar(_VALID, {"schema": workspace.schema, "name": index})
        if valid or not is_big(connection, entity.table, limits.BIG_TABLE_ROWS):
            continue
        if valid is False:
            drop = sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(workspace.schema, index))
            connection.exec_driver_sql(drop.as_string(driver))
        statement = sql.SQL("CREATE INDEX CONCURRENTLY {} ON {} (id) WHERE {} IS DISTINCT FROM version")
        table, mark = sql.Identifier(workspace.schema, entity.table.name), sql.Identifier(version_column(hidden))
        connection.exec_driver_sql(statement.format(sql.Identifier(index), table, mark).as_string(driver))
