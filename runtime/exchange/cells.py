"""From the cell of a file to what the write path reads: dates in any order, serial numbers, shares, phone numbers as numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from builder.errors import Problem
from runtime.tables import FieldDef

YMD, DMY, MDY = "ymd", "dmy", "mdy"
#: A day as three numbers of which the year comes last, with or without a clock time behind it.
DAY_FIRST = re.compile(r"^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})(?:[ T,]+(.*))?$")
_SHORT_YEAR_FIRST = re.compile(r"^(\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(.*))?$")
_COMPACT = re.compile(r"^(19|20)\d{6}$")
_MONTHS = {
    name: number
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_NAMED_MONTH = re.compile(r"^(?:(\d{1,2})[\s.-]+([A-Za-z]{3,9})|([A-Za-z]{3,9})\.?\s+(\d{1,2}))[\s.,-]+(\d{4})(?:[ ,]+(.*))?$")
_HALF_DAY = re.compile(
    r"(上午|凌晨|早上|下午|晚上|中午|am|pm)\s*(\d{1,2}:\d{2}(?::\d{2})?)|(\d{1,2}:\d{2}(?::\d{2})?)\s*(am|pm)", re.IGNORECASE
)
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - serial numbers of spreadsheets have no zone
_LAST_SERIAL = 2_958_465  # 31 December 9999
_EUROPEAN = re.compile(r"^-?\d{1,3}(?:\.\d{3})*,\d+$|^-?\d+,\d{1,2}$")

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Converter = Callable[[Any], Any]
"""Gives what the write path shall read, or a Problem."""


@dataclass(frozen=True)
class ColumnPlan:
    """How one column of the file is read. date_order: of days whose year comes last. decimal_comma: 1.200,50.
    shares: numbers such as 0.25 stand for 25 %."""

    field: str
    date_order: str = DMY
    decimal_comma: bool = False
    shares: bool = False


def converter(
    definition: FieldDef, plan: ColumnPlan, names: Mapping[str, Any] | None = None, *, only_text: bool = False
) -> Converter | None:
    """What turns cells of a column into raw values; None when they may go through as they are.

    names: for relations, people and teams: the id (or a Problem) of each text of the column. only_text: the file has no other cells.
    """
    kind = definition.field.type
    if names is not None:
        return _by_name(definition, names)
    if kind in ("date", "datetime"):
        return _remembering(lambda cell: read_moment(cell, plan.date_order))
    if kind in ("number", "currency", "percent") and not (only_text and not plan.decimal_comma and not plan.shares):
        return lambda cell: _number(cell, plan)
    if only_text:
        return None
    if kind in ("boolean", "select", "multi_select"):
        return _plain_number
    return _text


def _remembering(convert: Converter) -> Converter:
    """The same days stand in a column again and again."""
    known: dict[str, Any] = {}

    def look_up(cell: Any) -> Any:
        if type(cell) is not str:
            return convert(cell)
        if cell not in known:
            known[cell] = convert(cell)
        return known[cell]

    return look_up


def _text(cell: Any) -> Any:
    """Cells of workbooks that hold text by its nature, such as phone numbers that Excel took for numbers."""
    if type(cell) is str:
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    return str(cell)


def _plain_number(cell: Any) -> Any:
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _number(cell: Any, plan: ColumnPlan) -> Any:
    if isinstance(cell, bool):
        return int(cell)
    if isinstance(cell, float | int):
        # Spreadsheets keep binary fractions: 0.1 + 0.2 is shown as 0.3 there and meant so.
        value = Decimal(repr(round(float(cell), 10)))
        return value * 100 if plan.shares else value
    if isinstance(cell, str):
        text = unicodedata.normalize("NFKC", cell).strip()
        if plan.decimal_comma and _EUROPEAN.match(text):
            text = text.replace(".", "").replace(",", ".")
        if plan.shares and "%" not in text:
            try:
                return Decimal(text) * 100
            except ArithmeticError:
                return text
        return text
    return _text(cell)


def read_moment(cell: Any, order: str = DMY) -> Any:
    """A date, a naive datetime (local time), or the text as it is when it is written year first or not understood."""
    if isinstance(cell, datetime | date):
        return cell
    if isinstance(cell, bool) or cell is None:
        return str(cell)
    if isinstance(cell, int | float):
        return _serial(float(cell))
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", str(cell))).strip()
    if _COMPACT.match(text):
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if text.isdigit() and 4 < len(text) < 7:
        return _serial(float(text))
    text = _HALF_DAY.sub(_clock, text)
    found = DAY_FIRST.match(text)
    if found and order != YMD:
        day, month = (found[1], found[2]) if order == DMY else (found[2], found[1])
        return _iso(found[3], month, day, found[4])
    found = _SHORT_YEAR_FIRST.match(text)
    if found:
        return _iso(found[1], found[2], found[3], found[4])
    found = _NAMED_MONTH.match(text)
    if found:
        month_number = _MONTHS.get((found[2] or found[3])[:3].lower())
        if month_number:
            return _iso(found[5], str(month_number), found[1] or found[4], found[6])
    return text


def _iso(year: str, month: str, day: str, clock: str | None) -> str:
    full = year if len(year) == 4 else f"20{year}" if int(year) < 70 else f"19{year}"
    return f"{full}-{int(month):02d}-{int(day):02d}" + (f" {clock.strip()}" if clock and clock.strip() else "")


def _clock(found: re.Match[str]) -> str:
    """下午3:05 and 3:05 pm are 15:05."""
    word, clock = (found[1] or found[4]).lower(), found[2] or found[3]
    hour, _, rest = clock.partition(":")
    number = int(hour)
    if word in ("下午", "晚上", "pm", "中午") and number < 12 and not (word == "中午" and number >= 11):
        number += 12
    if word in ("am", "上午", "凌晨") and number == 12:
        number = 0
    return f"{number:02d}:{rest}"


def _serial(number: float) -> Any:
    """The day (and time) of a spreadsheet's serial number; 20260305 is a day as well."""
    if 19_000_101 <= number <= 29_991_231 and number.is_integer():
        text = str(int(number))
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if not 1 <= number <= _LAST_SERIAL:
        return str(number)
    moment = _EPOCH + timedelta(days=number)
    rounded = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return rounded.date() if rounded.time() == time() else rounded


def _by_name(definition: FieldDef, names: Mapping[str, Any]) -> Converter:
    many = definition.link is not None

    def one(cell: Any) -> Any:
        return names.get(name_of(cell), cell)

    def several(cell: Any) -> Any:
        found = [names.get(part, part) for part in split_names(cell)]
        return next((each for each in found if isinstance(each, Problem)), found)

    return several if many else one


def name_of(cell: Any) -> str:
    """The text by which a person or a record is named in a cell."""
    return unicodedata.normalize("NFKC", str(_text(cell))).strip()


def split_names(cell: Any) -> list[str]:
    """The names in a cell that may hold several."""
    return [part for each in re.split(r"[,;|\n、，；]", name_of(cell)) if (part := each.strip())]


def storable(text: str) -> str:
    """The text with a mark in the place of characters that the database cannot keep."""
    return _UNSTORABLE.sub("\ufffd", text)
