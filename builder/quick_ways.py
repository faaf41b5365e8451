"""Ways between stages from a short text, one a line: "Requested → Approved: Approve", "Lent > Returned, Damaged"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

MOST = 200
_ARROW = re.compile(r"\s*(?:[-=–—]*[>＞]|[→⇒➔])\s*")
_APART = re.compile(r"\s*[:：]\s*")
_COMMA = re.compile(r"\s*[,，、;；|]\s*")
# What the name of an end tells of it; the first that fits.
_ENDS: tuple[tuple[str, str], ...] = (
    (
        r"(?i)\b(lost|refused|rejected|declined|cancell?ed|failed)\b|拒[绝絕]|[驳駁]回|取消|[输輸][单單]|[丢丟][单單]|失[败敗]|作[废廢]",
        "lost",
    ),
    (r"(?i)\bwon\b|[赢贏][单單]|成交", "won"),
)


@dataclass(frozen=True)
class Ways:
    """ways: values of transitions without key. lines: those that are no way. unknown: names that are no stage."""

    ways: tuple[dict[str, Any], ...] = ()
    lines: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read_ways(text: str, language: str, stages: Mapping[str, str]) -> Ways:
    """stages: key by name in lower case. A way has all stages before its arrow as origins, and there is one for each behind it."""
    ways: list[dict[str, Any]] = []
    wrong: list[str] = []
    unknown: list[str] = []
    for line in filter(None, (each.strip(" \t-•*") for each in text.splitlines()[:MOST])):
        said, *rest = _APART.split(line, maxsplit=1)
        sides = [_keys(each, stages, unknown) for each in _ARROW.split(said)]
        if len(sides) < 2 or not all(sides):
            wrong.append(line)
            continue
        if any("" in each for each in sides):
            continue
        for origins, targets in pairwise(sides):
            # The words belong to where the line leads to.
            words = {language: rest[0].strip()[:200]} if rest and rest[0].strip() and targets is sides[-1] else {}
            ways += [{"from": origin, "to": target, "label": words} for target in targets if (origin := _but(origins, target))]
    return Ways(tuple(ways), tuple(wrong), tuple(dict.fromkeys(unknown)))


def ends_of(ways: Iterable[Mapping[str, Any]], labels: Mapping[str, str]) -> dict[str, str]:
    """What the stages mean that nothing leads on from. labels: name by key of the stage."""
    listed = list(ways)
    left = {key for way in listed for key in way["from"]}
    reached = {way["to"] for way in listed}
    return {key: end_kind(label) for key, label in labels.items() if key in reached - left}


def end_kind(label: str) -> str:
    return next((kind for hint, kind in _ENDS if re.search(hint, label)), "done")


def _keys(side: str, stages: Mapping[str, str], unknown: list[str]) -> list[str]:
    if (whole := side.strip().casefold()) in stages:
        return [stages[whole]]
    names = [each.strip() for each in _COMMA.split(side) if each.strip()]
    unknown += [each for each in names if each.casefold() not in stages]
    return [stages.get(each.casefold(), "") for each in names]


def _but(origins: list[str], target: str) -> list[str]:
    return [each for each in origins if each != target]
