"""Raw JSON or text -> values. Every field that was given is read and checked; all problems are found at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from builder.errors import Problem
from builder.fields.base import FieldType, Locale
from runtime import access
from runtime.access.model import roles_key
from runtime.access.rights import Rights
from runtime.context import Context
from runtime.records.plan import WritePlan
from runtime.tables import FieldDef

Reader = Callable[[Any], "Any | list[Problem]"]
"""Gives a value or, when something is wrong with it, a list of problems. No value is ever a list."""

#: Types with many different texts, of which remembering the last ones is no gain.
_ALWAYS_NEW = frozenset({"text", "long_text", "url"})
_MEMORY = 5_000


def reader(definition: FieldDef, locale: Locale) -> Reader:
    """Reads and checks one value of this field."""
    kind, field = definition.type, definition.field
    parse, validate = kind.parse, kind.validate
    checks = type(kind).validate is not FieldType.validate

    def read(raw: Any) -> Any | list[Problem]:
        try:
            value = parse(field, raw, locale)
        except (ValueError, OverflowError, ArithmeticError, RecursionError, TypeError):
            return [Problem(field.key, "bad_value", "This value cannot be understood.")]
        if isinstance(value, Problem):
            return [value]
        if checks and value is not None:
            problems = list(validate(field, value))
            if problems:
                return problems
        return value

    return read


def remembering(definition: FieldDef, locale: Locale) -> Reader:
    """As `reader`, but equal texts are read once: for many records in a row."""
    read = reader(definition, locale)
    if definition.field.type in _ALWAYS_NEW:
        return read
    known: dict[str, Any] = {}

    def look_up(raw: Any) -> Any | list[Problem]:
        if type(raw) is not str:
            return read(raw)
        if raw in known:
            return known[raw]
        if len(known) >= _MEMORY:
            known.clear()
        value = known[raw] = read(raw)
        return value

    return look_up


class Readers:
    """The readers of an entity for one actor: who may write what, and how it is read."""

    def __init__(
        self, plan: WritePlan, writable: Collection[str], readable: Collection[str], locale: Locale, *, many: bool = False
    ) -> None:
        self._plan = plan
        self._make = remembering if many else reader
        self._locale = locale
        self._writable = writable
        self._readable = readable
        self._readers: dict[str, Reader | Problem] = {}

    def read(self, raw: Any) -> tuple[dict[str, Any], list[Problem]]:
        """Values by field key, and all problems. Fields with a problem have no value."""
        if not isinstance(raw, Mapping):
            return {}, [Problem("", "not_an_object", "A record must be an object with its fields.")]
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        readers = self._readers
        for key, given in raw.items():
            read = readers.get(key) or self._reader(key)
            if isinstance(read, Problem):
                problems.append(read)
                continue
            value = read(given)
            if type(value) is list:
                problems += value
            else:
                values[key] = value
        return values, problems

    def _reader(self, key: Any) -> Reader | Problem:
        definition = self._plan.writable.get(key)
        if definition is not None and key in self._writable:
            found: Reader | Problem = self._make(definition, self._locale)
            self._readers[key] = found
            return found
        # What is hidden looks exactly like what is not there.
        if key in self._plan.entity.fields and key in self._readable:
            return Problem(str(key), "read_only", "This field cannot be changed.")
        return Problem(str(key)[:80], "unknown_field", "There is no such field.")


def readers_of(ctx: Context, plan: WritePlan, verb: str, *, many: bool = False) -> Readers:
    """The readers of the actor for creating or updating; those for single records are kept for everybody with the same roles."""
    rights = access.rights(ctx, plan.entity)
    if many:
        return _make_readers(ctx, plan, rights, verb, many=True)
    key = ("readers", verb, roles_key(ctx.actor), ctx.actor.language, ctx.workspace.zone.key, ctx.workspace.country)
    return plan.cached(key, lambda: _make_readers(ctx, plan, rights, verb, many=False))


def _make_readers(ctx: Context, plan: WritePlan, rights: Rights, verb: str, *, many: bool) -> Readers:
    writable = rights.creatable_fields if verb == "create" else rights.writable_fields
    return Readers(plan, writable, rights.readable_fields, ctx.locale, many=many)


def json_values(plan: WritePlan, values: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON shape of values by field key, as the change log keeps it."""
    shapes = plan.json_shapes
    return {key: value if value is None or key not in shapes else shapes[key](value) for key, value in values.items()}


def is_empty(value: Any) -> bool:
    """Whether a field has nothing in it; False and 0 are something."""
    return value is None or value == () or value == ""
