"""Random well-typed expressions, made from the function catalogue, so that a new function is covered by itself."""

from __future__ import annotations

import random
from decimal import Decimal

from builder.expressions.functions import FUNCTIONS, FunctionSpec, Param
from builder.expressions.nodes import Binary, Call, Const, ListOf, Node, Path, Unary
from builder.expressions.types import Type
from tests.runtime.expressions.samples import CHOICES, TYPES, random_value

_SIMPLE = (Type.TEXT, Type.NUMBER, Type.BOOLEAN, Type.DATE, Type.DATETIME, Type.PERSON)
_KIND = {"text": Type.TEXT, "number": Type.NUMBER, "boolean": Type.BOOLEAN, "date": Type.DATE, "datetime": Type.DATETIME}
_SAME = {"IF", "IFS", "SWITCH", "IFBLANK", "COALESCE", "IFERROR"}
_SORTED = {"MIN", "MAX"}


class Generator:
    """`make(kind, depth)` gives an expression of the type."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.specs = [spec for spec in FUNCTIONS.values() if spec.sql]

    def make(self, kind: Type, depth: int) -> Node:
        roll = self.rng.random()
        if depth <= 0 or roll < 0.12:
            return self.leaf(kind)
        if roll < 0.45:
            made = self.operator(kind, depth)
            if made is not None:
                return made
        return self.call(kind, depth)

    def leaf(self, kind: Type) -> Node:
        fields = [name for name, found in TYPES.items() if found is kind or (kind is Type.TEXT and found is Type.CHOICE)]
        if fields and self.rng.random() < 0.75:
            return Path((self.rng.choice(fields),))
        if self.rng.random() < 0.1:
            return Const(None)
        return Call("USER", ()) if kind is Type.PERSON else Const(random_value(self.rng, kind))

    def operator(self, kind: Type, depth: int) -> Node | None:
        rng, down = self.rng, depth - 1
        if kind is Type.NUMBER:
            if rng.random() < 0.15:
                operand = self.make(Type.NUMBER, down)
                return Unary("%" if isinstance(operand, Const) else rng.choice("-%"), operand)
            if rng.random() < 0.15:
                moment = rng.choice([Type.DATE, Type.DATETIME])
                return Binary("-", self.typed(moment, down), self.typed(moment, down))
            return Binary(rng.choice("+-*/^" if rng.random() < 0.3 else "+-*/"), self.make(kind, down), self.make(kind, down))
        if kind is Type.TEXT:
            return Binary("&", self.make(kind, down), self.make(kind, down))
        if kind is Type.DATE:
            return Binary(rng.choice("+-"), self.typed(kind, down), self.make(Type.NUMBER, down))
        if kind is Type.BOOLEAN:
            return self.comparison(down)
        return None

    def typed(self, kind: Type, depth: int) -> Node:
        """An expression whose type the checker knows: not a bare NULL."""
        made = self.make(kind, depth)
        return Path(("d1" if kind is Type.DATE else "m1",)) if made == Const(None) else made

    def comparison(self, depth: int) -> Node:
        rng = self.rng
        kind = rng.choice(_SIMPLE)
        other = kind
        if kind in (Type.DATE, Type.DATETIME) and rng.random() < 0.4:
            other = Type.DATE if kind is Type.DATETIME else Type.DATETIME
        if kind is Type.TEXT and rng.random() < 0.3:
            return Binary(rng.choice(["=", "<>"]), Path(("c1",)), Const(rng.choice(CHOICES)))
        if kind is Type.PERSON and rng.random() < 0.4:
            return Binary(rng.choice(["=", "<>"]), self.make(kind, depth), Const(Decimal(rng.choice(["1", "2", "2.5"]))))
        ops = ["=", "<>"] if kind in (Type.BOOLEAN, Type.PERSON) else ["=", "<>", "<", "<=", ">", ">="]
        return Binary(rng.choice(ops), self.make(kind, depth), self.make(other, depth))

    def call(self, kind: Type, depth: int) -> Node:
        fitting = [spec for spec in self.specs if self.gives(spec, kind)]
        if not fitting:
            return self.leaf(kind)
        spec = self.rng.choice(fitting)
        count = self.rng.choice([number for number in range(7) if spec.accepts_count(number)])
        return Call(spec.name, tuple(self.argument(spec, kind, at, count, depth - 1) for at in range(count)))

    def gives(self, spec: FunctionSpec, kind: Type) -> bool:
        if spec.name in _SAME:
            return True
        if spec.name in _SORTED:
            return kind in (Type.NUMBER, Type.DATE, Type.DATETIME)
        if spec.name == "DATEADD":
            return kind in (Type.DATE, Type.DATETIME)
        return spec.result is kind

    def argument(self, spec: FunctionSpec, kind: Type, at: int, count: int, depth: int) -> Node:
        param = spec.param_at(at, count)
        if param.constant:
            return Const(self.constant(spec, param, kind))
        if spec.name == "SWITCH" and param.name in ("value", "key"):
            return self.make(Type.NUMBER, depth)
        if param.name in ("then", "otherwise", "result") or (spec.name in _SAME and param.kind == "any"):
            return self.make(kind, depth)
        if spec.name in _SORTED or (spec.name == "DATEADD" and at == 0):
            return self.make(kind, depth) if spec.name in _SORTED else self.typed(kind, depth)
        if spec.name in ("IN", "HASANY", "HASALL"):
            return self.member(spec.name, at, depth)
        if spec.name == "TEXT":
            return self.typed_number(depth)
        if spec.name == "DATEDIF":
            return self.typed(Type.DATETIME, depth)
        return self.of_kind(param.kind, depth)

    def typed_number(self, depth: int) -> Node:
        return Binary("+", Path(("n1",)), self.make(Type.NUMBER, depth))

    def member(self, name: str, at: int, depth: int) -> Node:
        if name == "IN":
            return self.make(Type.NUMBER, depth) if at == 0 or self.rng.random() < 0.6 else self.numbers()
        if at == 0:
            return Path(("tags",))
        if self.rng.random() < 0.3:
            return Path(("tags",))
        options = [Const(self.rng.choice(["red", "green", "blue", None])) for _ in range(self.rng.randint(0, 2))]
        return ListOf(tuple(options)) if self.rng.random() < 0.5 else Path(("t1",))

    def numbers(self) -> Node:
        if self.rng.random() < 0.5:
            return Path(("nums",))
        return ListOf(tuple(self.make(Type.NUMBER, 0) for _ in range(self.rng.randint(0, 3))))

    def of_kind(self, kind: str, depth: int) -> Node:
        match kind:
            case "moment":
                return self.typed(self.rng.choice([Type.DATE, Type.DATETIME]), depth)
            case "list":
                return self.rng.choice([Path(("tags",)), ListOf((Path(("t1",)), Const("z"), Path(("c1",))))])
            case "numbers":
                return self.make(Type.NUMBER, depth) if self.rng.random() < 0.7 else self.numbers()
            case "any":
                return self.make(self.rng.choice(_SIMPLE), depth) if self.rng.random() < 0.8 else Path(("tags",))
        return self.make(_KIND[kind], depth)

    def constant(self, spec: FunctionSpec, param: Param, kind: Type) -> str | Decimal:
        if param.kind == "number":
            if param.allowed:
                return Decimal(self.rng.choice(param.allowed))
            return Decimal(self.rng.randint(-3, 4) if param.name == "digits" else self.rng.randint(0, 400))
        if spec.name == "TEXT":
            return self.rng.choice(["0", "0.00", "#,##0.00", "0%", "0.0%", "#,##0"])
        allowed = param.allowed
        if spec.name == "DATEADD" and kind is Type.DATE:
            allowed = ("Y", "M", "W", "d")
        if spec.name == "WITHIN" and param.name == "unit":
            allowed = allowed[2:]
        return self.rng.choice(allowed)
