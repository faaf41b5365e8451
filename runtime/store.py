"""Versions of apps, and the drafts of those who work on them. Only workspace administrators come in here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from builder.diff import same
from builder.errors import Problem
from builder.merge import MergeConflict, merge
from builder.operations import BadOperation, Operation, apply_operations, operations_between
from builder.storable import unkeepable
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.platform.apps import AppDraft, AppVersion, InstalledApp
from runtime.platform.people import User
from runtime.schema_apply import Applied, apply
from runtime.schema_plan import Plan, plan

_UNDO_STEPS = 200
_DRAFT: Any = AppDraft.__table__
_VERSION: Any = AppVersion.__table__


@dataclass(frozen=True)
class Version:
    """One version of an app. `document` and `plan` are None in lists."""

    app: str
    number: int
    note: str
    author_id: int | None
    author: str
    created_at: datetime
    document: Mapping[str, Any] | None = None
    plan: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Draft:
    """What one administrator is working on. base_version: 0 for an app that does not exist yet.

    behind: somebody has published since; publishing will merge.
    """

    app: str
    base_version: int
    document: Mapping[str, Any]
    can_undo: bool = False
    can_redo: bool = False
    behind: bool = False
    changed_at: datetime | None = None


class MergeNeeded(Conflict):
    """The draft and what others have published differ at the same places; choose for each. 409."""

    def __init__(self, conflicts: Iterable[MergeConflict]) -> None:
        self.conflicts = tuple(conflicts)
        problems = [
            Problem(each.path, "merge_conflict", "This was changed here and in the published version, in different ways.")
            for each in self.conflicts
        ]
        super().__init__("Somebody else has published other changes of the same places.", problems)


def current(ctx: Context, app: str) -> Version:
    """The version that is in force. Raises NotFound."""
    number = ctx.connection.scalar(
        sa.select(InstalledApp.version).where(InstalledApp.workspace_id == ctx.workspace.id, InstalledApp.key == app)
    )
    if number is None:
        raise NotFound
    return version(ctx, app, number)


def version(ctx: Context, app: str, number: int) -> Version:
    """One version with its document and the plan that it was applied with. Raises NotFound."""
    _require_admin(ctx)
    found = _versions(ctx, app, [_VERSION.c.document, _VERSION.c.plan], _VERSION.c.number == number)
    if not found:
        raise NotFound
    return found[0]


def history(ctx: Context, app: str, limit: int = 100) -> list[Version]:
    """The versions of an app, the newest first, without their documents."""
    _require_admin(ctx)
    return _versions(ctx, app, [], sa.true(), limit)


def draft(ctx: Context, app: str) -> Draft:
    """The actor's draft of an app; without one the published document, unchanged. Raises NotFound."""
    _require_admin(ctx)
    number = ctx.catalog.versions.get(app, 0)
    row = _draft_row(ctx, app)
    if row is None:
        if not number:
            raise NotFound
        return Draft(app, number, ctx.catalog.documents[app])
    can_undo, can_redo = row.position > 0, row.position < len(row.history)
    return Draft(app, row.base_version, row.document, can_undo, can_redo, row.base_version != number, row.changed_at)


def save_draft(ctx: Context, app: str, document: Mapping[str, Any]) -> Draft:
    """Keeps a document as the actor's draft; what was there before can be taken back with `undo_draft`.

    The document need not be valid yet.
    """
    _require_admin(ctx)
    if document.get("key") != app:
        raise Invalid([Problem("key", "key", "The key of an app never changes; it is {key}.", {"key": app})])
    problems = unkeepable(document)
    if problems:
        raise Invalid(problems)
    row = _draft_row(ctx, app, lock=True)
    base = row.base_version if row else ctx.catalog.versions.get(app, 0)
    before = row.document if row else ctx.catalog.documents.get(app, {})
    if same(before, document):
        return draft(ctx, app) if row or base else _write_draft(ctx, app, base, document, [], 0)
    steps = list(row.history[: row.position]) if row else []
    steps.append({"undo": operations_between(document, before), "redo": operations_between(before, document)})
    steps = steps[-_UNDO_STEPS:]
    return _write_draft(ctx, app, base, document, steps, len(steps))


def change_draft(ctx: Context, app: str, operations: Iterable[Operation]) -> Draft:
    """Applies operations to the actor's draft. Raises Invalid when one does not fit."""
    return save_draft(ctx, app, operated(draft(ctx, app).document, operations))


def undo_draft(ctx: Context, app: str) -> Draft:
    """The draft before its last change; unchanged when there is nothing to undo."""
    return _step(ctx, app, "undo")


def redo_draft(ctx: Context, app: str) -> Draft:
    """The draft with the last undone change again."""
    return _step(ctx, app, "redo")


