"""Long work on big tables: done in small transactions by whoever has time, resumed after any kill, visible as rows.

`work_once` does one portion of one job. Portions are claimed with SKIP LOCKED, so several workers may call it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from runtime.catalog import load_catalog, load_workspace
from runtime.clock import now
from runtime.context import SYSTEM, Context
from runtime.errors import Conflict, Forbidden, NotFound, RuntimeProblem, Unavailable
from runtime.platform.apps import SchemaJob
from runtime.schema import fill
from runtime.schema.catch_up import make_ready
from runtime.schema.convert_job import convert_portion, drop_hidden
from runtime.schema.foreign_keys import validate
from runtime.schema.index_job import make_index
from runtime.unit_of_work import is_stale, sql_state, transaction

_OPEN = ("waiting", "running")
_BUSY = frozenset({"55P03", "40P01"})
_log = logging.getLogger(__name__)
_TABLE: Any = SchemaJob.__table__


@dataclass(frozen=True)
class Progress:
    """What a portion did. cursor: where the next one goes on; finished: there is no next one."""

    cursor: int
    rows: int = 0
    lost: int = 0
    finished: bool = False
    definition: Mapping[str, Any] | None = None


def work_once(engine: sa.Engine) -> bool:
    """One portion of the oldest open job that nobody is at. False when there was nothing to do, or only things that are busy."""
    for job in _open_jobs(engine):
        try:
            worked = _DESKS.get(job.kind, _portion)(engine, job.id)
        except (Unavailable, sa.exc.OperationalError) as error:
            if isinstance(error, sa.exc.OperationalError) and sql_state(error) not in _BUSY:
                raise
            continue
        except (RuntimeProblem, sa.exc.DBAPIError, KeyError, ValueError) as error:
            if isinstance(error, sa.exc.DBAPIError) and is_stale(error):
                continue
            _fail(engine, job.id, error)
            worked = True
        if worked:
            return True
    return False


def run_all(engine: sa.Engine, portions: int = 1_000_000) -> int:
    """Works until nothing is left that can be done now (or so many portions are done); how many portions that were."""
    done = 0
    while done < portions and work_once(engine):
        done += 1
    return done


def jobs(ctx: Context, *, unfinished: bool = True) -> list[Mapping[str, Any]]:
    """The jobs of the workspace for people to see, the newest first."""
    statement = sa.select(_TABLE).where(_TABLE.c.workspace_id == ctx.workspace.id).order_by(_TABLE.c.id.desc()).limit(100)
    if unfinished:
        statement = statement.where(_TABLE.c.state.in_((*_OPEN, "failed")))
    return [dict(row) for row in ctx.connection.execute(statement).mappings()]


def cancel(ctx: Context, job_id: int) -> None:
    """Gives up an open job; what it has prepared goes. Raises Forbidden, NotFound, Conflict."""
    if not ctx.actor.is_admin:
        raise Forbidden
    statement = sa.select(_TABLE).where(_TABLE.c.id == job_id, _TABLE.c.workspace_id == ctx.workspace.id).with_for_update()
    job = ctx.connection.execute(statement).one_or_none()
    if job is None:
        raise NotFound
    if job.state not in _OPEN or job.kind != "convert":
        raise Conflict("Only a conversion that is not finished can be cancelled.")
    drop_hidden(ctx, job)
    _set(ctx.connection, job_id, state="cancelled", finished_at=now())


def _open_jobs(engine: sa.Engine) -> list[sa.Row[Any]]:
    with engine.connect() as connection:
        return list(
            connection.execute(sa.select(_TABLE.c.id, _TABLE.c.kind).where(_TABLE.c.state.in_(_OPEN)).order_by(_TABLE.c.id))
        )


def _conversion(engine: sa.Engine, job_id: int) -> bool:
    return make_ready(engine, job_id) and _portion(engine, job_id)


def _portion(engine: sa.Engine, job_id: int) -> bool:
    with transaction(engine) as connection:
        claim = sa.select(_TABLE).where(_TABLE.c.id == job_id, _TABLE.c.state.in_(_OPEN)).with_for_update(skip_locked=True)
        job = connection.execute(claim).one_or_none()
        if job is None:
            return False
        ctx = _context(connection, job)
        progress = _DO[job.kind](ctx, job)
        values: dict[str, Any] = {"cursor": progress.cursor, "done": job.done + progress.rows, "lost": job.lost + progress.lost}
        if progress.definition is not None:
            values["definition"] = dict(progress.definition)
        state = {"state": "done", "finished_at": now()} if progress.finished else {"state": "running"}
        _set(connection, job_id, **values, **state)
        return True


def _context(connection: sa.Connection, job: Any) -> Context:
    workspace = load_workspace(connection, workspace_id=job.workspace_id)
    if workspace is None:
        raise NotFound
    author = job.definition.get("author_id")
    actor = replace(SYSTEM, user_id=author, language=workspace.language)
    return Context(connection, workspace, load_catalog(connection, workspace), actor, now())


def _formula(ctx: Context, job: Any) -> Progress:
    entity = ctx.catalog.find(job.entity)
    last = None if entity is None else fill.compute_formulas(ctx, entity, job.cursor, only_one_batch=True)
    return Progress(last or job.cursor, finished=last is None)


def _number(ctx: Context, job: Any) -> Progress:
    entity = ctx.catalog.find(job.entity)
    field = entity.fields.get(job.field) if entity is not None else None
    if entity is None or field is None or field.field.type != "auto_number":
        return Progress(job.cursor, finished=True)
    given = dict(job.definition.get("given", {}))
    before = sum(given.values())
    last = fill.number_rows(ctx, entity, field, given, job.cursor, job.definition.get("up_to") or 0)
    definition = {**job.definition, "given": given}
    return Progress(last or job.cursor, sum(given.values()) - before, finished=last is None, definition=definition)


def _convert(ctx: Context, job: Any) -> Progress:
    cursor, rows, lost, finished, definition = convert_portion(ctx, job)
    return Progress(cursor, rows, lost, finished, definition)


def _validate(ctx: Context, job: Any) -> Progress:
    entity, table = ctx.catalog.find(job.entity), job.definition["table"]
    known = (
        {}
        if entity is None
        else {entity.table.name: False} | {one.link.name: True for one in entity.fields.values() if one.link is not None}
    )
    if table not in known:
        return Progress(job.cursor, finished=True)
    return Progress(job.cursor, finished=not validate(ctx, table, is_link=known[table]))


_DO: Mapping[str, Callable[[Context, Any], Progress]] = {
    "formula": _formula,
    "number": _number,
    "convert": _convert,
    "validate": _validate,
}

# What makes indexes beside everybody's work cannot do so inside a transaction.
_DESKS: Mapping[str, Callable[[sa.Engine, int], bool]] = {"index": make_index, "convert": _conversion}


def _set(connection: sa.Connection, job_id: int, **values: Any) -> None:
    connection.execute(sa.update(_TABLE).where(_TABLE.c.id == job_id).values(changed_at=now(), **values))


def _fail(engine: sa.Engine, job_id: int, error: Exception) -> None:
    """Notes why a job cannot go on, and clears away what it has prepared."""
    _log.warning("schema job %s failed: %s", job_id, error)
    with transaction(engine) as connection:
        job = connection.execute(sa.select(_TABLE).where(_TABLE.c.id == job_id).with_for_update()).one()
        if job.kind == "convert":
            drop_hidden(_context(connection, job), job)
        _set(connection, job_id, state="failed", error=str(error)[:2000], finished_at=now())
