"""The expression language: text and JSON conditions to one checked syntax tree. See docs/developer/expressions.md."""

from __future__ import annotations

from builder.expressions.condition_values import Operands
from builder.expressions.conditions import from_json, leaves
from builder.expressions.functions import FUNCTIONS
from builder.expressions.infer import infer, volatile_problems
from builder.expressions.nodes import Node, paths
from builder.expressions.parser import parse
from builder.expressions.printer import print_expression
from builder.expressions.problems import ConditionProblem, ExpressionProblem
from builder.expressions.types import DictScope, Scope, Type

__all__ = [
    "FUNCTIONS",
    "ConditionProblem",
    "DictScope",
    "ExpressionProblem",
    "Node",
    "Operands",
    "Scope",
    "Type",
    "from_json",
    "infer",
    "leaves",
    "parse",
    "paths",
    "print_expression",
    "volatile_problems",
]
