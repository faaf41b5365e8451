"""Runs migrations on `config.attributes["connection"]`, or on DATABASE_URL for the alembic command."""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import context

import runtime.platform  # noqa: F401  fills the metadata
from runtime.db import PLATFORM_SCHEMA, Base, make_engine


def _run(connection: sa.Connection) -> None:
    connection.execute(sa.schema.CreateSchema(PLATFORM_SCHEMA, if_not_exists=True))
    connection.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table_schema=PLATFORM_SCHEMA,
        include_schemas=True,
        include_name=_is_platform,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _is_platform(name: str | None, kind: str, _parents: object) -> bool:
    return name == PLATFORM_SCHEMA if kind == "schema" else True


_given = context.config.attributes.get("connection")
if _given is not None:
    _run(_given)
else:
    with make_engine(os.environ["DATABASE_URL"]).begin() as _connection:
        _run(_connection)
