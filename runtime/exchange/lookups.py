"""Names in a file -> ids: people by name or address, teams by name, records by title, unique value or id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from builder.errors import Problem
from runtime import access
from runtime.context import Context
from runtime.exchange.cells import name_of, split_names, storable
from runtime.platform.people import Member, Team, User
from runtime.queries.source import Source
from runtime.tables import FieldDef

_REMEMBERED = 50_000


class Lookups:
    """Remembers what was found while one file is read."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}

    @staticmethod
    def needed(definition: FieldDef) -> bool:
        """Whether cells of this field name something that has to be looked up."""
        return definition.field.type in ("person", "team", "relation")

    def names(self, ctx: Context, definition: FieldDef, cells: Iterable[Any]) -> Mapping[str, Any] | None:
        """For each text in the cells of a column the id it means, or a Problem. None: not a field that points at something."""
        if not self.needed(definition):
            return None
        known = self._known.setdefault(definition.key, {})
        if len(known) > _REMEMBERED:
            known.clear()
        several = definition.link is not None
        texts = {text for cell in cells for text in (split_names(cell) if several else (name_of(cell),)) if text}
        known.update({text: _one(definition, text, []) for text in texts if storable(text) != text})
        missing = [text for text in texts if text not in known]
        if missing:
            known.update(self._find(ctx, definition, missing))
        return known

    def _find(self, ctx: Context, definition: FieldDef, texts: list[str]) -> dict[str, Any]:
        if definition.field.type == "relation":
            candidates = _records(ctx, definition, texts)
        else:
            candidates = _people(ctx) if definition.field.type == "person" else _teams(ctx)
        return {text: _one(definition, text, candidates.get(_fold(text), [])) for text in texts}


def _one(definition: FieldDef, text: str, ids: list[int]) -> Any:
    distinct = list(dict.fromkeys(ids))
    if len(distinct) == 1:
        return distinct[0]
    if distinct:
        return Problem(definition.key, "ambiguous", "“{value}” means several entries.", {"value": text[:80]})
    return Problem(definition.key, "not_found", "“{value}” is not a known entry.", {"value": text[:80]})


def _fold(text: str) -> str:
    return text.casefold()


def _people(ctx: Context) -> dict[str, list[int]]:
    """Ids of the active members by address and by name; an address wins over a name."""
    members = sa.select(User.id, User.name, User.email).join(Member, Member.user_id == User.id)
    rows = ctx.connection.execute(members.where(Member.workspace_id == ctx.workspace.id, Member.active)).all()
    found: dict[str, list[int]] = {}
    for row in rows:
        if row[1]:
            found.setdefault(_fold(row[1].strip()), []).append(row[0])
    for row in rows:
        found[_fold(row[2])] = [row[0]]
    return found


def _teams(ctx: Context) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in ctx.connection.execute(sa.select(Team.id, Team.name).where(Team.workspace_id == ctx.workspace.id)):
        found.setdefault(_fold(row[1].strip()), []).append(row[0])
    return found


def _records(ctx: Context, definition: FieldDef, texts: list[str]) -> dict[str, list[int]]:
    """Readable, living records by title; what no title names is tried as a unique value, then as an id."""
    target = ctx.catalog.entity(str(definition.target))
    rights = access.rights(ctx, target)
    found: dict[str, list[int]] = {}
    keys = [
        target.title_field,
        *(each.key for each in target.fields.values() if each.field.unique or each.field.type == "auto_number"),
    ]
    source = Source(ctx, target)
    for key in dict.fromkeys([*keys, "id"]):
        missing = [text for text in texts if _fold(text) not in found]
        if not missing or key not in rights.readable_fields:
            continue
        value = sa.cast(source.value((key,)), sa.Text)
        wanted = sa.literal(sorted({*missing, *(_spelled(target.fields[key], text, ctx) for text in missing)}), ARRAY(sa.Text))
        statement = sa.select(value, source.table.c.id).select_from(source.from_clause())
        rows = ctx.connection.execute(statement.where(value == sa.any_(wanted), source.visible_rows())).all()
        by_value: dict[str, list[int]] = {}
        for row in rows:
            by_value.setdefault(row[0], []).append(row[1])
        for text in missing:
            ids = by_value.get(text) or by_value.get(_spelled(target.fields[key], text, ctx))
            if ids:
                found[_fold(text)] = ids
    return found


def _spelled(definition: FieldDef, text: str, ctx: Context) -> str:
    """The text as the field would keep it: a phone number in its international form."""
    if not definition.is_writable:
        return text
    try:
        value = definition.type.parse(definition.field, text, ctx.locale)
    except (ValueError, OverflowError, ArithmeticError, TypeError):
        return text
    return text if value is None or isinstance(value, Problem) else str(value)
