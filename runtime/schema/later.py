"""Notes work on a big table that is to be done after the change, by the worker."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from runtime.context import Context
from runtime.platform.apps import SchemaJob


def start_job(ctx: Context, kind: str, entity: str, field_key: str | None = None, **definition: Any) -> int:
    """Notes work that is to be done outside; an open job of the same kind for the same thing is enough."""
    same = sa.select(SchemaJob.id).where(
        SchemaJob.workspace_id == ctx.workspace.id,
        SchemaJob.kind == kind,
        SchemaJob.entity == entity,
        SchemaJob.field.is_not_distinct_from(field_key),
        SchemaJob.definition == definition,
        SchemaJob.state == "waiting",
    )
    found = ctx.connection.scalar(same)
    if found is not None:
        return int(found)
    values = {"workspace_id": ctx.workspace.id, "kind": kind, "entity": entity, "field": field_key, "definition": definition}
    return int(ctx.connection.execute(sa.insert(SchemaJob).values(values).returning(SchemaJob.id)).scalar_one())
