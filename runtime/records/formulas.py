"""Formulas that are kept in the record: computed at every save from the record's own values."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from builder.errors import Problem
from builder.expressions.limits import MAX_TEXT
from builder.expressions.nodes import paths
from builder.fields.computed import FormulaType
from builder.fields.number import NumberType
from builder.formulas import formula_of, stored_formulas
from runtime.records.draft import Draft
from runtime.records.evaluate import Evaluator
from runtime.records.plan import WritePlan
from runtime.tables import SYSTEM, FieldDef


def formula_order(plan: WritePlan) -> tuple[FieldDef, ...]:
    """The stored formulas, each after those that it depends on."""

    def order() -> tuple[FieldDef, ...]:
        stored = {each.key: each for each in plan.stored_formulas}
        keys = stored_formulas(each.field for each in plan.entity.fields.values() if each.kind != SYSTEM)
        return tuple(stored[key] for key in keys if key in stored)

    return plan.cached("formula_order", order)


def formula_inputs(plan: WritePlan) -> frozenset[str]:
    """The fields that some stored formula looks at."""

    def inputs() -> frozenset[str]:
        nodes = [node for each in plan.stored_formulas if (node := formula_of(each.field)) is not None]
        return frozenset(path[0] for node in nodes for path in paths(node))

    return plan.cached("formula_inputs", inputs)


def compute_formulas(plan: WritePlan, draft: Draft, evaluator: Evaluator) -> None:
    """Puts the results into `draft.new`; a formula that fails, or whose result cannot be kept, leaves the field empty."""
    if not draft.is_new and formula_inputs(plan).isdisjoint(draft.changed()):
        return
    for definition in formula_order(plan):
        value = evaluator.compute(formula_of(definition.field), draft)
        draft.new[definition.key] = kept_value(definition, value, evaluator)


def kept_value(definition: FieldDef, value: Any, evaluator: Evaluator) -> Any:
    """The result as the column keeps it."""
    kind = definition.type
    if value is None or not isinstance(kind, FormulaType):
        return None
    if isinstance(value, str) and kind.result_type(definition.field).name == "text":
        return value[:MAX_TEXT]
    field = kind.result_field(definition.field)
    result = kind.result_type(definition.field)
    if isinstance(result, NumberType) and isinstance(value, Decimal):
        if abs(value) >= Decimal(10) ** 28:
            return None
        value = value.quantize(Decimal(1).scaleb(-result.decimals(field)), rounding=ROUND_HALF_UP)
    try:
        parsed = result.parse(field, value, evaluator.ctx.locale)
    except (ValueError, OverflowError, ArithmeticError, TypeError):
        return None
    return None if isinstance(parsed, Problem) else parsed
