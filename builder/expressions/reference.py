"""Writes the function reference from the catalogue: `python -m builder.expressions.reference docs/reference`.

A test holds the committed pages to the catalogue.
"""

from __future__ import annotations

import sys
from pathlib import Path

from builder.expressions.functions import dates, lists, logic, number, text
from builder.expressions.functions.base import FunctionSpec, Param

_GROUPS = (
    (logic.FUNCTIONS, "Logic", "逻辑"),
    (number.FUNCTIONS, "Numbers", "数值"),
    (text.FUNCTIONS, "Text", "文本"),
    (dates.FUNCTIONS, "Dates and times", "日期与时间"),
    (lists.FUNCTIONS, "Lists and people", "列表与人员"),
)
_ENGLISH = """# Functions

Made from the catalogue in `builder/expressions/functions/`; do not edit. Fields are written in braces, `{amount}`,
texts in quotation marks, dates between number signs, `#2024-05-01#`. Chinese names work as well.
Examples with times are for a workspace in Shanghai. `HAS({lines}, condition, ">=", 1)` counts related records.
"""
_CHINESE = """# 函数

本页由 `builder/expressions/functions/` 中的函数目录生成，请勿手工修改。字段写在花括号中，如 `{金额}`；文本用引号；
日期写作 `#2024-05-01#`。函数的中文名同样可用。含时间的示例以上海时区为准。`HAS({明细}, 条件, ">=", 1)` 统计关联记录。
"""


def pages() -> dict[str, str]:
    """The pages by file name."""
    return {"functions.md": _page(chinese=False), "functions.zh-Hans.md": _page(chinese=True)}


def _page(chinese: bool) -> str:
    parts = [_CHINESE if chinese else _ENGLISH]
    for specs, english_title, chinese_title in _GROUPS:
        parts.append(f"## {chinese_title if chinese else english_title}\n")
        parts += [_entry(spec, chinese) for spec in specs]
    return "\n".join(parts)


def _entry(spec: FunctionSpec, chinese: bool) -> str:
    notes = []
    if not spec.sql:
        notes.append("不能用于筛选。" if chinese else "Not in filters.")
    if spec.volatile:
        notes.append("结果随时间或人员变化，不能存储。" if chinese else "Changes with time or person: not in stored values.")
    help_text = spec.help_zh if chinese else spec.help_en
    lines = [f"### {spec.name} · {spec.chinese}\n", f"`{_signature(spec)}`\n", " ".join([help_text, *notes]) + "\n"]
    lines += [f"- `{example}` → `{result}`" for example, result in spec.examples]
    return "\n".join(lines) + "\n"


def _signature(spec: FunctionSpec) -> str:
    shown = ", ".join(_shown(param) for param in spec.params)
    return f"{spec.name}({shown})"


def _shown(param: Param) -> str:
    name = f"{param.name} …" if param.repeats else param.name
    return f"[{name}]" if param.optional else name


def main(folder: str) -> None:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        (target / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
