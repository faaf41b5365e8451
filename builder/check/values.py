"""Values that a document gives to a field: plain ones, `{"var"}` and `{"expr"}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from builder.check.formulas import as_problem, expression_problems
from builder.check.place import Place
from builder.directory import EntityInfo
from builder.errors import Problem
from builder.expressions.infer import infer
from builder.expressions.parser import parse
from builder.expressions.problems import ExpressionProblem
from builder.expressions.types import MOMENTS, Type, unify
from builder.fields import FIELD_TYPES, Locale
from builder.model import Field

_LOCALE = Locale("en", ZoneInfo("UTC"), "CN")
_VARIABLES = ("me", "my_team", "now", "today")


def value_problems(place: Place, info: EntityInfo, field: Field, value: Any, path: str, *, typed: bool) -> Iterator[Problem]:
    """What is wrong with a value for a field that can be written. typed: a formula must give what the field holds."""
    if isinstance(value, Mapping):
        yield from _computed(place, info, field, value, path, typed)
    elif value is not None:
        kind = FIELD_TYPES.get(field.type)
        found = kind.parse(field, value, _LOCALE)
        problems = [found] if isinstance(found, Problem) else list(kind.validate(field, found)) if found is not None else []
        for problem in problems:
            yield Problem(path, problem.code, problem.message, problem.params)


def _computed(
    place: Place, info: EntityInfo, field: Field, value: Mapping[str, Any], path: str, typed: bool
) -> Iterator[Problem]:
    if set(value) == {"expr"} and isinstance(value["expr"], str):
        text, scope = value["expr"], place.directory.scope(info.name)
        problems = list(expression_problems(f"{path}/expr", text, scope))
        yield from problems
        node = parse(text) if typed and not problems else None
        if node is not None and not isinstance(node, ExpressionProblem):
            mistake = misfit(field, infer(node, scope)[0])
            if mistake is not None:
                yield as_problem(f"{path}/expr", mistake)
    elif not (set(value) == {"var"} and value["var"] in _VARIABLES):
        yield Problem(path, "bad_default", "This is a value, a formula or one of: {names}.", {"names": ", ".join(_VARIABLES)})


def misfit(field: Field, found: Type) -> ExpressionProblem | None:
    """Why a formula of this type cannot fill a field; None when it can."""
    wanted = FIELD_TYPES.get(field.type).expression_type(field)
    if unify(found, wanted) is not None or {found, wanted} == MOMENTS:
        return None
    message = "The formula gives {found}, but the field holds {wanted}."
    return ExpressionProblem(0, 0, "wrong_result", message, {"found": found.value, "wanted": wanted.value})
