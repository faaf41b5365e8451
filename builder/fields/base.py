"""The small interface of a field type. One class per type, registered in `builder/fields/__init__.py`.

A type never sees the database or the web: it knows how a value looks (JSON, text in a file, column)
and when it is acceptable. Rights, uniqueness and references are the runtime's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from builder.errors import Problem
from builder.expressions.types import Type
from builder.model import Field


@dataclass(frozen=True)
class Locale:
    """How text from people is to be read and values are to be written for them."""

    language: str = "en"
    zone: ZoneInfo = ZoneInfo("UTC")
    country: str = "CN"


class FieldType:
    """Base class. Values are plain Python: str, Decimal, bool, date, aware datetime, int (ids), tuple."""

    name: str
    """The word in documents."""
    group: ClassVar[str] = "text"
    """Palette group: text number choice date people link computed system."""
    icon: ClassVar[str] = "forms"
    """Tabler icon."""
    widget: ClassVar[str] = "text"
    """Template of the input, `web/templates/widgets/<widget>.html`."""
    display: ClassVar[str] = "text"
    """How a value is shown: the macro `value_<display>` of `web/templates/components/values.html`."""
    operators: ClassVar[tuple[str, ...]] = ("is", "is_not", "in", "not_in", "is_empty", "is_not_empty")
    """Operators offered for this type in conditions, in menu order."""
    options_schema: ClassVar[Mapping[str, Any]] = {"type": "object", "additionalProperties": False, "properties": {}}
    """JSON Schema of `options`; the designer draws its property panel from titles and types."""
    writable: ClassVar[bool] = True
    """False for values that only the system or a formula sets."""
    sortable: ClassVar[bool] = True
    searchable: ClassVar[bool] = False
    """Whether its text takes part in the search box."""

    def expression_type(self, field: Field) -> Type:
        """Type in formulas and conditions."""
        return Type.TEXT

    def column_type(self, field: Field) -> sa.types.TypeEngine[Any] | None:
        """Type of the physical column; None when the value has no column in its own table."""
        return sa.Text()

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        """The value of JSON or text from a person or a file; None for empty. A Problem has path `field.key`."""
        raise NotImplementedError

    def validate(self, field: Field, value: Any) -> Iterable[Problem]:
        """What is wrong with a parsed, non-empty value. All problems, path `field.key`."""
        return ()

    def check_options(self, field: Field) -> Iterable[Problem]:
        """What the options schema cannot say, such as min > max; paths relative to the field, `options/min`."""
        return ()

    def to_json(self, field: Field, value: Any) -> Any:
        """The JSON shape of a value as the API writes it."""
        return value

    def json_column(self, field: Field, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """SQL whose JSON form equals `to_json`, so that PostgreSQL can build whole answers."""
        return column

    def to_text(self, field: Field, value: Any, locale: Locale) -> str:
        """Text for export files, notifications and prints; `parse` reads it back."""
        return "" if value is None else str(value)

    def json_schema(self, field: Field) -> dict[str, Any]:
        """JSON Schema of a value in the API, for OpenAPI."""
        return {"type": "string"}


def problem(field: Field, code: str, message: str, **params: object) -> Problem:
    """A Problem at this field."""
    return Problem(field.key, code, message, params)
