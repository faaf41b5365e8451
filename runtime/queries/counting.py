"""How many records a list has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from runtime.context import Context
from runtime.queries.filters import readable_entity, selection
from runtime.queries.problems import refuse
from runtime.queries.search import SearchText
from runtime.queries.shape import QueryShape
from runtime.queries.source import Source
from runtime.queries.statement import Statement, written_limit

if TYPE_CHECKING:
    from runtime.queries.listing import ListQuery

NONE, EXACT, ESTIMATE = "none", "exact", "estimate"
CAP = 10_001
"""Where counting for a screen stops: this many means "more than 10,000"."""


def count_records(ctx: Context, entity_name: str, query: ListQuery) -> int | None:
    """The number of records that the list has over all pages; None unless it was asked for."""
    if query.count == NONE:
        return None
    if query.count not in (EXACT, ESTIMATE):
        refuse("count", "not_a_choice", "Count is none, exact or estimate.")
    search = SearchText.read(query.q)
    shape = QueryShape.of(ctx, entity_name, query.filter, search.shape, query.trash)
    statement = shape.once(("count", query.count), lambda: _statement(ctx, entity_name, query, search))
    return int(statement.rows(ctx, search.parameters, shape.constants)[0][0])


def _statement(ctx: Context, entity_name: str, query: ListQuery, search: SearchText) -> Statement:
    entity, granted = readable_entity(ctx, entity_name)
    source = Source(ctx, entity, own=granted)
    chosen = selection(source, query.filter, search, trash=query.trash)
    if query.count == EXACT:
        counted = sa.select(sa.func.count()).select_from(source.from_clause()).where(*chosen.conditions)
        return Statement(counted, chosen.constants)
    some = (
        sa.select(sa.literal_column("1"))
        .select_from(source.from_clause())
        .where(*chosen.conditions)
        .limit(written_limit(CAP))
        .subquery()
    )
    return Statement(sa.select(sa.func.count()).select_from(some), chosen.constants)
