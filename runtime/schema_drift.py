"""Whether the tables are what the definitions say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from runtime.context import Context
from runtime.platform.apps import SchemaJob, TrashItem
from runtime.schema.indexes import IndexShape, indexes_of, link_indexes
from runtime.schema.live import LiveTable, has_trigrams, read_live, type_name
from runtime.schema.names import HIDDEN, is_hidden, is_trash


def drift(ctx: Context) -> list[str]:
    """Every difference between the live tables and the definitions, as sentences; empty when there is none.

    Things in the trash, and indexes and columns that a job is making, are no difference.
    """
    live = read_live(ctx.connection, ctx.workspace.schema)
    trigram = has_trigrams(ctx.connection)
    waiting = _waiting_indexes(ctx)
    found: list[str] = []
    expected = set()
    for entity in ctx.catalog.entities():
        tables = {entity.table.name: (entity.table, indexes_of(ctx.catalog, entity, trigram=trigram))}
        for field in entity.fields.values():
            if field.link is not None:
                tables[field.link.name] = (field.link, link_indexes(field.link))
        expected |= set(tables)
        for name, (table, indexes) in tables.items():
            if name not in live:
                found.append(f"{name}: the table is missing")
            else:
                found += [f"{name}: {each}" for each in _table(table, indexes, live[name], waiting)]
    found += [f"{name}: nobody declares this table" for name in live if name not in expected and not is_trash(name)]
    return [*found, *_trash(ctx, live), *_hidden(ctx, live)]


def _table(table: sa.Table, indexes: Mapping[str, IndexShape], live: LiveTable, waiting: set[str]) -> Iterator[str]:
    for column in table.columns:
        if column.name not in live.columns:
            yield f"the column {column.name} is missing"
        elif live.columns[column.name] != (type_name(column), not column.nullable):
            yield f"the column {column.name} is {live.columns[column.name]}, not {(type_name(column), not column.nullable)}"
    for name in live.columns:
        if name not in table.columns and not (is_trash(name) or is_hidden(name)):
            yield f"nobody declares the column {name}"
    yield from _foreign_keys(table, live)
    for name in indexes:
        if not live.indexes.get(name, name in waiting):
            yield f"the index {name} is missing or not valid"
    for name in live.indexes:
        if name not in indexes and not is_hidden(name):
            yield f"nobody wants the index {name}"


def _foreign_keys(table: sa.Table, live: LiveTable) -> Iterator[str]:
    wanted = {(key.parent.name, f"{key.column.table.schema}.{key.column.table.name}") for key in table.foreign_keys}
    present = list(live.foreign_keys.values())
    for column, target in wanted - set(present):
        yield f"the foreign key of {column} to {target} is missing"
    for each in present:
        if each not in wanted or present.count(each) > 1:
            yield f"there is a foreign key {each} too many"


def _waiting_indexes(ctx: Context) -> set[str]:
    jobs = sa.select(SchemaJob.definition).where(SchemaJob.workspace_id == ctx.workspace.id, SchemaJob.kind == "index")
    return {row["index"] for row in ctx.connection.scalars(jobs.where(SchemaJob.state.in_(("waiting", "running"))))}


def _trash(ctx: Context, live: Mapping[str, LiveTable]) -> Iterator[str]:
    noted = set()
    for item in ctx.connection.execute(sa.select(TrashItem.__table__).where(TrashItem.workspace_id == ctx.workspace.id)):
        table, column = item.table_name, item.physical_name if item.kind == "column" else None
        noted.add((table, column))
        if table not in live or (column is not None and column not in live[table].columns):
            yield f"{item.physical_name}: the trash has lost it"
    for name, table in live.items():
        if is_trash(name) and (name, None) not in noted:
            yield f"{name}: in the trash, but not noted"
        for column in table.columns:
            if is_trash(column) and (name, column) not in noted:
                yield f"{name}.{column}: in the trash, but not noted"


def _hidden(ctx: Context, live: Mapping[str, LiveTable]) -> Iterator[str]:
    jobs = sa.select(SchemaJob.id).where(SchemaJob.workspace_id == ctx.workspace.id, SchemaJob.state.in_(("waiting", "running")))
    at_work = tuple(f"{HIDDEN}{number}_" for number in ctx.connection.scalars(jobs))
    for name, table in live.items():
        for column in table.columns:
            if column.startswith(HIDDEN) and not column.startswith(at_work):
                yield f"{name}.{column}: left behind by a conversion"
