"""The one syntax tree behind formulas, filters and automation conditions.

Nodes compare by meaning: where a node stood in the source (`at`, `length`, in characters)
takes no part in equality, so `parse(print_expression(node)) == node`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

ConstValue: TypeAlias = bool | str | Decimal | date | datetime | None

#: Operators of `Binary`, weakest first; one tuple per level, each level groups to the left.
BINARY_LEVELS = (("=", "<>", "<", "<=", ">", ">="), ("&",), ("+", "-"), ("*", "/"), ("^",))
COMPARISONS = BINARY_LEVELS[0]


@dataclass(frozen=True, slots=True)
class Const:
    """A literal. Numbers are finite Decimals; text is never empty (that is `None`)."""

    value: ConstValue
    at: int = field(default=0, compare=False)
    length: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Path:
    """A field, or a field reached over to-one relations: `("company", "owner", "name")`."""

    parts: tuple[str, ...]
    at: int = field(default=0, compare=False)
    length: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; `name` is the upper-case English name."""

    name: str
    args: tuple[Node, ...]
    at: int = field(default=0, compare=False)
    length: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` (op "-") or `x%` (op "%")."""

    op: str
    operand: Node
    at: int = field(default=0, compare=False)
    length: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`left op right` with an operator of `BINARY_LEVELS`."""

    op: str
    left: Node
    right: Node
    at: int = field(default=0, compare=False)
    length: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b, c]`."""

    items: tuple[Node, ...]
    at: int = field(default=0, compare=False)
    length: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Error:
    """An error written as a value: `#DIV/0!`, `#VALUE!`, `#REF!`, `#NUM!`."""

    code: str
    at: int = field(default=0, compare=False)
    length: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Has:
    """How many records of a to-many relation match: `count(condition) op count`.

    Paths inside `condition` start at the related record. `condition` None counts all.
    """

    relation: tuple[str, ...]
    condition: Node | None = None
    op: str = ">="
    count: int = 1
    at: int = field(default=0, compare=False)
    length: int = field(default=0, compare=False)


Node: TypeAlias = Const | Path | Call | Unary | Binary | ListOf | Error | Has


def children(node: Node) -> tuple[Node, ...]:
    """Direct children. The condition inside `Has` is one, though its paths have another root."""
    match node:
        case Call():
            return node.args
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case ListOf():
            return node.items
        case Has(condition=condition) if condition is not None:
            return (condition,)
    return ()


def walk(node: Node) -> Iterator[tuple[Node, int]]:
    """Every node with its depth (the root has 1), without recursion."""
    stack = [(node, 1)]
    while stack:
        current, depth = stack.pop()
        yield current, depth
        stack.extend((child, depth + 1) for child in reversed(children(current)))


def paths(node: Node) -> list[tuple[str, ...]]:
    """Fields that the value depends on, each once, in order; for `Has` the relation itself."""
    found: dict[tuple[str, ...], None] = {}
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Path):
            found[current.parts] = None
        elif isinstance(current, Has):
            found[current.relation] = None
        else:
            stack.extend(reversed(children(current)))
    return list(found)
