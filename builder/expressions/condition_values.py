"""Values in condition trees: literals read by the type of the field, and dynamic values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from builder.expressions.infer import infer
from builder.expressions.limits import storable_text, usable_number
from builder.expressions.nodes import Call, Const, Error, ListOf, Node
from builder.expressions.parser import parse
from builder.expressions.problems import ConditionProblem, ExpressionProblem, condition_problem
from builder.expressions.tree_builder import read_moment
from builder.expressions.types import LISTS, Scope, Type, comparable

VARIABLES = {"today": "TODAY", "now": "NOW", "me": "USER", "my_teams": "MYTEAMS"}
PERIODS = ("last", "next", "this", "previous", "following")
CALENDAR_UNITS = ("day", "week", "month", "quarter", "year")
ROLLING_UNITS = ("minute", "hour", *CALENDAR_UNITS)

Report = Callable[[ConditionProblem], None]


@dataclass(frozen=True, slots=True)
class Operands:
    """Where `{"expr"}` operands are read when that is not the entity of the condition.

    compute: gives their value at once (a plain value, or an `Error` node); without it the condition is
        only good for checking.
    """

    scope: Scope
    compute: Callable[[Node], Any] | None = None

    def node(self, operand: Node) -> Node:
        return Const(None) if self.compute is None else constant_node(self.compute(operand))


def constant_node(value: Any) -> Node:
    """A computed value as a node; lists become lists of constants."""
    match value:
        case list() | tuple():
            return ListOf(tuple(map(constant_node, value)))
        case Error():
            return value
        case int() if not isinstance(value, bool):
            return Const(Decimal(value))
    return Const(value if value != "" else None)


def read_value(
    raw: Any,
    kind: Type,
    scope: Scope,
    path: str,
    report: Report,
    options: tuple[str, ...] | None = None,
    many: bool = False,
    operands: Operands | None = None,
) -> Node:
    """One operand as a node; NULL after a report.

    options: the keys of a choice field. many: a dynamic value may be a list.
    operands: where expressions are read, when not in the scope of the field.
    """
    if isinstance(raw, dict):
        node = _dynamic(raw, kind, operands.scope if operands else scope, path, report, many)
        return operands.node(node) if operands and "expr" in raw else node
    if raw is None or raw == "":
        return Const(None)
    value = _literal(raw, kind)
    if value is None:
        report(condition_problem(path, "bad_value", found=_shown(raw), kind=kind.value))
        return Const(None)
    if options is not None and isinstance(value, str) and value not in options:
        report(condition_problem(path, "unknown_choice", found=_shown(raw), name=""))
    return Const(value)


def read_expression(raw: Any, scope: Scope, path: str, report: Report) -> tuple[Node, Type]:
    """`{"expr": raw}`: the parsed and checked formula with its type."""
    if not isinstance(raw, str):
        report(condition_problem(path, "bad_value", found=_shown(raw), kind="expr"))
        return Const(None), Type.ANY
    node = parse(raw)
    if isinstance(node, ExpressionProblem):
        report(ConditionProblem(path, node.code, node.message, node.params | {"position": node.position, "length": node.length}))
        return Const(None), Type.ANY
    kind, problems = infer(node, scope)
    for found in problems:
        report(
            ConditionProblem(path, found.code, found.message, found.params | {"position": found.position, "length": found.length})
        )
    return node, kind


def read_period(raw: Any, field: Node, kind: Type, path: str, report: Report) -> Node:
    """The operand of `within`: `{"last": 7, "unit": "day"}`, `{"this": "month"}` …"""
    which = next((word for word in PERIODS if isinstance(raw, dict) and word in raw), None)
    if which is None:
        report(condition_problem(path, "bad_value", found=_shown(raw), kind="within"))
        return Const(False)
    rolling = which in ("last", "next")
    count, unit = (raw[which], raw.get("unit", "day")) if rolling else (1, raw[which])
    allowed = ROLLING_UNITS if rolling and kind is Type.DATETIME else CALENDAR_UNITS
    unknown = set(raw) - {which, "unit"} if rolling else set(raw) - {which}
    if unknown or unit not in allowed or not _is_count(count):
        report(condition_problem(path, "bad_value", found=_shown(raw), kind="within"))
        return Const(False)
    return Call("WITHIN", (field, Const(which), Const(Decimal(count)), Const(unit)))


def _is_count(raw: Any) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= 100_000


def _dynamic(raw: dict[str, Any], kind: Type, scope: Scope, path: str, report: Report, many: bool) -> Node:
    if set(raw) == {"var"} and raw["var"] in tuple(VARIABLES):
        name = VARIABLES[raw["var"]]
        found = {"TODAY": Type.DATE, "NOW": Type.DATETIME, "USER": Type.PERSON, "MYTEAMS": Type.LIST}[name]
        node: Node = Call(name, ())
    elif set(raw) == {"expr"}:
        node, found = read_expression(raw["expr"], scope, f"{path}/expr", report)
    else:
        report(condition_problem(path, "bad_value", found=_shown(raw), kind=kind.value))
        return Const(None)
    if not (many and found in LISTS) and not comparable(kind, found):
        report(condition_problem(path, "compare_types", left=kind.value, right=found.value))
        return Const(None)
    return node


def _literal(raw: Any, kind: Type) -> bool | str | Decimal | date | datetime | None:
    """The literal, or None when it does not fit the type."""
    match kind:
        case Type.BOOLEAN:
            return raw if isinstance(raw, bool) else None
        case Type.TEXT | Type.CHOICE | Type.CHOICES:
            return raw if isinstance(raw, str) and storable_text(raw) else None
        case Type.NUMBER | Type.DURATION:
            return _number(raw)
        case Type.PERSON | Type.TEAM | Type.REF | Type.REFS:
            number = _number(raw)
            return number if number is not None and number == number.to_integral_value() and abs(number) < 2**63 else None
        case Type.DATE | Type.DATETIME:
            moment = read_moment(raw) if isinstance(raw, str) else None
            return None if kind is Type.DATE and isinstance(moment, datetime) else moment
        case Type.LIST | Type.ANY:
            if isinstance(raw, bool):
                return raw
            if isinstance(raw, str):
                return raw if storable_text(raw) else None
            return _number(raw)


def _number(raw: Any) -> Decimal | None:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str, Decimal)):
        return None
    if isinstance(raw, str) and (len(raw) > 60 or "_" in raw):
        return None
    if isinstance(raw, int) and abs(raw) >= 10**30:
        return None
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        return None
    return (number or Decimal(0)) if usable_number(number) else None


def _shown(raw: Any) -> str:
    """A short picture of the raw value for a message."""
    if isinstance(raw, (dict, list)):
        return "{…}" if isinstance(raw, dict) else "[…]"
    text = str(raw)[:60] if not isinstance(raw, int) or abs(raw) < 10**40 else "…"
    return "".join(character if storable_text(character) else "?" for character in text)
