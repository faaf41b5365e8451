"""Steps that write records: set, create, update. All through the one write path, as the automation."""

from __future__ import annotations

from runtime.automations.flow import Done, Outcome
from runtime.automations.steps.base import Move, StepRunner
from runtime.automations.steps.search import matching_ids
from runtime.automations.values import raw_values
from runtime.records import write


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
        values = raw_values(move.option("values", {}), move.names, entity)
        ids = matching_ids(move, entity, int(move.option("limit", 1000)))
        if len(ids) == 1:
            write.update(move.ctx, entity.name, ids[0], values)
        elif ids:
            write.update_many(move.ctx, entity.name, ids, values)
            move.names.records.forget(entity.name)
        return Done({"count": len(ids)}, {"entity": entity.name, "count": len(ids), "ids": ids, "values": values})
