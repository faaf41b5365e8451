"""Numbers. `+ - *` are exact; `/ ^ SQRT AVERAGE` keep 16 decimals, halves away from zero."""

from __future__ import annotations

from collections.abc import Sequence

from builder.expressions.functions.base import FunctionSpec, unify_all
from builder.expressions.types import Type


def _best(kinds: Sequence[Type]) -> Type | None:
    """Lists hold numbers, so far as is known."""
    return unify_all([Type.NUMBER if kind is Type.LIST else kind for kind in kinds])


FUNCTIONS = (
    FunctionSpec(
        "ABS", "number:number", Type.NUMBER, "The number without its sign.", "绝对值。",
        (("ABS(-2.5)", "2.5"), ("ABS(NULL)", "NULL")), "绝对值",
    ),
    FunctionSpec(
        "MOD", "number:number divisor:number", Type.NUMBER,
        "Remainder of a division, with the sign of the divisor.", "求余数，符号与除数相同。",
        (("MOD(7, 3)", "1"), ("MOD(-7, 3)", "2"), ("MOD(7, -3)", "-2"), ("MOD(1, 0)", "#DIV/0!")), "求余",
    ),
    FunctionSpec(
        "ROUND", "number:number digits:number!?", Type.NUMBER,
        "Rounds to so many decimals; halves go away from zero.", "四舍五入到指定小数位。",
        (("ROUND(2.5)", "3"), ("ROUND(-2.345, 2)", "-2.35"), ("ROUND(1250, -2)", "1300")), "四舍五入",
    ),
    FunctionSpec(
        "ROUNDUP", "number:number digits:number!?", Type.NUMBER,
        "Rounds away from zero.", "向远离零的方向舍入。",
        (("ROUNDUP(2.01)", "3"), ("ROUNDUP(-2.341, 2)", "-2.35")), "向上舍入",
    ),
    FunctionSpec(
        "ROUNDDOWN", "number:number digits:number!?", Type.NUMBER,
        "Rounds towards zero.", "向零的方向舍入。",
        (("ROUNDDOWN(2.99)", "2"), ("ROUNDDOWN(-2.349, 2)", "-2.34")), "向下舍入",
    ),
    FunctionSpec(
        "CEILING", "number:number step:number?", Type.NUMBER,
        "The next multiple of the step (1 when left out) that is not smaller.", "向上取到步长的整数倍（默认 1）。",
        (("CEILING(2.1)", "3"), ("CEILING(7, 5)", "10"), ("CEILING(-2.1)", "-2")), "向上取整",
    ),
    FunctionSpec(
        "FLOOR", "number:number step:number?", Type.NUMBER,
        "The next multiple of the step (1 when left out) that is not larger.", "向下取到步长的整数倍（默认 1）。",
        (("FLOOR(2.9)", "2"), ("FLOOR(7, 5)", "5"), ("FLOOR(-2.1)", "-3")), "向下取整",
    ),
    FunctionSpec(
        "INT", "number:number", Type.NUMBER, "The whole number at or below.", "取不大于该数的整数。",
        (("INT(2.9)", "2"), ("INT(-2.1)", "-3")), "取整",
    ),
    FunctionSpec(
        "POWER", "number:number exponent:number", Type.NUMBER,
        "A number to a power (between -100 and 100); the same as ^.", "乘方（指数在 -100 到 100 之间），与 ^ 相同。",
        (("POWER(2, 10)", "1024"), ("POWER(4, 0.5)", "2"), ("POWER(-1, 0.5)", "#NUM!")), "乘方",
    ),
    FunctionSpec(
        "SQRT", "number:number", Type.NUMBER, "Square root.", "平方根。",
        (("SQRT(16)", "4"), ("SQRT(2)", "1.4142135623730950"), ("SQRT(-1)", "#NUM!")), "平方根",
    ),
    FunctionSpec(
        "SUM", "number:numbers*", Type.NUMBER,
        "Adds numbers and lists of numbers, skipping blanks; 0 when there are none.", "求和，忽略空值；没有数值时为 0。",
        (("SUM(1, 2, NULL)", "3"), ("SUM(NULL)", "0"), ("SUM([1, 2], 3)", "6")), "求和",
    ),
    FunctionSpec(
        "AVERAGE", "number:numbers*", Type.NUMBER,
        "Mean of the numbers, skipping blanks; blank when there are none.", "平均值，忽略空值；没有数值时为空。",
        (("AVERAGE(1, 2, NULL)", "1.5"), ("AVERAGE(NULL)", "NULL")), "平均值",
    ),
    FunctionSpec(
        "MIN", "value:sortable*", _best,
        "The smallest number or the earliest date, skipping blanks.", "最小的数或最早的日期，忽略空值。",
        (("MIN(3, 1, NULL)", "1"), ("MIN(#2024-05-02#, #2024-05-01#)", "#2024-05-01#")), "最小值",
    ),
    FunctionSpec(
        "MAX", "value:sortable*", _best,
        "The largest number or the latest date, skipping blanks.", "最大的数或最晚的日期，忽略空值。",
        (("MAX(3, 1, NULL)", "3"), ("MAX(NULL)", "NULL")), "最大值",
    ),
    FunctionSpec(
        "COUNT", "value:any*", Type.NUMBER,
        "How many values are not blank; a list counts its items.", "统计非空值的个数；列表按项目计数。",
        (('COUNT(1, NULL, "a")', "2"), ("COUNT([1, 2])", "2")), "计数",
    ),
    FunctionSpec(
        "PERCENT", "part:number whole:number", Type.NUMBER,
        "The part as a percentage of the whole: PERCENT(1, 4) is 25.", "部分占整体的百分比：PERCENT(1, 4) 等于 25。",
        (("PERCENT(1, 4)", "25"), ("PERCENT(1, 0)", "#DIV/0!")), "百分比",
    ),
    FunctionSpec(
        "SIGN", "number:number", Type.NUMBER, "1, 0 or -1.", "数的符号：1、0 或 -1。",
        (("SIGN(-3)", "-1"), ("SIGN(0)", "0")), "符号",
    ),
    FunctionSpec(
        "RMBCAP", "amount:number", Type.TEXT,
        "An amount in Chinese capital numerals, as invoices want it (rounded to fen).",
        "人民币大写金额（四舍五入到分）。",
        (("RMBCAP(1234.5)", '"壹仟贰佰叁拾肆元伍角整"'), ("RMBCAP(0)", '"零元整"'), ("RMBCAP(10010.07)", '"壹万零壹拾元零柒分"')),
        "大写金额", sql=False,
    ),
)
