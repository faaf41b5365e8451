"""What the expressions of one step may name, and the checks that steps share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from builder.automations.base import Surroundings
from builder.automations.durations import parse_duration
from builder.automations.placeholders import Placeholder, parse_template
from builder.errors import Problem
from builder.expressions.conditions import from_json
from builder.expressions.infer import infer
from builder.expressions.parser import parse
from builder.expressions.problems import MESSAGES, ExpressionProblem, problem
from builder.expressions.types import MOMENTS, Scope, Type
from builder.keys import qualified
from builder.label import Label

VARIABLES = ("me", "now", "today", "my_teams")
PERSON_WORDS = ("name", "email")
"""Behind a person field: `owner.name`."""
RECORD_WORDS = frozenset({"url", "title"})
COMPUTED_KEYS = ({"expr"}, {"var"}, {"template"})


@dataclass(frozen=True)
class ExpressionScope:
    """The fields of a record plus `before.…`, `item.…` and `steps.<key>.…`."""

    record: Scope | None = None
    before: Scope | None = None
    item: Scope | None = None
    outputs: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    output_records: Mapping[str, Scope] = field(default_factory=dict)

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        if path[0] == "steps":
            return self._output(path)
        inner, rest = self._inner(path)
        if inner is None or not rest:
            return None
        found = inner.type_of(rest)
        if found is None and len(rest) > 1 and rest[-1] in PERSON_WORDS:
            return Type.TEXT if inner.type_of(rest[:-1]) is Type.PERSON else None
        return found

    def choices_of(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        inner, rest = self._inner(path)
        return inner.choices_of(rest) if inner is not None and rest else None

    def related(self, path: tuple[str, ...]) -> Scope | None:
        inner, rest = self._inner(path)
        return inner.related(rest) if inner is not None and rest else None

    def _inner(self, path: tuple[str, ...]) -> tuple[Scope | None, tuple[str, ...]]:
        roots = {"before": self.before, "item": self.item}
        return (roots[path[0]], path[1:]) if path[0] in roots else (self.record, path)

    def _output(self, path: tuple[str, ...]) -> Type | None:
        if len(path) < 3 or path[1] not in self.outputs:
            return None
        if len(path) == 3:
            return self.outputs[path[1]].get(path[2])
        first = self.output_records.get(path[1])
        return first.type_of(path[3:]) if first is not None and path[2] == "first" else None


class NumberItem:
    """The scope of `item` when a step counts from 1 to n."""

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        return Type.NUMBER if path == ("number",) else None

    def choices_of(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        return None

    def related(self, path: tuple[str, ...]) -> Scope | None:
        return None


@dataclass(frozen=True)
class StepScope:
    """Where a trigger or step stands. `entity` is `app.key`, empty for a schedule."""

    app: str
    entity: str
    surroundings: Surroundings
    names: ExpressionScope = ExpressionScope()
    step_entities: Mapping[str, str] = field(default_factory=dict)
    """The entity of the records that a find step gives."""
    skipped: frozenset[str] = frozenset()
    """Keys of earlier steps that are switched off: they give nothing."""

    def qualified(self, reference: str) -> str:
        """`lead` is `crm.lead`."""
        return qualified(self.app, reference)

    def after(self, key: str, outputs: Mapping[str, Type], entity: str = "") -> StepScope:
        """The scope of the steps behind the step `key`."""
        first = self.surroundings.scope(entity) if entity else None
        records = {**self.names.output_records, **({key: first} if first is not None else {})}
        names = replace(self.names, outputs={**self.names.outputs, key: outputs}, output_records=records)
        entities = {**self.step_entities, **({key: entity} if entity else {})}
        return replace(self, names=names, step_entities=entities)

    def with_item(self, item: Scope | None) -> StepScope:
        """The scope inside a step that repeats."""
        return replace(self, names=replace(self.names, item=item))

    def check_entity(self, reference: object, path: str) -> Iterator[Problem]:
        """Whether there is such an entity."""
        name = self.qualified(str(reference))
        if self.surroundings.fields(name) is None:
            yield Problem(path, "unknown_entity", "There is no entity {name}.", {"name": name})

    def check_condition(self, tree: Any, path: str) -> Iterator[Problem]:
        """A condition over the automation's record."""
        yield from _tree_problems(tree, self.names, path)

    def check_where(self, tree: Any, entity: str, path: str) -> Iterator[Problem]:
        """A condition over records of `entity`, whose values may be expressions over this scope."""
        scope = self.surroundings.scope(entity)
        if scope is None or tree is None:
            return
        for place, value in computed_values(tree):
            yield from self.check_value(value, f"{path}/{place}")
        yield from _tree_problems(without_computed(tree), scope, path)

    def check_values(self, values: Mapping[str, Any], entity: str, path: str) -> Iterator[Problem]:
        """Field values of a record of `entity`."""
        fields = self.surroundings.fields(entity)
        for key, value in values.items():
            if fields is not None and key not in fields:
                yield Problem(f"{path}/{key}", "unknown_field", "There is no field {name}.", {"name": key})
            yield from self.check_value(value, f"{path}/{key}")

    def check_value(self, value: Any, path: str) -> Iterator[Problem]:
        """A literal, `{"expr"}`, `{"var"}` or `{"template"}`."""
        if not isinstance(value, Mapping):
            return
        if set(value) == {"expr"}:
            yield from self.check_expression(value["expr"], f"{path}/expr")
        elif set(value) == {"template"}:
            yield from self.check_text(value["template"], f"{path}/template")
        elif set(value) == {"var"} and value["var"] not in VARIABLES:
            yield Problem(f"{path}/var", "unknown_variable", "Use one of {names}.", {"names": ", ".join(VARIABLES)})

    def check_expression(self, text: Any, path: str, wanted: frozenset[Type] = frozenset()) -> Iterator[Problem]:
        """A formula, and whether its type is one of `wanted`."""
        node = parse(text) if isinstance(text, str) else ExpressionProblem(0, 0, "empty", "Write a formula.")
        if isinstance(node, ExpressionProblem):
            yield _as_problem(path, node)
            return
        kind, problems = infer(node, self.names)
        for each in problems:
            yield _as_problem(path, each)
        if wanted and not problems and kind is not Type.ANY and kind not in wanted:
            names = ", ".join(sorted(each.value for each in wanted))
            yield Problem(path, "wrong_type", "This must be {wanted}, not {found}.", {"wanted": names, "found": kind.value})

    def check_text(self, label: Any, path: str) -> Iterator[Problem]:
        """The placeholders of a text or label."""
        for _, text in Label.of(label).texts:
            for each in self.text_problems(text):
                yield replace(_as_problem(path, each), code=each.code if each.code == "unknown_field" else "bad_placeholder")

    def text_problems(self, text: str) -> Iterator[ExpressionProblem]:
        """What is wrong with the placeholders of a text, with their places."""
        parts, mistakes = parse_template(text)
        for mistake in mistakes:
            yield problem(mistake.code, mistake.position, len(mistake.source), **mistake.params)
        for part in parts:
            if isinstance(part, Placeholder) and not self._known(part.path):
                yield problem("unknown_field", part.position, len(part.source), name=".".join(part.path))

    def _known(self, path: tuple[str, ...]) -> bool:
        if path[0] == "record":
            return bool(self.entity) and path[1:] in [(word,) for word in RECORD_WORDS]
        return self.names.type_of(path) is not None

    def check_duration(self, value: Any, path: str) -> Iterator[Problem]:
        """A length of time."""
        if parse_duration(value) is None:
            yield Problem(path, "bad_duration", "Enter a length of time such as 2d, 2wd, 4h or 30m.")

    def check_moment(self, path_text: str, path: str) -> Iterator[Problem]:
        """A path to a date or a point in time."""
        kind = self.names.type_of(tuple(path_text.split(".")))
        if kind not in MOMENTS:
            yield Problem(path, "not_a_date", "{name} is not a date field.", {"name": path_text})

    def check_role(self, role: str, path: str) -> Iterator[Problem]:
        """Whether the role exists."""
        if not self.surroundings.has_role(self.qualified(role)):
            yield Problem(path, "unknown_role", "There is no role {name}.", {"name": self.qualified(role)})


