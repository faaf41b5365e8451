"""Date rules without timers: which records' rungs have become due, found over the index of the date field.

A sweep looks at what became due since the last one (and a quarter of an hour before, for late commits). What the window
cannot see, the matcher's `check_changed` does: a record saved with a date long past. A full look follows when the rule,
the zone or the calendar changed, and once a day. The ledger `fired` makes all of them agree: each rung fires once for
each record and anchor date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from builder.automations.triggers.date import DEFAULT_AT
from builder.expressions.nodes import paths
from runtime.automations.conditions import judge
from runtime.automations.due import Moment, Offset
from runtime.automations.insert import NewRun, insert_runs
from runtime.automations.names import Names
from runtime.automations.places import calendar_of, environment
from runtime.automations.plans import Plan, RungPlan
from runtime.automations.records import Records
from runtime.context import Context
from runtime.errors import BadRequest
from runtime.platform.automation import Fired
from runtime.queries.source import Source
from runtime.queries.trees import condition
from runtime.tables import EntityDef

OVERLAP = timedelta(minutes=15)
PAGE = 500
PUNCTUAL = timedelta(hours=1)
"""With `late: skip`, what is due longer than this is not done any more."""
RUN, SUPERSEDED, SKIPPED = "run", "superseded", "skipped"

_LEDGER = sa.text(
    """
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS g(rung text, record_id bigint, anchor text, outcome text))
    INSERT INTO formloom.fired (workspace_id, automation, rung, record_id, anchor, outcome, at)
    SELECT :workspace, :automation, rung, record_id, anchor, outcome, :now FROM given
    ON CONFLICT DO NOTHING RETURNING rung, record_id, anchor, outcome
    """
)


@dataclass(frozen=True)
class Firing:
    """One rung for one record: what becomes of it."""

    rung: RungPlan
    record_id: int
    anchor: str
    due: datetime
    outcome: str


def sweep_window(ctx: Context, plan: Plan, since: datetime | None) -> bool:
    """Fires what became due after `since` (None: whatever is due); False when there is more to do."""
    entity = ctx.catalog.entity(plan.entity)
    last = 0
    for _ in range(20):
        rows = _candidates(ctx, plan, entity, since=since, after=last)
        _fire(ctx, plan, rows)
        if len(rows) < PAGE:
            return True
        last = rows[-1].id
    return False


def check_changed(ctx: Context, plan: Plan, entity: EntityDef, changes: Sequence[sa.Row[Any]]) -> None:
    """Fires what is due already for records that have just changed in a way that matters to the rule."""
    watched = {str(plan.trigger["field"])}
    if plan.condition is not None:
        watched |= {path[0] for path in paths(plan.condition)}
    ids = {each.record_id for each in changes if _matters(each, watched)}
    if ids:
        _fire(ctx, plan, _candidates(ctx, plan, entity, ids=ids))


def fingerprint(ctx: Context, plan: Plan) -> str:
    """Changes whenever the same record may be due at another time, or under another condition."""
    from hashlib import blake2s

    calendar = calendar_of(ctx.workspace.country)
    parts = [plan.entity, dict(plan.trigger), plan.condition_tree, str(ctx.workspace.zone)]
    parts += [[rung.key, str(rung.after)] for rung in plan.ladder]
    parts += [sorted(map(str, calendar.holidays)), sorted(map(str, calendar.extra_workdays))]
    return blake2s(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS, default=str), digest_size=16).hexdigest()


def offsets(ctx: Context, plan: Plan) -> dict[str, Offset]:
    """When each rung is due, by its key."""
    at = time.fromisoformat(str(plan.trigger.get("at", DEFAULT_AT)))
    calendar = calendar_of(ctx.workspace.country)
    return {rung.key: Offset(rung.after, at, ctx.workspace.zone, calendar) for rung in plan.ladder}


def anchor_text(value: Moment) -> str:
    """The text of a date or moment in the ledger; `_anchor` is the same in SQL."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
    return value.isoformat()


