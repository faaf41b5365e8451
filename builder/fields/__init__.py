"""The list of field types. A new type is one class in a file of this package and one line here."""

from __future__ import annotations

from builder.fields.base import FieldType, Locale
from builder.fields.choice import BooleanType, MultiSelectType, SelectType
from builder.fields.computed import (
    AutoNumberType,
    ChangedAtType,
    ChangedByType,
    CreatedAtType,
    CreatedByType,
    FormulaType,
    IdType,
    VersionType,
    system_fields,
)
from builder.fields.link import PersonType, RelationType, TeamType
from builder.fields.moment import DateTimeType, DateType
from builder.fields.number import CurrencyType, NumberType, PercentType
from builder.fields.text import EmailType, LongTextType, PhoneType, TextType, UrlType
from builder.registry import Registry

FIELD_TYPES: Registry[FieldType] = Registry(
    "field type",
    (
        TextType(),
        LongTextType(),
        NumberType(),
        CurrencyType(),
        PercentType(),
        BooleanType(),
        SelectType(),
        MultiSelectType(),
        DateType(),
        DateTimeType(),
        PhoneType(),
        EmailType(),
        UrlType(),
        PersonType(),
        TeamType(),
        RelationType(),
        AutoNumberType(),
        FormulaType(),
        CreatedAtType(),
        CreatedByType(),
        ChangedAtType(),
        ChangedByType(),
        IdType(),
        VersionType(),
    ),
)

__all__ = ["FIELD_TYPES", "FieldType", "Locale", "system_fields"]
