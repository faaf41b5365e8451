"""Do the things exist that a record points at: other records, people, teams? Asked once for a whole batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from builder.errors import Problem
from runtime import access
from runtime.access.model import roles_key
from runtime.context import Context
from runtime.platform.people import Member, Team
from runtime.records.draft import Draft
from runtime.records.plan import WritePlan
from runtime.records.statements import Prepared
from runtime.tables import FieldDef

_IDS = ARRAY(sa.BigInteger)
_CAPACITY = 64
_NOT_A_MEMBER = Problem("", "not_a_member", "This person is not a member of the workspace.")
_NO_TEAM = Problem("", "no_such_team", "There is no such team.")
_known: dict[tuple[str, int, int], set[int]] = {}

_PEOPLE = sa.select(Member.user_id).where(
    Member.workspace_id == sa.bindparam("place", type_=sa.BigInteger),
    Member.user_id == sa.any_(sa.bindparam("ids", type_=_IDS)),
    Member.active,
)
_TEAMS = sa.select(Team.id).where(
    Team.workspace_id == sa.bindparam("place", type_=sa.BigInteger), Team.id == sa.any_(sa.bindparam("ids", type_=_IDS))
)


def check_references(ctx: Context, plan: WritePlan, drafts: Sequence[Draft]) -> None:
    """Adds a problem for every changed value that points at nothing, or at nothing that the actor may read.

    References to records that the caller has deleted, or never could see, look the same.
    """
    if plan.references:
        _check_relations(ctx, plan, drafts)
    if plan.people:
        _check_members(ctx, "people", plan.people, drafts, _PEOPLE, _NOT_A_MEMBER)
    if plan.teams:
        _check_members(ctx, "teams", plan.teams, drafts, _TEAMS, _NO_TEAM)


def _pointed_at(definition: FieldDef, draft: Draft) -> tuple[int, ...]:
    """The ids that a draft newly points at through a field."""
    value = draft.new.get(definition.key)
    if not value:
        return ()
    before = draft.old.get(definition.key)
    if type(value) is not tuple:
        return () if value == before else (value,)
    return tuple(each for each in value if each not in before) if before else value


def _check_relations(ctx: Context, plan: WritePlan, drafts: Sequence[Draft]) -> None:
    wanted: dict[str, set[int]] = {}
    for definition in plan.references:
        ids = {each for draft in drafts for each in _pointed_at(definition, draft)}
        if ids:
            wanted.setdefault(str(definition.target), set()).update(ids)
    if not wanted:
        return
    found = readable_ids(ctx, plan, wanted)
    if ctx.made is not None and ctx.made[0] in found:
        found[ctx.made[0]].add(ctx.made[1])
    for definition in plan.references:
        there = found.get(str(definition.target), set())
        for draft in drafts:
            if not all(each in there for each in _pointed_at(definition, draft)):
                draft.fail(definition.key, "no_such_record", "The record that this points at does not exist.")


def readable_ids(ctx: Context, plan: WritePlan, wanted: dict[str, set[int]]) -> dict[str, set[int]]:
    """Of the ids by entity, those of living records that the actor may read. One statement."""
    names = tuple(sorted(wanted))
    prepared = plan.cached(("references", roles_key(ctx.actor), names), lambda: Prepared(_readable_statement(ctx, names)))
    parameters = {f"ids_{number}": list(wanted[name]) for number, name in enumerate(names)}
    found: dict[str, set[int]] = {name: set() for name in names}
    for number, identity in prepared.rows(ctx, parameters):
        found[names[number]].add(identity)
    return found


def _readable_statement(ctx: Context, names: Iterable[str]) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    parts = []
    for number, name in enumerate(names):
        target = ctx.catalog.entity(name)
        ids = sa.bindparam(f"ids_{number}", type_=_IDS)
        alive = sa.select(sa.literal_column(str(number)).label("which"), target.table.c.id).where(
            target.table.c.id == sa.any_(ids), target.table.c.deleted_at.is_(None), access.rights(ctx, target).row_filter()
        )
        parts.append(alive)
    return parts[0] if len(parts) == 1 else sa.union_all(*parts)


def _check_members(
    ctx: Context, kind: str, fields: Sequence[FieldDef], drafts: Sequence[Draft], statement: sa.Select[Any], problem: Problem
) -> None:
    wanted = {each for definition in fields for draft in drafts for each in _pointed_at(definition, draft)}
    if not wanted:
        return
    known = _known_ids(ctx, kind)
    missing = wanted - known
    if missing:
        known.update(ctx.connection.scalars(statement, {"place": ctx.workspace.id, "ids": list(missing)}))
        missing = wanted - known
    if missing:
        for definition in fields:
            for draft in drafts:
                if any(each in missing for each in _pointed_at(definition, draft)):
                    draft.problems.append(replace(problem, path=definition.key))


def _known_ids(ctx: Context, kind: str) -> set[int]:
    """Ids seen to be there at this revision of the workspace; whoever leaves it raises the revision."""
    key = (kind, ctx.workspace.id, ctx.workspace.revision)
    found = _known.get(key)
    if found is None:
        while len(_known) >= _CAPACITY:
            _known.pop(next(iter(_known)), None)
        found = _known[key] = set()
    return found
