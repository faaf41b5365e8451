"""Filters at the top of a dashboard: their kinds, the values that an address may name, and the conditions that these mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from builder.expressions.types import MOMENTS, Type
from builder.registry import Registry

ME, MY_TEAMS, NOTHING = "me", "my_teams", "-"
"""Values beside choices and ids: the reader, the reader's teams, and an empty field."""


@dataclass(frozen=True)
class FilterKind:
    """One kind of filter. types: the fields that it can look at; several: more than one value may be chosen."""

    name: str
    icon: str
    types: frozenset[Type]
    several: bool = True


FILTER_KINDS: Registry[FilterKind] = Registry(
    "filter kind",
    (
        FilterKind("period", "calendar", MOMENTS, several=False),
        FilterKind("person", "user", frozenset({Type.PERSON})),
        FilterKind("team", "users", frozenset({Type.TEAM})),
        FilterKind("choice", "list-check", frozenset({Type.CHOICE, Type.CHOICES, Type.BOOLEAN})),
        FilterKind("relation", "link", frozenset({Type.REF})),
    ),
)
PERIODS = (
    "this_day",
    "this_week",
    "this_month",
    "this_quarter",
    "this_year",
    "last_7",
    "last_30",
    "previous_week",
    "previous_month",
    "previous_quarter",
    "previous_year",
    "last_90",
    "last_180",
    "last_365",
)
"""The periods that are offered; addresses and documents may name others of the same form."""
_NAMED = re.compile(r"(this|previous)_(day|week|month|quarter|year)|last_([1-9]\d{0,3})")
_DATES = re.compile(r"(\d{4}-\d\d-\d\d)?\.\.(\d{4}-\d\d-\d\d)?")


@dataclass(frozen=True)
class Period:
    """`this` or `previous` calendar unit, the `last` so many days, or the days from `first` to `last`, either of which may be open."""

    which: str
    unit: str = ""
    count: int = 0
    first: date | None = None
    last: date | None = None

    def leaf(self, field: str) -> dict[str, Any]:
        """The condition for a date or a moment."""
        if self.which == "last":
            return {"field": field, "op": "within", "value": {"last": self.count, "unit": "day"}}
        if self.which != "dates":
            return {"field": field, "op": "within", "value": {self.which: self.unit}}
        if self.first and self.last:
            return {"field": field, "op": "between", "value": [self.first.isoformat(), self.last.isoformat()]}
        edge = self.first or self.last
        return {"field": field, "op": "gte" if self.first else "lte", "value": edge.isoformat() if edge else None}


def read_period(text: str) -> Period | None:
    """`this_month`, `last_30`, `2026-01-01..2026-01-31`, `2026-01-01..`; None for anything else."""
    named = _NAMED.fullmatch(text)
    if named:
        which, unit, count = named.groups()
        return Period("last", count=int(count)) if count else Period(which, unit)
    dates = _DATES.fullmatch(text)
    try:
        first, last = (date.fromisoformat(each) if each else None for each in (dates.groups() if dates else ("", "")))
    except ValueError:
        return None
    if first and last and first > last:
        first, last = last, first
    return Period("dates", first=first, last=last) if first or last else None


def read_values(kind: str, values: Iterable[str]) -> tuple[str, ...]:
    """The values that make sense for the kind, each once, in their order; whether a choice exists is not known here."""
    known = [each for each in dict.fromkeys(values) if each and _is_sound(kind, each)]
    several = (found := FILTER_KINDS.find(kind)) is not None and found.several
    return tuple(known if several else known[:1])


def _is_sound(kind: str, value: str) -> bool:
    if kind == "period":
        return read_period(value) is not None
    if kind == "choice":
        return len(value) <= 60
    special = {"person": ME, "team": MY_TEAMS}.get(kind)
    return value in (special, NOTHING) or (value.isascii() and value.isdigit() and len(value) < 19)


def condition(kind: str, field: str, type_: Type, choices: Iterable[str] | None, values: tuple[str, ...]) -> Mapping[str, Any]:
    """The records that fit one of the values. choices: those of the field; a value that is none of them fits no record."""
    if kind == "period":
        period = read_period(values[0])
        return period.leaf(field) if period else {"field": field, "op": "is_empty"}
    leaves: list[dict[str, Any]] = []
    if ME in values and kind == "person":
        leaves.append({"field": field, "op": "is", "value": {"var": "me"}})
    if MY_TEAMS in values and kind == "team":
        leaves.append({"field": field, "op": "in", "value": {"var": "my_teams"}})
    if NOTHING in values:
        leaves.append({"field": field, "op": "is_empty"})
    plain = _plain(kind, type_, choices, values)
    if plain or not leaves:
        leaves.append(_one_of(field, type_, plain))
    return leaves[0] if len(leaves) == 1 else {"any": leaves}


def _plain(kind: str, type_: Type, choices: Iterable[str] | None, values: tuple[str, ...]) -> list[Any]:
    if kind != "choice":
        return [int(each) for each in values if each.isdigit()]
    if type_ is Type.BOOLEAN:
        return [each == "true" for each in values if each in ("true", "false")]
    known = set(choices or ())
    return [each for each in values if each in known]


def _one_of(field: str, type_: Type, values: list[Any]) -> dict[str, Any]:
    if type_ is Type.CHOICES:
        return {"field": field, "op": "has_any", "value": values}
    return {"field": field, "op": "is", "value": values[0]} if len(values) == 1 else {"field": field, "op": "in", "value": values}


__all__ = [
    "FILTER_KINDS",
    "ME",
    "MY_TEAMS",
    "NOTHING",
    "PERIODS",
    "FilterKind",
    "Period",
    "condition",
    "read_period",
    "read_values",
]
