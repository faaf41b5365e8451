"""What happened to a record, from the change log, as far as the reader may know it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from builder.errors import Problem
from runtime import access
from runtime.context import Context
from runtime.errors import NotFound
from runtime.platform.changes import Change
from runtime.platform.people import Team, User
from runtime.public_links.names import link_names
from runtime.queries.filters import readable_entity
from runtime.records.read import titles
from runtime.tables import MANY_TO_ONE, EntityDef, FieldDef

_IDS = ARRAY(sa.BigInteger)
_MOST_IN_LIFE = 200


@dataclass(frozen=True)
class HistoryEntry:
    """One change. before, after: JSON values of the changed fields that the reader may see.

    actor_kind: person, key, import, automation, template, link or system. actor_name: of the person behind it, or of the
    public form (link), if there is one.
    """

    id: int
    at: datetime
    op: str
    version: int
    actor_kind: str
    actor_id: int | None
    actor_name: str
    automation: str | None
    run_id: int | None
    batch_id: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """One field of a change in words of the reader's language; empty texts stand for nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class LifeEvent:
    """One entry of a record's life-line: a change of its own (`differences`), or the making of a record that points at it."""

    at: datetime
    op: str
    entity: str
    record_id: int
    title: str
    actor_kind: str
    actor_name: str
    automation: str | None
    run_id: int | None
    differences: tuple[Difference, ...] = ()


def history(ctx: Context, entity_name: str, record_id: int, *, limit: int = 50, before: int | None = None) -> list[HistoryEntry]:
    """The changes of a record, newest first; `before` is the id of the last entry of the page before.

    Raises NotFound when the actor may not read the record as it is now (in the bin or not).
    """
    entity, _ = readable_entity(ctx, entity_name)
    shown = shown_fields(ctx, entity, record_id)
    rows = _changes(ctx, entity_name, record_id, limit, before)
    names = people_names(ctx, (row["actor_id"] for row in rows))
    forms = link_names(ctx, (row["link_id"] for row in rows))
    return [_entry(row, _born_by(ctx, entity, shown, row["at"]), names, forms) for row in rows]


def _born_by(ctx: Context, entity: EntityDef, shown: frozenset[str], at: datetime) -> frozenset[str]:
    """Without the fields that came later: what the log holds under their keys belonged to others, with other rights."""
    later = {key for key in shown if (born := ctx.catalog.born(entity.name, key)) is not None and born > at}
    return shown - later


def shown_fields(ctx: Context, entity: EntityDef, record_id: int) -> frozenset[str]:
    """The fields of one record that the actor may see on it. Raises NotFound when it may not be read."""
    rights = access.rights(ctx, entity)
    table = entity.table
    conditional = [key for key in sorted(rights.readable_fields) if not rights.always_shows(key)]
    flags = [rights.field_filter((key,)).label(f"shows_{number}") for number, key in enumerate(conditional)]
    readable = sa.select(table.c.id, *flags).where(table.c.id == record_id, rights.row_filter())
    row = ctx.connection.execute(readable).one_or_none()
    if row is None:
        raise NotFound
    hidden = {key for number, key in enumerate(conditional) if not row[number + 1]}
    return frozenset(rights.readable_fields) - hidden


def _changes(ctx: Context, entity_name: str, record_id: int, limit: int, before: int | None = None) -> list[Mapping[str, Any]]:
    table: Any = Change.__table__
    wanted = [table.c.workspace_id == ctx.workspace.id, table.c.entity == entity_name, table.c.record_id == record_id]
    if before is not None:
        wanted.append(table.c.id < before)
    statement = sa.select(table).where(*wanted).order_by(table.c.id.desc()).limit(limit)
    return [dict(row) for row in ctx.connection.execute(statement).mappings()]


def _entry(row: Mapping[str, Any], shown: frozenset[str], names: Mapping[int, str], forms: Mapping[int, str]) -> HistoryEntry:
    return HistoryEntry(
        id=row["id"],
        at=row["at"],
        op=row["op"],
        version=row["version"],
        actor_kind=row["actor_kind"],
        actor_id=row["actor_id"],
        actor_name=forms.get(row["link_id"], "") if row["actor_kind"] == "link" else names.get(row["actor_id"], ""),
        automation=row["automation"],
        run_id=row["run_id"],
        batch_id=row["batch_id"],
        before={key: value for key, value in row["before"].items() if key in shown},
        after={key: value for key, value in row["after"].items() if key in shown},
    )


def people_names(ctx: Context, ids: Iterable[int | None]) -> dict[int, str]:
    """Names (or addresses) of people, whether they are still members or not."""
    wanted = sorted({each for each in ids if each is not None})
    if not wanted:
        return {}
    name = sa.func.coalesce(sa.func.nullif(User.name, ""), User.email)
    return {
        row[0]: row[1]
        for row in ctx.connection.execute(sa.select(User.id, name).where(User.id == sa.any_(sa.literal(wanted, _IDS))))
    }


