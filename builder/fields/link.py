"""Fields that point: at people, teams and other records. Values are ids; whether they exist is the runtime's to check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa

from builder.errors import Problem
from builder.expressions.types import Type
from builder.fields.base import FieldType, Locale, problem
from builder.keys import KEY_PATTERN
from builder.model import Field

LINK_OPERATORS = ("is", "is_not", "in", "not_in", "is_empty", "is_not_empty")
MANY_OPERATORS = ("has", "has_any", "has_all", "is_empty", "is_not_empty")
MANY_TO_ONE, ONE_TO_MANY, MANY_TO_MANY = "many_to_one", "one_to_many", "many_to_many"
_MAX_ID = 2**63 - 1
_MAX_LINKS = 1000


def read_id(raw: Any) -> int | None:
    """A positive 64-bit id from a number, its text, or an object with `id`; else None."""
    value = raw.get("id") if isinstance(raw, dict) else raw
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value)  # what a formula gives
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MAX_ID else None


class PersonType(FieldType):
    """A member of the workspace."""

    name = "person"
    group = "people"
    icon = "user"
    widget = "person"
    display = "person"
    operators = LINK_OPERATORS

    def expression_type(self, field: Field) -> Type:
        return Type.PERSON

    def column_type(self, field: Field) -> sa.types.TypeEngine[Any] | None:
        return sa.BigInteger()

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        if raw is None or raw == "":
            return None
        return read_id(raw) or problem(field, "not_an_id", "“{value}” is not a known entry.", value=str(raw)[:80])

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "integer"}


class TeamType(PersonType):
    """A team of the workspace."""

    name = "team"
    icon = "users-group"
    widget = "team"
    display = "team"

    def expression_type(self, field: Field) -> Type:
        return Type.TEAM


def relation_kind(field: Field) -> str:
    """many_to_one, one_to_many or many_to_many."""
    return str(field.options.get("kind", MANY_TO_ONE))


class RelationType(FieldType):
    """A link to records of an entity.

    many_to_one has a column; many_to_many a link table; one_to_many is the other end of a many_to_one
    (`inverse`) and is read only here.
    """

    name = "relation"
    group = "link"
    icon = "arrows-join"
    widget = "relation"
    display = "relation"
    operators = LINK_OPERATORS
    options_schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["to"],
        "properties": {
            "to": {"type": "string", "pattern": r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", "title": "Entity"},
            "kind": {"enum": [MANY_TO_ONE, ONE_TO_MANY, MANY_TO_MANY], "default": MANY_TO_ONE, "title": "Kind"},
            "inverse": {"type": "string", "pattern": KEY_PATTERN, "title": "Field over there"},
            "on_delete": {
                "enum": ["refuse", "clear", "delete"],
                "default": "refuse",
                "title": "When the other record is deleted",
            },
        },
    }

    def expression_type(self, field: Field) -> Type:
        return Type.REF if relation_kind(field) == MANY_TO_ONE else Type.REFS

    def column_type(self, field: Field) -> sa.types.TypeEngine[Any] | None:
        return sa.BigInteger() if relation_kind(field) == MANY_TO_ONE else None

    def parse(self, field: Field, raw: Any, locale: Locale) -> Any | Problem:
        if relation_kind(field) == MANY_TO_ONE:
            if raw is None or raw == "":
                return None
            return read_id(raw) or problem(field, "not_an_id", "“{value}” is not a known entry.", value=str(raw)[:80])
        if raw in (None, ""):
            return ()
        parts = raw.split(",") if isinstance(raw, str) else raw
        if not isinstance(parts, list | tuple) or len(parts) > _MAX_LINKS:
            return problem(field, "not_a_list", "Enter a list of at most {max} entries.", max=_MAX_LINKS)
        ids = [read_id(part) for part in parts]
        bad = [str(part)[:80] for part, found in zip(parts, ids, strict=True) if found is None]
        if bad:
            return problem(field, "not_an_id", "“{value}” is not a known entry.", value=bad[0])
        return tuple(dict.fromkeys(ids))

    def check_options(self, field: Field) -> Iterable[Problem]:
        if relation_kind(field) == ONE_TO_MANY and not field.options.get("inverse"):
            yield Problem("options/inverse", "required", "Name the field of the other entity that points here.")
        if relation_kind(field) != MANY_TO_ONE and ((field.required and relation_kind(field) == ONE_TO_MANY) or field.unique):
            yield Problem(
                "options/kind",
                "not_for_many",
                "A list of records can be neither unique nor, when it comes from the other side, required.",
            )

    def to_json(self, field: Field, value: Any) -> Any:
        return list(value) if isinstance(value, tuple) else value

    def json_schema(self, field: Field) -> dict[str, Any]:
        if relation_kind(field) == MANY_TO_ONE:
            return {"type": "integer"}
        return {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}
