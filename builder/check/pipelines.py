"""Pipelines: a select field, its choices as stages, moves between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.check.place import Place, unknown_field
from builder.directory import EntityInfo
from builder.errors import Problem
from builder.expressions.infer import infer
from builder.expressions.parser import parse
from builder.expressions.problems import MESSAGES, ExpressionProblem
from builder.fields import FIELD_TYPES
from builder.fields.choice import choices
from builder.keys import qualified
from builder.model import Pipeline, Transition
from builder.model.base import Options


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
            yield from _values(place, pipeline, info, stage.set, f"{path}/stages/{stage.key}/set")
        for transition in pipeline.transitions:
            yield from _transition(place, pipeline, transition, info, known, f"{path}/transitions/{transition.key}")


def _one_per_field(place: Place, pipeline: Pipeline, info: EntityInfo, path: str) -> Iterator[Problem]:
    rivals = [
        other for app, other in place.directory.pipelines_of(info.name) if (app.key, other.key) != (place.app.key, pipeline.key)
    ]
    if any(other.field == pipeline.field for other in rivals):
        yield Problem(f"{path}/field", "second_pipeline", "The field “{name}” has a pipeline already.", {"name": pipeline.field})


def _transition(
    place: Place, pipeline: Pipeline, transition: Transition, info: EntityInfo, known: set[str], here: str
) -> Iterator[Problem]:
    for stage in (*transition.origins, transition.to):
        if stage not in known:
            yield _unknown_stage(here, stage)
    yield from place.roles(f"{here}/roles", transition.roles)
    yield from place.tree(f"{here}/guard", transition.guard, qualified(place.app.key, info.name))
    yield from place.paths(f"{here}/require", info, transition.require, own=True)
    yield from _values(place, pipeline, info, transition.set, f"{here}/set")


def _values(place: Place, pipeline: Pipeline, info: EntityInfo, values: Options, here: str) -> Iterator[Problem]:
    """Values that records get on the way: of fields that can be filled in, by formulas that can be computed."""
    for key, value in values.items():
        field = info.fields.get(key)
        if field is None:
            yield unknown_field(f"{here}/{key}", key)
        elif key == pipeline.field or not FIELD_TYPES.get(field.type).writable:
            yield Problem(f"{here}/{key}", "not_writable", "The field “{name}” cannot be set here.", {"name": key})
        elif isinstance(value, Mapping):
            yield from _computed(place, info, value, f"{here}/{key}")


def _computed(place: Place, info: EntityInfo, value: Mapping[str, Any], here: str) -> Iterator[Problem]:
    if set(value) == {"expr"}:
        node = parse(str(value["expr"]))
        found = [node] if isinstance(node, ExpressionProblem) else infer(node, place.directory.scope(info.name))[1]
        for each in found:
            yield Problem(f"{here}/expr", each.code, MESSAGES.get(each.code, each.message), each.params)
    elif set(value) != {"var"} or value["var"] not in ("me", "now", "today"):
        yield Problem(here, "unknown_value", "Give a value, a formula, or one of: {names}.", {"names": "me, now, today"})


def _unknown_stage(path: str, key: str) -> Problem:
    return Problem(path, "unknown_stage", "“{key}” is not a choice of the pipeline's field.", {"key": key})
