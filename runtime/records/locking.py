"""Existing records, locked and read, with what is to be changed in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from builder.errors import Problem
from runtime import access
from runtime.context import Context
from runtime.errors import Forbidden
from runtime.records.draft import Draft, stored_values
from runtime.records.plan import WritePlan
from runtime.records.statements import lock_statement
from runtime.records.values import readers_of

_LAST_ID = 2**63 - 1


def lock_drafts(
    ctx: Context, plan: WritePlan, items: Sequence[tuple[int, Mapping[str, Any]]], *, partial: bool = False
) -> list[Draft | None]:
    """A draft for each (id, raw) in their order, with the raw values read; None where the actor sees no such record.

    Records are locked in the order of their ids, so that two batches never wait for each other in a circle.
    Raises Forbidden for a record that may not be changed; with `partial` it becomes a problem of that draft instead.
    """
    rights = access.rights(ctx, plan.entity)
    if not rights.may_update and not rights.may_read:
        return [None] * len(items)
    readers = readers_of(ctx, plan, "update", many=len(items) > 1)
    given = {key for _, raw in items if isinstance(raw, Mapping) for key in raw}
    conditional = tuple(sorted(key for key in given if rights.model.writable.get(key)))
    prepared = lock_statement(ctx, plan, "update", conditional)
    rows = {row["id"]: row for row in prepared.named(ctx, {"ids": possible_ids(identity for identity, _ in items)})}
    drafts: list[Draft | None] = []
    for identity, raw in items:
        row = rows.get(identity)
        if row is None:
            drafts.append(None)
            continue
        old = stored_values(plan, row)
        values, problems = readers.read(raw)
        draft = Draft(old=old, new={**old, **values}, given=tuple(values), problems=problems, id=identity, version=row["version"])
        if not row["allowed"]:
            if not partial:
                raise Forbidden
            draft.problems.append(Problem("", "forbidden", "You do not have the right to change this record."))
        for number, key in enumerate(conditional):
            if not row[f"may_{number}"] and key in values:
                draft.fail(key, "read_only", "This field cannot be changed.")
        drafts.append(draft)
    return drafts


def possible_ids(ids: Iterable[int]) -> list[int]:
    """Those that a record could have; others, from a URL say, are simply not there."""
    return [each for each in ids if 0 < each <= _LAST_ID]
