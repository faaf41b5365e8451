"""What the actor of a context may do with one entity, as SQL conditions on its table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from runtime.access.grants import DELETE, READ, UPDATE
from runtime.access.model import RightsModel, model_of
from runtime.access.rules import grant_filter
from runtime.access.visibility import Clause
from runtime.context import Context
from runtime.tables import EntityDef

Bool = sa.ColumnElement[bool]
Table = sa.FromClause


@dataclass(frozen=True)
class Rights:
    """Rights of one actor on one entity. `table` parameters are the entity's table or an alias of it.

    Conditions do not look at the bin (`deleted_at`); callers do.
    """

    ctx: Context
    entity: EntityDef
    model: RightsModel

    @property
    def is_admin(self) -> bool:
        return self.model.is_admin

    @property
    def may_create(self) -> bool:
        return self.model.may_create

    @property
    def may_read(self) -> bool:
        """Whether some records may be readable."""
        return self.model.may(READ)

    @property
    def may_update(self) -> bool:
        return self.model.may(UPDATE)

    @property
    def may_delete(self) -> bool:
        return self.model.may(DELETE)

    @property
    def may_export(self) -> bool:
        return self.is_admin or any(each.grant.export and each.rules(READ) for each in self.model.grants)

    @property
    def readable_fields(self) -> frozenset[str]:
        """Fields that some records show, in the order of no matter what."""
        return frozenset(self.model.readable)

    @property
    def writable_fields(self) -> frozenset[str]:
        """Fields that may be changed on some records (`field_filter(…, "update")` says on which)."""
        return frozenset(self.model.writable)

    @property
    def creatable_fields(self) -> frozenset[str]:
        """Fields that may be given at creation."""
        return self.model.creatable

    def row_filter(self, verb: str = READ, table: Table | None = None) -> Bool:
        """Which records the verb (read, update, delete) is open on; update and delete need read as well."""
        table = self.entity.table if table is None else table
        found = self._any_of(self.model.granting(verb), verb, table)
        return found if verb == READ else sa.and_(self.row_filter(READ, table), found)

    def field_filter(self, keys: Iterable[str], verb: str = READ, table: Table | None = None) -> Bool:
        """On which records all these fields are shown (read) or may be changed (update); beside `row_filter`."""
        table = self.entity.table if table is None else table
        granted = self.model.readable if verb == READ else self.model.writable
        clauses: set[Clause] = set()
        for key in keys:
            if key not in granted:
                return sa.false()
            clauses |= granted[key]
        return sa.and_(sa.true(), *(self._clause(clause, verb, table) for clause in sorted(clauses, key=sorted)))

    def column(self, key: str, table: Table | None = None) -> sa.ColumnElement[Any]:
        """The stored value of a field as the reader may know it: null where the record does not show it.

        KeyError when no record shows the field, or when it has no column.
        """
        if key not in self.model.readable:
            raise KeyError(key)
        column = self.entity.column(key)
        table = self.entity.table if table is None else table
        return self.mask(key, table.c[column.name], table)

    def mask(self, key: str, value: sa.ColumnElement[Any], table: Table) -> sa.ColumnElement[Any]:
        """A value made of this field, null where the record does not show the field."""
        if not self.model.readable[key]:
            return value
        return sa.case((self.field_filter((key,), READ, table), value), else_=sa.null())

    def always_shows(self, key: str) -> bool:
        """Whether every readable record shows the field."""
        return key in self.model.readable and not self.model.readable[key]

    def _any_of(self, grants: Iterable[Any], verb: str, table: Table) -> Bool:
        if self.model.opens_all(verb):
            return sa.true()
        return sa.or_(sa.false(), *(grant_filter(self.ctx, self.entity, each, verb, table) for each in grants))

    def _clause(self, clause: Clause, verb: str, table: Table) -> Bool:
        members = [each for each in self.model.grants if each.number in clause]
        return sa.or_(sa.false(), *(grant_filter(self.ctx, self.entity, each, verb, table) for each in members))


def rights(ctx: Context, entity: EntityDef) -> Rights:
    """The rights of the context's actor on an entity."""
    return Rights(ctx, entity, model_of(ctx.catalog, ctx.actor, entity))


def export_rights(ctx: Context, entity: EntityDef) -> Rights:
    """The same, counting only what the roles that may export give: those records and those fields."""
    return Rights(ctx, entity, model_of(ctx.catalog, ctx.actor, entity, export=True))
