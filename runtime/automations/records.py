"""Records as automations see them: whole, by id, many in one statement, kept for one batch.

Automations act with an administrator's rights, so nothing is masked here; what people get to see of a run or a
notification is masked where it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from builder.errors import Problem
from builder.formulas import formula_of
from runtime.context import Context
from runtime.expressions.environment import Environment
from runtime.expressions.python_backend import evaluate
from runtime.platform.people import Team, User
from runtime.tables import COMPUTED, MANY_TO_MANY, ONE_TO_MANY, STORED, SYSTEM, EntityDef, FieldDef

Row = Mapping[str, Any]
Resolve = Callable[[tuple[str, ...]], Any]
_SELECT = "formloom_automation_select"
CHUNK = 200


class Records:
    """Reads records once and remembers them; `forget` after something was written."""

    def __init__(self, ctx: Context, environment: Environment) -> None:
        self.ctx = ctx
        self.environment = environment
        self._rows: dict[str, dict[int, Row]] = {}
        self._people: dict[int, Row] = {}
        self._chunks: dict[tuple[str, int, str], list[int]] = {}

    def load(self, entity: EntityDef, ids: Iterable[int]) -> None:
        """Reads the records that are not there yet, those in the recycle bin too."""
        known = self._rows.setdefault(entity.name, {})
        missing = [each for each in dict.fromkeys(ids) if each not in known]
        if missing:
            statement = entity.table.info.get(_SELECT)
            if statement is None:
                statement = entity.table.info[_SELECT] = _select(entity)
            for row in self.ctx.connection.execute(statement, {"ids": missing}).mappings():
                known[row["id"]] = dict(row)

    def get(self, entity: EntityDef, record_id: int) -> Row | None:
        """The record's values by field key (and `deleted_at`), or None."""
        self.load(entity, (record_id,))
        return self._rows[entity.name].get(record_id)

    def remember(self, entity: EntityDef, row: Row) -> None:
        """A record that was read elsewhere."""
        self._rows.setdefault(entity.name, {})[row["id"]] = row

    def forget(self, entity: str, record_id: int | None = None) -> None:
        """This record, or all of the entity, is read anew the next time."""
        if record_id is None:
            self._rows.pop(entity, None)
        else:
            self._rows.get(entity, {}).pop(record_id, None)

    def seen_by(self, environment: Environment) -> Records:
        """The same records, computed for another person."""
        other = Records(self.ctx, environment)
        other._rows, other._people = self._rows, self._people
        return other

    def resolver(self, entity: EntityDef, row: Row) -> Resolve:
        """What `evaluate` asks for the paths of one record."""
        return lambda path: self.value(entity, row, path)

    def value(self, entity: EntityDef, row: Row, path: tuple[str, ...]) -> Any:
        """The value at a path. KeyError when there is no such field."""
        field = entity.fields.get(path[0])
        if field is None:
            if path == ("title",):
                return self.value(entity, row, (entity.title_field,))
            raise KeyError(path[0])
        if len(path) > 1:
            return self._beyond(field, row, path[1:])
        if field.kind in (ONE_TO_MANY, MANY_TO_MANY):
            return [self.resolver(target, found) for target, found in self.related(entity, row, field)]
        if field.kind == COMPUTED:
            node = formula_of(field.field)
            return None if node is None else evaluate(node, self.resolver(entity, row), self.environment)
        return row[field.key]

    def related(
        self, entity: EntityDef, row: Row, field: FieldDef, after: int = 0, limit: int | None = None
    ) -> list[tuple[EntityDef, Row]]:
        """The living records behind a to-many relation, by id; `after` and `limit` give a part of them."""
        target = self.ctx.catalog.entity(str(field.target))
        table = target.table
        ids = sa.select(table.c.id).where(table.c.deleted_at.is_(None), table.c.id > after)
        if field.kind == MANY_TO_MANY and field.key in row:  # as it was before the change
            ids = ids.where(table.c.id.in_(list(row[field.key] or ())))
        elif field.kind == MANY_TO_MANY:
            assert field.link is not None
            ids = ids.where(table.c.id.in_(sa.select(field.link.c.target_id).where(field.link.c.source_id == row["id"])))
        else:
            ids = ids.where(target.column(str(field.inverse)) == row["id"])
        found = list(self.ctx.connection.scalars(ids.order_by(table.c.id).limit(limit)))
        self.load(target, found)
        return [(target, each) for record_id in found if (each := self.get(target, record_id)) is not None]

    def next_related(self, entity: EntityDef, row: Row, field: FieldDef, after: int) -> tuple[EntityDef, Row] | None:
        """The related record with the next higher id; reads many at a time and looks whether each is still alive."""
        key = (entity.name, row["id"], field.key)
        target = self.ctx.catalog.entity(str(field.target))
        while True:
            chunk = self._chunks.get(key, [])
            for record_id in chunk:
                if record_id > after:
                    found = self.get(target, record_id)
                    if found is not None and found["deleted_at"] is None:
                        return target, found
                    after = record_id
            fresh = self.related(entity, row, field, after, CHUNK)
            if not fresh:
                return None
            self._chunks[key] = [found["id"] for _, found in fresh]

    def person(self, user_id: int) -> Row | None:
        """id, name, email, language of a person; the name is never empty."""
        if user_id not in self._people:
            statement = sa.select(User.id, User.name, User.email, User.language).where(User.id == user_id)
            row = self.ctx.connection.execute(statement).mappings().first()
            self._people[user_id] = {**row, "name": row["name"] or row["email"]} if row else {}
        return self._people[user_id] or None

    def team_name(self, team_id: int) -> str | None:
        """The name of a team."""
        return self.ctx.connection.scalar(sa.select(Team.name).where(Team.id == team_id))

    def _beyond(self, field: FieldDef, row: Row, rest: tuple[str, ...]) -> Any:
        identity = row.get(field.key)
        if field.target is not None and field.kind not in (ONE_TO_MANY, MANY_TO_MANY):
            target = self.ctx.catalog.entity(field.target)
            found = None if identity is None else self.get(target, identity)
            if found is None:
                if rest[0] not in target.fields and rest != ("title",):
                    raise KeyError(rest[0])
                return None
            return self.value(target, found, rest)
        if is_person(field) and len(rest) == 1:
            person = None if identity is None else self.person(identity)
            return None if person is None else person[rest[0]]
        if field.field.type == "team" and rest == ("name",):
            return None if identity is None else self.team_name(identity)
        raise KeyError(rest[0])


def is_person(field: FieldDef) -> bool:
    """Whether the value is the id of a person."""
    return field.type.expression_type(field.field).value == "person"


def from_json(field: FieldDef, raw: Any, ctx: Context) -> Any:
    """The Python value of what a change row holds for a field; None when it cannot be read (any more)."""
    kind, declared = field.type, field.field
    if field.kind == STORED:
        declared, kind = kind.result_field(declared), kind.result_type(declared)  # type: ignore[attr-defined]
    elif field.kind == SYSTEM or declared.type == "auto_number":
        return raw
    value = kind.parse(declared, raw, ctx.locale)
    return None if isinstance(value, Problem) else value


def _select(entity: EntityDef) -> sa.Select[Any]:
    table = entity.table
    columns = [
        each.column.label(each.key) for each in entity.fields.values() if each.column is not None and each.kind != COMPUTED
    ]
    return sa.select(*columns, table.c.deleted_at).where(
        table.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))
    )
