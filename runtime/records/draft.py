"""A record on its way into the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.errors import Problem
from runtime.records.plan import WritePlan

Values = dict[str, Any]


@dataclass(slots=True, eq=False)
class Draft:
    """One record between what it was and what it shall be.

    old: values before, by field key; empty for a new record. new: values after. Both hold the columns of the record, and
    those many-to-many fields that are being set. given: what the caller asked for. id, version: 0 for a new record.
    """

    old: Values = field(default_factory=dict)
    new: Values = field(default_factory=dict)
    given: Collection[str] = ()
    problems: list[Problem] = field(default_factory=list)
    id: int = 0
    version: int = 0

    @property
    def is_new(self) -> bool:
        return self.id == 0

    def changed(self) -> Values:
        """The new values that differ from the old ones; of a new record those that are not empty."""
        old = self.old
        if self.is_new:
            return {key: value for key, value in self.new.items() if value is not None and value != ()}
        return {key: value for key, value in self.new.items() if key not in old or value != old[key]}

    def fail(self, path: str, code: str, message: str, **params: object) -> None:
        """Adds a problem."""
        self.problems.append(Problem(path, code, message, params))


def stored_values(plan: WritePlan, row: Mapping[str, Any]) -> Values:
    """Values by field key from a row of the record's table by column name."""
    values = {}
    for key, definition in plan.columns.items():
        value = row[definition.column.name]  # type: ignore[union-attr]
        values[key] = tuple(value) if type(value) is list else value
    return values
