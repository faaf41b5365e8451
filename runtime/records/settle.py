"""From what was asked to what will be saved: the checks that every record passes, whatever door it comes through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.context import Context
from runtime.pipelines import check_move, standing, values_on_entering
from runtime.records.defaults import fill_defaults, read_value
from runtime.records.draft import Draft
from runtime.records.evaluate import Evaluator
from runtime.records.formulas import compute_formulas
from runtime.records.links import read_old_links
from runtime.records.plan import WritePlan
from runtime.records.references import check_references
from runtime.records.values import is_empty


def settle(ctx: Context, plan: WritePlan, drafts: Sequence[Draft]) -> None:
    """Completes the new values of the drafts and collects all their problems.

    Defaults, formulas, stage rules, required fields, rules of the entity, references: in this order.
    """
    if plan.links:
        read_old_links(ctx, plan, drafts)
    evaluator = Evaluator(ctx, plan, drafts)
    for draft in drafts:
        if draft.is_new and plan.defaults:
            fill_defaults(ctx, plan, draft, evaluator)
        if plan.stored_formulas:
            compute_formulas(plan, draft, evaluator)
        if plan.pipelines and _move(ctx, plan, draft, evaluator) and plan.stored_formulas:
            compute_formulas(plan, draft, evaluator)
        _check_required(plan, draft)
        _check_rules(ctx, plan, draft, evaluator)
    check_references(ctx, plan, drafts)


def _move(ctx: Context, plan: WritePlan, draft: Draft, evaluator: Evaluator) -> bool:
    """Checks the stages of a draft and lets its transitions set what they set; whether they set something."""
    has_set = False
    for key, (app, pipeline) in plan.pipelines.items():
        before, after = draft.old.get(key), draft.new.get(key)
        if any(each.path == key for each in draft.problems) or (draft.is_new and after is None):
            continue
        if before == after and not draft.is_new and not _empties_something(pipeline.stages, after, draft):
            continue
        if before != after:
            has_set |= _give(ctx, plan, draft, evaluator, values_on_entering(pipeline, after))
            before = standing(plan.entity, pipeline, before)
        checked = check_move(
            pipeline, app, ctx.actor, before, after, evaluator.view(draft), lambda tree: evaluator.holds(tree, draft)
        )
        known = {(each.path, each.code) for each in draft.problems}
        draft.problems += [each for each in checked.problems if (each.path, each.code) not in known]
        if checked.transition is not None:
            has_set |= _give(ctx, plan, draft, evaluator, checked.transition.set)
    return has_set


def _give(ctx: Context, plan: WritePlan, draft: Draft, evaluator: Evaluator, values: Mapping[str, Any]) -> bool:
    """Gives a draft the values of a stage or a transition, unless it was asked for others; whether there were any."""
    given = False
    for name, wanted in values.items():
        definition = plan.writable.get(name)
        if definition is not None and name not in draft.given:
            draft.new[name] = read_value(ctx, definition, wanted, draft, evaluator)
            given = True
    if any(name in plan.links for name in values):
        read_old_links(ctx, plan, [draft])
    return given


def _empties_something(stages: Sequence[object], stage: object, draft: Draft) -> bool:
    """Whether a field that the stage requires is being emptied; one that was empty before may stay so."""
    required = next((each.require for each in stages if each.key == stage), ())  # type: ignore[attr-defined]
    return any(is_empty(draft.new.get(key)) and not is_empty(draft.old.get(key)) for key in required)


def _check_required(plan: WritePlan, draft: Draft) -> None:
    """Required fields of a new record must be filled in; those of an old one must not be emptied."""
    for definition in plan.required:
        key = definition.key
        if (
            is_empty(draft.new.get(key))
            and (draft.is_new or key in draft.given)
            and not any(each.path == key for each in draft.problems)
        ):
            draft.fail(key, "required", "Please fill this in.")


def _check_rules(ctx: Context, plan: WritePlan, draft: Draft, evaluator: Evaluator) -> None:
    bad = {each.path for each in draft.problems}
    for rule in plan.entity.entity.rules:
        if bad and not bad.isdisjoint(evaluator.fields_of(rule.condition)):
            continue  # what could not be read cannot be judged
        if not evaluator.holds(rule.condition, draft):
            text = rule.message.in_language(ctx.actor.language)
            draft.fail(rule.field, "rule", text or "The record does not meet a rule of its form.")
