"""Computes an expression over one record in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, DecimalException, localcontext
from typing import Any

from builder.expressions.nodes import Binary, Call, Const, Error, Has, ListOf, Node, Path, Unary
from runtime.expressions.environment import Environment
from runtime.expressions.python_functions import EAGER, LAZY
from runtime.expressions.python_operators import OPERATORS
from runtime.expressions.values import EXACT, ErrorValue, Failure, equal, less, normal

Resolve = Callable[[tuple[str, ...]], Any]
#: A related record: a resolve function of its own, or its values by dotted path.
Related = Resolve | Mapping[str, Any]


def evaluate(node: Node, resolve: Resolve, environment: Environment) -> object | ErrorValue:
    """The value of an expression that `infer` found no problem in.

    resolve: gives the value of a path; for a to-many relation the related records, each a resolve
        function of its own or a mapping by dotted path. KeyError means "no such field" (#REF!).
    Results: None, bool, str (never empty), Decimal, date, aware datetime, tuple, or an ErrorValue.
    """
    with localcontext(EXACT):
        try:
            value: object = Evaluator(resolve, environment).value(node)
            return value
        except Failure as failure:
            return failure.error
        except (DecimalException, OverflowError):
            return ErrorValue("#NUM!", "the number is out of range")
        except (TypeError, AttributeError, ValueError):
            return ErrorValue("#VALUE!", "a value does not have the type that its field promises")


class Evaluator:
    """One record's evaluation. Functions that choose get it whole; the others get values."""

    def __init__(self, resolve: Resolve, environment: Environment) -> None:
        self.resolve = resolve
        self.environment = environment

    def value(self, node: Node) -> Any:
        """The value, or a Failure."""
        match node:
            case Const(value=value):
                return value
            case Path(parts=parts):
                return self._path(parts)
            case Call(name=name, args=args):
                if name in LAZY:
                    return LAZY[name](self, args)
                return EAGER[name](self.environment, *[self.value(arg) for arg in args])
            case Binary(op=op, left=left, right=right):
                return OPERATORS[op](self.environment, self.value(left), self.value(right))
            case Unary(op=op, operand=operand):
                return self._unary(op, self.value(operand))
            case ListOf(items=items):
                return tuple(self.value(item) for item in items)
            case Error(code=code):
                raise Failure(code, "written in the expression")
            case Has():
                return self._has(node)
        raise TypeError(f"not a node: {node!r}")

    def holds(self, node: Node) -> bool:
        """A condition: nothing counts as false."""
        return self.value(node) is True

    def _path(self, parts: tuple[str, ...]) -> Any:
        try:
            return normal(self.resolve(parts))
        except KeyError:
            raise Failure("#REF!", ".".join(parts)) from None

    def _unary(self, op: str, value: Decimal | None) -> Decimal | None:
        if value is None:
            return None
        return -value + 0 if op == "-" else value.scaleb(-2)

    def _has(self, node: Has) -> bool:
        try:
            records: Iterable[Related] = self.resolve(node.relation) or ()
        except KeyError:
            raise Failure("#REF!", ".".join(node.relation)) from None
        count = 0
        for record in records:
            if node.condition is None:
                count += 1
            else:
                count += Evaluator(_resolver(record), self.environment).holds(node.condition)
        return compare(node.op, Decimal(count), Decimal(node.count), self.environment)


def compare(op: str, left: Any, right: Any, environment: Environment) -> bool:
    """A comparison by its operator."""
    return bool(OPERATORS[op](environment, left, right))


def _resolver(record: Related) -> Resolve:
    if isinstance(record, Mapping):
        values = record
        return lambda parts: values[".".join(parts)]
    return record


__all__ = ["ErrorValue", "Evaluator", "Resolve", "compare", "equal", "evaluate", "less"]
