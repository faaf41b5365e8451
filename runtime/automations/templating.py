"""Fills `{{path|filter}}`: values of fields as people read them. Nothing is executed; HTML is escaped by the caller's wish."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from babel import numbers

from builder.automations.placeholders import Placeholder, parse_template
from builder.fields.choice import choice_label
from builder.label import Label
from runtime.automations.names import Names, StepFailure
from runtime.expressions.values import ErrorValue, number_text
from runtime.settings import load_settings
from runtime.tables import MANY_TO_MANY, ONE_TO_MANY, EntityDef, FieldDef

Readable = Callable[[EntityDef, str], bool]
"""Whether the reader of a text may see a field."""

_LOCALES = {"en": "en", "zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW"}
MAX_TEXT = 20_000


def render(label: Any, names: Names, language: str = "", *, as_html: bool = False, readable: Readable | None = None) -> str:
    """The text of a label in a language with its placeholders filled. Raises StepFailure for an unknown field.

    as_html: escape the values (and only them). readable: fields that it refuses leave an empty place.
    """
    language = language or names.records.environment.language
    parts, _ = parse_template(Label.of(label).in_language(language))
    filled = []
    for part in parts:
        if isinstance(part, str):
            filled.append(part)
        else:
            text = _fill(part, names, language, readable)
            filled.append(html.escape(text) if as_html else text)
    return "".join(filled)[:MAX_TEXT]


def _fill(part: Placeholder, names: Names, language: str, readable: Readable | None) -> str:
    found = names.field_at(part.path)
    if found is not None and readable is not None and not _may_see(part.path, names, readable):
        return ""
    value = _value(part.path, names)
    text: str | None = None
    for name, argument in part.filters:
        if name == "default":
            if value is None and not text:
                text = argument
        elif name in ("upper", "lower"):
            plain = text if text is not None else show(value, found[0] if found else None, names, language)
            text = plain.upper() if name == "upper" else plain.lower()
        elif value is not None:
            text = _formatted(name, value, found[0] if found else None, names, language)
    return text if text is not None else show(value, found[0] if found else None, names, language)


def _may_see(path: tuple[str, ...], names: Names, readable: Readable) -> bool:
    """Every field on the way must be readable."""
    for end in range(1, len(path) + 1):
        found = names.field_at(path[:end])
        if found is not None and not readable(found[1], found[0].key):
            return False
    return True


def _value(path: tuple[str, ...], names: Names) -> Any:
    if path[0] == "record":
        return _of_record(path, names)
    try:
        value = names(path)
    except KeyError:
        raise StepFailure(f"There is no field {'.'.join(path)}.") from None
    return None if isinstance(value, ErrorValue) or value == "" else value


def _of_record(path: tuple[str, ...], names: Names) -> str:
    if names.entity is None or names.row is None:
        raise StepFailure("There is no record.")
    if path == ("record", "url"):
        return record_address(names.entity.name, names.row["id"])
    field = names.entity.fields[names.entity.title_field]
    return show(names((field.key,)), field, names, names.records.environment.language)


@lru_cache(maxsize=1)
def _site() -> str:
    return load_settings().address


def record_address(entity: str, record_id: int) -> str:
    """Where a browser finds the record."""
    return f"{_site()}/records/{quote(entity)}/{record_id}"


def show(value: Any, field: FieldDef | None, names: Names, language: str) -> str:
    """A value as a reader of this language writes it."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return _show_many(value, field, names, language)
    if field is not None and field.field.type in ("select", "multi_select"):
        return choice_label(field.field, str(value), language)
    if field is not None and (named := _show_identity(value, field, names, language)) is not None:
        return named
    if isinstance(value, bool):
        words = {"en": ("no", "yes")}.get(language, ("否", "是"))
        return words[value]
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, datetime):
        return _formatted("datetime", value, field, names, language)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _show_many(values: Any, field: FieldDef | None, names: Names, language: str) -> str:
    separator = ", " if language == "en" else "、"
    if field is not None and field.kind in (ONE_TO_MANY, MANY_TO_MANY):
        return separator.join(str(each(("title",)) or "") for each in values)
    return separator.join(show(each, field, names, language) for each in values)


def _show_identity(value: Any, field: FieldDef, names: Names, language: str) -> str | None:
    """The name behind the id of a person, team or record; None for other fields."""
    kind = field.type.expression_type(field.field).value
    if kind == "person":
        person = names.records.person(int(value))
        return str(person["name"]) if person else ""
    if kind == "team":
        return names.records.team_name(int(value)) or ""
    target = names.records.ctx.catalog.find(field.target or "")
    if target is None:
        return None
    row = names.records.get(target, int(value))
    if row is None:
        return ""
    title = target.fields[target.title_field]
    return show(names.records.value(target, row, (title.key,)), title, names, language)


_MOMENTS = {"date": "%Y-%m-%d", "time": "%H:%M", "datetime": "%Y-%m-%d %H:%M"}


def _formatted(name: str, value: Any, field: FieldDef | None, names: Names, language: str) -> str:
    """A value by one of the filters date, time, datetime, money, number; as it is when the filter does not fit."""
    locale = _LOCALES.get(language, "en")
    value = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(value, datetime) and name in _MOMENTS:
        return value.astimezone(names.records.environment.zone).strftime(_MOMENTS[name])
    if isinstance(value, Decimal) and name == "money":
        currency = str(field.field.options.get("currency", "")) if field else ""
        return numbers.format_currency(value, currency or names.records.ctx.workspace.currency, locale=locale)
    if isinstance(value, Decimal):
        return numbers.format_decimal(value, format="#,##0.##########", locale=locale) if name == "number" else number_text(value)
    return value.isoformat() if isinstance(value, date) else show(value, field, names, language)
