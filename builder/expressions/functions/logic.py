"""Logic: choosing between values, and asking whether there is one."""

from __future__ import annotations

from collections.abc import Sequence

from builder.expressions.functions.base import FunctionSpec, common, unify_all
from builder.expressions.types import Type


def _arms_of_ifs(kinds: Sequence[Type]) -> Type | None:
    return unify_all(kinds[1::2])


def _arms_of_switch(kinds: Sequence[Type]) -> Type | None:
    otherwise = [kinds[-1]] if len(kinds) % 2 == 0 else []
    return unify_all([*kinds[2::2], *otherwise])


FUNCTIONS = (
    FunctionSpec(
        "IF",
        "condition:boolean then:any otherwise:any?",
        common(1, 2),
        "One value when the condition holds, another when it does not (nothing when left out).",
        "条件成立时取第一个值，否则取第二个值（省略则为空）。",
        (('IF(2 > 1, "yes", "no")', '"yes"'), ('IF(NULL > 1, "yes")', "NULL")),
        "如果",
    ),
    FunctionSpec(
        "IFS",
        "condition:boolean* value:any*",
        _arms_of_ifs,
        "The value after the first condition that holds; nothing when none does.",
        "返回第一个成立的条件对应的值；都不成立则为空。",
        (('IFS(1 > 2, "a", 2 > 1, "b")', '"b"'), ("IFS(FALSE, 1)", "NULL")),
        "多条件",
    ),
    FunctionSpec(
        "SWITCH",
        "value:any key:any* result:any* otherwise:any?",
        _arms_of_switch,
        "Compares a value with each key in turn and gives the result beside the first equal one.",
        "将值依次与各个键比较，返回第一个相等的键对应的结果。",
        (('SWITCH("b", "a", 1, "b", 2)', "2"), ('SWITCH("z", "a", 1, 9)', "9")),
        "匹配",
    ),
    FunctionSpec(
        "AND",
        "condition:boolean*",
        Type.BOOLEAN,
        "True when every condition holds.",
        "所有条件都成立时为真。",
        (("AND(TRUE, 2 > 1)", "TRUE"), ("AND(TRUE, NULL)", "FALSE")),
        "且",
    ),
    FunctionSpec(
        "OR",
        "condition:boolean*",
        Type.BOOLEAN,
        "True when at least one condition holds.",
        "任一条件成立时为真。",
        (("OR(FALSE, 2 > 1)", "TRUE"), ("OR(FALSE, NULL)", "FALSE")),
        "或",
    ),
    FunctionSpec(
        "NOT",
        "condition:boolean",
        Type.BOOLEAN,
        "True when the condition does not hold.",
        "条件不成立时为真。",
        (("NOT(FALSE)", "TRUE"), ("NOT(NULL > 1)", "TRUE")),
        "非",
    ),
    FunctionSpec(
        "XOR",
        "condition:boolean*",
        Type.BOOLEAN,
        "True when an odd number of the conditions hold.",
        "成立的条件为奇数个时为真。",
        (("XOR(TRUE, FALSE)", "TRUE"), ("XOR(TRUE, TRUE)", "FALSE")),
        "异或",
    ),
    FunctionSpec(
        "ISBLANK",
        "value:any",
        Type.BOOLEAN,
        "True when there is no value. 0 and FALSE are values; empty text is not.",
        "没有值时为真。0 和 FALSE 算有值；空文本算没有值。",
        (("ISBLANK(NULL)", "TRUE"), ('ISBLANK("")', "TRUE"), ("ISBLANK(0)", "FALSE")),
        "为空",
    ),
    FunctionSpec(
        "IFBLANK",
        "value:any otherwise:any",
        common(),
        "The value, or the other one when there is none.",
        "有值时取该值，否则取另一个值。",
        (("IFBLANK(NULL, 5)", "5"), ("IFBLANK(0, 5)", "0")),
        "空值替换",
    ),
    FunctionSpec(
        "COALESCE",
        "value:any*",
        common(),
        "The first of the values that is not blank.",
        "返回第一个非空的值。",
        (('COALESCE(NULL, "", "c")', '"c"'), ("COALESCE(NULL, 2, 3)", "2")),
        "首个非空",
    ),
    FunctionSpec(
        "IFERROR",
        "value:any otherwise:any",
        common(),
        "The value, or the other one when computing it fails.",
        "计算出错时取另一个值。",
        (("IFERROR(1 / 0, -1)", "-1"), ("IFERROR(NULL, 1)", "NULL"), ('IFERROR(VALUE("x"), 0)', "0")),
        "错误替换",
    ),
    FunctionSpec(
        "IN",
        "value:any item:any*",
        Type.BOOLEAN,
        "True when the value is one of the items or in one of the lists. Nothing is in no list.",
        "值是所列项目之一（或在列表中）时为真。空值不属于任何列表。",
        (('IN("a", "a", "b")', "TRUE"), ("IN(3, [1, 2])", "FALSE"), ("IN(NULL, [NULL])", "FALSE")),
        "属于",
    ),
)
