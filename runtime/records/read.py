"""Single records and their titles, always under the rights of the actor."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from runtime.context import Context
from runtime.errors import NotFound
from runtime.queries.filters import readable_entity, selection
from runtime.queries.output import OutputField, json_rows, output_fields
from runtime.queries.shape import reader_key
from runtime.queries.source import TITLE, Source
from runtime.queries.statement import Statement, cache_of
from runtime.tables import EntityDef

_ALWAYS = ("id", "version")
_MAX_ID = 2**63 - 1


def get(ctx: Context, entity_name: str, record_id: int, fields: Collection[str] | None = None) -> dict[str, Any]:
    """The record as Python values by path; `id` and `version` always. None: all fields. Raises NotFound, BadRequest."""
    names, statement = _prepared(ctx, entity_name, fields, as_json=False)
    row = _one(ctx, statement, record_id)
    return {name: tuple(value) if type(value) is list else value for name, value in zip(names, row, strict=True)}


def get_json(ctx: Context, entity_name: str, record_id: int, fields: Collection[str] | None = None) -> tuple[bytes, int]:
    """The record as JSON that PostgreSQL built, and its version. Raises NotFound, BadRequest."""
    _, statement = _prepared(ctx, entity_name, fields, as_json=True)
    text, version = _one(ctx, statement, record_id)
    return text.encode(), version


def titles(ctx: Context, entity_name: str, ids: Iterable[int]) -> dict[int, str]:
    """The titles of those records that the actor may read; others, and titles that are hidden, are missing."""
    entity = ctx.catalog.find(entity_name)
    wanted = sorted(set(ids))
    if entity is None or not wanted:
        return {}
    statement = cache_of(ctx.catalog).get(("titles", entity_name, reader_key(ctx)), lambda: _titles(ctx, entity))
    if isinstance(statement, bool):
        return {}
    return {row[0]: row[1] for row in statement.rows(ctx, {"ids": wanted}) if row[1] is not None}


def _one(ctx: Context, statement: Statement, record_id: int) -> tuple[Any, ...]:
    if not 0 < record_id <= _MAX_ID:
        raise NotFound
    rows = statement.rows(ctx, {"record_id": record_id})
    if not rows:
        raise NotFound
    return rows[0]


def _prepared(
    ctx: Context, entity_name: str, fields: Collection[str] | None, *, as_json: bool
) -> tuple[tuple[str, ...], Statement]:
    names = None if fields is None else tuple(fields)
    key = ("get", as_json, entity_name, reader_key(ctx), names)
    return cache_of(ctx.catalog).get(key, lambda: _build(ctx, entity_name, names, as_json))


def _build(ctx: Context, entity_name: str, fields: tuple[str, ...] | None, as_json: bool) -> tuple[tuple[str, ...], Statement]:
    entity, granted = readable_entity(ctx, entity_name)
    source = Source(ctx, entity, own=granted)
    conditions = selection(source).conditions
    outputs = output_fields(source, fields, _ALWAYS if fields is not None else ())
    query: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(source.from_clause())
    query = query.where(source.table.c.id == sa.bindparam("record_id", 0, sa.BigInteger()), *conditions)
    names = tuple(each.name for each in outputs)
    if as_json:
        return names, Statement(_with_version(query, outputs, source))
    columns = [each.value.label(f"c{number}") for number, each in enumerate(outputs)]
    return names, Statement(query.with_only_columns(*columns, maintain_column_froms=True))


def _with_version(query: sa.Select[Any], outputs: tuple[OutputField, ...], source: Source) -> sa.Select[Any]:
    made = json_rows(query, outputs)
    inner = made.get_final_froms()[0]
    if "version" in inner.c:
        return made.add_columns(inner.c.version)
    made = json_rows(query, outputs, [source.table.c.version])
    *_, version = made.selected_columns
    return made.with_only_columns(made.selected_columns[0], sa.cast(version, sa.BigInteger))


def _titles(ctx: Context, entity: EntityDef) -> Statement | bool:
    source = Source(ctx, entity)
    if (source.rights is not None and not source.rights.may_read) or source.field((TITLE,)) is None:
        return False
    title = sa.cast(source.value((TITLE,)), sa.Text)
    ids = sa.bindparam("ids", [], sa.ARRAY(sa.BigInteger))
    query = sa.select(source.table.c.id, title).select_from(source.from_clause())
    return Statement(query.where(source.table.c.id == sa.any_(ids), *selection(source).conditions))