def is_computed(value: Any) -> bool:
    """Whether this JSON stands for a value to be computed."""
    return isinstance(value, Mapping) and set(value) in COMPUTED_KEYS


def computed_values(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of the leaf values of a condition tree that are computed over another record."""
    if not isinstance(tree, Mapping):
        return
    for key in ("all", "any"):
        for number, child in enumerate(tree.get(key) or ()):
            yield from computed_values(child, f"{path}{key}/{number}/")
    if "not" in tree:
        yield from computed_values(tree["not"], f"{path}not/")
    if isinstance(tree.get("has"), Mapping):
        yield from computed_values(tree["has"].get("if"), f"{path}has/if/")
    if "field" in tree and is_computed(tree.get("value")) and "var" not in tree["value"]:
        yield f"{path}value", tree["value"]


def without_computed(tree: Any) -> Any:
    """The tree with such leaves replaced by one that needs only the field."""
    if not isinstance(tree, Mapping):
        return tree
    if "field" in tree and is_computed(tree.get("value")) and "var" not in tree["value"]:
        return {"field": tree["field"], "op": "is_not_empty"}
    changed: dict[str, Any] = {
        key: [without_computed(each) for each in tree[key]] for key in ("all", "any") if isinstance(tree.get(key), list | tuple)
    }
    if "not" in tree:
        changed["not"] = without_computed(tree["not"])
    if isinstance(tree.get("has"), Mapping) and "if" in tree["has"]:
        changed["has"] = {**tree["has"], "if": without_computed(tree["has"]["if"])}
    return {**tree, **changed}


def _as_problem(path: str, problem: ExpressionProblem) -> Problem:
    params = {**problem.params, "position": problem.position, "length": problem.length}
    return Problem(path, problem.code, MESSAGES.get(problem.code, problem.message), params)


def _tree_problems(tree: Any, scope: Scope, path: str) -> Iterable[Problem]:
    _, problems = from_json(tree, scope)
    for each in problems:
        yield Problem(f"{path}/{each.path}" if each.path else path, each.code, MESSAGES.get(each.code, each.message), each.params)
