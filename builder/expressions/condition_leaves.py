"""The operators of condition leaves, and the expression that each one means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from builder.expressions.condition_values import Operands, Report, read_period, read_value
from builder.expressions.limits import MAX_VALUES
from builder.expressions.nodes import Binary, Call, Const, Has, ListOf, Node, Path
from builder.expressions.problems import condition_problem
from builder.expressions.types import IDENTITIES, LISTS, MOMENTS, NUMBERS, TEXTS, Scope, Type

_SINGLE = TEXTS | NUMBERS | MOMENTS | IDENTITIES | {Type.BOOLEAN, Type.ANY}
_ORDERED = TEXTS | NUMBERS | MOMENTS | {Type.ANY}
_MANY = LISTS | {Type.ANY}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf being read: the field, its type, and where problems go."""

    parts: tuple[str, ...]
    kind: Type
    scope: Scope
    path: str
    report: Report
    operands: Operands | None

    @property
    def field(self) -> Node:
        return Path(self.parts)

    def value(self, raw: Any, path: str | None = None, many: bool = False) -> Node:
        options = self.scope.choices_of(self.parts)
        return read_value(raw, self.kind, self.scope, path or self.path, self.report, options, many, self.operands)

    def values(self, raw: Any, many: bool = True) -> tuple[Node, ...]:
        """The operands of a list operator; NULLs among them match nothing and are left out."""
        if isinstance(raw, dict):
            return (self.value(raw, many=many),)
        if not isinstance(raw, list):
            raw = [raw]
        if len(raw) > MAX_VALUES:
            self.report(condition_problem(self.path, "too_many_values", limit=MAX_VALUES))
            return ()
        nodes = [self.value(member, f"{self.path}/{index}") for index, member in enumerate(raw)]
        return tuple(node for node in nodes if node != Const(None))


Build = Callable[[Leaf, Any], Node]


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: the field types that it fits and the expression that it means."""

    kinds: frozenset[Type]
    build: Build

    def fits(self, kind: Type) -> bool:
        return kind in self.kinds


def build_leaf(leaf: Leaf, op: str, raw: Any) -> Node:
    """The expression of one leaf whose operator is known to fit its field."""
    return OPERATORS[op].build(leaf, raw)


def _compare(op: str) -> Build:
    return lambda leaf, raw: Binary(op, leaf.field, leaf.value(raw))


def _is(leaf: Leaf, raw: Any) -> Node:
    """Equal. A written null means "empty"; an operand that turns out empty equals nothing."""
    if isinstance(raw, dict):
        return Call("IN", (leaf.field, leaf.value(raw)))
    return Binary("=", leaf.field, leaf.value(raw))


def _text(function: str) -> Build:
    return lambda leaf, raw: Call(function, (leaf.field, leaf.value(raw)))


def _in(leaf: Leaf, raw: Any) -> Node:
    nodes = leaf.values(raw)
    if not nodes:
        return Const(False)
    if isinstance(raw, dict):
        return Call("IN", (leaf.field, *nodes))
    if leaf.kind is Type.DATETIME:  # a date means the whole day, which a list of moments cannot say
        return _any_of([Binary("=", leaf.field, node) for node in nodes])
    return Call("IN", (leaf.field, ListOf(nodes)))


def _not_in(leaf: Leaf, raw: Any) -> Node:
    inner = _in(leaf, raw)
    return inner if inner == Const(False) else Call("NOT", (inner,))


def _between(leaf: Leaf, raw: Any) -> Node:
    if not isinstance(raw, list) or len(raw) != 2:
        leaf.report(condition_problem(leaf.path, "bad_value", found=str(type(raw).__name__), kind="between"))
        return Const(False)
    low, high = (leaf.value(member, f"{leaf.path}/{index}") for index, member in enumerate(raw))
    return Call("AND", (Binary(">=", leaf.field, low), Binary("<=", leaf.field, high)))


def _within(leaf: Leaf, raw: Any) -> Node:
    return read_period(raw, leaf.field, leaf.kind, leaf.path, leaf.report)


def _is_empty(leaf: Leaf, raw: Any) -> Node:
    empty: Node = Has(leaf.parts, None, "=", 0) if leaf.kind is Type.REFS else Call("ISBLANK", (leaf.field,))
    return Call("NOT", (empty,)) if raw is False else empty


def _is_not_empty(leaf: Leaf, raw: Any) -> Node:
    return Call("NOT", (_is_empty(leaf, None),)) if raw is not False else _is_empty(leaf, None)


def _holds(function: str) -> Build:
    """has, has_any, has_all: over a list in the record, or over linked records by their id."""

    def build(leaf: Leaf, raw: Any) -> Node:
        # "linked to each of a list" has no fixed number of tests, so the list must be written out.
        nodes = leaf.values(raw, many=leaf.kind is not Type.REFS or function == "HASANY")
        if not nodes:
            return Const(False)
        if leaf.kind is not Type.REFS:
            return Call(function, (leaf.field, ListOf(nodes) if len(nodes) > 1 else nodes[0]))
        if function == "HASANY":
            return Has(leaf.parts, Call("IN", (Path(("id",)), *nodes)))
        found = tuple(Has(leaf.parts, Binary("=", Path(("id",)), node)) for node in nodes)
        return found[0] if len(found) == 1 else Call("AND", found)

    return build


def _any_of(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else Call("OR", tuple(nodes))


OPERATORS: dict[str, Operator] = {
    "is": Operator(_SINGLE, _is),
    "is_not": Operator(_SINGLE, _compare("<>")),
    "in": Operator(_SINGLE, _in),
    "not_in": Operator(_SINGLE, _not_in),
    "gt": Operator(_ORDERED, _compare(">")),
    "gte": Operator(_ORDERED, _compare(">=")),
    "lt": Operator(_ORDERED, _compare("<")),
    "lte": Operator(_ORDERED, _compare("<=")),
    "between": Operator(_ORDERED, _between),
    "contains": Operator(TEXTS | {Type.ANY}, _text("ICONTAINS")),
    "starts_with": Operator(TEXTS | {Type.ANY}, _text("ISTARTSWITH")),
    "is_empty": Operator(frozenset(Type), _is_empty),
    "is_not_empty": Operator(frozenset(Type), _is_not_empty),
    "has": Operator(_MANY, _holds("HASALL")),
    "has_any": Operator(_MANY, _holds("HASANY")),
    "has_all": Operator(_MANY, _holds("HASALL")),
    "within": Operator(MOMENTS | {Type.ANY}, _within),
}