def timeline(ctx: Context, entity_name: str, record_id: int, *, limit: int = 50) -> list[LifeEvent]:
    """The life-line of a record, newest first: its own changes in words, and the readable records that were made for it.

    Raises NotFound as `history`.
    """
    entity, _ = readable_entity(ctx, entity_name)
    entries = history(ctx, entity_name, record_id, limit=limit)
    texts = Words(ctx, entity, [each for entry in entries for each in (entry.before, entry.after)])
    own = titles(ctx, entity_name, [record_id]).get(record_id, "")
    events = [
        LifeEvent(
            entry.at, entry.op, entity_name, record_id, own, entry.actor_kind, entry.actor_name, entry.automation, entry.run_id,
            texts.differences(entry),
        )
        for entry in entries
    ]  # fmt: skip
    events += _made_for(ctx, entity_name, record_id, limit)
    return sorted(events, key=lambda event: event.at, reverse=True)[:limit]


def _made_for(ctx: Context, entity_name: str, record_id: int, limit: int) -> list[LifeEvent]:
    """The making of living, readable records that point at this one."""
    found: list[tuple[str, int, datetime, int | None]] = []
    for child, definition in ctx.catalog.references_to(entity_name):
        rights = access.rights(ctx, child)
        if definition.kind != MANY_TO_ONE or definition.column is None or definition.key not in rights.readable_fields:
            continue
        table = child.table
        points = (
            definition.column == record_id,
            table.c.deleted_at.is_(None),
            rights.row_filter(),
            rights.field_filter((definition.key,)),
        )
        newest = sa.select(table.c.id, table.c.created_at, table.c.created_by).where(*points).order_by(table.c.created_at.desc())
        found += [(child.name, *row) for row in ctx.connection.execute(newest.limit(min(limit, _MOST_IN_LIFE)))]
    names = people_names(ctx, (each[3] for each in found))
    events = []
    for name in dict.fromkeys(each[0] for each in found):
        members = [each for each in found if each[0] == name]
        named = titles(ctx, name, [each[1] for each in members])
        for _, identity, at, maker in members:
            kind = "person" if maker else "system"
            events.append(
                LifeEvent(at, "create", name, identity, named.get(identity, ""), kind, names.get(maker or 0, ""), None, None)
            )
    return events


class Words:
    """Values of the change log in words: labels of choices, names of people, titles of records."""

    def __init__(self, ctx: Context, entity: EntityDef, values: Sequence[Mapping[str, Any]]) -> None:
        self._ctx = ctx
        self._entity = entity
        self._names: dict[str, dict[int, str]] = {}
        for key, definition in entity.fields.items():
            ids = {each for one in values if key in one for each in _ids(one[key])}
            if ids and (kind := _kind_of_target(definition)):
                self._names[key] = self._look_up(kind, ids)

    def differences(self, entry: HistoryEntry) -> tuple[Difference, ...]:
        """The changed fields of an entry, in the order of the entity's fields."""
        keys = [key for key in self._entity.fields if key in entry.before or key in entry.after]
        return tuple(Difference(key, self.text(key, entry.before.get(key)), self.text(key, entry.after.get(key))) for key in keys)

    def text(self, key: str, value: Any) -> str:
        """A JSON value of a field as text."""
        definition = self._entity.fields[key]
        if value is None or value == []:
            return ""
        if _kind_of_target(definition):
            names = self._names.get(key, {})
            return ", ".join(names.get(each, "…") for each in _ids(value))
        kind, field = definition.type, definition.field
        if field.type == "formula":
            kind, field = kind.result_type(field), kind.result_field(field)  # type: ignore[attr-defined]
        try:
            parsed = kind.parse(field, value, self._ctx.locale) if kind.writable else value
        except (ValueError, OverflowError, ArithmeticError, TypeError):
            return str(value)
        return str(value) if isinstance(parsed, Problem) else kind.to_text(field, parsed, self._ctx.locale)

    def _look_up(self, kind: str, ids: set[int]) -> dict[int, str]:
        if kind == "person":
            return people_names(self._ctx, ids)
        if kind == "team":
            teams = sa.select(Team.id, Team.name).where(Team.workspace_id == self._ctx.workspace.id, Team.id.in_(ids))
            return {row[0]: row[1] for row in self._ctx.connection.execute(teams)}
        return titles(self._ctx, kind, ids)


def _kind_of_target(definition: FieldDef) -> str:
    """`person`, `team` or the name of the entity that a field points at; empty for other fields."""
    if definition.field.type in ("person", "created_by", "changed_by"):
        return "person"
    return "team" if definition.field.type == "team" else (definition.target or "")


def _ids(value: Any) -> list[int]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, int)]
