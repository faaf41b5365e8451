"""Evaluates an automation's condition over a record, and tells what each part of it came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from builder.expressions.conditions import leaves
from builder.expressions.nodes import Node, paths
from builder.expressions.printer import print_expression
from runtime.automations.names import Names
from runtime.automations.values import plain
from runtime.expressions.python_backend import evaluate
from runtime.expressions.values import ErrorValue


@dataclass(frozen=True)
class Verdict:
    """`holds` is None when the condition cannot be computed; `error` says why."""

    holds: bool | None
    error: str = ""


def judge(node: Node | None, names: Names) -> Verdict:
    """Whether the condition holds. No condition holds always."""
    if node is None:
        return Verdict(True)
    value = evaluate(node, names, names.records.environment)
    if isinstance(value, ErrorValue):
        return Verdict(None, f"{value.code} {value.reason}")
    return Verdict(value is True)


def explain_leaves(node: Node | None, names: Names) -> list[dict[str, Any]]:
    """Each part of the condition: its text, whether it holds (None: error), and the values of the fields in it."""
    return [_leaf(each, names) for each in leaves(node)] if node is not None else []


def _leaf(node: Node, names: Names) -> dict[str, Any]:
    verdict = judge(node, names)
    found: dict[str, Any] = {"text": print_expression(node), "holds": verdict.holds, "values": {}}
    if verdict.error:
        found["error"] = verdict.error
    for path in paths(node):
        found["values"][".".join(path)] = _shown(path, names)
    return found


def _shown(path: tuple[str, ...], names: Names) -> Any:
    try:
        value = names(path)
    except KeyError:
        return None
    if isinstance(value, list) and any(callable(each) for each in value):
        return len(value)
    return plain(value) if not isinstance(value, ErrorValue) else value.code
