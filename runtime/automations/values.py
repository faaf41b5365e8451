"""Values of steps: `{"expr"}`, `{"var"}`, `{"template"}` and literals become what the write path takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from builder.automations.scope import is_computed
from builder.expressions.types import IDENTITIES, TEXTS, Type
from runtime.automations.names import Names, StepFailure
from runtime.automations.templating import render
from runtime.expressions.values import number_text
from runtime.tables import EntityDef, FieldDef


def raw_values(values: Mapping[str, Any], names: Names, entity: EntityDef) -> dict[str, Any]:
    """Values for the write path. Raises StepFailure; a field that there is not is the write path's to refuse."""
    return {key: _raw(value, names, entity.fields.get(key)) for key, value in values.items()}


def _raw(value: Any, names: Names, field: FieldDef | None) -> Any:
    if not is_computed(value):
        return value
    kind = field.type.expression_type(field.field) if field is not None else Type.ANY
    return fitting(compute(value, names), kind)


def compute(value: Any, names: Names) -> Any:
    """The Python value of `{"expr"}`, `{"var"}`, `{"template"}` or of a literal."""
    if not is_computed(value):
        return value
    if "expr" in value:
        return names.evaluate_text(str(value["expr"]))
    if "template" in value:
        return render(value["template"], names)
    environment = names.records.environment
    variables = {"me": environment.user_id, "now": environment.now, "today": environment.today, "my_teams": environment.team_ids}
    if value["var"] not in variables:
        raise StepFailure(f"There is no value {value['var']!r}.")
    return variables[value["var"]]


def fitting(value: Any, kind: Type) -> Any:
    """A computed value in the shape that a field of this type reads."""
    if isinstance(value, tuple | list):
        return [fitting(each, kind) for each in value]
    if isinstance(value, Decimal) and (kind in IDENTITIES or kind is Type.REFS):
        return int(value)
    if isinstance(value, Decimal) and kind in TEXTS:
        return number_text(value)
    if kind in TEXTS and isinstance(value, date):
        return value.isoformat()
    return value


def plain(value: Any) -> Any:
    """A value as JSON for traces and for conditions that are compiled to SQL."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else number_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def filled_tree(tree: Any, names: Names) -> Any:
    """A condition over other records with its computed values put in."""
    if not isinstance(tree, Mapping):
        return tree
    filled: dict[str, Any] = dict(tree)
    for key in ("all", "any"):
        if key in tree:
            filled[key] = [filled_tree(each, names) for each in tree[key]]
    if "not" in tree:
        filled["not"] = filled_tree(tree["not"], names)
    if isinstance(tree.get("has"), Mapping) and "if" in tree["has"]:
        filled["has"] = {**tree["has"], "if": filled_tree(tree["has"]["if"], names)}
    if "field" in tree and is_computed(tree.get("value")) and _is_ours(tree["value"], names):
        filled["value"] = plain(compute(tree["value"], names))
    return filled


def _is_ours(value: Mapping[str, Any], names: Names) -> bool:
    """Whether the query does not know the value by itself: for it, "me" is the automation, not the person behind the cause."""
    return "var" not in value or (value["var"] == "me" and names.records.environment.user_id is not None)
