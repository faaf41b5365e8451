"""What the SQL of a question depends on: the key under which its statement is kept in the catalog's cache."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

from builder.model import Json
from runtime.access.model import roles_key
from runtime.context import Context
from runtime.queries.filters import readable_entity
from runtime.queries.source import Source
from runtime.queries.statement import Cache, cache_of
from runtime.queries.trees import condition

Made = TypeVar("Made")


@dataclass(frozen=True)
class QueryShape:
    """The shape of one question asked by people with certain roles.

    Two questions that differ only in the constants of their filters have one shape, and so one statement;
    `constants` are those of this question.
    """

    cache: Cache
    key: Hashable
    constants: tuple[Any, ...] = ()

    @classmethod
    def of(cls, ctx: Context, entity_name: str, tree: Json, *rest: Hashable) -> QueryShape:
        """The shape of a question with this filter; `rest` is what else the SQL depends on. Raises NotFound, BadRequest."""
        people = reader_key(ctx)
        form, constants = None, ()
        if tree is not None:
            text = frozen(tree)
            form, constants = cache_of(ctx.catalog, "filters").get(
                (entity_name, people, text), lambda: _form(ctx, entity_name, tree, text)
            )
        return cls(cache_of(ctx.catalog), (entity_name, people, form, *rest), constants)

    def once(self, part: Hashable, make: Callable[[], Made]) -> Made:
        """One thing made of this shape, made now if it is not there yet."""
        return self.cache.get((part, self.key), make)


def reader_key(ctx: Context) -> Hashable:
    """What of the asking person and of the place the SQL depends on."""
    return roles_key(ctx.actor), ctx.workspace.zone.key, ctx.actor.language


def frozen(value: Any) -> bytes:
    """JSON data as something that can be a key."""
    return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATACLASS, default=str)


def _form(ctx: Context, entity_name: str, tree: Json, text: bytes) -> tuple[Hashable, tuple[Any, ...]]:
    entity, granted = readable_entity(ctx, entity_name)
    found = condition(Source(ctx, entity, own=granted), tree, "filter")
    if found is None or found.form is None:
        return text, ()
    return found.form, found.values
