"""Pipelines: a select field, its choices as stages, moves between them."""

from __future__ import annotations

from collections.abc import Iterator

from builder.check.place import Place, unknown_field
from builder.directory import EntityInfo
from builder.errors import Problem
from builder.fields.choice import choices
from builder.keys import qualified
from builder.model import Pipeline, Transition


def check(place: Place) -> Iterator[Problem]:
    """Problems of all pipelines."""
    for pipeline in place.app.pipelines:
        path = f"pipelines/{pipeline.key}"
        info = place.entity(pipeline.entity)
        if info is None:
            yield place.missing_entity(f"{path}/entity", pipeline.entity)
            continue
        field = info.fields.get(pipeline.field)
        if field is None or field.type != "select":
            yield Problem(f"{path}/field", "wrong_field_type", "A pipeline needs a select field.")
            continue
        yield from _one_per_field(place, pipeline, info, path)
        known = {choice["key"] for choice in choices(field)}
        for stage in pipeline.stages:
            if stage.key not in known:
                yield _unknown_stage(f"{path}/stages/{stage.key}", stage.key)
            yield from place.paths(f"{path}/stages/{stage.key}/require", info, stage.require, own=True)
        for transition in pipeline.transitions:
            yield from _transition(place, transition, info, known, f"{path}/transitions/{transition.key}")


def _one_per_field(place: Place, pipeline: Pipeline, info: EntityInfo, path: str) -> Iterator[Problem]:
    rivals = [
        other for app, other in place.directory.pipelines_of(info.name) if (app.key, other.key) != (place.app.key, pipeline.key)
    ]
    if any(other.field == pipeline.field for other in rivals):
        yield Problem(f"{path}/field", "second_pipeline", "The field “{name}” has a pipeline already.", {"name": pipeline.field})


def _transition(place: Place, transition: Transition, info: EntityInfo, known: set[str], here: str) -> Iterator[Problem]:
    for stage in (*transition.origins, transition.to):
        if stage not in known:
            yield _unknown_stage(here, stage)
    yield from place.roles(f"{here}/roles", transition.roles)
    yield from place.tree(f"{here}/guard", transition.guard, qualified(place.app.key, info.name))
    yield from place.paths(f"{here}/require", info, transition.require, own=True)
    for key in transition.set:
        if key not in info.fields:
            yield unknown_field(f"{here}/set/{key}", key)


def _unknown_stage(path: str, key: str) -> Problem:
    return Problem(path, "unknown_stage", "“{key}” is not a choice of the pipeline's field.", {"key": key})
