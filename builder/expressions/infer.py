"""The type of an expression, and everything in it that does not fit."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from builder.expressions.functions import FUNCTIONS
from builder.expressions.infer_calls import check_call
from builder.expressions.nodes import COMPARISONS, Binary, Call, Const, ConstValue, Error, Has, ListOf, Node, Path, Unary, walk
from builder.expressions.problems import ExpressionProblem, problem
from builder.expressions.types import NUMBERS, TEXTS, Scope, Type, comparable, ordered


def infer(node: Node, scope: Scope) -> tuple[Type, list[ExpressionProblem]]:
    """The type of the whole and all problems, in reading order. ANY where it cannot be known."""
    checker = Checker(scope)
    kind = checker.type_of(node)
    return kind, sorted(checker.problems, key=lambda found: found.position)


def volatile_problems(node: Node) -> list[ExpressionProblem]:
    """Why the value may not be stored: functions whose result changes by itself."""
    return [
        problem("volatile", current.at, current.length, name=current.name)
        for current, _ in walk(node)
        if isinstance(current, Call) and FUNCTIONS[current.name].volatile
    ]


def type_of_constant(value: ConstValue) -> Type:
    """The type of a literal."""
    match value:
        case None:
            return Type.ANY
        case bool():
            return Type.BOOLEAN
        case str():
            return Type.TEXT
        case Decimal():
            return Type.NUMBER
        case datetime():
            return Type.DATETIME
    return Type.DATE


class Checker:
    """One walk over one expression. `types` holds the type of every visited node by id()."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.problems: list[ExpressionProblem] = []
        self.types: dict[int, Type] = {}

    def type_of(self, node: Node) -> Type:
        kind = self._type_of(node)
        self.types[id(node)] = kind
        return kind

    def report(self, code: str, node: Node, **params: object) -> Type:
        self.problems.append(problem(code, node.at, node.length, **params))
        return Type.ANY

    def _type_of(self, node: Node) -> Type:
        match node:
            case Const(value=value):
                return type_of_constant(value)
            case Path(parts=parts):
                kind = self.scope.type_of(parts)
                return kind if kind is not None else self.report("unknown_field", node, name=".".join(parts))
            case Error():
                return Type.ANY
            case ListOf(items=items):
                for item in items:
                    self.type_of(item)
                return Type.LIST
            case Unary(operand=operand):
                self._need(operand, self.type_of(operand), NUMBERS, node.op, "a number")
                return Type.NUMBER
            case Binary():
                return self._binary(node)
            case Call():
                return check_call(self, node)
            case Has():
                return self._has(node)
        raise TypeError(f"not a node: {node!r}")

    def _has(self, node: Has) -> Type:
        related = self.scope.related(node.relation)
        if related is None:
            self.report("not_a_relation", node, name=".".join(node.relation))
        elif node.condition is not None:
            inner = Checker(related)
            kind = inner.type_of(node.condition)
            self.problems += inner.problems
            self.types |= inner.types
            if kind not in (Type.BOOLEAN, Type.ANY):
                self.report("not_boolean", node.condition, found=kind.value)
        return Type.BOOLEAN

    def _binary(self, node: Binary) -> Type:
        left, right = self.type_of(node.left), self.type_of(node.right)
        if node.op in COMPARISONS:
            return self._comparison(node, left, right)
        if node.op == "&":
            for side, kind in ((node.left, left), (node.right, right)):
                hint = "" if kind in TEXTS else "Use TEXT()."
                self._need(side, kind, TEXTS, "&", "text", hint)
            return Type.TEXT
        if node.op in "+-" and Type.DATE in (left, right):
            return self._date_arithmetic(node, left, right)
        if node.op == "-" and {left, right} in ({Type.DATETIME}, {Type.DATETIME, Type.ANY}):
            return Type.NUMBER
        for side, kind in ((node.left, left), (node.right, right)):
            hint = {Type.TEXT: "Use VALUE().", Type.DATETIME: "Use DATEADD()."}.get(kind, "")
            self._need(side, kind, NUMBERS, node.op, "a number", hint)
        return Type.NUMBER

    def _date_arithmetic(self, node: Binary, left: Type, right: Type) -> Type:
        if node.op == "-" and left is Type.DATE and right is Type.DATE:
            return Type.NUMBER
        if left is Type.DATE:
            self._need(node.right, right, NUMBERS, node.op, "a number of days")
        elif node.op == "+":
            self._need(node.left, left, NUMBERS, node.op, "a number of days")
        else:
            self._need(node.left, left, frozenset({Type.DATE}), node.op, "a date")
            return Type.NUMBER
        return Type.DATE

    def _comparison(self, node: Binary, left: Type, right: Type) -> Type:
        if node.op in ("=", "<>"):
            fits = comparable(left, right) and not {left, right} & {Type.LIST, Type.CHOICES, Type.REFS}
        else:
            fits = comparable(left, right) and ordered(left) and ordered(right)
        if not fits:
            self.report("compare_types", node, left=left.value, right=right.value)
        for field, other in ((node.left, node.right), (node.right, node.left)):
            self.check_choice(field, other)
        return Type.BOOLEAN

    def check_choice(self, field: Node, other: Node) -> None:
        """Report a written text that is no option of the choice field it is compared with."""
        if not isinstance(field, Path) or self.types.get(id(field)) not in (Type.CHOICE, Type.CHOICES):
            return
        options = self.scope.choices_of(field.parts)
        for item in other.items if isinstance(other, ListOf) else (other,):
            if options is not None and isinstance(item, Const) and isinstance(item.value, str) and item.value not in options:
                self.report("unknown_choice", item, found=item.value, name=".".join(field.parts))

    def _need(self, node: Node, kind: Type, wanted: frozenset[Type], op: str, words: str, hint: str = "") -> None:
        if kind is not Type.ANY and kind not in wanted:
            self.report("operand_type", node, op=op, expected=words, found=kind.value, hint=hint)
