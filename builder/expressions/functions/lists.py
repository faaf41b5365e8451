"""Lists, and the person who asks."""

from __future__ import annotations

from builder.expressions.functions.base import FunctionSpec
from builder.expressions.types import Type

FUNCTIONS = (
    FunctionSpec(
        "JOIN",
        "list:list separator:text?",
        Type.TEXT,
        "The items of a list as one text (separated by a comma when nothing else is given).",
        "将列表各项连接为文本（默认用逗号分隔）。",
        (('JOIN(["a", "b"], "/")', '"a/b"'), ('JOIN(["a", NULL, "b"])', '"a,b"')),
        "连接",
    ),
    FunctionSpec(
        "HASANY",
        "list:list item:any*",
        Type.BOOLEAN,
        "True when the list holds at least one of the items.",
        "列表包含任一项目时为真。",
        (('HASANY(["a", "b"], "b", "c")', "TRUE"), ('HASANY(["a"], [])', "FALSE")),
        "包含任一",
    ),
    FunctionSpec(
        "HASALL",
        "list:list item:any*",
        Type.BOOLEAN,
        "True when the list holds every one of the items, and there is at least one.",
        "列表包含全部项目（至少一项）时为真。",
        (('HASALL(["a", "b"], "b", "c")', "FALSE"), ('HASALL(["a", "b"], ["b", "a"])', "TRUE"), ('HASALL(["a"], [])', "FALSE")),
        "包含全部",
    ),
    FunctionSpec(
        "USER",
        "",
        Type.PERSON,
        "The person who looks at it.",
        "当前用户。",
        (("USER() = USER()", "TRUE"),),
        "当前用户",
        volatile=True,
    ),
    FunctionSpec(
        "MYTEAMS",
        "",
        Type.LIST,
        "The teams of the person who looks at it.",
        "当前用户所在的团队。",
        (("IN(NULL, MYTEAMS())", "FALSE"),),
        "我的团队",
        volatile=True,
    ),
)
