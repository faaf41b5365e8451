"""Numbers, money and shares. Values are Decimal with exactly the field's decimals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

import sqlalchemy as sa

from builder.errors import Problem
from builder.expressions.types import Type
from builder.fields.base import FieldType, Locale, problem
from builder.model import Field

NUMBER_OPERATORS = ("is", "is_not", "gt", "gte", "lt", "lte", "between", "in", "not_in", "is_empty", "is_not_empty")
SAFE_INTEGER = 2**53 - 1  # a JSON number keeps its digits up to here
_LIMIT = Decimal(10) ** 20
_UNITS = {
    "万": Decimal(10_000),
    "萬": Decimal(10_000),
    "亿": Decimal(10) ** 8,
    "億": Decimal(10) ** 8,
    "k": Decimal(1000),
    "K": Decimal(1000),
}
_NUMBER = re.compile(r"^([+-]?)(\d{1,3}(?:,\d{3})+|\d+)?(\.\d*)?(?:[eE]([+-]?\d{1,2}))?$")


def read_number(text: str) -> Decimal | None:
    """The number in a text as people write it: `1,200.50`, `￥1200`, `(300)`, `１２．５`, `3.5万`, `12%`; else None."""
    plain = unicodedata.normalize("NFKC", text).strip()
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain.strip("()") if negative else plain
    plain = re.sub(r"(?i)^([+-]?)\s*(?:[¥￥$€£₩]|cny|rmb|usd|hkd|twd|nt\$|hk\$|us\$)\s*", r"\1", plain)
    plain = re.sub(r"(?i)\s*(?:元|圆|块|圓|塊|cny|rmb|usd|%|％)$", "", plain).strip()
    factor = _UNITS.get(plain[-1:], Decimal(1))
    plain = (plain[:-1] if plain[-1:] in _UNITS else plain).replace(" ", "").replace("\u2212", "-")
    found = _NUMBER.match(plain)
    if not found or not (found[2] or (found[3] or ".") != "."):
        return None
    try:
        value = Decimal(plain.replace(",", "")) * factor
    except InvalidOperation:
        return None
    return -value if negative else value


class NumberType(FieldType):
    """A number with a fixed count of decimals."""

    name = "number"
    group = "number"
    icon = "number-123"
    widget = "number"
    display = "number"
    operators = NUMBER_OPERATORS
    default_decimals = 0
    options_schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "decimals": {"type": "integer", "minimum": 0, "maximum": 10, "default": 0, "title": "Decimals"},
            "min": {"type": "number", "title": "Smallest"},
            "max": {"type": "number", "title": "Largest"},
            "unit": {"type": "string", "maxLength": 20, "title": "Unit"},
        },
    }

    def decimals(self, field: Field) -> int:
        """Digits after the point."""
        return int(field.options.get("decimals", self.default_decimals))

    def expression_type(self, field: Field) -> Type:
        return Type.NUMBER

    def column_type(self, field: Field) -> sa.types.TypeEngine[Any]:
        return sa.Numeric()

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        number = self._read(raw)
        if number is None:
            return None
        if isinstance(number, str) or not number.is_finite():
            return problem(field, "not_a_number", "Enter a number.")
        if abs(number) >= _LIMIT or (self.decimals(field) == 0 and abs(number) > SAFE_INTEGER):
            return problem(field, "out_of_range", "This number is too large.")
        places = self.decimals(field)
        rounded = round(number, places)
        if rounded != number:
            return problem(field, "too_many_decimals", "Use at most {decimals} decimals.", decimals=places)
        return abs(rounded) if rounded == 0 else rounded.quantize(Decimal(1).scaleb(-places))

    def _read(self, raw: Any) -> Decimal | str | None:
        """A Decimal, None for empty, or any text for "not a number"."""
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        if isinstance(raw, bool):
            return "bool"
        if isinstance(raw, int | Decimal):
            return Decimal(raw) if not isinstance(raw, int) or abs(raw) < 10**40 else Decimal(10) ** 40
        if isinstance(raw, float):
            return Decimal(repr(raw))
        if isinstance(raw, str) and len(raw) <= 60:
            number = read_number(raw)
            return "text" if number is None else number
        return "other"

    def validate(self, field: Field, value: Any) -> Iterable[Problem]:
        low, high = field.options.get("min"), field.options.get("max")
        if low is not None and value < Decimal(str(low)):
            yield problem(field, "too_small", "Enter {min} or more.", min=low)
        if high is not None and value > Decimal(str(high)):
            yield problem(field, "too_large", "Enter {max} or less.", max=high)

    def check_options(self, field: Field) -> Iterable[Problem]:
        low, high = field.options.get("min"), field.options.get("max")
        if low is not None and high is not None and low > high:
            yield Problem("options/min", "min_over_max", "The smallest value is larger than the largest one.")

    def to_json(self, field: Field, value: Any) -> Any:
        if value is None:
            return None
        return int(value) if self.decimals(field) == 0 else str(value)

    def json_column(self, field: Field, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return column if self.decimals(field) == 0 else sa.cast(column, sa.Text)

    def to_text(self, field: Field, value: Any, locale: Locale) -> str:
        return "" if value is None else f"{value:f}"

    def json_schema(self, field: Field) -> dict[str, Any]:
        if self.decimals(field) == 0:
            return {"type": "integer"}
        return {"type": "string", "format": "decimal", "pattern": r"^-?\d+(\.\d+)?$"}


class CurrencyType(NumberType):
    """An amount of money in one currency."""

    name = "currency"
    icon = "coin"
    widget = "currency"
    display = "money"
    default_decimals = 2
    options_schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "default": "CNY", "title": "Currency"},
            "decimals": {"type": "integer", "minimum": 0, "maximum": 6, "default": 2, "title": "Decimals"},
            "min": {"type": "number", "title": "Smallest"},
            "max": {"type": "number", "title": "Largest"},
        },
    }


class PercentType(NumberType):
    """A share in hundredths: 25 is 25 %."""

    name = "percent"
    icon = "percentage"
    widget = "percent"
    display = "percent"
    options_schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "decimals": {"type": "integer", "minimum": 0, "maximum": 6, "default": 0, "title": "Decimals"},
            "min": {"type": "number", "title": "Smallest"},
            "max": {"type": "number", "title": "Largest"},
        },
    }
