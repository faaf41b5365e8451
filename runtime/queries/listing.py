"""Lists of records: filter, sort, search, fields, pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from builder.model import Json
from runtime.context import Context
from runtime.queries import cursor
from runtime.queries.counting import count_records
from runtime.queries.filters import readable_entity, selection
from runtime.queries.output import OutputField, as_text, json_rows, output_fields
from runtime.queries.problems import refuse
from runtime.queries.search import SearchText
from runtime.queries.shape import QueryShape
from runtime.queries.sorting import SortKey, after_record, sort_keys
from runtime.queries.source import Source
from runtime.queries.statement import Statement, written_limit

MAX_LIMIT = 500


@dataclass(frozen=True)
class ListQuery:
    """A question for records.

    filter: condition tree; sort: paths, `-` for descending; fields: paths, None for all; after: cursor of the page
    before; count: none, exact, or estimate (stops counting at 10,001); q: search text; trash: the bin instead.
    """

    filter: Json = None
    sort: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = None
    limit: int = 50
    after: str | None = None
    count: str = "none"
    q: str = ""
    trash: bool = False


@dataclass(frozen=True)
class Page:
    """One page. `next` is the cursor of the following one, None on the last; `count` None unless asked for."""

    records: list[dict[str, Any]]
    next: str | None = None
    count: int | None = None


@dataclass(frozen=True)
class _Plan:
    """A compiled list. `in_output`: names under which the sort values stand in each record, or None for extra columns."""

    statement: Statement
    keys: tuple[SortKey, ...]
    order: str
    names: tuple[str, ...]
    in_output: tuple[str, ...] | None


@dataclass(frozen=True)
class BuiltList:
    """A list as SQL: its source, what it gives out, its order, a select without columns or limit, and its filter's constants."""

    source: Source
    outputs: tuple[OutputField, ...]
    keys: tuple[SortKey, ...]
    select: sa.Select[Any]
    constants: tuple[sa.BindParameter[Any], ...]


def list_records(ctx: Context, entity_name: str, query: ListQuery) -> Page:
    """A page of records as Python values by path. Raises NotFound, BadRequest."""
    plan, rows, after = _run(ctx, entity_name, query, as_json=False)
    width = len(plan.names)
    records = [dict(zip(plan.names, map(_plain, row[:width]), strict=True)) for row in rows]
    if after is not None:
        after = cursor.encode(plan.order, [orjson.loads(text) if text is not None else None for text in after[width:]])
    return Page(records, after, count_records(ctx, entity_name, query))


def list_json(ctx: Context, entity_name: str, query: ListQuery) -> bytes:
    """`{"records": […], "next": …, "count": …}`, each record built by PostgreSQL. Raises NotFound, BadRequest."""
    plan, rows, last = _run(ctx, entity_name, query, as_json=True)
    after = None if last is None else cursor.encode(plan.order, _sort_values(plan, last))
    count = count_records(ctx, entity_name, query)
    body = ",".join([row[0] for row in rows])
    return b'{"records":[%b],"next":%b,"count":%b}' % (body.encode(), orjson.dumps(after), orjson.dumps(count))


def _run(ctx: Context, entity_name: str, query: ListQuery, *, as_json: bool) -> tuple[_Plan, list[tuple[Any, ...]], Any]:
    """The plan, the rows of this page, and the last row when another page follows."""
    check_limit(query.limit)
    search = SearchText.read(query.q)
    shape = QueryShape.of(ctx, entity_name, query.filter, query.sort, query.fields, search.shape, query.trash)
    keys = shape.once("keys", lambda: _keys(ctx, entity_name, query))
    order = cursor.order_name(entity_name, keys)
    after = None if query.after is None else cursor.decode(order, keys, query.after)
    nulls = () if after is None else tuple(value is None for value in after)
    plan = shape.once(("list", as_json, nulls, query.limit), lambda: _plan(ctx, entity_name, query, search, after, as_json))
    values: dict[str, Any] = dict(search.parameters)
    for number, value in enumerate(after or ()):
        values[f"after_{number}"] = value
    rows = plan.statement.rows(ctx, values, shape.constants)
    if len(rows) <= query.limit:
        return plan, rows, None
    rows.pop()
    return plan, rows, rows[-1] if rows else None


def check_limit(limit: int) -> None:
    """Raises BadRequest when a page is to hold nothing or too much."""
    if not 1 <= limit <= MAX_LIMIT:
        refuse("limit", "out_of_range", "Give a limit from 1 to {limit}.", limit=MAX_LIMIT)


def _keys(ctx: Context, entity_name: str, query: ListQuery) -> tuple[SortKey, ...]:
    entity, granted = readable_entity(ctx, entity_name)
    return sort_keys(Source(ctx, entity, own=granted), query.sort)


def _plan(ctx: Context, entity_name: str, query: ListQuery, search: SearchText, after: list[Any] | None, as_json: bool) -> _Plan:
    built = build_list(ctx, entity_name, query, search, after)
    outputs, keys, constants = built.outputs, built.keys, built.constants
    select = built.select.limit(written_limit(query.limit + 1))
    names = tuple(each.name for each in outputs)
    order = cursor.order_name(entity_name, keys)
    if not as_json:
        extras = [as_text(key.column).label(f"x{number}") for number, key in enumerate(keys)]
        columns = [each.value.label(f"c{number}") for number, each in enumerate(outputs)]
        chosen = select.with_only_columns(*columns, *extras, maintain_column_froms=True)
        return _Plan(Statement(chosen, constants), keys, order, names, None)
    in_output = tuple(key.path for key in keys)
    if all(path in names for path in in_output):
        return _Plan(Statement(json_rows(select, outputs), constants), keys, order, names, in_output)
    return _Plan(Statement(json_rows(select, outputs, [key.column for key in keys]), constants), keys, order, names, None)


def build_list(
    ctx: Context, entity_name: str, query: ListQuery, search: SearchText, after: list[Any] | None = None, *, export: bool = False
) -> BuiltList:
    """The parts of a list."""
    from runtime.access.rights import export_rights

    entity, granted = readable_entity(ctx, entity_name)
    source = Source(ctx, entity, own=export_rights(ctx, entity) if export else granted)
    chosen = selection(source, query.filter, search, trash=query.trash)
    outputs = output_fields(source, query.fields)
    keys = sort_keys(source, query.sort)
    if after is not None:
        chosen.conditions.append(after_record(keys, after))
    select: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(source.from_clause()).where(*chosen.conditions)
    return BuiltList(source, outputs, keys, select.order_by(*(key.clause for key in keys)), chosen.constants)


def _sort_values(plan: _Plan, row: tuple[Any, ...]) -> list[Any]:
    if plan.in_output is None:
        return [orjson.loads(text) if text is not None else None for text in row[1:]]
    record = orjson.loads(row[0])
    return [record[name] for name in plan.in_output]


def _plain(value: Any) -> Any:
    return tuple(value) if type(value) is list else value
