"""Rules whose outcome a person gets to see are computed with that person's eyes: what one may not read is empty."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from runtime import access, tables
from runtime.context import Context
from runtime.errors import BadRequest, Forbidden, NotFound
from runtime.expressions.python_backend import Resolve
from runtime.queries.listing import MAX_LIMIT, ListQuery, list_records
from runtime.records import read
from runtime.records.draft import Draft
from runtime.records.evaluate import Evaluator
from runtime.records.links import linked_ids
from runtime.records.plan import WritePlan
from runtime.tables import EntityDef, FieldDef


class SeenEvaluator(Evaluator):
    """Evaluates for one draft with what its actor may read of the record and of everything around it.

    own: fields of the record whose values the actor knows, whether or not they may be read: those being filled in.
    """

    def __init__(self, ctx: Context, plan: WritePlan, draft: Draft, own: Collection[str]) -> None:
        readable = access.rights(ctx, plan.entity).readable_fields
        draft.new = {key: value for key, value in draft.new.items() if key in readable or key in own or key in ("id", "version")}
        super().__init__(ctx, plan, [draft])

    def _own(self, entity: EntityDef, values: Mapping[str, Any], definition: FieldDef) -> Any:
        key = definition.key
        if key in values:
            return values[key]
        if key not in access.rights(self.ctx, entity).readable_fields:
            return None
        return super()._own(entity, values, definition)

    def _related(self, definition: FieldDef, identity: int | None) -> list[Resolve]:
        if identity is None:
            return []
        target = self.ctx.catalog.entity(str(definition.target))
        if definition.kind == tables.MANY_TO_MANY:
            ids = list(linked_ids(self.ctx, definition, [identity]).get(identity, ()))
            tree: dict[str, Any] = {"field": "id", "op": "in", "value": ids[:MAX_LIMIT]}
        else:
            tree = {"field": str(definition.inverse), "op": "is", "value": identity}
        rows = self._asked(lambda: list_records(self.ctx, target.name, ListQuery(filter=tree, limit=MAX_LIMIT)).records)
        return [self._resolver_of(target, row) for row in rows or ()]

    def _read(self, kind: str, ids: list[int]) -> None:
        if self.ctx.catalog.find(kind) is None:
            if self.ctx.actor.kind == "link":  # visitors learn nothing of people and teams
                self._rows |= {(kind, each): {} for each in ids}
            else:
                super()._read(kind, ids)
            return
        for each in ids:
            self._rows[kind, each] = self._asked(lambda each=each: read.get(self.ctx, kind, each)) or {}

    def _asked(self, ask: Any) -> Any:
        """What the reader gets; nothing where there is nothing for this reader, or where a draft names what has no table yet."""
        savepoint = self.ctx.connection.begin_nested()
        try:
            found = ask()
        except (NotFound, Forbidden, BadRequest, sa.exc.DBAPIError):
            savepoint.rollback()
            return None
        savepoint.commit()
        return found
