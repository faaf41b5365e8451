"""Types of expressions, and what the checker asks about the fields of an entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class Type(Enum):
    """What a value can be. ANY is "not known": it fits everywhere (NULL, an earlier mistake)."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    DURATION = "duration"
    CHOICE = "choice"
    CHOICES = "choices"
    PERSON = "person"
    TEAM = "team"
    REF = "ref"
    REFS = "refs"
    LIST = "list"
    ANY = "any"


TEXTS = frozenset({Type.TEXT, Type.CHOICE})
NUMBERS = frozenset({Type.NUMBER, Type.DURATION})
MOMENTS = frozenset({Type.DATE, Type.DATETIME})
IDENTITIES = frozenset({Type.PERSON, Type.TEAM, Type.REF})
LISTS = frozenset({Type.LIST, Type.CHOICES, Type.REFS})


class Scope(Protocol):
    """The fields that an expression may name. Paths are relative to one entity."""

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        """Type of the field, or None when there is no such field."""

    def choices_of(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        """Option keys of a choice field; None for other fields or when they are open."""

    def related(self, path: tuple[str, ...]) -> Scope | None:
        """Scope of the records behind a to-many relation (type REFS), or None."""


@dataclass(frozen=True)
class DictScope:
    """A scope from plain dictionaries, keyed by dotted path."""

    types: Mapping[str, Type]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    relations: Mapping[str, Scope] = field(default_factory=dict)

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        return self.types.get(".".join(path))

    def choices_of(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        return self.choices.get(".".join(path))

    def related(self, path: tuple[str, ...]) -> Scope | None:
        return self.relations.get(".".join(path))


def unify(left: Type, right: Type) -> Type | None:
    """The type of "either left or right" (arms of IF), or None when they do not mix."""
    if left is right or right is Type.ANY:
        return left
    if left is Type.ANY:
        return right
    for family, common in ((TEXTS, Type.TEXT), (NUMBERS, Type.NUMBER), (LISTS, Type.LIST)):
        if left in family and right in family:
            return common
    return None


def comparable(left: Type, right: Type) -> bool:
    """May `left = right` be asked? A date against a datetime compares local days."""
    if unify(left, right) is not None or {left, right} == MOMENTS:
        return True
    return any(one in IDENTITIES and other is Type.NUMBER for one, other in ((left, right), (right, left)))


def ordered(kind: Type) -> bool:
    """Do < and > mean anything for this type?"""
    return kind in TEXTS | NUMBERS | MOMENTS | {Type.ANY}
