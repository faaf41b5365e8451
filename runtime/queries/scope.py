"""Which fields a condition may name, for the expression checker.

A field that the reader may not see is as unknown as one that does not exist: both give the same problem.
"""

from __future__ import annotations

from builder.expressions.types import Scope, Type
from builder.fields.choice import choices
from runtime.queries.source import Source
from runtime.tables import FieldDef


class SourceScope:
    """The fields of a source, as `builder.expressions` asks for them."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        found = self._find(path)
        return None if found is None else found.type.expression_type(found.field)

    def choices_of(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        found = self._find(path)
        if found is None or found.field.type not in ("select", "multi_select"):
            return None
        return tuple(str(each["key"]) for each in choices(found.field))

    def related(self, path: tuple[str, ...]) -> Scope | None:
        owner = self._source
        for step in path[:-1]:
            onward = owner.child(step)
            if onward is None:
                return None
            owner = onward
        found = owner.related(path[-1])
        return None if found is None else SourceScope(found[0])

    def _find(self, path: tuple[str, ...]) -> FieldDef | None:
        found = self._source.field(path)
        return None if found is None else found[1]
