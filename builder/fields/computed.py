"""Values that nobody types: numbers in a series, formulas, and what the system notes of every record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa

from builder.errors import Problem
from builder.expressions.types import Type
from builder.fields.base import FieldType, Locale, problem
from builder.fields.choice import BooleanType
from builder.fields.link import PersonType
from builder.fields.moment import DateTimeType, DateType
from builder.fields.number import NUMBER_OPERATORS, CurrencyType, NumberType, PercentType
from builder.fields.text import TEXT_OPERATORS, TextType
from builder.label import Label
from builder.model import Field

_PATTERN_PART = re.compile(r"\{(YYYY|YY|MM|DD|0+)\}")
DEFAULT_PATTERN = "{0000}"


def number_text(pattern: str, number: int, day: datetime) -> str:
    """The n-th number of a series on a (local) day: `L-{YYYY}{MM}-{0000}` → `L-202603-0042`."""

    def part(found: re.Match[str]) -> str:
        dates = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}
        code = found[1]
        return day.strftime(dates[code]) if code in dates else str(number).zfill(len(code))

    return _PATTERN_PART.sub(part, pattern)


def number_period(pattern: str, day: datetime) -> str:
    """The part of the calendar in which a series counts on; it begins again with the next one. Empty: never."""
    codes = {found[1] for found in _PATTERN_PART.finditer(pattern)}
    if "DD" in codes:
        return day.strftime("%Y-%m-%d")
    if "MM" in codes:
        return day.strftime("%Y-%m")
    return day.strftime("%Y") if codes & {"YYYY", "YY"} else ""


class AutoNumberType(FieldType):
    """A number that the record gets when it is made and keeps for ever."""

    name = "auto_number"
    group = "computed"
    icon = "hash"
    widget = "readonly"
    operators = TEXT_OPERATORS
    writable = False
    searchable = True
    options_schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"pattern": {"type": "string", "maxLength": 60, "default": DEFAULT_PATTERN, "title": "Pattern"}},
    }

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        return problem(field, "read_only", "This value cannot be set.")

    def check_options(self, field: Field) -> Iterable[Problem]:
        pattern = field.options.get("pattern", DEFAULT_PATTERN)
        counters = [found for found in _PATTERN_PART.finditer(pattern) if found[1].startswith("0")]
        if len(counters) != 1:
            yield Problem(
                "options/pattern", "pattern", "The pattern needs exactly one counter such as {example}.", {"example": "{0000}"}
            )


class FormulaType(FieldType):
    """A value computed from the record. Stored, unless it depends on the time or the reader; then computed on reading."""

    name = "formula"
    group = "computed"
    icon = "math-function"
    widget = "readonly"
    writable = False
    options_schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["expression"],
        "properties": {
            "expression": {"type": "string", "maxLength": 2000, "title": "Formula"},
            "result": {
                "enum": ["text", "number", "currency", "percent", "boolean", "date", "datetime"],
                "default": "text",
                "title": "Result",
            },
            "decimals": {"type": "integer", "minimum": 0, "maximum": 10, "title": "Decimals"},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "title": "Currency"},
        },
    }

    def result_type(self, field: Field) -> FieldType:
        """The type whose values this formula gives."""
        return _RESULTS[field.options.get("result", "text")]

    def result_field(self, field: Field) -> Field:
        """A field of the result's type with the options that it understands."""
        kind = self.result_type(field)
        names = kind.options_schema["properties"]
        return Field(field.key, kind.name, options={name: value for name, value in field.options.items() if name in names})

    def expression_type(self, field: Field) -> Type:
        return self.result_type(field).expression_type(self.result_field(field))

    def column_type(self, field: Field) -> sa.types.TypeEngine[Any] | None:
        return self.result_type(field).column_type(self.result_field(field))

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        return problem(field, "read_only", "This value cannot be set.")

    def to_json(self, field: Field, value: Any) -> Any:
        return self.result_type(field).to_json(self.result_field(field), value)

    def json_column(self, field: Field, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return self.result_type(field).json_column(self.result_field(field), column)

    def to_text(self, field: Field, value: Any, locale: Locale) -> str:
        return self.result_type(field).to_text(self.result_field(field), value, locale)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return self.result_type(field).json_schema(self.result_field(field))


_RESULTS: dict[str, FieldType] = {
    "text": TextType(),
    "number": NumberType(),
    "currency": CurrencyType(),
    "percent": PercentType(),
    "boolean": BooleanType(),
    "date": DateType(),
    "datetime": DateTimeType(),
}


class _SystemMoment(DateTimeType):
    group = "system"
    widget = "readonly"
    writable = False

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        return problem(field, "read_only", "This value cannot be set.")


class CreatedAtType(_SystemMoment):
    """When the record was made."""

    name = "created_at"
    icon = "calendar-plus"


class ChangedAtType(_SystemMoment):
    """When the record was last changed."""

    name = "changed_at"
    icon = "calendar-time"


class _SystemPerson(PersonType):
    group = "system"
    widget = "readonly"
    writable = False

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        return problem(field, "read_only", "This value cannot be set.")


class CreatedByType(_SystemPerson):
    """Who made the record."""

    name = "created_by"
    icon = "user-plus"


class ChangedByType(_SystemPerson):
    """Who last changed the record."""

    name = "changed_by"
    icon = "user-edit"


class IdType(FieldType):
    """The record's number inside its entity."""

    name = "id"
    group = "system"
    icon = "id"
    widget = "readonly"
    operators = NUMBER_OPERATORS
    writable = False

    def expression_type(self, field: Field) -> Type:
        return Type.NUMBER

    def column_type(self, field: Field) -> sa.types.TypeEngine[Any]:
        return sa.BigInteger()

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        return problem(field, "read_only", "This value cannot be set.")

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "integer"}


class VersionType(IdType):
    """How often the record has been saved; the ETag of the API."""

    name = "version"
    icon = "versions"


_SYSTEM_LABELS = {
    "id": {"en": "ID", "zh-Hans": "编号", "zh-Hant": "編號"},
    "version": {"en": "Version", "zh-Hans": "版本", "zh-Hant": "版本"},
    "created_at": {"en": "Created at", "zh-Hans": "创建时间", "zh-Hant": "建立時間"},
    "created_by": {"en": "Created by", "zh-Hans": "创建人", "zh-Hant": "建立者"},
    "changed_at": {"en": "Changed at", "zh-Hans": "修改时间", "zh-Hant": "修改時間"},
    "changed_by": {"en": "Changed by", "zh-Hans": "修改人", "zh-Hant": "修改者"},
}
SYSTEM_FIELDS = tuple(Field(key, key, Label.of(label)) for key, label in _SYSTEM_LABELS.items())


def system_fields() -> tuple[Field, ...]:
    """The fields that every entity has without declaring them."""
    return SYSTEM_FIELDS
