"""What the SQL of a question depends on: the key under which its statement is kept in the catalog's cache."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from runtime.access.model import roles_key
from runtime.context import Context
from runtime.queries.search import SearchText
from runtime.queries.statement import Cache, cache_of

if TYPE_CHECKING:
    from runtime.queries.listing import ListQuery

Made = TypeVar("Made")


@dataclass(frozen=True)
class QueryShape:
    """The shape of one question asked by people with certain roles."""

    cache: Cache
    key: Hashable

    @classmethod
    def of(cls, ctx: Context, entity_name: str, query: ListQuery, search: SearchText) -> QueryShape:
        filter_text = None if query.filter is None else frozen(query.filter)
        people = (roles_key(ctx.actor), ctx.workspace.zone.key, ctx.actor.language if filter_text else None)
        return cls(cache_of(ctx.catalog), (entity_name, people, filter_text, query.sort, query.fields, search.shape, query.trash))

    def once(self, part: Hashable, make: Callable[[], Made]) -> Made:
        """One thing made of this shape, made now if it is not there yet."""
        return self.cache.get((part, self.key), make)


def frozen(value: Any) -> bytes:
    """JSON data as something that can be a key."""
    return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATACLASS, default=str)
