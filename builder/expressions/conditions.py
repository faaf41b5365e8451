"""JSON condition trees, as rule builders and filters send them, to the syntax tree of formulas.

A tree is `{"all": […]}`, `{"any": […]}`, `{"not": {…}}`, `{"expr": "…"}`,
`{"has": {"relation", "if", "count": {"op", "value"}}}` or a leaf `{"field", "op", "value"}`.
An empty, NULL or odd operand never lets more rows through: `in []` matches nothing, and so does `not_in []`.
"""

from __future__ import annotations

from typing import Any

from builder.expressions.condition_leaves import OPERATORS, Leaf, build_leaf
from builder.expressions.condition_values import Operands, read_expression
from builder.expressions.infer import infer
from builder.expressions.limits import MAX_CONDITION_DEPTH, MAX_LEAVES, MAX_STEPS, PATH_ROOTS
from builder.expressions.nodes import Call, Const, Has, Node
from builder.expressions.problems import ConditionProblem, condition_problem
from builder.expressions.types import Scope, Type

COUNT_OPERATORS = {"is": "=", "is_not": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_SHAPES = ("all", "any", "not", "field", "has", "expr")
#: Containers (objects and lists) that one tree may hold, and how deep they may nest.
_MAX_CONTAINERS = 20_000
_MAX_JSON_DEPTH = 3 * MAX_CONDITION_DEPTH + 8


def from_json(tree: Any, scope: Scope, operands: Operands | None = None) -> tuple[Node | None, list[ConditionProblem]]:
    """The tree as an expression of type boolean, or None and all problems.

    `None` (no condition at all) gives `(None, [])`. The result is checked: it needs no `infer`.
    operands: where `{"expr"}` operands are read when that is another record, as in the `where` of a step.
    """
    if tree is None:
        return None, []
    refused = _check_size(tree)
    if refused is not None:
        return None, [refused]
    reader = _Reader(operands)
    node = reader.read(tree, scope, "", 1)
    return (None, reader.problems) if reader.problems else (node, [])


def leaves(node: Node) -> list[Node]:
    """The parts of a condition that are neither AND, OR nor NOT, in reading order."""
    found: list[Node] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Call) and current.name in ("AND", "OR", "NOT"):
            stack.extend(reversed(current.args))
        else:
            found.append(current)
    return found


def _check_size(tree: Any) -> ConditionProblem | None:
    """Refuse what is too large before anything recursive touches it."""
    stack = [(tree, 1)]
    containers = found = 0
    while stack:
        current, depth = stack.pop()
        containers += 1
        if depth > _MAX_JSON_DEPTH or containers > _MAX_CONTAINERS:
            return condition_problem("", "too_deep", limit=MAX_CONDITION_DEPTH)
        if isinstance(current, dict):
            found += any(key in current for key in ("field", "expr", "has"))
            if found > MAX_LEAVES:
                return condition_problem("", "too_many_leaves", limit=MAX_LEAVES)
            members = list(current.values())
        else:
            members = current
        if isinstance(members, list):
            stack.extend((member, depth + 1) for member in members if isinstance(member, (dict, list)))
    return None


