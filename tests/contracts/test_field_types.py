"""What every registered field type must keep to, whatever it holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from builder.errors import Problem
from builder.fields import FIELD_TYPES, FieldType, Locale
from builder.model import Field

LOCALE = Locale("en", ZoneInfo("Asia/Shanghai"), "CN")
CHOICES = [{"key": "new", "label": {"en": "New", "zh-Hans": "新建"}}, {"key": "old", "label": "Old"}]
# One field of each type, a raw value and the value it is read as.
SAMPLES: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "text": ({}, " Ann\nLee ", "Ann Lee"),
    "long_text": ({}, "a\r\nb", "a\nb"),
    "number": ({"decimals": 2}, "1,234.5", Decimal("1234.50")),
    "currency": ({}, "￥3.5万", Decimal("35000.00")),
    "percent": ({}, "25%", Decimal(25)),
    "boolean": ({}, "是", True),
    "select": ({"choices": CHOICES}, "新建", "new"),
    "multi_select": ({"choices": CHOICES}, "Old、new", ("new", "old")),
    "date": ({}, "2026年3月5日", date(2026, 3, 5)),
    "datetime": ({}, "2026-03-05 10:00", datetime(2026, 3, 5, 2, tzinfo=UTC)),
    "phone": ({}, "138 0013 8000", "+8613800138000"),
    "email": ({}, "Ann@Example.COM", "ann@example.com"),
    "url": ({}, "example.com/a", "https://example.com/a"),
    "person": ({}, "7", 7),
    "team": ({}, {"id": 3}, 3),
    "relation": ({"to": "lead"}, 12, 12),
}
READ_ONLY = [kind.name for kind in FIELD_TYPES if not kind.writable]
HOSTILE = [
    "\x00",
    "a\ud800",
    "x" * 300_000,
    {"a": 1},
    [[1]],
    True,
    float("nan"),
    float("inf"),
    10**400,
    -1,
    "1e999",
    "９" * 80,
    b"x",
]


def sample(name: str) -> tuple[FieldType, Field, Any, Any]:
    options, raw, value = SAMPLES[name]
    return FIELD_TYPES.get(name), Field("x", name, options=options), raw, value


def test_every_type_is_covered_here() -> None:
    assert {kind.name for kind in FIELD_TYPES} == set(SAMPLES) | set(READ_ONLY)


@pytest.mark.parametrize("name", SAMPLES)
def test_reads_what_people_write(name: str) -> None:
    kind, field, raw, value = sample(name)
    assert kind.parse(field, raw, LOCALE) == value
    assert list(kind.validate(field, value)) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_empty_is_none(name: str) -> None:
    kind, field, _, _ = sample(name)
    assert kind.parse(field, None, LOCALE) is None
    assert kind.parse(field, "", LOCALE) in (None, ())


@pytest.mark.parametrize("name", SAMPLES)
def test_what_it_writes_it_reads_back(name: str) -> None:
    kind, field, _, value = sample(name)
    assert kind.parse(field, kind.to_json(field, value), LOCALE) == value
    for language in ("en", "zh-Hans", "zh-Hant"):
        locale = Locale(language, LOCALE.zone, "CN")
        assert kind.parse(field, kind.to_text(field, value, locale), locale) == value


@pytest.mark.parametrize("name", SAMPLES)
def test_its_json_fits_its_json_schema(name: str) -> None:
    kind, field, _, value = sample(name)
    jsonschema.Draft202012Validator(kind.json_schema(field)).validate(kind.to_json(field, value))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("raw", HOSTILE, ids=lambda raw: repr(raw)[:20])
def test_hostile_input_is_a_problem_or_a_value(name: str, raw: Any) -> None:
    kind, field, _, _ = sample(name)
    found = kind.parse(field, raw, LOCALE)
    if isinstance(found, Problem):
        assert (found.path, bool(found.code), bool(found.text)) == ("x", True, True)
    else:
        kind.to_json(field, found)


@pytest.mark.parametrize("name", READ_ONLY)
def test_computed_values_cannot_be_given(name: str) -> None:
    field = Field("x", name, options={"expression": "1", "pattern": "{00}"})
    assert isinstance(FIELD_TYPES.get(name).parse(field, "1", LOCALE), Problem)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_database_writes_the_same_json(name: str, engine: sa.Engine) -> None:
    kind, field, _, value = sample(name)
    column_type = kind.column_type(field)
    assert column_type is not None
    bound: sa.ColumnElement[Any] = sa.cast(
        sa.literal(list(value) if isinstance(value, tuple) else value, column_type), column_type
    )
    with engine.connect() as connection:
        connection.execute(sa.text("SET timezone = 'UTC'"))
        found = connection.execute(sa.select(sa.func.json_build_object("x", kind.json_column(field, bound)))).scalar_one()
    assert found == {"x": kind.to_json(field, value)}


@pytest.mark.parametrize("kind", list(FIELD_TYPES), ids=lambda kind: kind.name)
def test_it_describes_itself(kind: FieldType) -> None:
    jsonschema.Draft202012Validator.check_schema(kind.options_schema)
    assert all((kind.icon, kind.widget, kind.operators, kind.__doc__))
    field = Field("x", kind.name, options=SAMPLES.get(kind.name, ({}, 0, 0))[0])
    column_type = kind.column_type(field)
    assert column_type is None or column_type.compile(dialect=postgresql.dialect())
