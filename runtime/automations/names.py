"""What the expressions and placeholders of a run can name: the record, before, item, steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from builder.expressions.nodes import Node
from builder.expressions.parser import parse
from builder.expressions.problems import ExpressionProblem
from runtime.automations.records import Records, Row
from runtime.expressions.python_backend import evaluate
from runtime.expressions.values import ErrorValue
from runtime.tables import EntityDef, FieldDef

_parse = lru_cache(maxsize=4096)(parse)


class StepFailure(Exception):
    """A step cannot be done; the message is an English sentence for the run's trace."""


@dataclass(frozen=True)
class Names:
    """Resolves paths for one run at one moment. `before` holds the changed fields as they were."""

    records: Records
    entity: EntityDef | None = None
    row: Row | None = None
    before: Row | None = None
    item_entity: EntityDef | None = None
    item: Row | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, path: tuple[str, ...]) -> Any:
        if path[0] == "before" and len(path) > 1:
            return self._before(path[1:])
        if path[0] == "item" and len(path) > 1:
            return self._item(path[1:])
        if path[0] == "steps" and len(path) > 2:
            return self._output(path[1:])
        if self.entity is None or self.row is None:
            raise KeyError(path[0])
        return self.records.value(self.entity, self.row, path)

    def with_item(self, entity: EntityDef | None, item: Row | None) -> Names:
        """The same names inside a step that repeats."""
        return replace(self, item_entity=entity, item=item)

    def evaluate(self, node: Node) -> Any:
        """The value of an expression. Raises StepFailure for an error value."""
        value = evaluate(node, self, self.records.environment)
        if isinstance(value, ErrorValue):
            raise StepFailure(f"{value.code} {value.reason}")
        return value

    def evaluate_text(self, text: str) -> Any:
        """The value of a formula. Raises StepFailure."""
        node = _parse(text)
        if isinstance(node, ExpressionProblem):
            raise StepFailure(f"The formula cannot be read: {node.message}")
        return self.evaluate(node)

    def field_at(self, path: tuple[str, ...]) -> tuple[FieldDef, Any] | None:
        """The field that a path ends at, with the entity that has it; None for what is no field."""
        entity, rest = self.entity, path
        if path[0] in ("before", "item"):
            entity, rest = (self.item_entity if path[0] == "item" else self.entity), path[1:]
        elif path[0] == "steps":
            entity, rest = self._output_entity(path[1:]), path[3:]
        catalog = self.records.ctx.catalog
        while entity is not None and rest:
            key = entity.title_field if rest == ("title",) and "title" not in entity.fields else rest[0]
            found = entity.fields.get(key)
            if found is None or len(rest) == 1:
                return None if found is None else (found, entity)
            entity, rest = catalog.find(found.target or ""), rest[1:]
        return None

    def _before(self, path: tuple[str, ...]) -> Any:
        if self.entity is None or self.row is None or self.before is None:
            raise KeyError("before")
        return self.records.value(self.entity, {**self.row, **self.before}, path)

    def _item(self, path: tuple[str, ...]) -> Any:
        if self.item is None:
            raise KeyError("item")
        return self.records.value(self.item_entity, self.item, path) if self.item_entity else self.item[path[0]]

    def _output(self, path: tuple[str, ...]) -> Any:
        output = self.outputs[path[0]]
        value = output[path[1]]
        if len(path) == 2:
            return value
        entity = self._output_entity(path)
        if entity is None:
            raise KeyError(path[2])
        row = None if value is None else self.records.get(entity, value)
        return None if row is None else self.records.value(entity, row, path[2:])

    def _output_entity(self, path: tuple[str, ...]) -> EntityDef | None:
        output = self.outputs.get(path[0]) if path else None
        return self.records.ctx.catalog.find(output.get("entity", "")) if output and path[1:2] == ("first",) else None
