"""What a workspace's PostgreSQL schema really holds, read from the system catalogue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa


@dataclass(frozen=True)
class LiveTable:
    """columns: name -> (type, not null). foreign_keys: constraint -> (column, schema.table). indexes: name -> valid."""

    columns: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    foreign_keys: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    indexes: Mapping[str, bool] = field(default_factory=dict)
    index_columns: Mapping[str, frozenset[str]] = field(default_factory=dict)


_TABLES = sa.text(
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema AND c.relkind = 'r'"
)
_COLUMNS = sa.text(
    "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = :schema AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
)
_FOREIGN_KEYS = sa.text(
    "SELECT c.relname, k.conname, a.attname, tn.nspname || '.' || t.relname"
    " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]"
    " JOIN pg_class t ON t.oid = k.confrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace"
    " WHERE n.nspname = :schema AND k.contype = 'f'"
)
_INDEXES = sa.text(
    "SELECT c.relname, i.relname, x.indisvalid, array_remove(array_agg(a.attname::text), NULL)"
    " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (x.indkey)"
    " WHERE n.nspname = :schema AND NOT x.indisprimary GROUP BY 1, 2, 3"
)


def read_live(connection: sa.Connection, schema: str) -> dict[str, LiveTable]:
    """All tables of the schema by name."""
    bind = {"schema": schema}
    columns: dict[str, dict[str, tuple[str, bool]]] = defaultdict(dict)
    keys: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    indexes: dict[str, dict[str, bool]] = defaultdict(dict)
    inside: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for table, name, kind, not_null in connection.execute(_COLUMNS, bind):
        columns[table][name] = (kind, not_null)
    for table, name, column, target in connection.execute(_FOREIGN_KEYS, bind):
        keys[table][name] = (column, target)
    for table, name, valid, members in connection.execute(_INDEXES, bind):
        indexes[table][name] = valid
        inside[table][name] = frozenset(members)
    names = connection.scalars(_TABLES, bind)
    return {name: LiveTable(columns[name], keys[name], indexes[name], inside[name]) for name in names}


def type_name(column: sa.Column[object]) -> str:
    """The name of a column's type as PostgreSQL reports it."""
    from sqlalchemy.dialects import postgresql

    text = column.type.compile(postgresql.dialect()).lower()  # type: ignore[no-untyped-call]
    return {"timestamp with time zone": text, "text[]": text}.get(text, text)


def has_trigrams(connection: sa.Connection) -> bool:
    """Whether the server can make trigram indexes; installs the extension if that is allowed."""
    there = sa.text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
    if connection.scalar(there):
        return True
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public"))
    except sa.exc.DBAPIError:
        return False
    return bool(connection.scalar(there))


def is_big(connection: sa.Connection, table: sa.Table, limit: int) -> bool:
    """Whether the table has more rows than `limit`, those in the bin included."""
    some = sa.select(sa.literal(1)).select_from(table).limit(limit + 1).subquery()
    return (connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0) > limit
