"""Records as they were right before and right after a change, though later changes may have come since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from runtime.automations.records import Records, Row, from_json
from runtime.platform.changes import Change
from runtime.tables import EntityDef

_COLUMNS = (Change.record_id, Change.version, Change.before)


@dataclass(frozen=True)
class Images:
    """The changed records of one entity as they are now, and what to undo to look back."""

    records: Records
    entity: EntityDef
    undo: Mapping[int, Sequence[tuple[int, Mapping[str, Any]]]] = field(default_factory=dict)
    """By record: (version, values before that version), newest first."""

    def after(self, change: sa.Row[Any]) -> Row | None:
        """The record as this change left it; None when it is gone."""
        row = self.records.get(self.entity, change.record_id)
        if row is None:
            return None
        for version, before in self.undo.get(change.record_id, ()):
            if version > change.version:
                row = {**row, **self.read(before)}
        return row

    def read(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The Python values of a change row; fields that the entity no longer has are left out."""
        fields = self.entity.fields
        return {key: from_json(fields[key], raw, self.records.ctx) for key, raw in values.items() if key in fields}


def load_images(records: Records, entity: EntityDef, changes: Sequence[sa.Row[Any]]) -> Images:
    """Reads the records of these changes, and the later changes of those that went on changing."""
    records.load(entity, [each.record_id for each in changes])
    behind = {
        each.record_id: row["version"]
        for each in changes
        if (row := records.get(entity, each.record_id)) is not None and row["version"] > each.version
    }
    if not behind:
        return Images(records, entity)
    statement = (
        sa.select(*_COLUMNS)
        .where(
            Change.workspace_id == records.ctx.workspace.id,
            Change.entity == entity.name,
            Change.record_id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))),
            Change.version > sa.bindparam("first", type_=sa.BigInteger),
        )
        .order_by(Change.record_id, Change.version.desc(), Change.id.desc())
    )
    first = min(each.version for each in changes if each.record_id in behind)
    undo: dict[int, list[tuple[int, Mapping[str, Any]]]] = {}
    for found in records.ctx.connection.execute(statement, {"ids": list(behind), "first": first}):
        # A change that came after the record was read is not in the row, so there is nothing to undo.
        if found.version <= behind[found.record_id]:
            undo.setdefault(found.record_id, []).append((found.version, found.before))
    return Images(records, entity, undo)
