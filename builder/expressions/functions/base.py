"""How a function is described. Its two implementations live in `runtime.expressions`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from builder.expressions.types import LISTS, MOMENTS, NUMBERS, TEXTS, Type, unify

#: The words that may stand for types in `FunctionSpec.signature`.
KINDS: dict[str, frozenset[Type]] = {
    "text": TEXTS,
    "number": NUMBERS,
    "boolean": frozenset({Type.BOOLEAN}),
    "date": frozenset({Type.DATE}),
    "datetime": frozenset({Type.DATETIME}),
    "moment": MOMENTS,
    "list": LISTS,
    "numbers": NUMBERS | {Type.LIST},
    "sortable": NUMBERS | MOMENTS | {Type.LIST},
    "any": frozenset(Type),
}

ResultRule: TypeAlias = Type | Callable[[Sequence[Type]], Type | None]


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter. `constant`: must be written out. `allowed`: the texts it may be."""

    name: str
    kind: str
    optional: bool = False
    constant: bool = False
    repeats: bool = False
    allowed: tuple[str, ...] = ()

    def accepts(self, kind: Type) -> bool:
        return kind is Type.ANY or kind in KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A function of the language.

    signature: space-separated `name:kind`; after the kind `?` optional, `!` written out,
        `*` may repeat (all starred ones repeat together). `name:unit!=d|M|Y` lists allowed texts.
    result: a Type, or a rule from argument types (None = they do not mix).
    sql: may stand in filters. volatile: changes with time or person, never stored.
    examples: (expression, expression or literal with the same value) pairs; both back ends are
        held to them.
    """

    name: str
    signature: str
    result: ResultRule
    help_en: str
    help_zh: str
    examples: tuple[tuple[str, str], ...]
    chinese: str
    sql: bool = True
    volatile: bool = False

    @property
    def params(self) -> tuple[Param, ...]:
        return tuple(_param(word) for word in self.signature.split())

    @property
    def least(self) -> int:
        return sum(not param.optional for param in self.params)

    def accepts_count(self, count: int) -> bool:
        params = self.params
        repeating = sum(param.repeats for param in params)
        if count < self.least:
            return False
        if not repeating:
            return count <= len(params)
        fixed_tail = sum(param.optional and not param.repeats for param in params)
        extra = count - self.least
        return any((extra - tail) % repeating == 0 for tail in range(min(fixed_tail, extra) + 1))

    def param_at(self, index: int, count: int) -> Param:
        """The parameter that argument `index` of `count` fills."""
        params = self.params
        if index < len(params) and not any(param.repeats for param in params):
            return params[index]
        head = [param for param in params if not param.repeats and not param.optional]
        cycle = [param for param in params if param.repeats]
        tail = [param for param in params if param.optional]
        if index < len(head):
            return head[index]
        if tail and (count - len(head)) % len(cycle) and index == count - 1:
            return tail[0]
        return cycle[(index - len(head)) % len(cycle)]


def _param(word: str) -> Param:
    name, kind = word.split(":")
    kind, _, allowed = kind.partition("=")
    return Param(
        name=name,
        kind=kind.rstrip("?!*"),
        optional="?" in kind,
        constant="!" in kind,
        repeats="*" in kind,
        allowed=tuple(allowed.split("|")) if allowed else (),
    )


def common(*positions: int) -> Callable[[Sequence[Type]], Type | None]:
    """Result rule: the common type of the arguments at these positions (all when none given)."""

    def rule(kinds: Sequence[Type]) -> Type | None:
        chosen = [kinds[at] for at in positions if at < len(kinds)] if positions else kinds
        return unify_all(chosen)

    return rule


def unify_all(kinds: Sequence[Type]) -> Type | None:
    """The common type of all, or None when they do not mix."""
    result: Type | None = Type.ANY
    for kind in kinds:
        result = unify(result, kind) if result is not None else None
    return result
