"""A type change of a big table is done first, by a job, in the background; the definition follows when it is finished."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from runtime.context import Context
from runtime.errors import Conflict
from runtime.platform.apps import SchemaJob
from runtime.schema import limits, steps
from runtime.schema.live import is_big
from runtime.schema.steps import Step

if TYPE_CHECKING:
    from runtime.schema_apply import Request

Place = tuple[str, str]
"""(entity, field)"""


def big_conversions(ctx: Context, planned: Iterable[Step]) -> list[Place]:
    """The fields of big tables whose values have to be converted."""
    return [
        (step.entity.name, step.field.key)
        for step in planned
        if step.kind == steps.CONVERT and is_big(ctx.connection, step.entity.table, limits.BIG_TABLE_ROWS)
    ]


def postpone(ctx: Context, request: Request, places: Sequence[Place]) -> int:
    """A job that converts these fields one after the other and then publishes the documents. Its id.

    Raises Conflict when such a job is at work on one of the apps.
    """
    open_jobs = sa.select(SchemaJob.definition).where(SchemaJob.workspace_id == ctx.workspace.id, SchemaJob.kind == "convert")
    for definition in ctx.connection.scalars(open_jobs.where(SchemaJob.state.in_(("waiting", "running")))):
        if set(definition["documents"]) & set(request.documents):
            raise Conflict("A conversion of this app is at work. Wait for it, or cancel it.")
    definition = {
        "documents": dict(request.documents),
        "base_versions": {key: ctx.catalog.versions.get(key) for key in request.documents},
        "note": request.note,
        "author_id": ctx.actor.user_id,
        "places": [list(place) for place in places],
        "restoring": [[entity, key, item.id] for (entity, key), item in request.restoring.items()],
        "template": {key: dict(values) for key, values in request.template.items()},
    }
    entity, field = places[0]
    total = 0
    for name in {place[0] for place in places}:
        total += ctx.connection.scalar(sa.select(sa.func.count()).select_from(ctx.catalog.entity(name).table)) or 0
    values = {
        "workspace_id": ctx.workspace.id,
        "kind": "convert",
        "entity": entity,
        "field": field,
        "definition": definition,
        "total": total,
    }
    return int(ctx.connection.execute(sa.insert(SchemaJob).values(values).returning(SchemaJob.id)).scalar_one())
