"""When fields came: a field never inherits what the log holds under its key from an earlier field."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

from runtime.context import Context
from runtime.platform.apps import InstalledApp
from runtime.platform.changes import Change
from runtime.schema import steps
from runtime.schema.steps import Step

_ADDS = (steps.ADD_COLUMN, steps.ADD_LINK)
Births = dict[str, dict[str, str]]


def note_births(
    ctx: Context, planned: Iterable[Step], restored: Collection[tuple[str, str]], known: Mapping[str, Mapping[str, str]]
) -> Births:
    """Notes, with the app of the entity, the fields that are new beside records that may be old; what is known afterwards."""
    births = {app: dict(fields) for app, fields in known.items()}
    fresh = {step.entity.name for step in planned if step.kind == steps.CREATE_TABLE}
    changed = set()
    for step in planned:
        if step.kind not in _ADDS or step.entity.name in fresh:
            continue
        app, key = step.entity.name.split(".")
        place = f"{key}.{step.field.key}"
        if (step.entity.name, step.field.key) in restored:
            births.setdefault(app, {}).pop(place, None)
        else:
            births.setdefault(app, {})[place] = ctx.now.isoformat()
        changed.add(app)
    for app in changed:
        own = sa.and_(InstalledApp.workspace_id == ctx.workspace.id, InstalledApp.key == app)
        ctx.connection.execute(sa.update(InstalledApp).where(own).values(births=births[app]))
    return births


def first_id(ctx: Context, entity: str) -> int:
    """The id with which a new table begins: behind those of an earlier entity of the name, which the log still knows."""
    here = (Change.workspace_id == ctx.workspace.id, Change.entity == entity)
    return int(ctx.connection.scalar(sa.select(sa.func.max(Change.record_id)).where(*here)) or 0) + 1
