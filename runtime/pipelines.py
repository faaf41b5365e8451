"""Stage rules: which moves there are, who may make them, and what must be true and filled in for them.

`records/write` asks for every record that is saved, so the rules hold for every door. A record may begin its life in a stage
into which no transition leads, in the pipeline's first stage, or in one that some transition into it would let it enter. A
record whose stage is no longer one of the choices is in the same position: it may go wherever a new one may begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from builder.errors import Problem
from builder.fields.choice import choices
from builder.keys import qualified
from builder.label import Label
from builder.model import Pipeline, Transition
from runtime.context import Actor, Context
from runtime.records.draft import Draft
from runtime.records.evaluate import Evaluator
from runtime.records.plan import plan_of
from runtime.records.values import is_empty
from runtime.tables import EntityDef

Holds = Callable[[Any], bool]


class Values(Protocol):
    """Values by field key: a dict will do."""

    def get(self, key: str, /) -> Any: ...


@dataclass(frozen=True)
class Move:
    """A move that a record may make from where it stands, for a screen.

    key: of the transition; empty where the pipeline declares none. missing: fields to be filled in on the way.
    reason: why the move is refused now, in the actor's language; empty when it is not.
    """

    key: str
    to: str
    label: Label
    missing: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Checked:
    """The outcome of a move: the transition taken, if the pipeline declares any, and what stands against it."""

    transition: Transition | None = None
    problems: tuple[Problem, ...] = ()


def check_move(
    pipeline: Pipeline, app: str, actor: Actor, before: str | None, after: str | None, values: Values, holds: Holds
) -> Checked:
    """Whether a record with these (new) values may get from one stage to another. `before` None: it is new, or had no stage."""
    stage_problems = tuple(required_in_stage(pipeline, after, values))
    if not pipeline.transitions or before == after:
        return Checked(None, stage_problems)
    if after is None:
        return Checked(None, (Problem(pipeline.field, "no_stage", "A record cannot leave all stages."),))
    candidates = [
        each
        for each in pipeline.transitions
        if each.to == after and (before is None or not each.origins or before in each.origins)
    ]
    if not candidates:
        if before is None:
            return Checked(None, stage_problems)
        return Checked(None, (Problem(pipeline.field, "no_transition", "There is no move from here to this stage."),))
    if before is None and pipeline.stages and pipeline.stages[0].key == after:
        return Checked(None, stage_problems)
    refusals = []
    for transition in candidates:
        found = tuple(_refusals(pipeline, app, actor, transition, values, holds))
        if not found:
            return Checked(transition, stage_problems)
        refusals.append(found)
    return Checked(None, _unique([*min(refusals, key=len), *stage_problems]))


def standing(entity: EntityDef, pipeline: Pipeline, value: str | None) -> str | None:
    """The stage that a record stands in; None when its value is no choice any more."""
    known = {choice["key"] for choice in choices(entity.fields[pipeline.field].field)}
    return value if value in known else None


def values_on_entering(pipeline: Pipeline, stage: str | None) -> Mapping[str, Any]:
    """What a record gets when it comes to a stage: literals, `{"var"}`, `{"expr"}` by field key."""
    return next((each.set for each in pipeline.stages if each.key == stage), {})


def _refusals(
    pipeline: Pipeline, app: str, actor: Actor, transition: Transition, values: Values, holds: Holds
) -> Iterator[Problem]:
    if not may_take(transition, app, actor):
        yield Problem(pipeline.field, "transition_role", "Your role does not allow this move.")
    yield from _missing(transition.require, values)
    if not holds(transition.guard):
        text = transition.message.in_language(actor.language)
        yield Problem(pipeline.field, "guard", text or "The conditions for this move are not met.")


def may_take(transition: Transition, app: str, actor: Actor) -> bool:
    """Whether the actor's roles allow a transition; administrators and the system take all."""
    if actor.is_admin or not transition.roles:
        return True
    return any(qualified(app, role) in actor.roles for role in transition.roles)


def required_in_stage(pipeline: Pipeline, stage: str | None, values: Values) -> Iterator[Problem]:
    """Fields that must be filled in to stand in a stage and are not."""
    for each in pipeline.stages:
        if each.key == stage:
            yield from _missing(each.require, values)


def _missing(keys: Sequence[str], values: Values) -> Iterator[Problem]:
    for key in keys:
        if is_empty(values.get(key)):
            yield Problem(key, "required", "This must be filled in for this stage.")


def _unique(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple({(each.path, each.code): each for each in problems}.values())


def moves_from(ctx: Context, entity: EntityDef, record: Mapping[str, Any], field: str | None = None) -> list[Move]:
    """The moves that a record (its values by field key, `id` among them) may make, in the order of the document.

    Moves of other roles are left out; those whose guard fails now are there with the reason. field: of the pipeline, when the
    entity has several; default: the first.
    """
    plan = plan_of(ctx.catalog, entity.name)
    if not plan.pipelines:
        return []
    app, pipeline = plan.pipelines[field or next(iter(plan.pipelines))]
    here = standing(entity, pipeline, record.get(pipeline.field))
    draft = Draft(old=dict(record), new=dict(record), id=int(record.get("id") or 0), version=int(record.get("version") or 1))
    evaluator = Evaluator(ctx, plan, [draft])
    values = evaluator.view(draft)
    if not pipeline.transitions:
        others = [stage for stage in pipeline.stages if stage.key != here]
        return [
            Move("", stage.key, stage_label(entity, pipeline, stage.key), _left(_missing(stage.require, values), stage.set))
            for stage in others
        ]
    moves = []
    for transition in pipeline.transitions:
        if (
            transition.to == here
            or (here is not None and transition.origins and here not in transition.origins)
            or not may_take(transition, app, ctx.actor)
        ):
            continue
        problems = [*_missing(transition.require, values), *required_in_stage(pipeline, transition.to, values)]
        missing = _left(problems, values_on_entering(pipeline, transition.to))
        draft.new[pipeline.field] = transition.to
        reason = (
            ""
            if evaluator.holds(transition.guard, draft)
            else (transition.message.in_language(ctx.actor.language) or transition.key)
        )
        label = transition.label or stage_label(entity, pipeline, transition.to)
        moves.append(Move(transition.key, transition.to, label, missing, reason))
    return moves


def _left(problems: Iterator[Problem] | Sequence[Problem], given: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that are to be filled in by hand: those that the stage does not fill in itself."""
    return tuple(dict.fromkeys(each.path for each in problems if each.path not in given))


def stage_label(entity: EntityDef, pipeline: Pipeline, stage: str) -> Label:
    """What a stage is called: the label of the field's choice."""
    definition = entity.fields[pipeline.field].field
    for choice in definition.options.get("choices", ()):
        if choice["key"] == stage:
            return Label.of(choice.get("label"))
    return Label.of(stage)
