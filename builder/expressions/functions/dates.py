"""Dates and times. A moment is read in the zone of the workspace; dates have no zone."""

from __future__ import annotations

from builder.expressions.functions.base import FunctionSpec, common
from builder.expressions.types import Type

UNITS = "Y|M|W|d|h|m|s"
PERIODS = "minute|hour|day|week|month|quarter|year"

FUNCTIONS = (
    FunctionSpec(
        "TODAY", "", Type.DATE, "Today's date.", "今天的日期。", (("DAYS(TODAY(), TODAY())", "0"),), "今天", volatile=True
    ),
    FunctionSpec("NOW", "", Type.DATETIME, "This moment.", "当前时间。", (("NOW() = NOW()", "TRUE"),), "现在", volatile=True),
    FunctionSpec(
        "DATE",
        "year:number month:number day:number",
        Type.DATE,
        "A date from year, month and day; month 13 is January of the next year.",
        "由年、月、日组成日期；13 月即次年 1 月。",
        (("DATE(2024, 2, 29)", "#2024-02-29#"), ("DATE(2024, 13, 1)", "#2025-01-01#"), ("DATE(2024, 3, 0)", "#2024-02-29#")),
        "日期",
    ),
    FunctionSpec(
        "DATEVALUE",
        "moment:moment",
        Type.DATE,
        "The local day of a moment.",
        "时间所在的日期。",
        (("DATEVALUE(#2024-05-01#)", "#2024-05-01#"),),
        "取日期",
    ),
    FunctionSpec("YEAR", "moment:moment", Type.NUMBER, "The year.", "年份。", (("YEAR(#2024-05-01#)", "2024"),), "年"),
    FunctionSpec(
        "MONTH", "moment:moment", Type.NUMBER, "The month, 1 to 12.", "月份（1–12）。", (("MONTH(#2024-05-01#)", "5"),), "月"
    ),
    FunctionSpec(
        "DAY", "moment:moment", Type.NUMBER, "The day of the month.", "日（1–31）。", (("DAY(#2024-05-31#)", "31"),), "日"
    ),
    FunctionSpec(
        "HOUR",
        "moment:datetime",
        Type.NUMBER,
        "The local hour, 0 to 23.",
        "小时（0–23）。",
        (("HOUR(#2024-05-01T10:30:00+08:00#)", "10"),),
        "时",
    ),
    FunctionSpec(
        "MINUTE",
        "moment:datetime",
        Type.NUMBER,
        "The minute, 0 to 59.",
        "分钟（0–59）。",
        (("MINUTE(#2024-05-01T10:30:00Z#)", "30"),),
        "分",
    ),
    FunctionSpec(
        "SECOND",
        "moment:datetime",
        Type.NUMBER,
        "The second, 0 to 59.",
        "秒（0–59）。",
        (("SECOND(#2024-05-01T10:30:07Z#)", "7"),),
        "秒",
    ),
    FunctionSpec(
        "WEEKDAY",
        "moment:moment first:number!?=1|2",
        Type.NUMBER,
        "Day of the week: 1 is Sunday; with 2 as second argument 1 is Monday.",
        "星期几：1 为星期日；第二个参数为 2 时，1 为星期一。",
        (("WEEKDAY(#2024-05-05#)", "1"), ("WEEKDAY(#2024-05-05#, 2)", "7")),
        "星期",
    ),
    FunctionSpec(
        "QUARTER",
        "moment:moment",
        Type.NUMBER,
        "The quarter, 1 to 4.",
        "季度（1–4）。",
        (("QUARTER(#2024-05-01#)", "2"),),
        "季度",
    ),
    FunctionSpec(
        "ISOWEEKNUM",
        "moment:moment",
        Type.NUMBER,
        "Week of the year (ISO 8601).",
        "一年中的第几周（ISO 8601）。",
        (("ISOWEEKNUM(#2021-01-01#)", "53"),),
        "周数",
    ),
    FunctionSpec(
        "DATEDIF",
        f"start:moment end:moment unit:text!={UNITS}",
        Type.NUMBER,
        'Whole years "Y", months "M", weeks "W", days "d", hours "h", minutes "m" or seconds "s" between two dates; '
        "negative when the end is earlier.",
        '两个日期相差的整年 "Y"、月 "M"、周 "W"、天 "d"、小时 "h"、分 "m" 或秒 "s"；结束更早时为负。',
        (
            ('DATEDIF(#2024-01-31#, #2024-02-29#, "M")', "0"),
            ('DATEDIF(#2020-05-01#, #2024-05-01#, "Y")', "4"),
            ('DATEDIF(#2024-05-03#, #2024-05-01#, "d")', "-2"),
            ('DATEDIF(#2024-05-01#, #2024-05-02#, "h")', "24"),
        ),
        "日期差",
    ),
    FunctionSpec(
        "DATEADD",
        f"moment:moment count:number unit:text!={UNITS}",
        common(0),
        "A date moved by so many units; the end of a month stays within it. h, m and s need a time.",
        "日期加上若干单位；月末不会跨月。h、m、s 需要带时间。",
        (
            ('DATEADD(#2024-01-31#, 1, "M")', "#2024-02-29#"),
            ('DATEADD(#2024-05-01#, -1, "d")', "#2024-04-30#"),
            ('DATEADD(#2024-05-01T10:00:00Z#, 90, "m")', "#2024-05-01T11:30:00Z#"),
        ),
        "日期加减",
    ),
    FunctionSpec(
        "DAYS",
        "end:moment start:moment",
        Type.NUMBER,
        "Days from start to end.",
        "从开始到结束的天数。",
        (("DAYS(#2024-05-03#, #2024-05-01#)", "2"),),
        "天数",
    ),
    FunctionSpec(
        "EDATE",
        "date:date months:number",
        Type.DATE,
        "The same day so many months later.",
        "若干个月后的同一天。",
        (("EDATE(#2024-01-31#, 1)", "#2024-02-29#"),),
        "月份加减",
    ),
    FunctionSpec(
        "EOMONTH",
        "date:date months:number",
        Type.DATE,
        "The last day of the month so many months later.",
        "若干个月后的月末日期。",
        (("EOMONTH(#2024-01-15#, 1)", "#2024-02-29#"), ("EOMONTH(#2024-01-15#, 0)", "#2024-01-31#")),
        "月末",
    ),
    FunctionSpec(
        "WORKDAY",
        "date:date days:number",
        Type.DATE,
        "The date so many working days later, by the workspace's calendar.",
        "若干个工作日之后的日期（按工作日历，含调休）。",
        (("WORKDAY(#2024-05-03#, 1)", "#2024-05-06#"),),
        "工作日",
        sql=False,
    ),
    FunctionSpec(
        "NETWORKDAYS",
        "start:date end:date",
        Type.NUMBER,
        "Working days from start to end, both counted.",
        "两个日期之间的工作日数（含首尾，含调休）。",
        (("NETWORKDAYS(#2024-06-03#, #2024-06-07#)", "5"),),
        "工作日天数",
        sql=False,
    ),
    FunctionSpec(
        "WITHIN",
        f"moment:moment which:text!=last|next|this|previous|following count:number! unit:text!={PERIODS}",
        Type.BOOLEAN,
        "True when a date is in the last or next so many units (today included), or in this, the previous or "
        "the following week, month, quarter or year.",
        "日期在最近/未来若干单位内（含今天），或在本、上、下一个周、月、季、年内时为真。",
        (('WITHIN(TODAY(), "last", 7, "day")', "TRUE"), ('WITHIN(NULL, "this", 1, "month")', "FALSE")),
        "在期间内",
        volatile=True,
    ),
)
