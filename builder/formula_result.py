"""What comes out of the formula of a field, so that nobody has to say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from builder.expressions import DictScope, ExpressionProblem, Type, infer, parse
from builder.fields import FIELD_TYPES
from builder.label import Label
from builder.model import Field

_RESULTS = {
    Type.TEXT: "text",
    Type.CHOICE: "text",
    Type.NUMBER: "number",
    Type.BOOLEAN: "boolean",
    Type.DATE: "date",
    Type.DATETIME: "datetime",
}
_NUMBERS = frozenset({"number", "currency", "percent"})


def result_of(expression: str, fields: Iterable[Mapping[str, Any]], now: str = "text") -> str:
    """The `result` for an expression over the other fields (documents) of the entity; `now` when it fits or nothing is known."""
    node = parse(expression)
    if isinstance(node, ExpressionProblem):
        return now
    types = {str(each["key"]): _type(each) for each in fields if each.get("type") in FIELD_TYPES.names()}
    found, problems = infer(node, DictScope(types))
    wanted = _RESULTS.get(found, now)
    return now if problems or (wanted == "number" and now in _NUMBERS) else wanted


def _type(field: Mapping[str, Any]) -> Type:
    kind = FIELD_TYPES.get(str(field["type"]))
    return kind.expression_type(Field(str(field["key"]), str(field["type"]), Label(()), options=dict(field.get("options") or {})))
