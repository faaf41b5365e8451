"""Makes an index of a big table while everybody goes on reading and writing it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from psycopg import sql

from runtime.catalog import Catalog, load_catalog, load_workspace
from runtime.clock import now
from runtime.platform.apps import SchemaJob
from runtime.schema.indexes import IndexShape, index_statement, indexes_of, link_indexes
from runtime.schema.live import has_trigrams

_LOCK = 0x4978
_TABLE: Any = SchemaJob.__table__
_VALID = sa.text(
    "SELECT x.indisvalid FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = i.relnamespace"
    " WHERE n.nspname = :schema AND i.relname = :name"
)


def make_index(engine: sa.Engine, job_id: int) -> bool:
    """CREATE INDEX CONCURRENTLY for a job, once more if an earlier try left an invalid index. False when somebody is at it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_LOCK, job_id))):
            return False
        try:
            job = connection.execute(sa.select(_TABLE).where(_TABLE.c.id == job_id)).one()
            if job.state not in ("waiting", "running"):
                return False
            _set(connection, job_id, state="running")
            state = _build(connection, job)
            _set(connection, job_id, state=state, finished_at=now())
            return True
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK, job_id)))


def _build(connection: sa.Connection, job: Any) -> str:
    workspace = load_workspace(connection, workspace_id=job.workspace_id)
    assert workspace is not None
    found = _wanted(connection, load_catalog(connection, workspace), job)
    if found is None:
        return "cancelled"
    table, shape = found
    valid = connection.scalar(_VALID, {"schema": workspace.schema, "name": shape.name})
    if valid is False:
        name = sql.Identifier(workspace.schema, shape.name)
        driver: Any = connection.connection.driver_connection
        driver.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(name))
    if not valid:
        connection.execute(index_statement(shape, table, concurrently=True))
    return "done"


def _wanted(connection: sa.Connection, catalog: Catalog, job: Any) -> tuple[sa.Table, IndexShape] | None:
    """The table and the index if the definitions still ask for it."""
    entity = catalog.find(job.entity)
    if entity is None:
        return None
    shapes = {
        name: (entity.table, shape) for name, shape in indexes_of(catalog, entity, trigram=has_trigrams(connection)).items()
    }
    for field in entity.fields.values():
        if field.link is not None:
            shapes |= {name: (field.link, shape) for name, shape in link_indexes(field.link).items()}
    return shapes.get(job.definition["index"])


def _set(connection: sa.Connection, job_id: int, **values: Any) -> None:
    connection.execute(sa.update(_TABLE).where(_TABLE.c.id == job_id).values(changed_at=now(), **values))
