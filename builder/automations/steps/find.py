"""Looks records up for the steps behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from builder.automations.base import Options, StepType, options_schema
from builder.automations.scope import StepScope
from builder.errors import Problem
from builder.expressions.types import Type

DEFAULT_LIMIT = 100


class FindStep(StepType):
    """Options: `entity`, `where`, `sort`, `limit`. Outputs: `ids`, `count`, `first` (also `first.<field>`)."""

    name = "find"
    title = "Find records"
    icon = "search"
    options_schema = options_schema(
        {
            "entity": {"$ref": "#/$defs/reference", "title": "Entity"},
            "where": {"$ref": "#/$defs/tree", "title": "Which records"},
            "sort": {"type": "array", "items": {"$ref": "#/$defs/sort"}, "maxItems": 8, "title": "Order"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 10000, "default": DEFAULT_LIMIT, "title": "At most"},
        },
        ("entity",),
    )

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        entity = scope.qualified(str(options.get("entity", "")))
        yield from scope.check_entity(entity, "entity")
        yield from scope.check_where(options.get("where"), entity, "where")
        found = scope.surroundings.scope(entity)
        for number, key in enumerate(options.get("sort", ())):
            if found is not None and found.type_of(tuple(key.lstrip("-").split("."))) is None:
                yield Problem(f"sort/{number}", "unknown_field", "There is no field {name}.", {"name": key.lstrip("-")})

    def outputs(self, options: Options, scope: StepScope) -> Mapping[str, Type]:
        return {"ids": Type.REFS, "count": Type.NUMBER, "first": Type.REF}
