"""What an automation would touch if it were switched on now, told before it is; and beginning without what is due already."""

from __future__ import annotations

from dataclasses import dataclass, field

from runtime.automations.plans import Plan
from runtime.automations.sweep import PAGE, RUN, due_now, pass_over
from runtime.automations.trial import backtest
from runtime.context import Context
from runtime.errors import Forbidden

PAST_DAYS = 7
_SHOWN = 5


@dataclass(frozen=True)
class Outlook:
    """`total`: records that a date rule would fire for at its next look, or times that a change rule fired in the past days.

    `by_rung`: the same for each step of a ladder. `records`: the first few. `is_more`: there are more than were counted.
    `is_idle`: it has no step that does something, so that nothing is touched.
    """

    kind: str
    total: int = 0
    by_rung: dict[str, int] = field(default_factory=dict)
    records: tuple[int, ...] = ()
    is_more: bool = False
    is_idle: bool = False


def outlook(ctx: Context, plan: Plan) -> Outlook:
    """Of a sound automation, switched on or not, by the definitions of this context. Raises Forbidden."""
    if not ctx.actor.is_admin:
        raise Forbidden
    if plan.problems or ctx.catalog.find(plan.entity) is None:
        return Outlook(plan.kind)
    if plan.kind == "date":
        firings = [each for each in due_now(ctx, plan) if each.outcome == RUN and plan.does_something(each.rung.key)]
        records = list(dict.fromkeys(each.record_id for each in firings))
        by_rung: dict[str, int] = {}
        for each in firings:
            by_rung[each.rung.key] = by_rung.get(each.rung.key, 0) + 1
        idle = not any(plan.does_something(each.key) for each in plan.ladder)
        return Outlook("date", len(records), by_rung, tuple(records[:_SHOWN]), len(records) >= PAGE, idle)
    if plan.kind == "change":
        found = backtest(ctx, plan.name, PAST_DAYS)
        records = list(dict.fromkeys(each["record"] for each in found["examples"]))
        return Outlook("change", found["total"], {}, tuple(records[:_SHOWN]), is_idle=not plan.does_something())
    return Outlook(plan.kind, is_idle=not plan.does_something())


def start_fresh(ctx: Context, plan: Plan) -> int:
    """What is due by now is left out for good: only what becomes due from here on fires. How many steps were left out."""
    if not ctx.actor.is_admin:
        raise Forbidden
    return pass_over(ctx, plan) if plan.kind == "date" and not plan.problems else 0


__all__ = ["PAST_DAYS", "Outlook", "outlook", "start_fresh"]
