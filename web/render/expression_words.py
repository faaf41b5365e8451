"""What the checks of formulas name in English inside their sentences, in the reader's language: kinds of values, signs, arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping

from web.i18n import current_language, mark
from web.i18n import gettext as _

_WORDS = {
    "text": mark("a text"),
    "a text": mark("a text"),
    "number": mark("a number"),
    "a number": mark("a number"),
    "boolean": mark("yes or no"),
    "date": mark("a date"),
    "datetime": mark("a date with time"),
    "duration": mark("a length of time"),
    "choice": mark("an option"),
    "choices": mark("several options"),
    "person": mark("a person"),
    "team": mark("a team"),
    "ref": mark("a record"),
    "refs": mark("several records"),
    "list": mark("a list"),
    "any": mark("any value"),
    "one value": mark("one value"),
    "time": mark("a time"),
    "a value": mark("a value"),
    "an operator": mark("an operator"),
    "the end": mark("the end"),
    "more": mark("more"),
    "Use TEXT().": mark("Use TEXT()."),
    "Use VALUE().": mark("Use VALUE()."),
    "Use DATEADD().": mark("Use DATEADD()."),
}
_PLACES = ("expected", "left", "right", "wanted", "kind", "hint")
_BETWEEN = re.compile(r"(, | or )(?=(?:[^“”]|“[^”]*”)*$)")
_COUNT = re.compile(r"(?P<least>\d+) (?P<how>or more|to)(?: (?P<most>\d+))?")

ARGUMENTS = {
    each: each
    for each in (
        mark("amount"), mark("condition"), mark("count"), mark("date"), mark("day"), mark("days"), mark("digits"), mark("divisor"),
        mark("end"), mark("exponent"), mark("first"), mark("format"), mark("item"), mark("key"), mark("last"), mark("left"),
        mark("list"), mark("moment"), mark("month"), mark("months"), mark("new"), mark("number"), mark("old"), mark("otherwise"),
        mark("part"), mark("result"), mark("right"), mark("separator"), mark("start"), mark("step"), mark("text"), mark("then"),
        mark("times"), mark("unit"), mark("value"), mark("which"), mark("whole"), mark("year"),
    )
}  # fmt: skip
"""Names of the arguments of functions, in English."""


def in_words(sentence: str, params: Mapping[str, object]) -> dict[str, object]:
    """The params of a sentence with what they name of the language of formulas; English stays as it is."""
    if current_language() == "en":
        return dict(params)
    # What was found is a kind of value only where the sentence says what it should be; elsewhere somebody wrote it.
    places = (*_PLACES, "found") if "not {found}" in sentence or "found {found}" in sentence else _PLACES
    return {name: _said(value) if name in places and isinstance(value, str) else value for name, value in params.items()}


def _said(text: str) -> str:
    count = _COUNT.fullmatch(text)
    if count and count["most"]:
        return _("%(least)s to %(most)s", least=count["least"], most=count["most"])
    if count:
        return _("%(least)s or more", least=count["least"])
    between = {", ": _(", "), " or ": _(" or ")}
    return "".join(between.get(part) or _(_WORDS.get(part, part)) if part else "" for part in _BETWEEN.split(text))
