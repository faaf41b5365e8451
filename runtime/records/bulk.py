"""Many records at once: the same checks as for one, asked of the whole batch, and a few statements instead of thousands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from builder.errors import Problem
from runtime import access
from runtime.context import Context
from runtime.errors import Forbidden, Invalid, NotFound
from runtime.records.copying import insert_many, update_many_rows
from runtime.records.database_problems import as_problem, find_duplicates
from runtime.records.draft import Draft
from runtime.records.links import save_links
from runtime.records.locking import lock_drafts
from runtime.records.matching_keys import match_existing
from runtime.records.numbers import give_numbers
from runtime.records.plan import WritePlan, plan_of
from runtime.records.saving import note_changes
from runtime.records.settle import settle
from runtime.records.values import readers_of

BATCH = 1_000
MOST_RECORDS = 10_000
CREATED, UPDATED, UNCHANGED, FAILED = "created", "updated", "unchanged", "failed"
_TRIES = 3  # of a batch that others' saves came in between of

Raw = Mapping[str, Any]


@dataclass(slots=True)
class Outcome:
    """What became of one row: created, updated, unchanged or failed (then with all problems, by field)."""

    state: str
    id: int = 0
    problems: list[Problem] = field(default_factory=list)


def create_many(ctx: Context, entity_name: str, raws: Sequence[Raw]) -> list[int]:
    """New records, all or none; their ids in order. Raises Invalid with paths `records/3/amount`, Forbidden, NotFound."""
    return [each.id for each in save_rows(ctx, entity_name, raws)]


def upsert_many(ctx: Context, entity_name: str, raws: Sequence[Raw], key: str) -> list[Outcome]:
    """Changes the records whose field `key` has the given value and creates the others, all or none. Raises as `create_many`."""
    return save_rows(ctx, entity_name, raws, mode="upsert", key=key)


def save_rows(
    ctx: Context, entity_name: str, raws: Sequence[Raw], *, mode: str = "create", key: str | None = None, partial: bool = False
) -> list[Outcome]:
    """Saves rows with `mode` create, update or upsert; update and upsert find the record by field `key` (`id` will do).

    Gives one outcome for each row. Without `partial` any problem raises Invalid and nothing is saved; with it the rows without
    problems are saved. Records are looked up, checked and written in batches of 1,000.
    """
    plan = plan_of(ctx.catalog, entity_name)
    _check_call(plan, raws, mode, key, partial)
    outcomes: list[Outcome] = []
    for start in range(0, len(raws), BATCH):
        outcomes += _save_batch(ctx, plan, raws[start : start + BATCH], mode, key, partial)
    failed = [(number, each) for number, each in enumerate(outcomes) if each.problems]
    if failed and not partial:
        raise Invalid([problem.under(f"records/{number}") for number, each in failed for problem in each.problems])
    note_changes(ctx, plan)
    return outcomes


def _check_call(plan: WritePlan, raws: Sequence[Raw], mode: str, key: str | None, partial: bool) -> None:
    if not partial and len(raws) > MOST_RECORDS:
        raise Invalid([Problem("records", "too_many", "At most {max} records at once.", {"max": MOST_RECORDS})])
    if mode not in ("create", "update", "upsert"):
        raise Invalid([Problem("mode", "not_a_choice", "The mode is create, update or upsert.")])
    if mode != "create":
        definition = plan.entity.fields.get(key or "")
        if definition is None or definition.column is None or isinstance(definition.column.type, sa.ARRAY):
            raise Invalid([Problem("key", "unknown_field", "Name the field by which records are found.")])


def _save_batch(ctx: Context, plan: WritePlan, raws: Sequence[Raw], mode: str, key: str | None, partial: bool) -> list[Outcome]:
    outcomes: list[Outcome | None] = [None] * len(raws)
    if mode == "create" or key is None:
        _create_rows(ctx, plan, list(enumerate(raws)), outcomes, partial)
        return [each for each in outcomes if each is not None]
    for wave in _waves(raws, key):
        rows = [(number, raws[number]) for number in wave]
        found = match_existing(ctx, plan, key, rows, may_create=mode == "upsert")
        for number, problem in found.problems:
            outcomes[number] = Outcome(FAILED, problems=[problem])
        _update_rows(ctx, plan, found.existing, outcomes, partial)
        _create_rows(ctx, plan, found.missing, outcomes, partial)
    return [each for each in outcomes if each is not None]


def _waves(raws: Sequence[Raw], key: str) -> Iterator[list[int]]:
    """Row numbers such that no two rows of a wave have the same key: what an earlier row creates a later one finds."""
    seen: dict[str, int] = {}
    waves: list[list[int]] = []
    for number, raw in enumerate(raws):
        value = raw.get(key) if isinstance(raw, Mapping) else None
        turn = 0
        if value is not None and value != "":
            turn = seen.get(str(value), 0)
            seen[str(value)] = turn + 1
        if turn == len(waves):
            waves.append([])
        waves[turn].append(number)
    yield from waves


Numbered = Sequence[tuple[int, Raw]]


def _create_rows(ctx: Context, plan: WritePlan, rows: Numbered, outcomes: list[Outcome | None], partial: bool) -> None:
    if not rows:
        return
    rights = access.rights(ctx, plan.entity)
    if not rights.may_create:
        if not partial:
            raise Forbidden if rights.may_read else NotFound
        for number, _ in rows:
            outcomes[number] = Outcome(
                FAILED, problems=[Problem("", "forbidden", "You do not have the right to create records here.")]
            )
        return
    readers = readers_of(ctx, plan, "create", many=True)
    drafts = []
    for _, raw in rows:
        values, problems = readers.read(raw)
        drafts.append(Draft(new=values, problems=problems, given=tuple(values)))
    settle(ctx, plan, drafts)
    find_duplicates(ctx, plan, drafts)
    if partial or not any(draft.problems for draft in drafts):
        _write(ctx, plan, drafts, partial, new=True)
    for (number, _), draft in zip(rows, drafts, strict=True):
        outcomes[number] = Outcome(FAILED, problems=draft.problems) if draft.problems else Outcome(CREATED, draft.id)


def _update_rows(
    ctx: Context, plan: WritePlan, rows: Sequence[tuple[int, int, Raw]], outcomes: list[Outcome | None], partial: bool
) -> None:
    if not rows:
        return
    drafts = []
    for (number, _, _), draft in zip(
        rows, lock_drafts(ctx, plan, [(identity, raw) for _, identity, raw in rows], partial=partial), strict=True
    ):
        if draft is None:
            outcomes[number] = Outcome(FAILED, problems=[Problem("", "not_found", "The record does not exist.")])
        else:
            drafts.append((number, draft))
    only = [draft for _, draft in drafts]
    unchanged = save_drafts(ctx, plan, only, partial)
    for number, draft in drafts:
        state = FAILED if draft.problems else UNCHANGED if draft in unchanged else UPDATED
        outcomes[number] = Outcome(state, draft.id, draft.problems)


def save_drafts(ctx: Context, plan: WritePlan, drafts: Sequence[Draft], partial: bool) -> set[Draft]:
    """Settles and saves locked drafts; gives those without a change.

    Problems are left in the drafts; without `partial` any of them keeps all from being saved.
    """
    settle(ctx, plan, drafts)
    find_duplicates(ctx, plan, drafts)
    unchanged = {draft for draft in drafts if not draft.problems and not draft.changed()}
    if partial or not any(draft.problems for draft in drafts):
        _write(ctx, plan, [draft for draft in drafts if draft not in unchanged], partial, new=False)
    return unchanged


def _write(ctx: Context, plan: WritePlan, drafts: Sequence[Draft], partial: bool, *, new: bool) -> None:
    """Writes the drafts without problems. When somebody else's save came in between, the checks are asked again."""
    for _ in range(_TRIES):
        good = [draft for draft in drafts if not draft.problems]
        if not good:
            return
        savepoint = ctx.connection.begin_nested()
        try:
            lost = _write_once(ctx, plan, good, new)
        except sa.exc.DBAPIError as error:
            savepoint.rollback()
            for draft in good:
                draft.id = 0 if new else draft.id
            find_duplicates(ctx, plan, good)
            if not any(draft.problems for draft in good):
                raise as_problem(plan, error) from error
            if not partial:
                return
            continue
        if not lost:
            savepoint.commit()
            return
        savepoint.rollback()
        for draft in lost:
            draft.problems.append(Problem("", "out_of_sight", "After this change you could no longer see the record."))
        if not partial:
            return
    for draft in drafts:
        if not draft.problems:
            draft.fail("", "busy", "Others were saving the same records. Try again.")


