"""Settled drafts into the database: records and their change rows, one by one or a thousand at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime import changes
from runtime.context import Context
from runtime.records.draft import Draft
from runtime.records.plan import WritePlan
from runtime.records.statements import change_parameters, insert_statement, update_statement, value_parameters
from runtime.records.values import json_values
from runtime.unit_of_work import after_commit


def insert_one(ctx: Context, plan: WritePlan, draft: Draft) -> frozenset[str]:
    """Inserts a new record with its change row; sets the draft's id. One statement. Gives the keys of what is not empty."""
    filled = draft.changed()
    after = changes.values_json(json_values(plan, filled))
    parameters = {
        **value_parameters({key: draft.new.get(key) for key in plan.columns}),
        **change_parameters(ctx, plan, changes.CREATE, "{}", after),
        "_created_at": ctx.now,
        "_created_by": ctx.actor.user_id,
        "_changed_at": ctx.now,
        "_changed_by": ctx.actor.user_id,
    }
    ((draft.id,),) = insert_statement(plan).rows(ctx, parameters)
    draft.version = 1
    return frozenset(filled)


def update_one(ctx: Context, plan: WritePlan, draft: Draft, changed: Mapping[str, Any]) -> bool:
    """Saves a locked record with its change row; whether the actor can still read it. One statement."""
    keys = tuple(key for key in changed if key in plan.columns)
    before = {key: draft.old.get(key) for key in changed}
    parameters = {
        **value_parameters({key: changed[key] for key in keys}),
        **change_parameters(
            ctx,
            plan,
            changes.UPDATE,
            changes.values_json(json_values(plan, before)),
            changes.values_json(json_values(plan, changed)),
        ),
        "_id": draft.id,
        "_changed_at": ctx.now,
        "_changed_by": ctx.actor.user_id,
    }
    ((draft.version, still),) = update_statement(ctx, plan, keys).rows(ctx, parameters)
    return bool(still)


def note_changes(ctx: Context, plan: WritePlan) -> None:
    """Has a worker woken after the commit, if some automation looks at this entity."""
    if ctx.catalog.automations_on(plan.name):
        after_commit(ctx.connection, "wake", changes.wake)
