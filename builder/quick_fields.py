"""Fields from a short text, one a line: "Serial no", "Value: money", "Category: Laptop, Camera", "Equipment" (a table's name),
"Days: = {Due} - {From}"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from builder.acts.base import free_key, slug
from builder.formula_result import result_of

MOST = 100
COLOURS = ("blue", "green", "orange", "purple", "teal", "red", "yellow", "pink", "cyan", "gray")
"""Neighbours that can be told apart."""
_APART = re.compile(r"\s*[:：]\s*")
_BRACES = re.compile(r"\{([^{}]*)\}")
_CHOICES = re.compile(r"\s*[,，、;；/|]\s*")
# What a name ends with or begins with, and the type that is meant then; the first that fits.
_HINTS: tuple[tuple[str, str], ...] = (
    (r"(?i)e-?mail$|邮箱$|電郵$|郵箱$|邮件$", "email"),
    (r"(?i)\b(phone|mobile|telephone|tel)$|电话$|手机号?码?$|電話$|手機$", "phone"),
    (r"(?i)\b(website|url|link)$|网址$|網址$|链接$", "url"),
    (r"(?i)\b(date|day|deadline)$|日期?$|期限$", "date"),
    (r"(?i)\b(time)$|时间$|時間$", "datetime"),
    (
        r"(?i)\b(amount|price|value|cost|budget|fee|deposit)$|金额$|金額$|价格?$|單價$|预算$|費用$|费用$|成本$|押金$|价值$",
        "currency",
    ),
    (r"(?i)\b(quantity|number of .+|count|days|hours)$|数量$|數量$|天数$|次数$|件数$", "number"),
    (r"(?i)\b(percent|rate|discount)$|%$|比例$|折扣$|率$", "percent"),
    (r"(?i)\b(notes?|remarks?|description|comments?|details)$|备注$|備註$|说明$|描述$|详情$", "long_text"),
    (r"(?i)\b(owner|responsible|assignee|manager|clerk)$|负责人$|負責人$|经办人$|申请人$|保管人$", "person"),
    (r"(?i)^(is|has)\s|^是否|^有无", "boolean"),
)


def read_fields(
    text: str, language: str, types: Mapping[str, str], entities: Mapping[str, str], title: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The fields of a new entity. types: type by its name in lower case; entities: key by label in lower case.

    `title` is the label of the field that records are named by, which is put first when the first line is no short text.
    """
    found: list[dict[str, Any]] = []
    for line in text.splitlines()[:MOST]:
        label, *rest = _APART.split(line.strip(" \t-•*"), maxsplit=1)
        if label:
            said = rest[0].strip() if rest else ""
            kind, options = (
                ("formula", _formula(said, found, language))
                if said.startswith("=")
                else _kind(label, said, types, entities, language)
            )
            taken = {each["key"] for each in found}
            wanted = slug(label)
            key = free_key(wanted, taken) if wanted else free_key("field", taken, numbered=True)
            field = {"key": key, "type": kind, "label": {language: label[:200]}}
            found.append({**field, "options": options} if options else field)
    if not found or found[0]["type"] not in ("text", "auto_number"):
        key = free_key("name", {each["key"] for each in found})
        return [{"key": key, "type": "text", "label": dict(title), "required": True}, *found]
    if found[0]["type"] == "text":
        found[0]["required"] = True
    return found


def _kind(
    label: str, said: str, types: Mapping[str, str], entities: Mapping[str, str], language: str
) -> tuple[str, dict[str, Any]]:
    word = said.strip().casefold()
    if word in types:
        return types[word], _options(types[word], language)
    if word in entities or (not word and label.casefold() in entities):
        return "relation", {"to": entities[word or label.casefold()]}
    if word:
        return "select", {"choices": _choices([each for each in _CHOICES.split(said.strip()) if each], language)}
    return next((kind for hint, kind in _HINTS if re.search(hint, label)), "text"), {}


def _formula(said: str, before: list[dict[str, Any]], language: str) -> dict[str, Any]:
    """A formula whose fields are named by their labels, and what comes out of it."""
    keys = {str(each["label"].get(language, "")).casefold(): each["key"] for each in before}
    text = _BRACES.sub(lambda found: f"{{{keys.get(found[1].strip().casefold(), found[1])}}}", said.removeprefix("=").strip())
    return {"expression": text, "result": result_of(text, before)}


def _options(kind: str, language: str) -> dict[str, Any]:
    if kind in ("select", "multi_select"):
        words = {"zh-Hans": "选项", "zh-Hant": "選項"}
        return {"choices": _choices([f"{words.get(language, 'Choice')} {number}" for number in (1, 2)], language)}
    return {"expression": '""'} if kind == "formula" else {}


def _choices(labels: list[str], language: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for label in labels:
        taken = {each["key"] for each in found}
        wanted = slug(label)
        key = free_key(wanted, taken) if wanted else free_key("choice", taken, numbered=True)
        found.append({"key": key, "label": {language: label[:200]}, "color": COLOURS[len(found) % len(COLOURS)]})
    return found
