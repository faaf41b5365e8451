"""The search box: every word must be found in one of the entity's search fields, case apart.

Words are looked for as parts of the text, so two Chinese characters are as good a word as any. A word of
digits is also looked for in phone numbers, however either was punctuated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from builder.expressions.limits import storable_text
from runtime.queries.problems import refuse
from runtime.queries.source import Source
from runtime.tables import FieldDef

MAX_LENGTH = 200
MAX_WORDS = 8
_MIN_DIGITS = 3
_NUMBER_LIKE = re.compile(r"^[\d\s()+./-]+$")


@dataclass(frozen=True)
class SearchText:
    """A search text taken apart. Its `shape` decides the SQL, its words are parameters."""

    words: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> SearchText:
        """Raises BadRequest for a text that is too long or holds what cannot be stored."""
        if len(text) > MAX_LENGTH or not storable_text(text):
            refuse("q", "bad_search", "Search for at most {limit} characters.", limit=MAX_LENGTH)
        plain = unicodedata.normalize("NFKC", text).strip()
        if _NUMBER_LIKE.match(plain) and re.search(r"\d", plain):
            return cls((plain,) if plain else ())
        return cls(tuple(plain.split()[:MAX_WORDS]))

    @cached_property
    def digits(self) -> tuple[str, ...]:
        """For each word its digits if it looks like a number, else empty."""
        found = (re.sub(r"\D", "", word) if _NUMBER_LIKE.match(word) else "" for word in self.words)
        return tuple(each if len(each) >= _MIN_DIGITS else "" for each in found)

    @property
    def shape(self) -> tuple[bool, ...]:
        return tuple(bool(each) for each in self.digits)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The values of the parameters that `search_condition` makes."""
        like = {f"word_{number}": _pattern(word) for number, word in enumerate(self.words)}
        return like | {f"digits_{number}": _pattern(each) for number, each in enumerate(self.digits) if each}


def search_condition(source: Source, text: SearchText) -> sa.ColumnElement[bool]:
    """The records in which all words are found, by the fields that the reader may see."""
    fields = [source.entity.fields[key] for key in source.entity.search_fields if source.shows(key)]
    fields = [each for each in fields if each.column is not None]
    return sa.and_(sa.true(), *(_word(source, fields, text, number) for number in range(len(text.words))))


def _word(source: Source, fields: list[FieldDef], text: SearchText, number: int) -> sa.ColumnElement[bool]:
    values = text.parameters
    pattern = sa.bindparam(f"word_{number}", values[f"word_{number}"], sa.Text())
    found = [_text(source, each).ilike(pattern) for each in fields]
    if text.digits[number]:
        digits = sa.bindparam(f"digits_{number}", values[f"digits_{number}"], sa.Text())
        found += [_text(source, each).ilike(digits) for each in fields if each.field.type == "phone"]
    return sa.or_(sa.false(), *found)


def _text(source: Source, field: FieldDef) -> sa.ColumnElement[Any]:
    value = source.own_value(field)
    return value if isinstance(value.type, sa.String) else sa.cast(value, sa.Text)


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
