"""The words for what is wrong with a question. Absent and hidden fields share one answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from builder.errors import Problem
from builder.expressions.problems import ConditionProblem
from runtime.errors import BadRequest


def refuse(path: str, code: str, message: str, **params: object) -> NoReturn:
    """Raises BadRequest with one problem."""
    raise BadRequest([Problem(path, code, message, params)])


def unknown_field(path: str, name: Any) -> NoReturn:
    """The question names a field that does not exist for its reader."""
    refuse(path, "unknown_field", "There is no field “{name}”.", name=str(name)[:80])


def refuse_condition(prefix: str, problems: Iterable[ConditionProblem]) -> NoReturn:
    """Raises BadRequest with all problems of a condition tree."""
    raise BadRequest([Problem(each.path, each.code, each.message).under(prefix) for each in problems])
