"""Lark's tree to ours. Works through a list of subtrees, children first, so depth costs no stack."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from lark import Token, Tree

from builder.expressions.functions import ALIASES, FUNCTIONS
from builder.expressions.limits import MAX_STEPS, PATH_ROOTS, usable_number
from builder.expressions.nodes import COMPARISONS, Binary, Call, Const, Error, Has, ListOf, Node, Path, Unary
from builder.expressions.problems import ExpressionProblem, problem

_KEY = re.compile(r"\w+")
_PLAIN = str.maketrans("＝＜＞！＆＋－−＊×／÷＾％", "=<>!&+--**//^%")
_SPELLINGS = {"!=": "<>", "==": "=", "≠": "<>", "≤": "<=", "≥": ">="}


class Unreadable(Exception):
    """Carries a problem out of the tree builder; `parse` turns it into a value."""

    def __init__(self, found: ExpressionProblem) -> None:
        super().__init__(found.message)
        self.problem = found


class TreeBuilder:
    """Builds one expression. `build` is the only entry."""

    def build(self, tree: Any) -> Node:
        order: list[Tree[Any]] = []
        stack = [tree]
        while stack:
            current = stack.pop()
            order.append(current)
            stack.extend(child for child in current.children if isinstance(child, Tree))
        built: dict[int, Any] = {}
        for current in reversed(order):
            parts = [built[id(child)] if isinstance(child, Tree) else child for child in current.children]
            make: Callable[[list[Any]], Any] = getattr(self, f"_{current.data}")
            built[id(current)] = make([part for part in parts if part is not None])
        node: Node = built[id(tree)]
        return node

    def _number(self, parts: list[Any]) -> Node:
        at, length = _span(parts)
        value = Decimal(str(parts[0]).replace("．", "."))
        if not usable_number(value):
            raise Unreadable(problem("bad_number", at, length, found=str(parts[0])))
        return Const(value, at, length)

    def _text(self, parts: list[Any]) -> Node:
        quote, body = parts[0][0], str(parts[0])[1:-1]
        if quote in "\"'":
            body = body.replace(quote * 2, quote)
        return Const(body or None, *_span(parts))

    def _path(self, parts: list[Any]) -> Node:
        at, length = _span(parts)
        body = str(parts[0])[1:-1]
        keys = tuple(key.strip() for key in re.split(r"[.．]", body))
        if not all(_KEY.fullmatch(key) for key in keys):
            raise Unreadable(problem("bad_field", at, length, found=str(parts[0])))
        if len(keys) > MAX_STEPS + 1 + PATH_ROOTS.get(keys[0], 0):
            raise Unreadable(problem("path_too_long", at, length, limit=MAX_STEPS))
        return Path(keys, at, length)

    def _moment(self, parts: list[Any]) -> Node:
        at, length = _span(parts)
        value = read_moment(str(parts[0])[1:-1])
        if value is None:
            raise Unreadable(problem("bad_date", at, length, found=str(parts[0])))
        return Const(value, at, length)

    def _error(self, parts: list[Any]) -> Node:
        return Error(parts[0].upper(), *_span(parts))

    def _true(self, parts: list[Any]) -> Node:
        return Const(True, *_span(parts))

    def _false(self, parts: list[Any]) -> Node:
        return Const(False, *_span(parts))

    def _null(self, parts: list[Any]) -> Node:
        return Const(None, *_span(parts))

    def _bracket(self, parts: list[Any]) -> Node:
        node: Node = parts[1]
        return node

    def _arguments(self, parts: list[Any]) -> Any:
        return tuple(part for part in parts if not isinstance(part, Token))

    def _list_of(self, parts: list[Any]) -> Node:
        items = next((part for part in parts if isinstance(part, tuple)), ())
        return ListOf(items, *_span(parts))

    def _call(self, parts: list[Any]) -> Node:
        at, length = _span(parts)
        written = parts[0].upper()
        name = ALIASES.get(written, written)
        args = next((part for part in parts if isinstance(part, tuple)), ())
        if name == "HAS":
            return _has(args, at, length)
        if name not in FUNCTIONS:
            raise Unreadable(problem("unknown_function", at, len(parts[0]), name=str(parts[0])))
        return Call(name, args, at, length)

    def _minus(self, parts: list[Any]) -> Node:
        operand = parts[1]
        if isinstance(operand, Const) and isinstance(operand.value, Decimal):
            return Const(-operand.value or Decimal(0), *_span(parts))
        return Unary("-", operand, *_span(parts))

    def _plus(self, parts: list[Any]) -> Node:
        node: Node = parts[1]
        return node

    def _percent_of(self, parts: list[Any]) -> Node:
        return Unary("%", parts[0], *_span(parts))

    def _binary(self, parts: list[Any]) -> Node:
        plain = str(parts[1]).translate(_PLAIN)
        return Binary(_SPELLINGS.get(plain, plain), parts[0], parts[2], *_span(parts))


def _has(args: tuple[Node, ...], at: int, length: int) -> Node:
    """HAS({relation}[, condition[, ">=", 1]]) as its own node."""
    match args:
        case (Path(parts=relation),):
            return Has(relation, None, ">=", 1, at, length)
        case (Path(parts=relation), condition):
            return Has(relation, _no_condition(condition), ">=", 1, at, length)
        case (Path(parts=relation), condition, Const(value=str(op)), Const(value=Decimal() as count)) if (
            op in COMPARISONS and count == count.to_integral_value() and 0 <= count < 10**9
        ):
            return Has(relation, _no_condition(condition), op, int(count), at, length)
    raise Unreadable(problem("bad_has", at, length))


def _no_condition(node: Node) -> Node | None:
    return None if node == Const(True) else node


def read_moment(text: str) -> date | datetime | None:
    """A date `YYYY-MM-DD`, or an RFC 3339 time with its zone; None when it is neither."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?:Z|[+-][0-9:]+)", text):
            return None
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _span(parts: list[Any]) -> tuple[int, int]:
    """Where the parts stand in the source: start and length."""
    first, last = parts[0], parts[-1]
    start = (first.start_pos or 0) if isinstance(first, Token) else int(first.at)
    end = (last.end_pos or 0) if isinstance(last, Token) else int(last.at + last.length)
    return start, end - start
