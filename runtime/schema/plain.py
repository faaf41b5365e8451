"""Values that become exactly themselves in a new type, told by PostgreSQL: most of a table need not pass through Python.

`1200` as a text is the number 1200; `1,200`, `１２００` and `none` are left to the converter, which reads as a person would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from builder.fields.number import NumberType
from builder.fields.text import TextType
from runtime.schema.unique import is_unique
from runtime.tables import FieldDef

_TEXTS = ("text", "long_text")
_LONGEST_NUMBER = 40
_DIGITS = 15
"""All whole numbers of so many digits are within what a number may be."""


@dataclass(frozen=True)
class Plain:
    """condition: true for a value that stays what it is, shown alike and valid; value: what it becomes then."""

    condition: sa.ColumnElement[bool]
    value: sa.ColumnElement[Any]


def plain(old: FieldDef, new: FieldDef, column: sa.ColumnElement[Any]) -> Plain | None:
    """How such values show in this column; None when each has to be looked at."""
    if is_unique(new):
        return None
    if old.field.type in _TEXTS and type(new.type) is NumberType:
        return _number(column, new)
    if type(old.type) is NumberType and new.field.type in _TEXTS and isinstance(new.type, TextType):
        room = int(new.field.options.get("max_length", new.type.default_length))
        return Plain(sa.true(), sa.cast(column, sa.Text)) if room >= _LONGEST_NUMBER else None
    return None


def _number(column: sa.ColumnElement[Any], new: FieldDef) -> Plain | None:
    assert isinstance(new.type, NumberType)
    if new.field.options.get("min") is not None or new.field.options.get("max") is not None:
        return None
    places = new.type.decimals(new.field)
    whole = rf"(0|-?[1-9][0-9]{{0,{_DIGITS - 1}}})"
    shape = rf"^{whole}$" if places == 0 else rf"^{whole}\.[0-9]{{{places}}}$"
    return Plain(column.regexp_match(shape), sa.cast(column, sa.Numeric))
