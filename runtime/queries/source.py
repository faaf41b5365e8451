"""An entity as a query sees it: its table under an alias, the values of its fields, and what its relations lead to.

With a reader, every value is masked and every relation leads only to records that the reader may see. Without one
(rules of administrators, stored formulas) the data is seen as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from runtime.access.rights import Rights, rights
from runtime.context import Context
from runtime.queries.people import PEOPLE, platform_target
from runtime.tables import COMPUTED, MANY_TO_MANY, MANY_TO_ONE, ONE_TO_MANY, EntityDef, FieldDef

TITLE = "title"
"""As the last part of a path: whatever names the record."""

Column = sa.ColumnElement[Any]
RightsOf = Callable[[Context, EntityDef], Rights]


class Source:
    """One entity in a FROM clause. Paths add outer joins, each relation once."""

    def __init__(
        self,
        ctx: Context,
        entity: EntityDef,
        table: sa.FromClause | None = None,
        *,
        reader: bool = True,
        own: Rights | None = None,
    ) -> None:
        self.ctx = ctx
        self.entity = entity
        self.table: sa.FromClause = entity.table.alias() if table is None else table
        self.is_platform = not entity.app
        self.rights: Rights | None = own or (rights(ctx, entity) if reader and not self.is_platform else None)
        self.reader = reader
        self._children: dict[str, Source] = {}
        self._join_on: sa.ColumnElement[bool] | None = None

    def from_clause(self) -> sa.FromClause:
        """The table with all joins that paths have asked for so far."""
        joined = self.table
        for source in self._descendants():
            assert source._join_on is not None
            joined = joined.outerjoin(source.table, source._join_on)
        return joined

    @property
    def has_joins(self) -> bool:
        return bool(self._children)

    @property
    def tables(self) -> list[sa.FromClause]:
        """The tables of the FROM clause."""
        return [self.table, *(each.table for each in self._descendants())]

    def shows(self, key: str) -> bool:
        """Whether the reader can see this field on some record."""
        if key not in self.entity.fields:
            return False
        return self.rights is None or key in self.rights.model.readable

    def field(self, path: tuple[str, ...]) -> tuple[Source, FieldDef] | None:
        """Where a path ends and at which field; None when the reader knows no such path. Adds the joins."""
        source: Source | None = self
        for step in path[:-1]:
            source = source.child(step) if source is not None else None
        if source is None:
            return None
        key = source.entity.title_field if path[-1] == TITLE and TITLE not in source.entity.fields else path[-1]
        return (source, source.entity.fields[key]) if source.shows(key) else None

    def value(self, path: tuple[str, ...]) -> Column:
        """The value at a path as the reader may know it. KeyError when the reader knows no such path."""
        found = self.field(path)
        if found is None:
            raise KeyError(".".join(path))
        source, field = found
        return source.own_value(field)

    def own_value(self, field: FieldDef) -> Column:
        """The masked value of a field of this entity."""
        raw = self._raw(field)
        return raw if self.rights is None else self.rights.mask(field.key, raw, self.table)

    def visible_rows(self) -> sa.ColumnElement[bool]:
        """The records of this source that exist for the reader."""
        alive = sa.true() if self.is_platform else self.table.c.deleted_at.is_(None)
        return alive if self.rights is None else sa.and_(alive, self.rights.row_filter(table=self.table))

    def child(self, key: str) -> Source | None:
        """What a to-one relation, a person or a team field leads to; None when the reader knows no such field."""
        if key in self._children:
            return self._children[key]
        if not self.shows(key):
            return None
        field = self.entity.fields[key]
        target = self._target(field)
        if target is None:
            return None
        made = Source(self.ctx, target, reader=self.reader)
        made._join_on = sa.and_(made.table.c.id == self.own_value(field), made.visible_rows())
        self._children[key] = made
        return made

    def related(self, key: str) -> tuple[Source, sa.ColumnElement[bool]] | None:
        """The records behind a to-many relation, and the condition that ties them to this source's record."""
        if not self.shows(key):
            return None
        field = self.entity.fields[key]
        target = self.ctx.catalog.find(field.target or "")
        if target is None or field.kind not in (ONE_TO_MANY, MANY_TO_MANY):
            return None
        there = Source(self.ctx, target, reader=self.reader)
        if there.rights is not None and not there.rights.may_read:
            return None
        tie = self._tie(field, there)
        return None if tie is None else (there, sa.and_(self._shown_here(field), tie, there.visible_rows()))

    def _shown_here(self, field: FieldDef) -> sa.ColumnElement[bool]:
        if self.rights is None or self.rights.always_shows(field.key):
            return sa.true()
        return self.rights.field_filter((field.key,), table=self.table)

    def _tie(self, field: FieldDef, there: Source) -> sa.ColumnElement[bool] | None:
        if field.kind == MANY_TO_MANY:
            assert field.link is not None
            link = field.link.alias()
            linked = sa.select(link.c.target_id).where(link.c.source_id == self.table.c.id).correlate(self.table)
            return there.table.c.id.in_(linked)
        back = there.entity.fields.get(field.inverse or "")
        if back is None or back.column is None or not there.shows(back.key):
            return None
        return there.own_value(back) == self.table.c.id

    def _target(self, field: FieldDef) -> EntityDef | None:
        if field.kind == MANY_TO_ONE:
            target = self.ctx.catalog.find(field.target or "")
            return target if target is not None and (not self.reader or rights(self.ctx, target).may_read) else None
        return platform_target(field) if field.column is not None and not self.is_platform else None

    def _raw(self, field: FieldDef) -> Column:
        if self.entity is PEOPLE and field.key == "name":
            return sa.func.coalesce(sa.func.nullif(self.table.c.name, ""), self.table.c.email)
        if field.column is not None:
            return self.table.c[field.column.name]
        if field.kind == COMPUTED:
            from runtime.queries.trees import formula_value

            return formula_value(self, field)
        return self._linked_ids(field)

    def _linked_ids(self, field: FieldDef) -> Column:
        """Ids of the records behind a to-many relation, ascending, as an array."""
        empty = sa.cast(sa.literal_column("'{}'"), ARRAY(sa.BigInteger))
        found = self.related(field.key)
        if found is None:
            return empty
        there, tie = found
        ids = sa.func.array_agg(aggregate_order_by(there.table.c.id, there.table.c.id.asc()), type_=ARRAY(sa.BigInteger))
        # Conditions of rules bring no joins: they look at other entities through sub-selects of their own.
        query = sa.select(ids).select_from(there.from_clause()).where(tie).correlate(self.table)
        return sa.func.coalesce(query.scalar_subquery(), empty)

    def _descendants(self) -> list[Source]:
        found: list[Source] = []
        for child in self._children.values():
            found += [child, *child._descendants()]
        return found
