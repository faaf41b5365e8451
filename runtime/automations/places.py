"""Contexts for the workspaces that a batch of work belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from runtime.calendar import WorkCalendar, work_calendar
from runtime.catalog import load_catalog
from runtime.context import Actor, Cause, Context, WorkspaceInfo
from runtime.expressions.environment import Environment
from runtime.platform.people import Workspace


def open_places(connection: sa.Connection, ids: Iterable[int], now: datetime) -> dict[int, Context]:
    """A context of the system for each of these workspaces, in one or two statements."""
    table = Workspace
    statement = sa.select(
        table.id, table.key, table.name, table.language, table.zone, table.country, table.currency, table.revision
    ).where(table.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))))
    places = {}
    for row in connection.execute(statement, {"ids": sorted(set(ids))}):
        zone = _zone(row.zone)
        info = WorkspaceInfo(row.id, row.key, row.name, row.language, zone, row.country, row.currency, row.revision)
        places[row.id] = Context(connection, info, load_catalog(connection, info), automation_actor(info, ""), now)
    return places


def automation_actor(workspace: WorkspaceInfo, name: str) -> Actor:
    """Who acts when an automation writes."""
    return Actor("automation", name=name, is_admin=True, language=workspace.language)


def automation_context(ctx: Context, name: str, run_id: int, depth: int) -> Context:
    """The context of a run's writes: they are marked with the run and one level deeper in the chain."""
    return ctx.acting(automation_actor(ctx.workspace, name), Cause(automation=name, run_id=run_id, depth=depth + 1))


def environment(ctx: Context, user_id: int | None = None) -> Environment:
    """What expressions see; `user_id` is the person behind the cause."""
    return Environment(ctx.now, ctx.workspace.zone, user_id, (), calendar_of(ctx.workspace.country), ctx.workspace.language)


@lru_cache(maxsize=64)
def calendar_of(country: str) -> WorkCalendar:
    """The working calendar of a country."""
    return work_calendar(country)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
