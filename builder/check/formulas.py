"""Formula fields: they parse, fit their result type and do not depend on themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from builder.check.place import Place
from builder.directory import EntityInfo
from builder.errors import Problem
from builder.expressions.infer import infer
from builder.expressions.nodes import paths
from builder.expressions.parser import parse
from builder.expressions.problems import MESSAGES, ExpressionProblem
from builder.expressions.types import Scope, unify
from builder.fields import FIELD_TYPES
from builder.model import Field


def check(place: Place) -> Iterator[Problem]:
    """Problems of all formula fields of the app."""
    for entity in place.app.entities:
        info = place.entity(entity.key)
        if info is not None:
            yield from _of_entity(place, info, f"entities/{entity.key}", {field.key: field for field in entity.fields})
    for extension in place.app.extends:
        info = place.entity(extension.entity)
        if info is not None:
            yield from _of_entity(place, info, f"extends/{extension.key}", {f.key: f for f in extension.fields})


def _of_entity(place: Place, info: EntityInfo, path: str, fields: Mapping[str, Field]) -> Iterator[Problem]:
    scope = place.directory.scope(info.name)
    for key, field in fields.items():
        if field.type == "formula":
            here = f"{path}/fields/{key}/options/expression"
            yield from _formula(here, field, scope)
    for cycle in _cycles(info):
        yield Problem(
            f"{path}/fields/{cycle[0]}/options/expression",
            "formula_cycle",
            "The formula depends on itself: {path}.",
            {"path": " → ".join((*cycle, cycle[0]))},
        )


def _formula(here: str, field: Field, scope: Scope) -> Iterator[Problem]:
    node = parse(field.options["expression"])
    if isinstance(node, ExpressionProblem):
        yield as_problem(here, node)
        return
    found, problems = infer(node, scope)
    yield from (as_problem(here, each) for each in problems)
    wanted = FIELD_TYPES.get("formula").expression_type(field)
    if not problems and unify(found, wanted) is None:
        yield Problem(
            here,
            "wrong_result",
            "The formula gives {found}, but the field holds {wanted}.",
            {"found": found.value, "wanted": wanted.value},
        )


def expression_problems(path: str, text: str, scope: Scope) -> Iterator[Problem]:
    """Problems of any expression over a scope."""
    node = parse(text)
    if isinstance(node, ExpressionProblem):
        yield as_problem(path, node)
        return
    yield from (as_problem(path, each) for each in infer(node, scope)[1])


def as_problem(path: str, problem: ExpressionProblem) -> Problem:
    """An expression's problem as a document's problem; its position goes along in the params."""
    params = {**problem.params, "position": problem.position, "length": problem.length}
    return Problem(path, problem.code, MESSAGES.get(problem.code, problem.message), params)


def formula_paths(field: Field) -> tuple[str, ...]:
    """The fields that a formula reads; empty when it does not parse."""
    node = parse(field.options.get("expression", ""))
    return () if isinstance(node, ExpressionProblem) else tuple(dict.fromkeys(parts[0] for parts in paths(node)))


def _cycles(info: EntityInfo) -> Iterator[tuple[str, ...]]:
    """Each cycle among formula fields once, beginning at its smallest key."""
    uses = {key: formula_paths(field) for key, field in info.fields.items() if field.type == "formula"}
    found: set[tuple[str, ...]] = set()
    for start in uses:
        stack: list[tuple[str, tuple[str, ...]]] = [(start, (start,))]
        while stack:
            key, trail = stack.pop()
            for used in uses.get(key, ()):
                if used == start:
                    turn = trail.index(min(trail))
                    found.add((*trail[turn:], *trail[:turn]))
                elif used in uses and used not in trail:
                    stack.append((used, (*trail, used)))
    yield from sorted(found)
