"""Syntax tree to canonical text: `parse(print_expression(node)) == node`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from builder.expressions.functions import FUNCTIONS
from builder.expressions.nodes import BINARY_LEVELS, Binary, Call, Const, ConstValue, Error, Has, ListOf, Node, Path, Unary

_LEVEL = {op: level for level, ops in enumerate(BINARY_LEVELS) for op in ops}
_UNARY_LEVEL = len(BINARY_LEVELS)
_PERCENT_LEVEL = _UNARY_LEVEL + 1
_ATOM_LEVEL = _PERCENT_LEVEL + 1

LabelOf = Callable[[tuple[str, ...]], str]


def print_expression(node: Node, label_of: LabelOf | None = None, *, chinese: bool = False) -> str:
    """Canonical text of an expression.

    label_of: what to show for a field instead of its key path (then it is for reading only).
    chinese: show Chinese function names, which `parse` reads as well.
    """
    return _Printer(label_of or ".".join, chinese).text(node)


class _Printer:
    def __init__(self, label_of: LabelOf, chinese: bool) -> None:
        self.label_of = label_of
        self.chinese = chinese

    def text(self, node: Node) -> str:
        match node:
            case Const(value=value):
                return _const(value)
            case Path(parts=parts):
                return self._field(parts)
            case Error(code=code):
                return code
            case Call(name=name, args=args):
                shown = FUNCTIONS[name].chinese if self.chinese and name in FUNCTIONS else name
                return f"{shown}({', '.join(map(self.text, args))})"
            case ListOf(items=items):
                return f"[{', '.join(map(self.text, items))}]"
            case Unary(op="-", operand=operand):
                return "-" + self._inside(operand, _UNARY_LEVEL)
            case Unary(operand=operand):
                return self._inside(operand, _PERCENT_LEVEL) + "%"
            case Binary(op=op, left=left, right=right):
                level = _LEVEL[op]
                return f"{self._inside(left, level)} {op} {self._inside(right, level + 1)}"
            case Has():
                return self._has(node)
        raise TypeError(f"not a node: {node!r}")

    def _field(self, parts: tuple[str, ...]) -> str:
        return "{" + self.label_of(parts) + "}"

    def _inside(self, node: Node, level: int) -> str:
        text = self.text(node)
        return text if _level(node) >= level else f"({text})"

    def _has(self, node: Has) -> str:
        relation = self._field(node.relation)
        if node.op == ">=" and node.count == 1:
            return f"HAS({relation})" if node.condition is None else f"HAS({relation}, {self.text(node.condition)})"
        condition = "TRUE" if node.condition is None else self.text(node.condition)
        return f'HAS({relation}, {condition}, "{node.op}", {node.count})'


def _level(node: Node) -> int:
    if isinstance(node, Binary):
        return _LEVEL[node.op]
    if isinstance(node, Unary):
        return _UNARY_LEVEL if node.op == "-" else _PERCENT_LEVEL
    if isinstance(node, Const) and isinstance(node.value, Decimal) and node.value < 0:
        return _UNARY_LEVEL
    return _ATOM_LEVEL


def _const(value: ConstValue) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return '"' + value.replace('"', '""') + '"'
        case Decimal():
            return format(value, "f")
        case datetime():
            return "#" + value.astimezone(UTC).isoformat().replace("+00:00", "Z") + "#"
        case date():
            return f"#{value.isoformat()}#"
    raise TypeError(f"not a constant: {value!r}")
