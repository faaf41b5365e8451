"""Repeats steps for each record found, for each related record, or n times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from builder.automations.base import Options, StepType, options_schema
from builder.automations.scope import NumberItem, StepScope
from builder.automations.steps.branch import STEPS
from builder.errors import Problem
from builder.expressions.types import NUMBERS, Scope, Type

MAX_ITEMS = 10_000


class EachStep(StepType):
    """Options: `in` (`{"step"}`, `{"relation"}` or `{"numbers": {"expr"}}`), `steps`, `on_error`. Outputs: `count`, `failed`."""

    name = "each"
    title = "Repeat for each"
    icon = "repeat"
    options_schema = options_schema(
        {
            "in": {"type": "object", "minProperties": 1, "maxProperties": 1, "title": "For each of"},
            "steps": STEPS,
            "on_error": {"enum": ["stop", "continue"], "default": "stop", "title": "When one fails"},
        },
        ("in", "steps"),
    )

    def check(self, options: Options, scope: StepScope) -> Iterable[Problem]:
        source = options.get("in", {})
        if "step" in source:
            if source["step"] not in scope.step_entities:
                yield Problem(
                    "in/step",
                    "unknown_step",
                    "There is no step {name} before this one that finds records.",
                    {"name": source["step"]},
                )
        elif "relation" in source:
            if scope.names.related(tuple(str(source["relation"]).split("."))) is None:
                yield Problem(
                    "in/relation", "not_a_relation", "{name} is not a relation to several records.", {"name": source["relation"]}
                )
        elif "numbers" in source:
            numbers = source["numbers"]
            if isinstance(numbers, Mapping) and set(numbers) == {"expr"}:
                yield from scope.check_expression(numbers["expr"], "in/numbers/expr", NUMBERS)
            elif not isinstance(numbers, int) or isinstance(numbers, bool):
                yield Problem("in/numbers", "not_a_number", "Enter a number or an expression.")
        else:
            yield Problem("in", "bad_source", "Use step, relation or numbers.")

    def outputs(self, options: Options, scope: StepScope) -> Mapping[str, Type]:
        return {"count": Type.NUMBER, "failed": Type.NUMBER}

    def inner(self, options: Options, scope: StepScope) -> Iterable[tuple[str, Sequence[Options], StepScope]]:
        yield "steps", options.get("steps", ()), scope.with_item(self._item(options.get("in", {}), scope))

    def _item(self, source: Options, scope: StepScope) -> Scope | None:
        if "step" in source:
            return scope.surroundings.scope(scope.step_entities.get(source["step"], ""))
        if "relation" in source:
            return scope.names.related(tuple(str(source["relation"]).split(".")))
        return NumberItem()
