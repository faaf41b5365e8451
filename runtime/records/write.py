"""The only write path: every door (form, grid, API, import, automation, undo, sample data) comes through these verbs.

Each verb reads and checks all values, applies the rules of the entity, asks `access`, and writes the record together
with its `change` row. After an exception the transaction is to be rolled back, at least to a savepoint taken before the call.

Rights on what is written: creating needs `create`; the new record may belong to anybody. Changing needs `update` on the
record as it was. The record as it becomes must still be readable to the actor, unless the owner was changed: handing a record
over is allowed, pushing it out of one's own sight by any other field is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from builder.errors import Problem
from runtime import access
from runtime.context import Context
from runtime.errors import Forbidden, Invalid, NotFound, Stale
from runtime.records.bin import delete, delete_many, purge, purge_expired, restore
from runtime.records.bulk import Outcome, create_many, save_rows, update_many, upsert_many
from runtime.records.database_problems import as_problem, find_duplicates
from runtime.records.draft import Draft
from runtime.records.links import save_links
from runtime.records.locking import lock_drafts
from runtime.records.numbers import give_numbers
from runtime.records.plan import WritePlan, plan_of
from runtime.records.saving import insert_one, note_changes, update_one
from runtime.records.settle import settle
from runtime.records.values import readers_of

__all__ = [
    "Outcome",
    "Written",
    "create",
    "create_many",
    "delete",
    "delete_many",
    "move",
    "purge",
    "purge_expired",
    "restore",
    "save_rows",
    "update",
    "update_many",
    "upsert_many",
]


@dataclass(frozen=True)
class Written:
    """The record after a save. `changed`: keys of the fields whose value differs now; empty when nothing was written."""

    id: int
    version: int
    changed: frozenset[str] = frozenset()


def create(ctx: Context, entity_name: str, raw: Mapping[str, Any]) -> Written:
    """A new record from JSON or text by field key. Raises Invalid with all problems, Forbidden, NotFound."""
    plan = plan_of(ctx.catalog, entity_name)
    check_may_create(ctx, plan)
    draft = Draft()
    draft.new, draft.problems = readers_of(ctx, plan, "create").read(raw)
    draft.given = tuple(draft.new)
    settle(ctx, plan, [draft])
    _refuse(ctx, plan, draft)
    if plan.numbers:
        give_numbers(ctx, plan, [draft])
    try:
        filled = insert_one(ctx, plan, draft)
        if plan.links:
            save_links(ctx, plan, [draft])
    except sa.exc.DBAPIError as error:
        raise as_problem(plan, error) from error
    note_changes(ctx, plan)
    return Written(draft.id, 1, filled)


def check_may_create(ctx: Context, plan: WritePlan) -> None:
    """Raises Forbidden when no records may be created, NotFound where nothing of the entity is open."""
    rights = access.rights(ctx, plan.entity)
    if not rights.may_create:
        raise Forbidden if rights.may_read else NotFound


def update(
    ctx: Context, entity_name: str, record_id: int, raw: Mapping[str, Any], expected_version: int | None = None
) -> Written:
    """Changes the given fields. What equals the present value is no change; without any change nothing is written.

    Raises Invalid with all problems, NotFound (also for records that the actor cannot see), Forbidden,
    Stale when `expected_version` is not the present one.
    """
    plan = plan_of(ctx.catalog, entity_name)
    (draft,) = lock_drafts(ctx, plan, [(record_id, raw)])
    if draft is None:
        raise NotFound
    if expected_version is not None and draft.version != expected_version:
        raise Stale(draft.version)
    settle(ctx, plan, [draft])
    changed = draft.changed()
    _refuse(ctx, plan, draft)
    if not changed:
        return Written(draft.id, draft.version)
    try:
        still_readable = update_one(ctx, plan, draft, changed)
        if plan.links:
            save_links(ctx, plan, [draft])
    except sa.exc.DBAPIError as error:
        raise as_problem(plan, error) from error
    if not still_readable and plan.entity.owner_field not in changed:
        raise Forbidden("After this change you could no longer see the record.")
    note_changes(ctx, plan)
    return Written(draft.id, draft.version, frozenset(changed))


def move(
    ctx: Context,
    entity_name: str,
    record_id: int,
    to: str,
    values: Mapping[str, Any] | None = None,
    *,
    field: str | None = None,
    expected_version: int | None = None,
) -> Written:
    """Takes a record to another stage, together with the values that the move asks for. The stage field need not be named
    where the entity has one pipeline. Raises as `update`; Invalid when the entity has no pipeline."""
    plan = plan_of(ctx.catalog, entity_name)
    key = field or next(iter(plan.pipelines), None)
    if key is None or key not in plan.pipelines:
        raise Invalid([Problem("to", "no_pipeline", "There are no stages here.")])
    return update(ctx, entity_name, record_id, {**(values or {}), key: to}, expected_version)


def _refuse(ctx: Context, plan: WritePlan, draft: Draft) -> None:
    """Raises Invalid if there are problems; looks for duplicates first, so that all of them are told at once."""
    if draft.problems:
        find_duplicates(ctx, plan, [draft])
        raise Invalid(draft.problems)
