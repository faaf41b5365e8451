"""Values that must occur only once, and would not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from builder.errors import Problem
from runtime.context import Context
from runtime.schema.preview_base import field_path
from runtime.tables import EntityDef, FieldDef

_SHOWN = 5


def is_unique(definition: FieldDef) -> bool:
    """Whether no two living records may hold the same value here."""
    return definition.field.unique or definition.field.type == "auto_number"


def not_unique(entity: EntityDef, new: FieldDef, count: int, shown: Sequence[str]) -> Problem:
    """The problem of values that occur more than once, with some of them."""
    params = {"count": count, "samples": ", ".join(shown)}
    message = "{count} values occur more than once, for example {samples}."
    return Problem(f"{field_path(entity, new)}/unique", "not_unique", message, params)


@dataclass
class Repeated:
    """Counts what values become in a new type: `1` and `1.0` are two texts and one number. new: the new field."""

    new: FieldDef
    samples: list[Any] = field(default_factory=list)
    count: int = 0
    _seen: dict[Any, int] = field(default_factory=dict)

    def add(self, value: Any, living: int) -> None:
        """So many living records will hold this value."""
        key = tuple(value) if isinstance(value, list) else value
        before = self._seen.get(key, 0)
        self._seen[key] = before + living
        if before < 2 <= before + living:
            self.count += 1
            self.samples += [value] if len(self.samples) < _SHOWN else []

    def problem(self, ctx: Context, entity: EntityDef) -> Problem:
        """What stands in the way."""
        shown = [self.new.type.to_text(self.new.field, value, ctx.locale) for value in self.samples]
        return not_unique(entity, self.new, self.count, shown)
