"""Evaluates an automation's condition over a record, and tells what each part of it came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

from builder.expressions.nodes import Call, Node, paths
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
    return [_leaf(each, names) for each in _parts(node)] if node is not None else []


def _parts(node: Node) -> Iterator[Node]:
    """The parts that AND and OR join; one with a NOT in front keeps it: what is told is what was asked."""
    if isinstance(node, Call) and node.name == "NOT" and not _is_joint(node.args[0]):
        yield node
    elif _is_joint(node):
        for each in node.args:
            yield from _parts(each)
    else:
        yield node


def _is_joint(node: Node) -> TypeGuard[Call]:
    return isinstance(node, Call) and node.name in ("AND", "OR", "NOT")


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
