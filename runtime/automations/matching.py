"""Changes -> runs. Each change is looked at once, in one transaction with the runs that come of it.

Changes of one record are in one shard; a matcher holds a shard's advisory lock until its transaction ends, so the
changes of a record are matched in their order, by one matcher at a time, and a kill at any moment leaves them unmatched.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from runtime.automations import sweep
from runtime.automations.conditions import Verdict, explain_leaves, judge
from runtime.automations.guards import Chain, too_deep, watch_rates
from runtime.automations.images import Images, load_images
from runtime.automations.insert import MATCH_ERROR, PENDING, SKIPPED, NewRun, insert_runs
from runtime.automations.names import Names
from runtime.automations.places import environment, open_places
from runtime.automations.plans import Plan, States, load_states, plans_on
from runtime.automations.records import Records
from runtime.context import Context
from runtime.platform.changes import SHARDS
from runtime.tables import EntityDef

log = logging.getLogger("formloom.automations")

BATCH_PER_SHARD = 40
SHARDS_AT_ONCE = 8
_LOCK_SPACE = 0x4D41  # of the shards' advisory locks

_LOCK_SHARDS = sa.text(
    """
    SELECT s FROM (
        SELECT s FROM generate_series(0, :last) s
        WHERE EXISTS (SELECT 1 FROM formloom.change c WHERE c.shard = s AND c.matched_at IS NULL)
        ORDER BY random() OFFSET 0) busy
    WHERE pg_try_advisory_xact_lock(:space, s) LIMIT :most
    """
)
# A statement of its own after the locks: its snapshot sees all that earlier holders of the locks have committed.
_CLAIM = sa.text(
    """
    SELECT c.* FROM unnest(CAST(:shards AS smallint[])) s CROSS JOIN LATERAL (
        SELECT id, workspace_id, entity, record_id, op, before, after, version, actor_kind, actor_id, automation, run_id, depth
        FROM formloom.change WHERE shard = s AND matched_at IS NULL ORDER BY id LIMIT :each) c
    ORDER BY c.workspace_id, c.entity, c.id
    """
)
_MATCHED = sa.text("UPDATE formloom.change SET matched_at = :now WHERE id = ANY(:ids)")


@dataclass(frozen=True)
class Decision:
    """Whether a change fires an automation. `reason` says why not; `leaves` what each part of the condition came to."""

    fires: bool
    reason: str = ""
    error: str = ""


def match_batch(connection: sa.Connection, now: datetime, *, careful: bool = False) -> int:
    """Matches some of the unmatched changes; how many. The caller commits.

    careful: few changes, and an automation that cannot be matched because of an error that is ours gets a run in state
    `match_error` instead of holding up everything. For the second try after an exception.
    """
    shards = list(connection.scalars(_LOCK_SHARDS, {"last": SHARDS - 1, "space": _LOCK_SPACE, "most": SHARDS_AT_ONCE}))
    if not shards:
        return 0
    changes = connection.execute(_CLAIM, {"shards": shards, "each": 1 if careful else BATCH_PER_SHARD}).all()
    places = open_places(connection, {each.workspace_id for each in changes}, now)
    states = load_states(connection, places)
    chains = Chain.load(connection, changes)
    runs: list[NewRun] = []
    for (workspace_id, entity), group in groupby(changes, key=lambda each: (each.workspace_id, each.entity)):
        ctx = places.get(workspace_id)
        if ctx is not None:
            runs += _match_entity(ctx, entity, list(group), states.get(workspace_id, {}), chains, careful)
    insert_runs(connection, sorted(runs, key=lambda run: run.cause["change"]), now)
    watch_rates(connection, runs, now)
    connection.execute(_MATCHED, {"now": now, "ids": [each.id for each in changes]})
    return len(changes)


def _match_entity(
    ctx: Context, name: str, changes: list[sa.Row[Any]], states: States, chains: Chain, careful: bool
) -> list[NewRun]:
    entity = ctx.catalog.find(name)
    if entity is None:
        return []
    plans = [each for each in plans_on(ctx.catalog, name, states) if each.is_enabled]
    if careful:
        return [run for plan in plans for run in _match_carefully(ctx, plan, entity, changes, chains)]
    listening = [each for each in plans if each.kind == "change"]
    runs: list[NewRun] = []
    if listening:
        images = load_images(Records(ctx, environment(ctx)), entity, changes)
        for change in changes:
            for plan in listening:
                runs += _runs_of(plan, change, images, chains)
    for plan in plans:
        if plan.kind == "date":
            sweep.check_changed(ctx, plan, entity, changes)
    return runs


def _match_carefully(ctx: Context, plan: Plan, entity: EntityDef, changes: list[sa.Row[Any]], chains: Chain) -> list[NewRun]:
    """As `_match_entity` for one automation, in a savepoint; an exception becomes a run in state `match_error`."""
    try:
        with ctx.connection.begin_nested():
            if plan.kind == "date":
                sweep.check_changed(ctx, plan, entity, changes)
                return []
            images = load_images(Records(ctx, environment(ctx)), entity, changes)
            return [run for change in changes if plan.kind == "change" for run in _runs_of(plan, change, images, chains)]
    except Exception as error:
        log.exception("%s cannot be matched", plan.name)
        reason = f"Internal error: {type(error).__name__}: {error}"[:1000]
        return [_new_run(plan, change, MATCH_ERROR, reason, chains.behind(change)) for change in changes]


def _runs_of(plan: Plan, change: sa.Row[Any], images: Images, chains: Chain) -> Iterator[NewRun]:
    decision = decide(plan, change, images)
    if not decision.fires and not decision.error:
        return
    chain = chains.behind(change)
    link = [plan.name, change.record_id]
    if link in chain:
        # A rule that meets its own change is the usual case and not worth a row; a circle over others is.
        if chain[-1] != link:
            yield _new_run(plan, change, SKIPPED, "It ran for this record already in the same chain of automations.", chain)
    elif too_deep(change.depth):
        yield _new_run(plan, change, SKIPPED, "The chain of automations that set each other off is too long.", chain)
    elif decision.error:
        yield _new_run(
            plan,
            change,
            MATCH_ERROR,
            f"The condition cannot be computed: {decision.error}",
            chain,
            trace_of(plan, change, images),
        )
    else:
        yield _new_run(plan, change, PENDING, None, chain, trace_of(plan, change, images))


def _new_run(
    plan: Plan, change: sa.Row[Any], state: str, reason: str | None, chain: list[Any], condition: dict[str, Any] | None = None
) -> NewRun:
    cause = {
        "kind": "change",
        "change": change.id,
        "op": change.op,
        "actor": change.actor_id,
        "actor_kind": change.actor_kind,
        "before": change.before,
    }
    return NewRun(
        change.workspace_id, plan, f"change:{change.id}", cause, change.record_id, state, reason, change.depth, chain, condition
    )


def decide(plan: Plan, change: sa.Row[Any], images: Images) -> Decision:
    """Whether this change fires this automation, chains aside."""
    if change.op not in plan.operations:
        return Decision(False, "It does not listen to this kind of change.")
    if plan.fields and change.op == "update" and not plan.fields & (change.before.keys() | change.after.keys()):
        return Decision(False, "None of the fields that it listens to was changed.")
    names = names_after(change, images)
    if names is None:
        return Decision(False, "The record is gone.")
    now = judge(plan.condition, names)
    if now.holds is None:
        return Decision(False, "The condition cannot be computed.", now.error)
    if not now.holds:
        return Decision(False, "The condition does not hold.")
    # Without a condition there is no edge to wait for: every change of those listened to fires.
    if plan.fires_on_edge and plan.condition is not None and change.op == "update" and held_before(plan, change, images).holds:
        return Decision(False, "The condition held before already.")
    return Decision(True)


def names_after(change: sa.Row[Any], images: Images) -> Names | None:
    """What the condition sees after the change; None when the record is gone."""
    row = images.after(change)
    return None if row is None else Names(images.records, images.entity, row, images.read(change.before))


def held_before(plan: Plan, change: sa.Row[Any], images: Images) -> Verdict:
    """Whether the condition held before the change."""
    row = images.after(change)
    if row is None:
        return Verdict(False)
    was = images.read(change.before)
    return judge(plan.condition, Names(images.records, images.entity, {**row, **was}, was))


def trace_of(plan: Plan, change: sa.Row[Any], images: Images) -> dict[str, Any] | None:
    """Each part of the condition with its value, for the run's trace."""
    names = names_after(change, images)
    return {"leaves": explain_leaves(plan.condition, names)} if plan.condition is not None and names is not None else None


def oldest_unmatched(connection: sa.Connection) -> Mapping[str, Any]:
    """How many changes wait to be matched and since when, for health checks."""
    row = connection.execute(
        sa.text("SELECT count(*) AS waiting, min(at) AS since FROM formloom.change WHERE matched_at IS NULL")
    ).one()
    return {"waiting": row.waiting, "since": row.since}
