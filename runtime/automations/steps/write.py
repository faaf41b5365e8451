"""Steps that write records: set, create, update. All through the one write path, as the automation."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from runtime.automations.flow import Done, Outcome
from runtime.automations.steps.base import Move, StepRunner
from runtime.automations.steps.search import matching_ids
from runtime.automations.values import raw_values
from runtime.records import write
from runtime.tables import EntityDef


class SetRunner(StepRunner):
    """Changes the record itself."""

    name = "set"

    def run(self, move: Move) -> Outcome:
        entity, record_id = move.record
        values = raw_values(move.option("values", {}), move.names, entity)
        written = write.update(move.ctx, entity.name, record_id, values)
        move.names.records.forget(entity.name, record_id)
        return Done({"id": record_id}, {"id": record_id, "values": values, "changed": sorted(written.changed)})


class CreateRunner(StepRunner):
    """Creates a record."""

    name = "create"

    def run(self, move: Move) -> Outcome:
        entity = move.entity()
        values = raw_values(move.option("values", {}), move.names, entity)
        written = write.create(move.ctx, entity.name, values)
        return Done({"id": written.id}, {"entity": entity.name, "id": written.id, "values": values})


class UpdateRunner(StepRunner):
    """Changes all records that meet a condition."""

    name = "update"

    def run(self, move: Move) -> Outcome:
        entity = move.entity()
        ids = matching_ids(move, entity, int(move.option("limit", 1000)))
        _hold(move, entity, ids)
        values = raw_values(move.option("values", {}), move.names, entity)
        if len(ids) == 1:
            write.update(move.ctx, entity.name, ids[0], values)
        elif ids:
            write.update_many(move.ctx, entity.name, ids, values)
        move.names.records.forget(entity.name)
        return Done({"count": len(ids)}, {"entity": entity.name, "count": len(ids), "ids": ids, "values": values})


def _hold(move: Move, entity: EntityDef, ids: Sequence[int]) -> None:
    """Locks the records before values are computed from them: "received + amount" of two runs must not meet."""
    if ids:
        column = entity.table.c.id
        move.ctx.connection.execute(sa.select(column).where(column.in_(ids)).order_by(column).with_for_update(key_share=True))
        move.names.records.forget(entity.name)
