"""The part of `formloom doctor` that compares tables with definitions, and looks at long work on tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from runtime.catalog import load_catalog, load_workspace
from runtime.clock import now
from runtime.context import SYSTEM, Context
from runtime.platform.apps import SchemaJob
from runtime.platform.people import Workspace
from runtime.schema_drift import drift
from web.findings import Finding

STUCK_AFTER = timedelta(minutes=10)
"""Work goes on within seconds while a worker runs; a portion takes less than a second."""
_SHOWN = 10
_JOB: Any = SchemaJob.__table__
_DRIFT_ADVICE = (
    "somebody has changed tables by hand, or a restored backup is not whole: undo that change, or restore a backup"
    " (docs/developer/schema-change.md says what belongs where)"
)
_FAILED_ADVICE = "nothing is half done; mend what the reason names and publish the change again"
_STUCK_ADVICE = "check that a worker runs (`formloom run` starts one, else `formloom worker`); it goes on where it stopped"


def tables(connection: sa.Connection) -> Iterator[Finding]:
    """Findings about the tables of every workspace."""
    sound = 0
    for identity in connection.scalars(sa.select(Workspace.id).order_by(Workspace.id)).all():
        workspace = load_workspace(connection, workspace_id=identity)
        if workspace is None:
            continue
        ctx = Context(connection, workspace, load_catalog(connection, workspace), replace(SYSTEM), now())
        differences = drift(ctx)
        sound += not differences
        for each in differences[:_SHOWN]:
            yield Finding("problem", f"workspace {workspace.key}: {each}", _DRIFT_ADVICE)
        if len(differences) > _SHOWN:
            yield Finding("problem", f"workspace {workspace.key}: {len(differences) - _SHOWN} more differences", _DRIFT_ADVICE)
        yield from _jobs(ctx)
    if sound:
        yield Finding("ok", f"tables and definitions agree in {sound} workspace{'s' if sound > 1 else ''}")


def _jobs(ctx: Context) -> Iterator[Finding]:
    """Jobs that failed and were not done since, and open ones at which nobody works."""
    mine = sa.select(_JOB).where(_JOB.c.workspace_id == ctx.workspace.id).order_by(_JOB.c.id)
    for job in ctx.connection.execute(mine.where(_JOB.c.state.in_(("failed", "waiting", "running")))):
        what = f"workspace {ctx.workspace.key}: the {_KINDS.get(job.kind, job.kind)} of {_place(job)}"
        if job.state == "failed":
            if not _was_done_later(ctx, job):
                yield Finding("warning", f"{what} failed: {job.error}", _FAILED_ADVICE)
        elif now() - job.changed_at > STUCK_AFTER:
            share = f" at {100 * job.done // job.total} %" if job.total else ""
            yield Finding("problem", f"{what} stands still{share} since {job.changed_at:%Y-%m-%d %H:%M} UTC", _STUCK_ADVICE)


_KINDS = {
    "convert": "conversion",
    "index": "index",
    "formula": "computing",
    "number": "numbering",
    "validate": "looking through the relations",
}


def _place(job: Any) -> str:
    return f"{job.entity}.{job.field}" if job.field else str(job.entity)


def _was_done_later(ctx: Context, job: Any) -> bool:
    alike = sa.select(sa.literal(1)).where(_JOB.c.workspace_id == ctx.workspace.id, _JOB.c.id > job.id, _JOB.c.state == "done")
    alike = alike.where(_JOB.c.kind == job.kind, _JOB.c.entity == job.entity, _JOB.c.field.is_not_distinct_from(job.field))
    return bool(ctx.connection.scalar(alike.limit(1)))
