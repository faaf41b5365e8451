"""Tables of rows inside a form: records of another entity that belong to the record. What a form declares and sends."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from builder.errors import Problem
from builder.keys import qualified
from builder.model import Form, FormItem
from runtime import access
from runtime.context import Context
from runtime.queries.listing import ListQuery, list_records
from runtime.records.rows import MOST_ROWS, RowSet
from runtime.tables import EntityDef, FieldDef
from web.render.controls import submitted

SHOWN_ROWS = 200


@dataclass(frozen=True)
class RowSource:
    """A table of rows as it is declared on a form, with what the actor may do in it."""

    key: str
    item: FormItem
    entity: EntityDef
    columns: tuple[FieldDef, ...]
    may_create: bool
    writable: frozenset[str]
    creatable: frozenset[str]

    @property
    def field(self) -> str:
        return self.item.rows.field

    def inputs(self, *, new: bool) -> dict[str, FieldDef]:
        """The columns that the actor may give a value."""
        allowed = self.creatable if new else self.writable
        locked = {column.key for column in self.item.rows.columns if column.read_only}
        return {each.key: each for each in self.columns if each.key in allowed and each.is_writable and each.key not in locked}


@dataclass(frozen=True)
class Row:
    """One row as it came from the browser or from the database. id: 0 for a new one; gone: it shall be taken away; number: in the
    names of the browser's inputs."""

    id: int
    version: int
    values: Mapping[str, Any]
    gone: bool = False
    number: int = 0


def row_sources(ctx: Context, app: str, form: Form) -> dict[str, RowSource]:
    """The tables of rows of a form that the actor may see, by the key of their item. app: whose form it is."""
    found = {}
    for section in form.sections:
        for item in section.items:
            source = _source(ctx, app, item) if item.rows.entity else None
            if source is not None:
                found[item.key] = source
    return found


def _source(ctx: Context, app: str, item: FormItem) -> RowSource | None:
    entity = ctx.catalog.find(qualified(app, item.rows.entity))
    if entity is None:
        return None
    rights = access.rights(ctx, entity)
    seen = rights.readable_fields | (rights.creatable_fields if rights.may_create else frozenset())
    if item.rows.field not in entity.fields or not (rights.may_read or rights.may_create):
        return None
    columns = tuple(
        entity.fields[column.key] for column in item.rows.columns if column.key in entity.fields and column.key in seen
    )
    if not columns:
        return None
    writable = rights.writable_fields & rights.readable_fields if rights.may_update else frozenset()
    may_create = rights.may_create and item.rows.field in rights.creatable_fields
    return RowSource(item.key, item, entity, columns, may_create, frozenset(writable), frozenset(rights.creatable_fields))


def submitted_rows(data: MultiDict[str, str], source: RowSource, prefix: str = "") -> list[Row] | None:
    """The rows that a form sends; None when the table was not on it. A new row in which nothing was touched does not count."""
    name = prefix + source.key
    if f"{name}.__there" not in data:
        return None
    numbers = {int(found[1]) for key in data if (found := re.fullmatch(rf"{re.escape(name)}\.(\d{{1,6}})\._row", key))}
    rows = []
    for number in sorted(numbers)[: MOST_ROWS + 1]:
        here = f"{name}.{number}."
        identity = data.get(f"{here}_id", 0, type=int) or 0
        values = submitted(data, source.inputs(new=not identity), here)
        if identity or data.get(f"{here}_blank") != "1":
            version = data.get(f"{here}_version", 0, type=int) or 0
            rows.append(Row(identity, version, values, data.get(f"{here}_gone") == "1", number))
    return rows


def as_set(source: RowSource, rows: Sequence[Row]) -> RowSet:
    """The rows for `runtime.records.rows`."""
    given: list[dict[str, Any]] = []
    for row in rows:
        known = {"id": row.id, "version": row.version} if row.id else {}
        given.append({**known, "_delete": True} if row.gone else {**known, **row.values})
    return RowSet(source.key, source.entity.name, source.field, given)


def count_problems(source: RowSource, rows: Sequence[Row]) -> list[Problem]:
    """Whether there are too few rows, or too many, for the form."""
    table, count = source.item.rows, sum(not row.gone for row in rows)
    if count < table.minimum:
        return [Problem(source.key, "too_few_rows", "At least {min} rows are needed.", {"min": table.minimum})]
    if table.maximum and count > table.maximum:
        return [Problem(source.key, "too_many_rows", "There may be at most {max} rows.", {"max": table.maximum})]
    return []


def saved_rows(ctx: Context, source: RowSource, record_id: int) -> tuple[list[Row], int]:
    """The rows of a record, oldest first, and how many more there are."""
    if not record_id or not access.rights(ctx, source.entity).may_read:
        return [], 0
    readable = access.rights(ctx, source.entity).readable_fields
    keys = [each.key for each in source.columns if each.key in readable]
    tree = {"field": source.field, "op": "is", "value": record_id}
    query = ListQuery(filter=tree, sort=("id",), fields=("id", "version", *keys), limit=SHOWN_ROWS, count="exact")
    page = list_records(ctx, source.entity.name, query)
    rows = [Row(each["id"], each["version"], {key: each.get(key) for key in keys}) for each in page.records]
    return rows, max(0, (page.count or 0) - len(rows))


def copied_rows(ctx: Context, source: RowSource, record_id: int) -> list[Row]:
    """The rows of a record as new ones of another."""
    unique = {each.key for each in source.columns if each.field.unique}
    rows, _ = saved_rows(ctx, source, record_id)
    return [Row(0, 0, {key: value for key, value in row.values.items() if key not in unique}) for row in rows]
