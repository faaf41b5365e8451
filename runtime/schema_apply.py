"""The one way in which app documents change: check, plan, tables and rows, in one transaction.

Installing, the designer, the API, files, undo, the trash: all of them come through `apply`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from builder.errors import Problem
from runtime.catalog import Catalog, build_catalog, load_catalog, load_workspace
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from runtime.platform.apps import AppVersion, InstalledApp
from runtime.platform.people import Workspace
from runtime.schema import limits
from runtime.schema.aftermath import forget_removed
from runtime.schema.births import note_births
from runtime.schema.execute import Execution
from runtime.schema.postpone import big_conversions, postpone
from runtime.schema.retired import hand_over
from runtime.schema_plan import Document, Plan, Restoring, plan
from runtime.unit_of_work import sql_state

CHANNEL = "formloom_catalog"
"""NOTIFY channel; the payload is `<workspace id> <revision>`."""
_LOCK = 0x466C
_TWICE = "23505"
_BUSY = frozenset({"55P03", "40P01"})  # lock not available, deadlock


@dataclass(frozen=True)
class Applied:
    """What came of it. versions: the new version of each app (None: uninstalled). ctx: goes on in the same transaction.

    job: set when a big table has to be converted first; then nothing has changed yet, and the job will do it.
    """

    versions: Mapping[str, int | None]
    plan: Plan
    ctx: Context
    job: int | None = None


@dataclass(frozen=True)
class Request:
    """One change of documents, as it is asked for."""

    documents: Mapping[str, Document | None]
    base_versions: Mapping[str, int | None] | None = None
    note: str = ""
    accept_loss: str | None = None
    restoring: Restoring = field(default_factory=dict)
    prepared: Mapping[tuple[str, str], str] = field(default_factory=dict)
    template: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def apply(
    ctx: Context,
    documents: Mapping[str, Document | None],
    *,
    base_versions: Mapping[str, int | None] | None = None,
    note: str = "",
    accept_loss: str | None = None,
    restoring: Restoring | None = None,
    template: Mapping[str, Mapping[str, Any]] | None = None,
) -> Applied:
    """Replaces the documents of these apps; None uninstalls one. All or nothing, in the caller's transaction.

    base_versions: the versions that the documents were made from; another current version is a Conflict.
    accept_loss: the token of the plan, when the plan loses values. template: `template_*` columns by app.
    Raises Forbidden, Invalid (all problems), Conflict (stale or unconfirmed loss), Unavailable (tables too busy).
    """
    request = Request(documents, base_versions, note, accept_loss, restoring or {}, {}, template or {})
    return apply_request(ctx, request)


def apply_request(ctx: Context, request: Request, attempts: int | None = None) -> Applied:
    """The same; tries again when somebody else holds a table, each time from the beginning and never waiting long.

    attempts: fewer for who keeps others waiting between the tries.
    """
    if not ctx.actor.is_admin:
        raise Forbidden
    before = ctx.connection.scalar(sa.select(sa.func.current_setting("lock_timeout")))
    for attempt in range(attempts or limits.ATTEMPTS):
        try:
            with ctx.connection.begin_nested():
                _set_lock_timeout(ctx.connection, f"{limits.LOCK_TIMEOUT_MS}ms")
                applied = _attempt(ctx, request)
                _set_lock_timeout(ctx.connection, str(before))
                return applied
        except sa.exc.DBAPIError as error:
            if sql_state(error) == _TWICE:
                raise Conflict("Values that must be unique would occur more than once.") from None
            if sql_state(error) not in _BUSY:
                raise
            time.sleep(random.uniform(0.02, 0.1) * (1 + attempt / 4))  # noqa: S311  jitter, no secret
    raise Unavailable("the tables are in use; try again in a moment")


def current_context(ctx: Context) -> Context:
    """The context with the workspace and its catalog as they are in this transaction now."""
    workspace = load_workspace(ctx.connection, workspace_id=ctx.workspace.id)
    if workspace is None:
        raise NotFound
    return replace(ctx, workspace=workspace, catalog=load_catalog(ctx.connection, workspace))


def _attempt(ctx: Context, request: Request) -> Applied:
    ctx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK, ctx.workspace.id)))
    ctx = current_context(ctx)
    _check_base(ctx.catalog, request)
    found = plan(ctx, request.documents, restoring=request.restoring, prepared=request.prepared, confirmed=request.accept_loss)
    _refuse(found, request)
    if _is_nothing(ctx, request):
        return Applied({key: ctx.catalog.versions.get(key) for key in request.documents}, found, ctx)
    big = [each for each in big_conversions(ctx, found.steps) if each not in request.prepared]
    if big:
        return Applied({}, found, ctx, postpone(ctx, request, big))
    return _do(ctx, request, found)


def _do(ctx: Context, request: Request, found: Plan) -> Applied:
    assert found.catalog is not None
    versions = _write_versions(ctx, request, found)
    bump = sa.update(Workspace).where(Workspace.id == ctx.workspace.id).values(revision=Workspace.revision + 1)
    revision = ctx.connection.execute(bump.returning(Workspace.revision)).scalar_one()
    workspace = replace(ctx.workspace, revision=revision)
    documents = dict(found.catalog.documents)  # in the newest format
    numbers = {key: versions.get(key) or ctx.catalog.versions[key] for key in documents}
    shapes = _bump_shapes(ctx, request, found)
    births = note_births(ctx, found.steps, request.restoring, ctx.catalog.births)
    newer = replace(
        ctx, workspace=workspace, catalog=build_catalog(workspace, _in_order(ctx, documents), numbers, births, shapes)
    )
    Execution(newer, request.restoring, request.prepared).run(found.steps)
    forget_removed(newer, ctx.catalog)
    hand_over(newer, ctx.catalog)
    ctx.connection.execute(sa.select(sa.func.pg_notify(CHANNEL, f"{workspace.id} {revision}")))
    return Applied(versions, found, newer)


def _bump_shapes(ctx: Context, request: Request, found: Plan) -> dict[str, int]:
    """New shapes of the apps that change, or whose tables do because another app adds to them; those of all apps."""
    touched = {*request.documents, *(step.entity.app for step in found.steps)}
    table = InstalledApp.__table__
    here = table.c.workspace_id == ctx.workspace.id
    ctx.connection.execute(sa.update(InstalledApp).where(here, table.c.key.in_(touched)).values(shape=InstalledApp.shape + 1))
    return {row.key: row.shape for row in ctx.connection.execute(sa.select(table.c.key, table.c.shape).where(here))}


def _in_order(ctx: Context, documents: dict[str, Document]) -> dict[str, Document]:
    """As `load_catalog` orders them: by position, then key."""
    rows = ctx.connection.execute(
        sa.select(InstalledApp.key)
        .where(InstalledApp.workspace_id == ctx.workspace.id)
        .order_by(InstalledApp.position, InstalledApp.key)
    )
    return {key: documents[key] for (key,) in rows}


def _check_base(catalog: Catalog, request: Request) -> None:
    for key, base in (request.base_versions or {}).items():
        if catalog.versions.get(key) != base:
            raise Conflict(
                "Somebody else has published a newer version of this app.",
                [Problem(key, "stale", "The current version is {version}.", {"version": catalog.versions.get(key) or 0})],
            )


def _refuse(found: Plan, request: Request) -> None:
    if found.problems:
        raise Invalid(found.problems)
    if found.losses and request.accept_loss != found.token:
        problems = [Problem(each.path, "data_loss", each.message, each.params) for each in found.losses]
        raise Conflict("This change takes values away from records. Look at the plan and confirm it.", problems)


def _is_nothing(ctx: Context, request: Request) -> bool:
    """Whether every document is the current one already."""
    from builder.diff import same

    if request.template:
        return False
    return all(
        (document is None and key not in ctx.catalog.documents)
        or (document is not None and key in ctx.catalog.documents and same(document, ctx.catalog.documents[key]))
        for key, document in request.documents.items()
    )


def _write_versions(ctx: Context, request: Request, found: Plan) -> dict[str, int | None]:
    """The rows of apps and versions. A number is never used twice, not even by an app that was away for a while."""
    assert found.catalog is not None
    versions: dict[str, int | None] = {}
    for key, document in request.documents.items():
        own = sa.and_(AppVersion.workspace_id == ctx.workspace.id, AppVersion.app == key)
        installed = sa.and_(InstalledApp.workspace_id == ctx.workspace.id, InstalledApp.key == key)
        if document is None:
            ctx.connection.execute(sa.delete(InstalledApp).where(installed))
            versions[key] = None
            continue
        number = (ctx.connection.scalar(sa.select(sa.func.max(AppVersion.number)).where(own)) or 0) + 1
        row = {"workspace_id": ctx.workspace.id, "app": key, "number": number, "note": request.note}
        row["document"] = found.catalog.documents[key]
        row |= {"author_id": ctx.actor.user_id, "plan": found.to_json(samples=False), "created_at": ctx.now}
        ctx.connection.execute(sa.insert(AppVersion).values(row))
        values = {"version": number, **request.template.get(key, {})}
        if key in ctx.catalog.apps:
            ctx.connection.execute(sa.update(InstalledApp).where(installed).values(values))
        else:
            position = ctx.connection.scalar(
                sa.select(sa.func.coalesce(sa.func.max(InstalledApp.position) + 1, 0)).where(
                    InstalledApp.workspace_id == ctx.workspace.id
                )
            )
            ctx.connection.execute(
                sa.insert(InstalledApp).values(workspace_id=ctx.workspace.id, key=key, position=position, **values)
            )
        versions[key] = number
    return versions


def _set_lock_timeout(connection: sa.Connection, value: str) -> None:
    connection.execute(sa.select(sa.func.set_config("lock_timeout", value, True)))