class _Reader:
    def __init__(self, operands: Operands | None) -> None:
        self.operands = operands
        self.problems: list[ConditionProblem] = []

    def fail(self, path: str, code: str, **params: Any) -> Node:
        self.problems.append(condition_problem(path, code, **params))
        return Const(False)

    def read(self, tree: Any, scope: Scope, path: str, depth: int) -> Node:
        if depth > MAX_CONDITION_DEPTH:
            return self.fail(path, "too_deep", limit=MAX_CONDITION_DEPTH)
        if not isinstance(tree, dict):
            return self.fail(path, "not_an_object")
        shape = next((key for key in _SHAPES if key in tree), None)
        if shape is None:
            return self.fail(path, "unknown_shape")
        known = ("field", "op", "value") if shape == "field" else (shape,)
        for key in tree:
            if key not in known:
                self.fail(_join(path, str(key)[:60]), "unknown_key", name=str(key)[:60])
        match shape:
            case "all" | "any":
                return self._group(tree[shape], shape, scope, _join(path, shape), depth)
            case "not":
                return Call("NOT", (self.read(tree["not"], scope, _join(path, "not"), depth + 1),))
            case "has":
                return self._has(tree["has"], scope, _join(path, "has"), depth)
            case "expr":
                return self._expression(tree["expr"], scope, _join(path, "expr"))
        return self._leaf(tree, scope, path)

    def _group(self, members: Any, shape: str, scope: Scope, path: str, depth: int) -> Node:
        if not isinstance(members, list):
            return self.fail(path, "not_a_list", name=shape)
        nodes = tuple(self.read(member, scope, _join(path, str(index)), depth + 1) for index, member in enumerate(members))
        if not nodes:
            return Const(shape == "all")
        return nodes[0] if len(nodes) == 1 else Call("AND" if shape == "all" else "OR", nodes)

    def _expression(self, raw: Any, scope: Scope, path: str) -> Node:
        node, kind = read_expression(raw, scope, path, self.problems.append)
        if kind not in (Type.BOOLEAN, Type.ANY):
            return self.fail(path, "not_boolean", found=kind.value)
        return node

    def _has(self, raw: Any, scope: Scope, path: str, depth: int) -> Node:
        if not isinstance(raw, dict):
            return self.fail(path, "not_an_object")
        for key in raw:
            if key not in ("relation", "if", "count"):
                self.fail(_join(path, str(key)[:60]), "unknown_key", name=str(key)[:60])
        parts = _parts(raw.get("relation"))
        related = scope.related(parts) if parts else None
        if parts is None or related is None:
            return self.fail(_join(path, "relation"), "not_a_relation", name=str(raw.get("relation"))[:60])
        condition = None
        if raw.get("if") is not None:
            condition = self.read(raw["if"], related, _join(path, "if"), depth + 1)
        count = raw.get("count", {"op": "gte", "value": 1})
        op, value = (count.get("op", "gte"), count.get("value")) if isinstance(count, dict) else (None, None)
        if not isinstance(op, str) or op not in COUNT_OPERATORS:
            return self.fail(_join(path, "count/op"), "unknown_operator", name=str(op)[:60], kind="count")
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
            return self.fail(_join(path, "count/value"), "bad_value", found=str(value)[:60], kind="count")
        return Has(parts, condition, COUNT_OPERATORS[op], value)

    def _leaf(self, tree: dict[str, Any], scope: Scope, path: str) -> Node:
        parts = _parts(tree["field"])
        kind = scope.type_of(parts) if parts else None
        if parts is None or kind is None:
            return self.fail(_join(path, "field"), "unknown_field", name=str(tree["field"])[:60])
        op = tree.get("op")
        if not isinstance(op, str) or op not in OPERATORS or not OPERATORS[op].fits(kind):
            return self.fail(_join(path, "op"), "unknown_operator", name=str(op)[:60], kind=kind.value)
        before, place = len(self.problems), _join(path, "value")
        leaf = Leaf(parts, kind, scope, place, self.problems.append, self.operands)
        node = build_leaf(leaf, op, tree.get("value"))
        if len(self.problems) == before:  # what only shows in the whole: text against a number …
            self.problems += [ConditionProblem(place, found.code, found.message, found.params) for found in infer(node, scope)[1]]
        return node


def _join(path: str, key: str) -> str:
    return f"{path}/{key}" if path else key


def _parts(raw: Any) -> tuple[str, ...] | None:
    """The steps of a dotted path, or None when it is none or too long."""
    if not isinstance(raw, str) or not raw or len(raw) > 300:
        return None
    parts = tuple(raw.split("."))
    return parts if len(parts) <= MAX_STEPS + 1 + PATH_ROOTS.get(parts[0], 0) else None
