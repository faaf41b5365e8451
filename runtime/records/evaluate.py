"""Expressions and conditions over records that are being saved: guards, rules, defaults, formulas.

They see the new values, and everything around the record as it is in the database, whoever saves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from builder.directory import Directory
from builder.expressions.conditions import from_json
from builder.expressions.nodes import Node, paths
from builder.formulas import formula_of, read_formula
from runtime import tables
from runtime.calendar import WorkCalendar, work_calendar
from runtime.context import Context
from runtime.expressions.environment import Environment
from runtime.expressions.python_backend import ErrorValue, Resolve, evaluate
from runtime.platform.people import Team, User
from runtime.records.draft import Draft
from runtime.records.links import linked_ids
from runtime.records.plan import WritePlan
from runtime.tables import EntityDef, FieldDef

_IDS = ARRAY(sa.BigInteger)
_PLATFORM = {"person": User.__table__, "team": Team.__table__}
#: How many records a condition over a list of related records may look at.
_MOST_RELATED = 10_000


class Evaluator:
    """Evaluates for the drafts of one batch; what they point at is read once for all of them."""

    def __init__(self, ctx: Context, plan: WritePlan, drafts: Sequence[Draft]) -> None:
        self.ctx = ctx
        self.plan = plan
        self._drafts = drafts
        self._rows: dict[tuple[str, int], Mapping[str, Any]] = {}
        self._environment: Environment | None = None
        self.plain_defaults: dict[str, Any] = {}

    @property
    def environment(self) -> Environment:
        """The moment, the person, the calendar."""
        if self._environment is None:
            ctx = self.ctx
            self._environment = Environment(
                ctx.now,
                ctx.workspace.zone,
                ctx.actor.user_id,
                ctx.actor.team_ids,
                _calendar(ctx.workspace.country),
                ctx.actor.language,
            )
        return self._environment

    def value(self, source: str, draft: Draft) -> Any:
        """The value of a formula text; None when it cannot be computed."""
        return self.compute(read_formula(source), draft)

    def compute(self, node: Node | None, draft: Draft) -> Any:
        """The value of an expression; None for an error."""
        if node is None:
            return None
        found = evaluate(node, self.resolver(draft), self.environment)
        return None if isinstance(found, ErrorValue) else found

    def holds(self, tree: Any, draft: Draft) -> bool:
        """Whether a condition tree holds; one that cannot be read or computed does not. No condition holds."""
        if tree is None:
            return True
        node = self._condition(tree)
        return node is not None and evaluate(node, self.resolver(draft), self.environment) is True

    def fields_of(self, tree: Any) -> frozenset[str]:
        """The fields of the record that a condition looks at."""
        node = self._condition(tree)
        return frozenset(path[0] for path in paths(node)) if node is not None else frozenset()

    def view(self, draft: Draft) -> View:
        """The draft's values by field key, those that it does not hold itself included."""
        return View(self, draft)

    def _condition(self, tree: Any) -> Node | None:
        # By identity, and with the tree itself, so that no other can come to stand at its address.
        known, node = self.plan.cached(("condition", id(tree)), lambda: (tree, self._read_condition(tree)))
        return node if known is tree else self._read_condition(tree)

    def _read_condition(self, tree: Any) -> Node | None:
        return from_json(tree, Directory(self.ctx.catalog.apps).scope(self.plan.name))[0]

    def resolver(self, draft: Draft) -> Resolve:
        """Gives the value at a path of a draft."""
        values = draft.new

        def resolve(path: tuple[str, ...]) -> Any:
            if len(path) == 1 and path[0] in values:
                return values[path[0]]
            return self._value(self.plan.entity, self._all_values(draft), path, draft)

        return resolve

    def _all_values(self, draft: Draft) -> Mapping[str, Any]:
        ctx = self.ctx
        if draft.is_new:
            system = {"id": None, "version": 1, "created_at": ctx.now, "created_by": ctx.actor.user_id}
        else:
            system = {"id": draft.id, "version": draft.version}
        return {**system, "changed_at": ctx.now, "changed_by": ctx.actor.user_id, **draft.new}

    def _value(self, entity: EntityDef, values: Mapping[str, Any], path: tuple[str, ...], draft: Draft | None = None) -> Any:
        """The value at a path from a record with these values. KeyError for a path that leads nowhere."""
        definition = entity.fields[path[0]]
        if len(path) == 1:
            return self._own(entity, values, definition)
        identity = values.get(path[0])
        if identity is None:
            return None
        if draft is not None:
            self._read_together(definition)
        if definition.field.type in _PLATFORM:
            return self._row(definition.field.type, identity).get(path[1])
        target = self.ctx.catalog.entity(str(definition.target))
        return self._value(target, self._row(target.name, identity), path[1:])

    def _own(self, entity: EntityDef, values: Mapping[str, Any], definition: FieldDef) -> Any:
        key = definition.key
        if key in values:
            return values[key]
        if definition.kind == tables.COMPUTED:
            node = formula_of(definition.field)
            found = evaluate(node, self._resolver_of(entity, values), self.environment) if node is not None else None
            return None if isinstance(found, ErrorValue) else found
        if definition.kind in (tables.ONE_TO_MANY, tables.MANY_TO_MANY):
            return self._related(definition, values.get("id"))
        return self._row(entity.name, values["id"]).get(key) if values.get("id") else None

    def _related(self, definition: FieldDef, identity: int | None) -> list[Resolve]:
        """Resolvers of the living records behind a to-many relation."""
        if identity is None:
            return []
        target = self.ctx.catalog.entity(str(definition.target))
        table = target.table
        if definition.kind == tables.MANY_TO_MANY:
            ids = linked_ids(self.ctx, definition, [identity]).get(identity, ())
            condition = table.c.id == sa.any_(sa.literal(list(ids), _IDS))
        else:
            condition = target.column(str(definition.inverse)) == identity
        rows = self.ctx.connection.execute(
            sa.select(table).where(condition, table.c.deleted_at.is_(None)).limit(_MOST_RELATED)
        ).mappings()
        return [self._resolver_of(target, _by_key(target, dict(row))) for row in rows]

    def _resolver_of(self, entity: EntityDef, values: Mapping[str, Any]) -> Resolve:
        return lambda path: self._value(entity, values, path)

    def _read_together(self, definition: FieldDef) -> None:
        """Reads what all drafts of the batch point at through one field, in one statement."""
        kind = definition.field.type if definition.field.type in _PLATFORM else str(definition.target)
        ids = {value for draft in self._drafts if isinstance(value := draft.new.get(definition.key), int)}
        self._read(kind, [each for each in ids if (kind, each) not in self._rows])

    def _row(self, kind: str, identity: int) -> Mapping[str, Any]:
        if (kind, identity) not in self._rows:
            self._read(kind, [identity])
        return self._rows[kind, identity]

    def _read(self, kind: str, ids: list[int]) -> None:
        if not ids:
            return
        entity = self.ctx.catalog.find(kind) if kind not in _PLATFORM else None
        table = _PLATFORM[kind] if entity is None else entity.table
        for identity in ids:
            self._rows[kind, identity] = {}
        rows = self.ctx.connection.execute(sa.select(table).where(table.c.id == sa.any_(sa.literal(ids, _IDS)))).mappings()
        for row in rows:
            if entity is None:
                self._rows[kind, row["id"]] = {"id": row["id"], "name": row["name"], "email": row.get("email")}
            elif row["deleted_at"] is None:
                self._rows[kind, row["id"]] = _by_key(entity, dict(row))


class View:
    """All values of a draft: new ones first, then what the database has."""

    def __init__(self, evaluator: Evaluator, draft: Draft) -> None:
        self._evaluator = evaluator
        self._draft = draft

    def get(self, key: str) -> Any:
        """The value of a field; for a to-many relation something that is empty when there are no records."""
        if key in self._draft.new:
            return self._draft.new[key]
        try:
            found = self._evaluator.resolver(self._draft)((key,))
        except KeyError:
            return None
        return tuple(found) if isinstance(found, list) else found


def _by_key(entity: EntityDef, row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: row[each.column.name] for key, each in entity.fields.items() if each.column is not None}


@lru_cache(maxsize=64)
def _calendar(country: str) -> WorkCalendar:
    return work_calendar(country)
