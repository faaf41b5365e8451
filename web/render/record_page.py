"""What a record's page shows beside its fields: stages, buttons, life-line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.model import Pipeline
from runtime import access
from runtime.automations.button import buttons_on
from runtime.automations.plans import Plan
from runtime.context import Context
from runtime.pipelines import Move, moves_from
from runtime.tables import EntityDef
from web.render.values import label_of, pill_of


@dataclass(frozen=True)
class StageStep:
    """One stage in the bar. `move`: how to get there from here, None when one cannot."""

    key: str
    text: str
    colour: str
    is_here: bool
    is_past: bool
    move: Move | None = None


@dataclass(frozen=True)
class StageBar:
    """The stages of one pipeline. field: the one that it stands on."""

    field: str
    label: str
    steps: tuple[StageStep, ...]


def stage_bars(ctx: Context, entity: EntityDef, record: Mapping[str, Any]) -> list[StageBar]:
    """The stages of each of the entity's pipelines that the reader may see, with the moves that are open from here."""
    readable = access.rights(ctx, entity).readable_fields
    return [
        StageBar(pipeline.field, label_of(entity.fields[pipeline.field]), _steps(ctx, entity, pipeline, record))
        for _app, pipeline in ctx.catalog.pipelines_of(entity.name)
        if pipeline.field in readable
    ]


def _steps(ctx: Context, entity: EntityDef, pipeline: Pipeline, record: Mapping[str, Any]) -> tuple[StageStep, ...]:
    here = record.get(pipeline.field)
    moves = {move.to: move for move in reversed(moves_from(ctx, entity, record, pipeline.field))}
    keys = [stage.key for stage in pipeline.stages]
    position = keys.index(here) if here in keys else -1
    steps = []
    for number, key in enumerate(keys):
        pill = pill_of(entity.fields[pipeline.field].field, key)
        steps.append(StageStep(key, pill.text, pill.colour, key == here, number < position, moves.get(key)))
    return tuple(steps)


def buttons(ctx: Context, entity: EntityDef, record_id: int) -> list[Plan]:
    """The buttons to show on the record, those meant as the main one first."""
    return sorted(buttons_on(ctx, entity.name, record_id), key=lambda plan: not plan.trigger.get("primary"))


def differences_text(entity: EntityDef, key: str) -> str:
    """The label of a changed field for the life-line."""
    return label_of(entity.fields[key]) if key in entity.fields else key