def discard_draft(ctx: Context, app: str) -> None:
    """Throws the actor's draft away."""
    _require_admin(ctx)
    ctx.connection.execute(sa.delete(_DRAFT).where(*_own_draft(ctx, app)))


def plan_draft(ctx: Context, app: str, resolve: Mapping[str, str] | None = None) -> tuple[Plan, tuple[MergeConflict, ...]]:
    """What publishing the draft would do, and where it clashes with what others have published."""
    document, conflicts = merged_draft(ctx, draft(ctx, app), resolve)
    return plan(ctx, {app: document}), conflicts


def publish(
    ctx: Context, app: str, *, note: str = "", accept_loss: str | None = None, resolve: Mapping[str, str] | None = None
) -> Applied:
    """Makes the draft the app's next version, merged with what others have published since it was begun.

    resolve: path of a conflict -> `mine` or `theirs`. Raises MergeNeeded when a conflict is not resolved, and what
    `schema_apply.apply` raises. The draft is gone afterwards, unless a conversion has to be done first.
    """
    found = draft(ctx, app)
    document, conflicts = merged_draft(ctx, found, resolve)
    open_conflicts = [each for each in conflicts if each.path not in (resolve or {})]
    if open_conflicts:
        raise MergeNeeded(open_conflicts)
    base = {app: ctx.catalog.versions.get(app)}
    applied = apply(ctx, {app: document}, base_versions=base, note=note, accept_loss=accept_loss)
    if applied.job is None:
        discard_draft(ctx, app)
    return applied


def merged_draft(
    ctx: Context, found: Draft, resolve: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], tuple[MergeConflict, ...]]:
    """The draft on top of the published version."""
    if found.base_version == ctx.catalog.versions.get(found.app, 0):
        return dict(found.document), ()
    return merge_onto_current(ctx, found.app, found.base_version, found.document, resolve)


def merge_onto_current(
    ctx: Context, app: str, base_version: int, document: Mapping[str, Any], resolve: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], tuple[MergeConflict, ...]]:
    """A document that was made from an older version, merged with the published one."""
    base = version(ctx, app, base_version).document if base_version else {}
    merged = merge(base or {}, document, ctx.catalog.documents.get(app, {}), resolve=resolve)
    return merged.document, merged.conflicts


def operated(document: Mapping[str, Any], operations: Iterable[Operation]) -> dict[str, Any]:
    """The document after these operations. Raises Invalid when one does not fit."""
    try:
        return apply_operations(document, operations)
    except BadOperation as error:
        raise Invalid([error.problem]) from None


def _step(ctx: Context, app: str, direction: str) -> Draft:
    _require_admin(ctx)
    row = _draft_row(ctx, app, lock=True)
    place = None if row is None else row.position - 1 if direction == "undo" else row.position
    if row is None or place is None or not 0 <= place < len(row.history):
        return draft(ctx, app)
    document = apply_operations(row.document, row.history[place][direction])
    return _write_draft(ctx, app, row.base_version, document, row.history, place if direction == "undo" else place + 1)


def _write_draft(ctx: Context, app: str, base: int, document: Mapping[str, Any], steps: list[Any], position: int) -> Draft:
    values = {"base_version": base, "document": dict(document), "history": steps, "position": position, "changed_at": ctx.now}
    identity = {"workspace_id": ctx.workspace.id, "app": app, "user_id": ctx.actor.user_id or 0}
    statement = insert(_DRAFT).values(**identity, **values)
    ctx.connection.execute(statement.on_conflict_do_update(index_elements=list(identity), set_=values))
    return draft(ctx, app)


def _draft_row(ctx: Context, app: str, *, lock: bool = False) -> Any:
    statement = sa.select(_DRAFT).where(*_own_draft(ctx, app))
    return ctx.connection.execute(statement.with_for_update() if lock else statement).one_or_none()


def _own_draft(ctx: Context, app: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _DRAFT.c.workspace_id == ctx.workspace.id, _DRAFT.c.app == app, _DRAFT.c.user_id == (ctx.actor.user_id or 0)


def _versions(ctx: Context, app: str, more: list[Any], condition: sa.ColumnElement[bool], limit: int = 1) -> list[Version]:
    author = sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, "")
    statement = (
        sa.select(_VERSION.c.app, _VERSION.c.number, _VERSION.c.note, _VERSION.c.author_id, author, _VERSION.c.created_at, *more)
        .outerjoin(User, User.id == _VERSION.c.author_id)
        .where(_VERSION.c.workspace_id == ctx.workspace.id, _VERSION.c.app == app, condition)
        .order_by(_VERSION.c.number.desc())
        .limit(limit)
    )
    return [Version(*row) for row in ctx.connection.execute(statement)]


def _require_admin(ctx: Context) -> None:
    if not ctx.actor.is_admin:
        raise Forbidden