def plan_firings(ctx: Context, plan: Plan, record_id: int, value: Moment, fired: Collection[str]) -> Iterator[Firing]:
    """What becomes of the rungs that are due for one record, by the rule's policy for lateness. `fired`: rungs in the ledger."""
    moments = [
        (each.due(value), number, rung)
        for number, (rung, each) in enumerate(zip(plan.ladder, offsets(ctx, plan).values(), strict=True))
    ]
    due = sorted(
        ((moment, number, rung) for moment, number, rung in moments if moment is not None and moment <= ctx.now),
        key=lambda each: each[:2],
    )
    late = plan.trigger.get("late", "latest")
    for moment, number, rung in due:
        if rung.key in fired:
            continue
        outcome = RUN
        if late == "latest" and number != due[-1][1]:
            outcome = SUPERSEDED
        elif late == "skip" and ctx.now - moment > PUNCTUAL:
            outcome = SKIPPED
        yield Firing(rung, record_id, anchor_text(value), moment, outcome)


def _matters(change: sa.Row[Any], watched: Collection[str]) -> bool:
    if change.op in ("create", "restore"):
        return True
    return change.op == "update" and any(key in watched for key in (*change.before, *change.after))


def _candidates(
    ctx: Context,
    plan: Plan,
    entity: EntityDef,
    *,
    since: datetime | None = None,
    after: int = 0,
    ids: Collection[int] | None = None,
) -> Sequence[Any]:
    """Living records on which the condition holds and some rung, not in the ledger, is (nearly) due."""
    source = Source(ctx, entity, reader=False)
    column = source.table.c[entity.column(str(plan.trigger["field"])).name]
    asked = _in_sql(source, plan)
    statement = sa.select(source.table.c.id, column.label("value")).select_from(source.from_clause())
    statement = statement.where(source.table.c.deleted_at.is_(None), _due(ctx, plan, source.table.c.id, column, since))
    if asked is not None:
        statement = statement.where(asked)
    if ids is not None:
        return ctx.connection.execute(statement.where(source.table.c.id.in_(sorted(ids)))).all()
    return ctx.connection.execute(statement.where(source.table.c.id > after).order_by(source.table.c.id).limit(PAGE)).all()


def _in_sql(source: Source, plan: Plan) -> sa.ColumnElement[bool] | None:
    """The condition as a filter; None when it uses what only Python computes. Then `_holding` sorts the records out."""
    try:
        found = condition(source, plan.condition_tree, "condition")
    except BadRequest:
        return None
    return None if found is None else found.sql


def _holding(ctx: Context, plan: Plan, rows: Sequence[Any]) -> Sequence[Any]:
    """Those records on which the condition holds."""
    entity = ctx.catalog.entity(plan.entity)
    if plan.condition is None or _in_sql(Source(ctx, entity, reader=False), plan) is not None:
        return rows
    records = Records(ctx, environment(ctx))
    records.load(entity, [row.id for row in rows])
    return [row for row in rows if judge(plan.condition, Names(records, entity, records.get(entity, row.id))).holds]


def _due(ctx: Context, plan: Plan, record_id: Any, column: Any, since: datetime | None) -> sa.ColumnElement[bool]:
    is_date = not isinstance(column.type, sa.DateTime)
    clauses = []
    for rung, offset in offsets(ctx, plan).items():
        clause = column <= offset.last_value(ctx.now, is_date=is_date)[1]
        if since is not None:
            clause = sa.and_(clause, column > offset.last_value(since, is_date=is_date)[0])
        clauses.append(sa.and_(clause, ~_in_ledger(ctx, plan, rung, record_id, _anchor(column, is_date))))
    return sa.or_(*clauses)