def _write_once(ctx: Context, plan: WritePlan, good: Sequence[Draft], new: bool) -> list[Draft]:
    """Writes; gives the drafts that would leave the actor's sight without a change of owner."""
    if new:
        if plan.numbers:
            give_numbers(ctx, plan, good)
        insert_many(ctx, plan, good)
        lost: list[Draft] = []
    else:
        owner = plan.entity.owner_field
        lost = [draft for draft in update_many_rows(ctx, plan, good) if draft.new.get(owner) == draft.old.get(owner)]
    if plan.links:
        save_links(ctx, plan, good)
    return lost


def update_many(ctx: Context, entity_name: str, ids: Sequence[int], raw: Raw) -> list[int]:
    """The same change for many records, all or none; ids of those that changed. Ids that the actor cannot see are passed over.

    Raises Invalid with paths `records/<id>/field`, Forbidden.
    """
    plan = plan_of(ctx.catalog, entity_name)
    changed: list[int] = []
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), BATCH):
        found = lock_drafts(ctx, plan, [(identity, raw) for identity in ordered[start : start + BATCH]])
        drafts = [draft for draft in found if draft is not None]
        unchanged = save_drafts(ctx, plan, drafts, partial=False)
        problems = [problem.under(f"records/{draft.id}") for draft in drafts for problem in draft.problems]
        if problems:
            raise Invalid(problems)
        changed += [draft.id for draft in drafts if draft not in unchanged]
    note_changes(ctx, plan)
    return changed
