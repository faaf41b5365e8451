"""One value of one type -> a value of another, the way a person would read it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from builder.errors import Problem
from builder.fields.number import NumberType
from runtime.context import Context
from runtime.platform.people import Member, Team, User
from runtime.tables import EntityDef, FieldDef


@dataclass(frozen=True)
class Converted:
    """What became of a value. lost: it could not be read (value is None), or only a part of it could."""

    value: Any
    lost: bool = False
    changed: bool = False


_EMPTY = Converted(None)


@dataclass
class Converter:
    """Converts the values of one field. `prepare` reads, for a batch, the names that ids stand for and the other way."""

    ctx: Context
    old: FieldDef
    new: FieldDef
    _names: dict[int, str] = field(default_factory=dict)
    _ids: dict[str, int | None] = field(default_factory=dict)

    def prepare(self, values: Iterable[Any]) -> None:
        """Reads what `convert` needs to know about these values."""
        present = [value for value in values if value is not None]
        if self._is_link(self.old) and present:
            self._names |= _names(self.ctx, self.old, sorted({int(value) for value in present} - set(self._names)))
        if self._is_link(self.new) and present:
            texts = {self._text(value).strip().casefold() for value in present} - set(self._ids)
            self._ids |= _ids(self.ctx, self.new, texts)

    def convert(self, value: Any) -> Converted:
        """The value in the new type."""
        if value is None or value == "":
            return _EMPTY
        direct = self._direct(value)
        if direct is not None:
            return direct
        text = self._text(value)
        if self._is_link(self.new):
            found = self._ids.get(text.strip().casefold())
            return Converted(found, lost=found is None)
        parsed = self._parse(text)
        if isinstance(parsed, Problem) or parsed is None:
            return Converted(None, lost=True)
        if any(True for _ in self.new.type.validate(self.new.field, parsed)):
            return Converted(None, lost=True)
        return Converted(parsed, changed=self.new.type.to_text(self.new.field, parsed, self.ctx.locale) != text)

    def text(self, value: Any) -> str:
        """How the old value is shown to a person."""
        return self._text(value)

    def _direct(self, value: Any) -> Converted | None:
        """Conversions that do not go by way of text; None for all others."""
        new = self.new.type
        if self.new.field.type == "auto_number":
            return Converted(self._text(value))
        if isinstance(value, datetime) and self.new.field.type == "date":
            return Converted(value.astimezone(self.ctx.workspace.zone).date(), changed=True)
        if isinstance(value, Decimal) and isinstance(new, NumberType):
            rounded = value.quantize(Decimal(1).scaleb(-new.decimals(self.new.field)), rounding=ROUND_HALF_UP)
            refused = any(True for _ in new.validate(self.new.field, rounded))
            return Converted(None, lost=True) if refused else Converted(rounded, changed=rounded != value)
        if isinstance(value, list | tuple) and self.new.field.type == "select":
            first = new.parse(self.new.field, value[0], self.ctx.locale) if value else None
            readable = first is not None and not isinstance(first, Problem)
            return Converted(first if readable else None, lost=len(value) > 1 or (bool(value) and not readable))
        if self.old.field.type == "select" and self.new.field.type == "multi_select":
            found = new.parse(self.new.field, [value], self.ctx.locale)
            return Converted(None, lost=True) if isinstance(found, Problem) else Converted(found)
        return None

    def _parse(self, text: str) -> Any:
        parsed = self.new.type.parse(self.new.field, text, self.ctx.locale)
        if isinstance(parsed, Problem) and parsed.code == "too_many_decimals" and isinstance(self.new.type, NumberType):
            exact = dataclasses.replace(self.new.field, options={**self.new.field.options, "decimals": 20})
            number = self.new.type.parse(exact, text, self.ctx.locale)
            if isinstance(number, Decimal):
                places = self.new.type.decimals(self.new.field)
                return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        return parsed

    def _text(self, value: Any) -> str:
        if self._is_link(self.old):
            return self._names.get(int(value), "")
        return self.old.type.to_text(self.old.field, value, self.ctx.locale)

    @staticmethod
    def _is_link(definition: FieldDef) -> bool:
        return definition.is_relation or definition.field.type in ("person", "team")


def _names(ctx: Context, link: FieldDef, ids: list[int]) -> dict[int, str]:
    """Names of people, teams or records by id."""
    if not ids:
        return {}
    if link.field.type == "person":
        statement = sa.select(User.id, sa.func.coalesce(sa.func.nullif(User.name, ""), User.email)).where(User.id.in_(ids))
    elif link.field.type == "team":
        statement = sa.select(Team.id, Team.name).where(Team.id.in_(ids))
    else:
        target = ctx.catalog.entity(str(link.target))
        statement = sa.select(target.table.c.id, _title(target)).where(target.table.c.id.in_(ids))
    return {identity: str(name) for identity, name in ctx.connection.execute(statement) if name is not None}


def _ids(ctx: Context, link: FieldDef, names: Iterable[str]) -> dict[str, int | None]:
    """Ids by folded name; None where no one thing has the name."""
    wanted = sorted(name for name in names if name)
    found: dict[str, list[int]] = {}
    for identity, name in ctx.connection.execute(_candidates(ctx, link, wanted)) if wanted else ():
        found.setdefault(str(name).casefold(), []).append(identity)
    return {name: found[name][0] if len(set(found.get(name, ()))) == 1 else None for name in wanted}


def _candidates(ctx: Context, link: FieldDef, names: list[str]) -> Any:
    if link.field.type == "person":
        members = sa.select(User.id, User.name, User.email).join(Member, Member.user_id == User.id)
        people = members.where(Member.workspace_id == ctx.workspace.id).subquery()
        by_name = sa.select(people.c.id, people.c.name).where(sa.func.lower(people.c.name).in_(names))
        return by_name.union_all(sa.select(people.c.id, people.c.email).where(sa.func.lower(people.c.email).in_(names)))
    if link.field.type == "team":
        return sa.select(Team.id, Team.name).where(Team.workspace_id == ctx.workspace.id, sa.func.lower(Team.name).in_(names))
    target = ctx.catalog.entity(str(link.target))
    title = _title(target)
    return sa.select(target.table.c.id, title).where(sa.func.lower(title).in_(names), target.table.c.deleted_at.is_(None))


def _title(target: EntityDef) -> sa.ColumnElement[str]:
    column = target.fields[target.title_field].column
    return sa.cast(column if column is not None else target.table.c.id, sa.Text)


def bulk_update(connection: sa.Connection, table: Any, column: Any, values: Mapping[int, Any]) -> None:
    """Sets one column of many rows by id, in one statement."""
    if values:
        rows = [(identity, value) for identity, value in values.items()]
        given = row_values([("id", sa.BigInteger()), ("value", column.type)], rows)
        statement = sa.update(table).where(table.c.id == given.c.id).values({column.name: given.c.value})
        connection.execute(statement)


def row_values(columns: Sequence[tuple[str, Any]], rows: Sequence[Sequence[Any]]) -> Any:
    """Rows that a statement can join: one array a column, which is far quicker than a parameter a value."""
    if any(isinstance(kind, sa.ARRAY) for _, kind in columns):  # PostgreSQL would take an array of arrays apart
        kinds = [kind for _, kind in columns]
        typed = [tuple(sa.cast(sa.literal(value, kind), kind) for value, kind in zip(row, kinds, strict=True)) for row in rows]
        return sa.values(*(sa.column(name, kind) for name, kind in columns), name="given").data(typed)
    arrays = [
        sa.bindparam(f"given_{name}", [row[place] for row in rows], postgresql.ARRAY(kind))
        for place, (name, kind) in enumerate(columns)
    ]
    return sa.func.unnest(*arrays).table_valued(*(sa.column(name, kind) for name, kind in columns), name="given").render_derived()
