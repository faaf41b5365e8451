"""Figures over records: counts, sums and averages, by groups. The base of charts, tiles and the aggregate call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from builder.model import Json
from runtime.context import Context
from runtime.queries.filters import readable_entity, selection
from runtime.queries.measures import MAX_GROUPS, MAX_MEASURES, Group, Measure, figure, figure_json, read_group, read_measure
from runtime.queries.problems import refuse
from runtime.queries.search import SearchText
from runtime.queries.shape import QueryShape, frozen
from runtime.queries.source import Source
from runtime.queries.statement import Statement, written_limit

MAX_ROWS = 10_000


@dataclass(frozen=True)
class AggregateQuery:
    """A question for figures.

    group: paths or `{"field", "by", "as"}`; measures: `{"op", "field", "as"}`, by default one count; sort: names of
    groups and measures, `-` for descending, by default the groups; limit: rows.
    """

    filter: Json = None
    group: tuple[Json, ...] = ()
    measures: tuple[Json, ...] = ({"op": "count"},)
    sort: tuple[str, ...] = ()
    limit: int = 1000
    q: str = ""


def aggregate(ctx: Context, entity_name: str, query: AggregateQuery) -> list[dict[str, Any]]:
    """Rows of Python values by name. Raises NotFound, BadRequest."""
    names, rows = _run(ctx, entity_name, query, as_json=False)
    return [dict(zip(names, row, strict=True)) for row in rows]


def aggregate_json(ctx: Context, entity_name: str, query: AggregateQuery) -> bytes:
    """`{"rows": […]}`, each row built by PostgreSQL. Raises NotFound, BadRequest."""
    _, rows = _run(ctx, entity_name, query, as_json=True)
    return b'{"rows":[%b]}' % ",".join([row[0] for row in rows]).encode()


def _run(
    ctx: Context, entity_name: str, query: AggregateQuery, *, as_json: bool
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """The names of the columns and the rows."""
    search = SearchText.read(query.q)
    asked = frozen([query.group, query.measures, query.sort, query.limit])
    shape = QueryShape.of(ctx, entity_name, query.filter, asked, search.shape)
    names, statement = shape.once(("aggregate", as_json), lambda: _build(ctx, entity_name, query, search, as_json))
    return names, statement.rows(ctx, search.parameters, shape.constants)


def _build(
    ctx: Context, entity_name: str, query: AggregateQuery, search: SearchText, as_json: bool
) -> tuple[tuple[str, ...], Statement]:
    _check_size(query)
    entity, granted = readable_entity(ctx, entity_name)
    source = Source(ctx, entity, own=granted)
    chosen = selection(source, query.filter, search)
    groups = [read_group(source, raw, number) for number, raw in enumerate(query.group)]
    measures = [read_measure(source, raw, number) for number, raw in enumerate(query.measures)]
    names = (*(each.name for each in groups), *(each.name for each in measures))
    if len(set(names)) != len(names):
        refuse("measures", "duplicate_name", "Two columns would have the same name; name one with “as”.")
    outer = _grouped(source, chosen.conditions, groups, measures)
    ordered = outer.order_by(*_order(outer, names, len(groups), query.sort)).limit(written_limit(query.limit))
    return names, Statement(_as_json(ordered, groups, measures) if as_json else ordered, chosen.constants)


def _check_size(query: AggregateQuery) -> None:
    if len(query.group) > MAX_GROUPS or not 0 < len(query.measures) <= MAX_MEASURES:
        refuse(
            "group",
            "too_many",
            "Give at most {groups} groups and 1 to {measures} measures.",
            groups=MAX_GROUPS,
            measures=MAX_MEASURES,
        )
    if not 1 <= query.limit <= MAX_ROWS:
        refuse("limit", "out_of_range", "Give a limit from 1 to {limit}.", limit=MAX_ROWS)


def _grouped(
    source: Source, conditions: Sequence[sa.ColumnElement[Any]], groups: Sequence[Group], measures: Sequence[Measure]
) -> sa.Select[Any]:
    """One scan: a sub-select with the values, grouped outside; columns `c0`, `c1` … in the order of the names."""
    tables = source.from_clause()
    columns: list[sa.ColumnElement[Any]] = []
    for number, group in enumerate(groups):
        value = group.value
        if group.elements:
            members = (
                sa.func.unnest(value, type_=sa.Text())
                .table_valued(sa.column("value", sa.Text))
                .render_derived(f"e{number}")
                .lateral()
            )
            tables, value = tables.outerjoin(members, sa.true()), members.c.value
        columns.append(value.label(f"g{number}"))
    columns += [each.value.label(f"m{number}") for number, each in enumerate(measures) if each.value is not None]
    inner = sa.select(*(columns or [sa.literal_column("1").label("one")])).select_from(tables).where(*conditions).subquery("data")
    by = [inner.c[f"g{number}"] for number in range(len(groups))]
    figures = [figure(each, None if each.value is None else inner.c[f"m{number}"]) for number, each in enumerate(measures)]
    return sa.select(*(each.label(f"c{number}") for number, each in enumerate([*by, *figures]))).select_from(inner).group_by(*by)


def _order(select: sa.Select[Any], names: Sequence[str], group_count: int, sort: Sequence[str]) -> list[sa.ColumnElement[Any]]:
    chosen: list[tuple[int, bool]] = []
    for text in sort:
        name = text[1:] if text.startswith("-") else text
        if name not in names:
            refuse("sort", "unknown_field", "There is no column “{name}” in the answer.", name=name[:80])
        chosen.append((names.index(name), text.startswith("-")))
    chosen += [(number, False) for number in range(group_count) if all(number != other for other, _ in chosen)]
    columns = list(select.selected_columns)
    return [columns[number].desc().nulls_last() if down else columns[number].asc() for number, down in chosen]


def _as_json(select: sa.Select[Any], groups: Sequence[Group], measures: Sequence[Measure]) -> sa.Select[Any]:
    table = select.subquery("answer")
    names = [*(each.name for each in groups), *(each.name for each in measures)]
    values = [group.field.type.json_column(group.field.field, table.c[f"c{number}"]) if not group.elements else table.c[f"c{number}"]
              for number, group in enumerate(groups)]  # fmt: skip
    values += [figure_json(each, table.c[f"c{len(groups) + number}"]) for number, each in enumerate(measures)]
    pairs = [part for name, value in zip(names, values, strict=True) for part in (sa.literal(name, sa.Text), value)]
    return sa.select(sa.cast(sa.func.json_build_object(*pairs), sa.Text)).select_from(table)


__all__ = ["AggregateQuery", "aggregate", "aggregate_json"]
