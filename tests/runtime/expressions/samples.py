"""A table with every type and rows of awkward values, for comparing the two back ends."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, DateTime, Integer, MetaData, Numeric, Table, Text

from builder.expressions.types import DictScope, Type

TYPES = {
    "t1": Type.TEXT, "t2": Type.TEXT, "t3": Type.TEXT, "c1": Type.CHOICE,
    "n1": Type.NUMBER, "n2": Type.NUMBER, "n3": Type.NUMBER, "i1": Type.NUMBER,
    "b1": Type.BOOLEAN, "b2": Type.BOOLEAN, "d1": Type.DATE, "d2": Type.DATE,
    "m1": Type.DATETIME, "m2": Type.DATETIME, "tags": Type.CHOICES, "nums": Type.LIST,
    "p1": Type.PERSON, "p2": Type.PERSON, "r1": Type.REF,
}  # fmt: skip
CHOICES = ("new", "won", "lost")
SCOPE = DictScope(TYPES, choices={"tags": ("red", "green", "blue")})
_COLUMNS: dict[Type, Any] = {
    Type.TEXT: Text, Type.CHOICE: Text, Type.NUMBER: Numeric, Type.BOOLEAN: Boolean, Type.DATE: Date,
    Type.DATETIME: DateTime(timezone=True), Type.CHOICES: ARRAY(Text), Type.LIST: ARRAY(Numeric),
    Type.PERSON: BigInteger, Type.REF: BigInteger,
}  # fmt: skip
TABLE = Table(
    "expression_samples",
    MetaData(),
    Column("id", Integer, primary_key=True),
    *[Column(name, Integer if name == "i1" else _COLUMNS[kind]) for name, kind in TYPES.items()],
    prefixes=["TEMPORARY"],
)
ZONES = [
    ZoneInfo(name) for name in ("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Havana")
]

TEXTS = [
    "a", "abc", "ABC", "Abc", "aBcabc", " a ", "　全角　", "云帆科技", "云帆", "😀", "a😀b😀", "𝒳y", "e\u0301", "é", "Ä", "ä", "ß", "İ",
    "12", "-3.50", " 7 ", "+1", "1e5", "12a", "100%", "50%_", "\\", "a\\%b", "_", "'", '"', "x" * 300, "1,5", "2024-05-01", "\t\n", "ab\n",
]  # fmt: skip
NUMBERS = [
    "0", "1", "-1", "2", "3", "7", "10", "-7", "0.5", "-0.5", "2.5", "-2.5", "1.005", "0.1", "0.2", "100", "365", "1234.5678", "-99999.995",
    "1000000000000", "0.0000000000000001", "99999999999999999999.99", "12345678901234567890.123456", "-0.00", "5e-1", "31", "-31", "1.50",
]  # fmt: skip
DATES = [
    date(2024, 2, 29), date(2024, 1, 31), date(2023, 12, 31), date(2021, 1, 1), date(2024, 5, 1), date(2024, 5, 3), date(2024, 5, 4),
    date(2000, 1, 1), date(1999, 12, 31), date(1900, 3, 1), date(2100, 2, 28), date(9999, 12, 31), date(1, 1, 1), date(2024, 3, 10),
]  # fmt: skip
_MOMENTS = [
    "2024-05-03T01:00:00", "2024-05-03T15:59:59.999999", "2024-05-02T16:00:00", "2024-03-10T06:59:59", "2024-03-10T07:00:00",
    "2024-11-03T05:30:00", "2024-11-03T06:30:00", "2024-04-06T15:10:00", "2024-04-06T14:50:00", "2024-10-05T15:45:00", "2024-11-03T04:30:00",
    "2024-11-03T05:10:00", "1999-12-31T23:59:59.5", "1969-12-31T00:00:00", "2024-02-29T12:00:00", "1955-06-01T03:04:05.000001", "2036-01-01T00:00:00",
]  # fmt: skip
MOMENTS = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in _MOMENTS]


def random_value(rng: random.Random, kind: Type) -> Any:
    """A value of the type, awkward ones often; never None."""
    match kind:
        case Type.TEXT:
            return rng.choice(TEXTS)
        case Type.CHOICE:
            return rng.choice(CHOICES)
        case Type.NUMBER:
            return (
                Decimal(rng.choice(NUMBERS)) + 0
                if rng.random() < 0.8
                else Decimal(rng.randint(-(10**9), 10**9)).scaleb(-rng.randint(0, 6))
            )
        case Type.BOOLEAN:
            return rng.random() < 0.5
        case Type.DATE:
            return rng.choice(DATES) if rng.random() < 0.6 else date(2024, 1, 1) + timedelta(days=rng.randint(-800, 800))
        case Type.DATETIME:
            return (
                rng.choice(MOMENTS) if rng.random() < 0.7 else MOMENTS[0] + timedelta(microseconds=rng.randint(-(10**13), 10**13))
            )
        case Type.CHOICES:
            return [rng.choice(["red", "green", "blue"]) for _ in range(rng.randint(0, 3))]
        case Type.LIST:
            return [random_value(rng, Type.NUMBER) if rng.random() < 0.9 else None for _ in range(rng.randint(0, 3))]
    return rng.randint(1, 4)


def random_row(rng: random.Random, number: int) -> dict[str, Any]:
    row: dict[str, Any] = {"id": number}
    for name, kind in TYPES.items():
        value = None if rng.random() < 0.18 else random_value(rng, kind)
        row[name] = int(value) % 1000 if name == "i1" and value is not None else value
    return row
