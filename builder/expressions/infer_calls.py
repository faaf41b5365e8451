"""Checks of function calls: how many arguments, of which types, and what comes out."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from builder.expressions.functions import FUNCTIONS, FunctionSpec, Param
from builder.expressions.functions.base import unify_all
from builder.expressions.nodes import Call, Const, ListOf, Node, Unary
from builder.expressions.types import LISTS, NUMBERS, Type, comparable

if TYPE_CHECKING:
    from builder.expressions.infer import Checker

#: TEXT(number, …): optional thousands, whole part, decimals, percent.
NUMBER_FORMAT = re.compile(r"(#,##)?0(?:\.(0{1,15}))?(%)?")
#: Words of a date format; everything else in it stands for itself.
DATE_WORDS = re.compile(r"YYYY|MM|DD|HH|mm|ss")
_KIND_WORDS = {"numbers": "a number or a list", "sortable": "a number, a date or a list", "moment": "a date or time"}


def check_call(checker: Checker, node: Call) -> Type:
    """The result type of a call; problems go to the checker."""
    spec = FUNCTIONS.get(node.name)
    kinds = [checker.type_of(arg) for arg in node.args]
    if node.name in ("MIN", "MAX"):
        kinds = [_items_kind(checker, arg, kind) for arg, kind in zip(node.args, kinds, strict=True)]
    if spec is None:
        return checker.report("unknown_function", node, name=node.name)
    if not spec.accepts_count(len(node.args)):
        expected = _expected_count(spec)
        return checker.report("argument_count", node, name=node.name, expected=expected, found=len(node.args))
    for index, (arg, kind) in enumerate(zip(node.args, kinds, strict=True)):
        _check_argument(checker, node, index, arg, kind)
    _check_pairs(checker, node, kinds)
    if isinstance(spec.result, Type):
        return spec.result
    result = spec.result(kinds)
    if result is None:
        left, right = kinds[-2], kinds[-1]
        return checker.report("mixed_types", node, left=left.value, right=right.value)
    return result


def _items_kind(checker: Checker, arg: Node, kind: Type) -> Type:
    """The type of the items of a list that is written out; of anything else its own type."""
    items = unify_all([checker.types[id(item)] for item in arg.items]) if isinstance(arg, ListOf) else None
    return kind if items is None or items in LISTS else items


def whole_number(node: Node) -> int | None:
    """The value of a written whole number, also with a sign; else None."""
    sign = 1
    if isinstance(node, Unary) and node.op == "-":
        node, sign = node.operand, -1
    if isinstance(node, Const) and isinstance(node.value, Decimal) and node.value == node.value.to_integral_value():
        return sign * int(node.value)
    return None


def _expected_count(spec: FunctionSpec) -> str:
    params = spec.params
    if any(param.repeats for param in params):
        return f"{spec.least} or more"
    return str(len(params)) if spec.least == len(params) else f"{spec.least} to {len(params)}"


def _check_argument(checker: Checker, node: Call, index: int, arg: Node, kind: Type) -> None:
    param = FUNCTIONS[node.name].param_at(index, len(node.args))
    where = {"name": node.name, "number": index + 1}
    if not param.accepts(kind):
        words = _KIND_WORDS.get(param.kind, param.kind)
        checker.report("argument_type", arg, **where, expected=words, found=kind.value)
    elif param.constant:
        _check_constant(checker, arg, param, where)


def _check_constant(checker: Checker, arg: Node, param: Param, where: dict[str, object]) -> None:
    if param.kind == "number":
        number = whole_number(arg)
        if number is None:
            checker.report("argument_constant", arg, **where)
        elif param.allowed and str(number) not in param.allowed:
            checker.report("argument_choice", arg, **where, expected=", ".join(param.allowed))
        elif not -1_000_000 < number < 1_000_000 or (param.name == "digits" and abs(number) > 15):
            checker.report("bad_number", arg, found=str(number))
    elif not isinstance(arg, Const) or not isinstance(arg.value, str):
        checker.report("argument_constant", arg, **where)
    elif param.allowed and arg.value not in param.allowed:
        checker.report("argument_choice", arg, **where, expected=", ".join(param.allowed))


def _check_pairs(checker: Checker, node: Call, kinds: list[Type]) -> None:
    """What a signature cannot say."""
    args = node.args
    match node.name:
        case "SWITCH" | "IN" | "HASANY" | "HASALL":
            keys = range(1, len(args) - 1, 2) if node.name == "SWITCH" else range(1, len(args))
            for at in keys:
                checker.check_choice(args[0], args[at])
                if node.name in ("SWITCH", "IN") and kinds[at] not in LISTS and not comparable(kinds[0], kinds[at]):
                    checker.report("compare_types", args[at], left=kinds[0].value, right=kinds[at].value)
        case "WITHIN":
            _check_period(checker, node, kinds)
        case "DATEADD" | "DATEDIF":
            _check_unit(checker, node, kinds)
        case "TEXT":
            _check_format(checker, node, kinds)
        case "EXACT":
            checker.check_choice(args[0], args[1])


def _check_unit(checker: Checker, node: Call, kinds: list[Type]) -> None:
    unit = node.args[2]
    small = isinstance(unit, Const) and unit.value in ("h", "m", "s")
    if node.name == "DATEADD" and small and kinds[0] is Type.DATE:
        checker.report("argument_type", node.args[0], name=node.name, number=1, expected="datetime", found="date")
    if node.name == "DATEDIF" and small and {kinds[0], kinds[1]} == {Type.DATE, Type.DATETIME}:
        checker.report("mixed_types", node, left=kinds[0].value, right=kinds[1].value)


def _check_period(checker: Checker, node: Call, kinds: list[Type]) -> None:
    which, unit = node.args[1], node.args[3]
    if isinstance(unit, Const) and unit.value in ("hour", "minute"):
        if kinds[0] is not Type.DATETIME:
            checker.report("argument_type", node.args[0], name="WITHIN", number=1, expected="datetime", found=kinds[0].value)
        if isinstance(which, Const) and which.value not in ("last", "next"):
            checker.report("argument_choice", which, name="WITHIN", number=2, expected="last, next")


def _check_format(checker: Checker, node: Call, kinds: list[Type]) -> None:
    if kinds[0] in LISTS:
        checker.report("argument_type", node.args[0], name="TEXT", number=1, expected="one value", found=kinds[0].value)
    pattern = node.args[1] if len(node.args) > 1 else None
    if not isinstance(pattern, Const) or not isinstance(pattern.value, str):
        return
    numeric = kinds[0] in NUMBERS and NUMBER_FORMAT.fullmatch(pattern.value)
    dated = kinds[0] in (Type.DATE, Type.DATETIME) and DATE_WORDS.search(pattern.value)
    if not numeric and not dated and kinds[0] is not Type.ANY:
        expected = "0.00, #,##0.00, 0%" if kinds[0] in NUMBERS else "YYYY, MM, DD, HH, mm, ss"
        checker.report("argument_choice", pattern, name="TEXT", number=2, expected=expected)
