"""What a query gives out: named columns, and PostgreSQL making whole JSON objects of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from builder.fields.base import FieldType
from builder.fields.computed import FormulaType
from builder.model import Field
from runtime.queries.problems import refuse, unknown_field
from runtime.queries.source import Source
from runtime.tables import ONE_TO_MANY, FieldDef

MAX_FIELDS = 200
MAX_PARTS = 4
_LONGEST_NAME = 63
_PAIRS = 50  # a function takes 100 arguments


@dataclass(frozen=True)
class OutputField:
    """One value of the answer: its name (the path asked for), its field, and the value under rights."""

    name: str
    field: FieldDef
    value: sa.ColumnElement[Any]

    @property
    def type_of_value(self) -> tuple[FieldType, Field]:
        """The type whose values these are, with its field: for a formula those of its result."""
        if isinstance(self.field.type, FormulaType):
            return self.field.type.result_type(self.field.field), self.field.type.result_field(self.field.field)
        return self.field.type, self.field.field

    def json_of(self, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """A value of this field as it stands in JSON."""
        return self.field.type.json_column(self.field.field, value)


def output_fields(source: Source, names: Sequence[str] | None, always: Iterable[str] = ("id",)) -> tuple[OutputField, ...]:
    """The fields asked for, each once; None means all that the reader may see, without the far ends of to-one relations.

    Raises BadRequest for unknown paths and for too many.
    """
    wanted = default_names(source) if names is None else names
    if len(wanted) > MAX_FIELDS:
        refuse("fields", "too_many", "Ask for at most {limit} fields.", limit=MAX_FIELDS)
    return tuple(_output(source, name) for name in dict.fromkeys([*always, *wanted]))


def default_names(source: Source) -> list[str]:
    """All fields that the reader may see; lists of records pointing here only when asked for."""
    return [key for key, field in source.entity.fields.items() if source.shows(key) and field.kind != ONE_TO_MANY]


def _output(source: Source, name: str) -> OutputField:
    parts = tuple(name.split("."))
    found = source.field(parts) if len(parts) <= MAX_PARTS else None
    if found is None:
        unknown_field("fields", name)
    owner, field = found
    return OutputField(name, field, owner.own_value(field))


def json_rows(
    query: sa.Select[Any], outputs: Sequence[OutputField], extras: Sequence[sa.ColumnElement[Any]] = ()
) -> sa.Select[Any]:
    """`query` (FROM, WHERE, ORDER, LIMIT) as rows of one JSON text, then the extra values as text.

    Values take their JSON form outside the query, when sorting and LIMIT have left few of them. Without extra values the row of a
    sub-select becomes the object: half the cost of naming every value.
    """
    fast = not extras and all(len(each.name.encode()) <= _LONGEST_NAME for each in outputs)
    labels = [each.name if fast else f"c{number}" for number, each in enumerate(outputs)]
    columns = [each.value.label(label) for each, label in zip(outputs, labels, strict=True)]
    columns += [extra.label(f"x{number}") for number, extra in enumerate(extras)]
    data = query.with_only_columns(*columns, maintain_column_froms=True).subquery("data")
    values = [each.json_of(data.c[label]) for each, label in zip(outputs, labels, strict=True)]
    if fast:
        row = sa.select(*(value.label(label) for value, label in zip(values, labels, strict=True))).subquery("row")
        return sa.select(sa.cast(sa.func.row_to_json(row.table_valued()), sa.Text))
    made = _built([(each.name, value) for each, value in zip(outputs, values, strict=True)])
    return sa.select(sa.cast(made, sa.Text), *(as_text(data.c[f"x{number}"]) for number in range(len(extras))))


def as_text(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A sort value as JSON text that keeps all digits."""
    exact = sa.cast(value, sa.Text) if isinstance(value.type, sa.Numeric) else value
    return sa.cast(sa.func.to_json(exact), sa.Text)


def _built(pairs: list[tuple[str, sa.ColumnElement[Any]]]) -> sa.ColumnElement[Any]:
    chunks = [pairs[start : start + _PAIRS] for start in range(0, len(pairs), _PAIRS)]
    objects = [
        sa.func.jsonb_build_object(*(part for name, value in chunk for part in (sa.literal(name, sa.Text), value)), type_=JSONB)
        for chunk in chunks
    ]
    made: sa.ColumnElement[Any] = objects[0]
    for other in objects[1:]:
        made = made.op("||", return_type=JSONB())(other)
    return made
