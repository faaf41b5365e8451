"""Many records and their change rows into the database in a few statements, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from runtime import access, changes
from runtime.access.model import roles_key
from runtime.context import Context
from runtime.queries.statement import as_sqlalchemy
from runtime.records.draft import Draft
from runtime.records.plan import WritePlan
from runtime.records.statements import Prepared, check_shape
from runtime.records.values import json_values

_STAMPS = ("id", "version", "created_at", "created_by", "changed_at", "changed_by")
_SHARED_COLUMNS = (
    *("workspace_id", "entity", "op", "actor_kind", "actor_id", "automation", "run_id", "batch_id", "link_id", "depth", "at"),
    "matched_at",
)
_OWN_COLUMNS = ("record_id", "version", "shard", "before", "after")


def insert_many(ctx: Context, plan: WritePlan, drafts: Sequence[Draft]) -> None:
    """Inserts new records with their change rows; sets the drafts' ids, ascending in their order."""
    table = plan.entity.table
    afters = [changes.values_json(json_values(plan, draft.changed())) for draft in drafts]
    ids = _next_ids(ctx, table, len(drafts))
    keys = tuple(plan.columns)
    names = [*_STAMPS, *(str(each.column.name) for each in plan.columns.values())]  # type: ignore[union-attr]
    lists = frozenset(key for key, each in plan.columns.items() if isinstance(each.column.type, ARRAY))  # type: ignore[union-attr]
    me, now = ctx.actor.user_id, ctx.now

    def rows() -> Iterable[Sequence[Any]]:
        for identity, draft in zip(ids, drafts, strict=True):
            get = draft.new.get
            if lists:
                values = [list(found) if key in lists and (found := get(key)) is not None else get(key) for key in keys]
            else:
                values = [get(key) for key in keys]
            yield (identity, 1, now, me, now, me, *values)

    _copy(ctx, table, names, rows())
    for identity, draft in zip(ids, drafts, strict=True):
        draft.id, draft.version = identity, 1
    note_many(ctx, plan, changes.CREATE, [(draft, "{}", after) for draft, after in zip(drafts, afters, strict=True)])


def update_many_rows(ctx: Context, plan: WritePlan, drafts: Sequence[Draft]) -> list[Draft]:
    """Saves locked records with their change rows; gives those that the actor can no longer read.

    Every draft must have a change.
    """
    groups: dict[tuple[str, ...], list[Draft]] = {}
    noted = []
    for draft in drafts:
        changed = draft.changed()
        before = {key: draft.old.get(key) for key in changed}
        noted.append((draft, changes.values_json(json_values(plan, before)), changes.values_json(json_values(plan, changed))))
        groups.setdefault(tuple(sorted(key for key in changed if key in plan.columns)), []).append(draft)
    lost = [draft for keys, members in groups.items() for draft in _update_group(ctx, plan, keys, members)]
    note_many(ctx, plan, changes.UPDATE, noted)
    return lost


def _update_group(ctx: Context, plan: WritePlan, keys: tuple[str, ...], drafts: Sequence[Draft]) -> list[Draft]:
    cached = ("update_many", keys, roles_key(ctx.actor))
    prepared = plan.cached(cached, lambda: Prepared(_update_group_statement(ctx, plan, keys)))
    rows = [
        {"id": draft.id, **{f"c{number}": each for number, each in enumerate(_json_row(plan, draft, keys))}} for draft in drafts
    ]
    parameters = {"rows": orjson.dumps(rows).decode(), "changed_at": ctx.now, "changed_by": ctx.actor.user_id}
    by_id = {draft.id: draft for draft in drafts}
    lost = []
    for identity, version, still in prepared.rows(ctx, parameters):
        by_id[identity].version = version
        if not still:
            lost.append(by_id[identity])
    return lost


def _json_row(plan: WritePlan, draft: Draft, keys: tuple[str, ...]) -> list[Any]:
    return list(json_values(plan, {key: draft.new[key] for key in keys}).values())


def _update_group_statement(ctx: Context, plan: WritePlan, keys: tuple[str, ...]) -> sa.Update:
    table = plan.entity.table
    columns = [plan.columns[key].column for key in keys]
    given = [sa.column(f"c{number}", column.type) for number, column in enumerate(columns)]  # type: ignore[union-attr]
    source = sa.cast(sa.bindparam("rows", type_=sa.Text), JSONB)
    data = (
        sa.func.jsonb_to_recordset(source)
        .table_valued(sa.column("id", sa.BigInteger), *given, name="data")
        .render_derived(with_types=True)
    )
    values = {column.name: data.c[f"c{number}"] for number, column in enumerate(columns)}  # type: ignore[union-attr]
    return (
        sa.update(table)
        .where(table.c.id == data.c.id)
        .values(
            **values,
            version=table.c.version + 1,
            changed_at=sa.bindparam("changed_at", type_=table.c.changed_at.type),
            changed_by=sa.bindparam("changed_by", type_=sa.BigInteger),
        )
        .returning(table.c.id, table.c.version, access.rights(ctx, plan.entity).row_filter("read").label("still"))
    )


def note_many(ctx: Context, plan: WritePlan, op: str, noted: Iterable[tuple[Draft, str, str]]) -> None:
    """Writes the change rows of saved drafts: (draft, before, after) with the values as JSON."""
    common = changes.common_values(ctx, plan.name, op)
    shared = "\t".join(_copied(common[name]) for name in _SHARED_COLUMNS)
    shard_of = changes.shard_of
    lines = [
        f"{shared}\t{draft.id}\t{draft.version}\t{shard_of(draft.id)}\t{_escaped(before)}\t{_escaped(after)}\n"
        for draft, before, after in noted
    ]
    _copy(ctx, changes.TABLE, (*_SHARED_COLUMNS, *_OWN_COLUMNS), text="".join(lines))
    check_shape(ctx, plan)


def _next_ids(ctx: Context, table: sa.Table, count: int) -> list[int]:
    name = f'"{table.schema}"."{table.name}"'
    sequence = sa.select(
        sa.cast(sa.func.pg_get_serial_sequence(sa.bindparam("name"), "id"), sa.dialects.postgresql.REGCLASS).label("oid")
    )
    found = sequence.subquery("sequence")
    numbers = sa.func.generate_series(1, sa.bindparam("count", type_=sa.Integer)).table_valued("number")
    statement = sa.select(sa.func.nextval(found.c.oid)).select_from(found).join(numbers, sa.true())
    return sorted(ctx.connection.scalars(statement, {"name": name, "count": count}))


def _copied(value: Any) -> str:
    """A value in the text format of COPY."""
    if value is None:
        return "\\N"
    return value.isoformat() if isinstance(value, datetime) else _escaped(str(value))


def _escaped(text: str) -> str:
    """JSON and keys hold no tabs and line ends, only backslashes."""
    return text.replace("\\", "\\\\") if "\\" in text else text


def _copy(ctx: Context, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]] = (), *, text: str = "") -> None:
    """COPY on the connection of the context, inside its transaction: rows of values, or text in the format of COPY."""
    connection = ctx.connection.connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    target = sql.Identifier(*([table.schema] if table.schema else []), table.name)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(target, sql.SQL(", ").join(map(sql.Identifier, columns)))
    try:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            write_row = copy.write_row
            for row in rows:
                write_row(row)
            if text:
                copy.write(text)
    except psycopg.Error as error:
        raise as_sqlalchemy("COPY", error) from error