def _in_ledger(ctx: Context, plan: Plan, rung: str, record_id: Any, anchor: Any) -> sa.Exists:
    return sa.exists().where(
        Fired.workspace_id == ctx.workspace.id,
        Fired.automation == plan.name,
        Fired.rung == rung,
        Fired.record_id == record_id,
        Fired.anchor == anchor,
    )


def _anchor(column: Any, is_date: bool) -> sa.ColumnElement[str]:
    if is_date:
        return sa.func.to_char(column, "YYYY-MM-DD")
    return sa.func.to_char(sa.func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')


def due_now(ctx: Context, plan: Plan) -> list[Firing]:
    """What the next look would fire, for at most a page of records; nothing is done."""
    return list(_firings(ctx, plan, _candidates(ctx, plan, ctx.catalog.entity(plan.entity))).values())


def pass_over(ctx: Context, plan: Plan) -> int:
    """Whatever is due by now goes into the ledger as left out, and will not fire; how many rungs."""
    count, last = 0, 0
    while rows := _candidates(ctx, plan, ctx.catalog.entity(plan.entity), after=last):
        given = [
            {"rung": each.rung.key, "record_id": each.record_id, "anchor": each.anchor, "outcome": SKIPPED}
            for each in _firings(ctx, plan, rows).values()
        ]
        count += len(_note(ctx, plan, given)) if given else 0
        last = rows[-1].id
    return count


def _note(ctx: Context, plan: Plan, given: list[dict[str, Any]]) -> Sequence[sa.Row[Any]]:
    """Into the ledger; those that were not in it yet."""
    parameters = {"rows": orjson.dumps(given).decode(), "workspace": ctx.workspace.id, "automation": plan.name, "now": ctx.now}
    return ctx.connection.execute(_LEDGER, parameters).all()


def _firings(ctx: Context, plan: Plan, rows: Sequence[sa.Row[Any]]) -> dict[tuple[str, int, str], Firing]:
    rows = _holding(ctx, plan, rows)
    if not rows:
        return {}
    ledger = _ledger(ctx, plan, [row.id for row in rows])
    firings = {}
    for row in rows:
        fired = ledger.get((row.id, anchor_text(row.value)), ())
        for each in plan_firings(ctx, plan, row.id, row.value, fired):
            firings[each.rung.key, each.record_id, each.anchor] = each
    return firings


def _fire(ctx: Context, plan: Plan, rows: Sequence[sa.Row[Any]]) -> None:
    firings = _firings(ctx, plan, rows)
    if not firings:
        return
    given = [
        {"rung": each.rung.key, "record_id": each.record_id, "anchor": each.anchor, "outcome": each.outcome}
        for each in firings.values()
    ]
    made = _note(ctx, plan, given)
    new = [firings[row.rung, row.record_id, row.anchor] for row in made if row.outcome == RUN]
    insert_runs(
        ctx.connection, [_run(ctx, plan, each) for each in sorted(new, key=lambda each: (each.due, each.record_id))], ctx.now
    )


def _ledger(ctx: Context, plan: Plan, ids: list[int]) -> Mapping[tuple[int, str], set[str]]:
    statement = sa.select(Fired.record_id, Fired.anchor, Fired.rung).where(
        Fired.workspace_id == ctx.workspace.id,
        Fired.automation == plan.name,
        Fired.record_id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))),
    )
    found: dict[tuple[int, str], set[str]] = {}
    for row in ctx.connection.execute(statement, {"ids": ids}):
        found.setdefault((row.record_id, row.anchor), set()).add(row.rung)
    return found


def _run(ctx: Context, plan: Plan, firing: Firing) -> NewRun:
    cause = {"kind": "date", "rung": firing.rung.key, "anchor": firing.anchor, "due": firing.due.isoformat()}
    return NewRun(ctx.workspace.id, plan, f"date:{firing.rung.key}:{firing.record_id}:{firing.anchor}", cause, firing.record_id)


__all__ = ["anchor_text", "check_changed", "due_now", "fingerprint", "offsets", "pass_over", "plan_firings", "sweep_window"]
