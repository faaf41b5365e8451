"""Yes or no, one of a list, several of a list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from builder.errors import Problem
from builder.expressions.types import Type
from builder.fields.base import FieldType, Locale, problem
from builder.label import Label
from builder.model import Field

COLORS = ("blue", "azure", "indigo", "purple", "pink", "red", "orange", "yellow", "lime", "green", "teal", "cyan", "gray")
_YES = frozenset(["true", "yes", "y", "1", "on", "t", "是", "对", "√", "✓", "✔", "有", "真", "對"])
_NO = frozenset(["false", "no", "n", "0", "off", "f", "否", "不", "错", "×", "✗", "✘", "无", "假", "錯", "無"])
_SEPARATORS = re.compile(r"[,;|\n、，；]")

_LABEL_SCHEMA = {
    "anyOf": [
        {"type": "string", "maxLength": 200},
        {"type": "object", "additionalProperties": {"type": "string", "maxLength": 200}, "maxProperties": 10},
    ]
}
_KEY = r"^[a-z0-9][a-z0-9_]{0,39}$"
CHOICES_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["choices"],
    "properties": {
        "choices": {
            "type": "array",
            "title": "Choices",
            "minItems": 1,
            "maxItems": 500,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["key"],
                "properties": {
                    "key": {"type": "string", "pattern": _KEY},
                    "label": _LABEL_SCHEMA,
                    "color": {"enum": list(COLORS)},
                },
            },
        }
    },
}
SELECT_SCHEMA: Mapping[str, Any] = {
    **CHOICES_SCHEMA,
    "properties": {
        **CHOICES_SCHEMA["properties"],
        "retired": {
            "type": "object",
            "propertyNames": {"pattern": _KEY},
            "additionalProperties": {"type": "string", "pattern": _KEY},
            "maxProperties": 100,
        },
    },
}


def choices(field: Field) -> tuple[Mapping[str, Any], ...]:
    """The choices of a select or multi-select field: objects with key, label, color."""
    return tuple(field.options.get("choices", ()))


def retired(field: Field) -> Mapping[str, str]:
    """Choices that are no more, each with the choice that records get instead when the change is published."""
    return dict(field.options.get("retired") or {})


def choice_label(field: Field, key: str, language: str) -> str:
    """What a reader of this language sees for a choice; the key itself when the choice is gone."""
    for choice in choices(field):
        if choice["key"] == key:
            return Label.of(choice.get("label")).in_language(language) or key
    return key


def find_choice(field: Field, text: str) -> str | None:
    """The key of the choice that a text names by key or by its label in any language."""
    wanted = _fold(text)
    for choice in choices(field):
        names = [choice["key"], *(label for _, label in Label.of(choice.get("label")).texts)]
        if wanted in map(_fold, names):
            return str(choice["key"])
    return None


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


class BooleanType(FieldType):
    """Yes or no; an empty value is no answer."""

    name = "boolean"
    group = "choice"
    icon = "toggle-left"
    widget = "checkbox"
    display = "boolean"
    operators = ("is", "is_not", "is_empty", "is_not_empty")
    options_schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "labels": {
                "type": "object",
                "title": "Words for yes and no",
                "additionalProperties": False,
                "properties": {"true": _LABEL_SCHEMA, "false": _LABEL_SCHEMA},
            }
        },
    }

    def expression_type(self, field: Field) -> Type:
        return Type.BOOLEAN

    def column_type(self, field: Field) -> sa.types.TypeEngine[Any]:
        return sa.Boolean()

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        if raw is None or isinstance(raw, bool):
            return raw
        text = _fold(str(raw)) if isinstance(raw, str | int) else "?"
        if not text:
            return None
        if text in _YES or text == self._own_word(field, "true"):
            return True
        if text in _NO or text == self._own_word(field, "false"):
            return False
        return problem(field, "not_a_boolean", "Enter yes or no.")

    def _own_word(self, field: Field, side: str) -> str | None:
        label = Label.of(field.options.get("labels", {}).get(side))
        return _fold(label.in_language("en")) if label else None

    def to_text(self, field: Field, value: Any, locale: Locale) -> str:
        if value is None:
            return ""
        chinese = locale.language.startswith("zh")
        return ("是" if value else "否") if chinese else ("yes" if value else "no")

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "boolean"}


class SelectType(FieldType):
    """One of a list of choices, kept by its key."""

    name = "select"
    group = "choice"
    icon = "circle-chevron-down"
    widget = "select"
    display = "choice"
    operators: ClassVar[tuple[str, ...]] = ("is", "is_not", "in", "not_in", "is_empty", "is_not_empty")
    options_schema: ClassVar[Mapping[str, Any]] = SELECT_SCHEMA

    def expression_type(self, field: Field) -> Type:
        return Type.CHOICE

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        key = find_choice(field, str(raw)) if isinstance(raw, str | int) and not isinstance(raw, bool) else None
        return key or problem(field, "not_a_choice", "“{value}” is not one of the choices.", value=str(raw)[:80])

    def check_options(self, field: Field) -> Iterable[Problem]:
        seen: set[str] = set()
        for position, choice in enumerate(choices(field)):
            if choice["key"] in seen:
                yield Problem(
                    f"options/choices/{position}", "duplicate_key", "The choice “{key}” is there twice.", {"key": choice["key"]}
                )
            seen.add(choice["key"])
        for gone, heir in retired(field).items():
            if gone in seen:
                yield Problem(f"options/retired/{gone}", "still_a_choice", "“{key}” is still one of the choices.", {"key": gone})
            elif heir not in seen:
                yield Problem(f"options/retired/{gone}", "unknown_choice", "“{key}” is not one of the choices.", {"key": heir})

    def to_text(self, field: Field, value: Any, locale: Locale) -> str:
        return "" if value is None else choice_label(field, value, locale.language)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "enum": [choice["key"] for choice in choices(field)]}


class MultiSelectType(SelectType):
    """Several of a list of choices, kept as keys in the order of the list."""

    name = "multi_select"
    icon = "list-check"
    widget = "multi_select"
    display = "choices"
    operators: ClassVar[tuple[str, ...]] = ("has", "has_any", "has_all", "is_empty", "is_not_empty")
    sortable = False
    options_schema = CHOICES_SCHEMA

    def expression_type(self, field: Field) -> Type:
        return Type.CHOICES

    def column_type(self, field: Field) -> sa.types.TypeEngine[Any]:
        return ARRAY(sa.Text())

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        parts = [part for part in _SEPARATORS.split(raw) if part.strip()] if isinstance(raw, str) else raw
        if parts is None:
            return None
        if not isinstance(parts, list | tuple):
            return problem(field, "not_a_list", "Enter a list of choices.")
        keys = set()
        for part in parts:
            key = super().parse(field, part, locale)
            if isinstance(key, Problem):
                return key
            keys.add(key)
        return tuple(choice["key"] for choice in choices(field) if choice["key"] in keys) or None

    def to_json(self, field: Field, value: Any) -> Any:
        return list(value) if value is not None else None

    def to_text(self, field: Field, value: Any, locale: Locale) -> str:
        return ", ".join(choice_label(field, key, locale.language) for key in value or ())

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "array", "items": super().json_schema(field), "uniqueItems": True}
