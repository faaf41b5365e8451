"""What each part of a condition saw: the "why" in the trace of an automation."""

from __future__ import annotations

from dataclasses import dataclass

from builder.expressions.conditions import leaves
from builder.expressions.nodes import COMPARISONS, Binary, Call, ListOf, Node
from builder.expressions.printer import LabelOf, print_expression
from runtime.expressions.environment import Environment
from runtime.expressions.python_backend import Resolve, evaluate
from runtime.expressions.values import ErrorValue


@dataclass(frozen=True, slots=True)
class LeafResult:
    """One leaf of a condition.

    text: the leaf in the language. value: what its left side was. expected: what it was compared with
    (None for questions such as ISBLANK). result: true, false, or the error.
    """

    text: str
    value: object
    expected: object
    result: bool | ErrorValue


def trace_condition(
    node: Node, resolve: Resolve, environment: Environment, label_of: LabelOf | None = None
) -> tuple[bool | ErrorValue, list[LeafResult]]:
    """Whether a condition holds, or the error that says it cannot be known, and all its leaves.

    Leaves are computed even where AND or OR would have stopped, so that a person sees each of them.
    """
    results = [_leaf(leaf, resolve, environment, label_of) for leaf in leaves(node)]
    return _truth(evaluate(node, resolve, environment)), results


def _leaf(leaf: Node, resolve: Resolve, environment: Environment, label_of: LabelOf | None) -> LeafResult:
    value, expected = None, None
    if isinstance(leaf, Binary) and leaf.op in COMPARISONS:
        value, expected = evaluate(leaf.left, resolve, environment), evaluate(leaf.right, resolve, environment)
    elif isinstance(leaf, Call) and leaf.args:
        value = evaluate(leaf.args[0], resolve, environment)
        others = leaf.args[1] if len(leaf.args) == 2 else ListOf(leaf.args[1:])
        expected = evaluate(others, resolve, environment) if len(leaf.args) > 1 else None
    else:
        value = evaluate(leaf, resolve, environment)
    return LeafResult(print_expression(leaf, label_of), value, expected, _truth(evaluate(leaf, resolve, environment)))


def _truth(value: object) -> bool | ErrorValue:
    return value if isinstance(value, ErrorValue) else value is True
