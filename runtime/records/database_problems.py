"""Refusals of the database as problems at fields: the last word when two people save at the same moment."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa

from builder.errors import Problem
from runtime.context import Context
from runtime.errors import Conflict, Invalid, Unavailable
from runtime.records.draft import Draft
from runtime.records.plan import WritePlan

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_UNIQUE, _FOREIGN_KEY, _CHECK, _NOT_NULL = "23505", "23503", "23514", "23502"
_BAD_VALUES = frozenset({"22003", "22008", "22007", "22021", "22P02", "22001", "54000"})
_LOCKS = frozenset({"55P03", "57014"})


def as_problem(plan: WritePlan, error: sa.exc.DBAPIError) -> Exception:
    """The expected failure that a database error stands for; the error itself when it stands for none.

    The transaction has been aborted by it: the caller rolls back, at least to a savepoint.
    """
    state = getattr(error.orig, "sqlstate", None)
    detail = getattr(getattr(error.orig, "diag", None), "message_detail", None) or ""
    key = _field_of(plan, detail)
    if state == _UNIQUE:
        return Invalid([Problem(key, "unique", "Another record has this value already.")])
    if state == _FOREIGN_KEY:
        if "still referenced" in detail:
            return Conflict("Other records still point at this one.")
        return Invalid([Problem(key, "no_such_record", "The record that this points at does not exist.")])
    if state in (_CHECK, _NOT_NULL) or state in _BAD_VALUES:
        return Invalid([Problem(key, "bad_value", "The database cannot keep this value.")])
    if state in _LOCKS:
        return Unavailable()
    return error


def _field_of(plan: WritePlan, detail: str) -> str:
    """The key of the field that `Key (code)=(7) already exists.` speaks about; empty when it is not known."""
    names = set(_IDENTIFIER.findall(detail.partition("=")[0]))
    return next((key for key, each in plan.columns.items() if each.column is not None and each.column.name in names), "")


def find_duplicates(ctx: Context, plan: WritePlan, drafts: Sequence[Draft]) -> None:
    """Adds a problem to every draft whose unique value stands in another living record or in an earlier draft."""
    table = plan.entity.table
    for definition in plan.unique:
        column = definition.column
        if column is None or not definition.is_writable:
            continue
        key = definition.key
        holders = [draft for draft in drafts if draft.new.get(key) is not None and draft.new[key] != draft.old.get(key)]
        if not holders:
            continue
        values = sa.bindparam("values", [draft.new[key] for draft in holders], sa.ARRAY(column.type))
        taken = ctx.connection.execute(
            sa.select(column, table.c.id).where(column == sa.any_(values), table.c.deleted_at.is_(None))
        )
        owner: dict[object, int] = {row[0]: row[1] for row in taken}
        moving = {draft.id for draft in holders}
        seen: set[object] = set()
        for draft in holders:
            value = draft.new[key]
            held_by = owner.get(value)
            if value in seen or (held_by is not None and held_by != draft.id and held_by not in moving):
                draft.fail(key, "unique", "Another record has this value already.")
            seen.add(value)
