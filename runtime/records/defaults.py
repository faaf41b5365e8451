"""What a new record has in the fields that nobody filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.errors import Problem
from runtime import tables
from runtime.context import Context
from runtime.records.draft import Draft
from runtime.records.evaluate import Evaluator
from runtime.records.plan import WritePlan, plan_of
from runtime.records.references import check_references
from runtime.tables import EntityDef, FieldDef


def fill_defaults(ctx: Context, plan: WritePlan, draft: Draft, evaluator: Evaluator) -> None:
    """Fills fields that were not given; an explicit null counts as given. A pipeline's field starts in the first stage."""
    later = []
    plain = evaluator.plain_defaults  # the same for all records of a batch
    for definition in plan.defaults:
        key = definition.key
        if key in draft.new:
            continue
        if key in plain:
            draft.new[key] = plain[key]
            continue
        wanted = definition.field.default
        if isinstance(wanted, Mapping) and "expr" in wanted:
            later.append(definition)  # may look at the other values
        else:
            draft.new[key] = plain[key] = _or_none(definition, _plain(ctx, plan, definition, wanted))
    for definition in later:
        found = read_value(ctx, definition, definition.field.default, draft, evaluator)
        draft.new[definition.key] = _or_none(definition, found)


def _or_none(definition: FieldDef, value: Any) -> Any:
    """Where links to several records are, nothing is an empty list."""
    return [] if value is None and definition.kind == tables.MANY_TO_MANY else value


def _plain(ctx: Context, plan: WritePlan, definition: FieldDef, wanted: Any) -> Any:
    if wanted is None and definition.key in plan.pipelines:
        stages = plan.pipelines[definition.key][1].stages
        return stages[0].key if stages else None
    found = _readable(ctx, definition, variable(ctx, wanted))
    return None if points_nowhere(ctx, plan, definition, found) else found


def points_nowhere(ctx: Context, plan: WritePlan, definition: FieldDef, value: Any) -> bool:
    """Whether this is a record, person or team that is gone, or that the actor may not know: a value of that kind in a document
    may have grown old."""
    if not value or not (definition.target or definition.field.type in ("person", "team")):
        return False
    draft = Draft(new={definition.key: value})
    check_references(ctx, plan, [draft])
    return bool(draft.problems)


def read_value(ctx: Context, definition: FieldDef, wanted: Any, draft: Draft, evaluator: Evaluator) -> Any:
    """The value of a literal, `{"var"}` or `{"expr"}` from a document; None when it does not fit the field."""
    if isinstance(wanted, Mapping) and "expr" in wanted:
        return _readable(ctx, definition, evaluator.value(str(wanted["expr"]), draft))
    return _readable(ctx, definition, variable(ctx, wanted))


def variable(ctx: Context, wanted: Any) -> Any:
    """What `{"var": "me" | "my_team" | "now" | "today"}` stands for; anything else is itself. my_team: the first one."""
    if not isinstance(wanted, Mapping) or "var" not in wanted:
        return wanted
    today = ctx.now.astimezone(ctx.workspace.zone).date()
    values = {"me": ctx.actor.user_id, "my_team": next(iter(ctx.actor.team_ids), None), "now": ctx.now, "today": today}
    return values.get(str(wanted["var"]))


def _readable(ctx: Context, definition: FieldDef, raw: Any) -> Any:
    try:
        value = definition.type.parse(definition.field, raw, ctx.locale)
    except (ValueError, OverflowError, ArithmeticError, TypeError):
        return None
    return None if isinstance(value, Problem) else value


def default_values(ctx: Context, entity: EntityDef) -> dict[str, Any]:
    """What an empty form for a new record begins with, by field key."""
    plan = plan_of(ctx.catalog, entity.name)
    draft = Draft()
    fill_defaults(ctx, plan, draft, Evaluator(ctx, plan, [draft]))
    return dict(draft.new)
