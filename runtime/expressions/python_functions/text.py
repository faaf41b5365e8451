"""Text functions in Python. Nothing counts as empty text; empty results are nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from builder.expressions.infer_calls import DATE_WORDS, NUMBER_FORMAT
from builder.expressions.limits import MAX_TEXT
from runtime.expressions.environment import Environment
from runtime.expressions.python_functions.number import blank_if_blank
from runtime.expressions.values import Failure, clamp, cut, local, number_text, shorten

#: What TRIM removes at both ends.
BLANKS = " \t\r\n\u00a0\u3000"
NUMBER_TEXT = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,20})?")
#: Longest text that SUBSTITUTE puts in place of another.
MAX_NEW = 255
_ONE = Decimal(1)


def upper(text: str) -> str:
    """Each character for itself, as PostgreSQL does: no ß → SS."""
    return "".join(big if len(big := character.upper()) == 1 else character for character in text)


def lower(text: str) -> str:
    """Each character for itself; İ is the one that needs telling."""
    return "".join("i" if character == "\u0130" else character.lower() for character in text)


def concat(_: Environment, *texts: str | None) -> str | None:
    return cut("".join(text or "" for text in texts))


def left(_: Environment, text: str | None, count: Decimal | None = _ONE) -> str | None:
    return None if count is None else cut((text or "")[: clamp(count, 0, MAX_TEXT)])


def right(_: Environment, text: str | None, count: Decimal | None = _ONE) -> str | None:
    if count is None or text is None:
        return None
    taken = clamp(count, 0, MAX_TEXT)
    return cut(text[-taken:] if taken else "")


def mid(_: Environment, text: str | None, start: Decimal | None, count: Decimal | None) -> str | None:
    if start is None or count is None:
        return None
    first = clamp(start, 1, MAX_TEXT) - 1
    return cut((text or "")[first : first + clamp(count, 0, MAX_TEXT)])


def length(_: Environment, text: str | None) -> Decimal:
    return Decimal(len(text or ""))


def find(_: Environment, part: str | None, text: str | None, start: Decimal | None = _ONE) -> Decimal | None:
    if start is None:
        return None
    if part is None or text is None:
        return Decimal(0)
    return Decimal(text.find(part, clamp(start, 1, MAX_TEXT) - 1) + 1)


def replace(_: Environment, text: str | None, start: Decimal | None, count: Decimal | None, new: str | None) -> str | None:
    if start is None or count is None:
        return None
    text = text or ""
    first, taken = clamp(start, 1, MAX_TEXT) - 1, clamp(count, 0, MAX_TEXT)
    return cut(text[:first] + (new or "") + text[first + taken :])


def substitute(_: Environment, text: str | None, old: str | None, new: str | None) -> str | None:
    if new is not None and len(new) > MAX_NEW:
        raise Failure("#VALUE!", f"the new text is longer than {MAX_NEW} characters")
    held = (text or "")[:MAX_TEXT]
    return cut(held.replace(old, new or "") if old else held)


def trim(_: Environment, text: str | None) -> str | None:
    return cut((text or "").strip(BLANKS))


def repeat(_: Environment, text: str | None, times: Decimal | None) -> str | None:
    if times is None or text is None:
        return None
    if times * len(text) > MAX_TEXT:
        raise Failure("#VALUE!", "the text would become too long")
    return cut(text * clamp(times, 0, MAX_TEXT))


def value(_: Environment, text: str) -> Decimal | None:
    stripped = text.strip(BLANKS)
    if not NUMBER_TEXT.fullmatch(stripped):
        raise Failure("#VALUE!", f"{text[:40]!r} is not a number")
    return Decimal(stripped)


def as_text(env: Environment, given: Any, pattern: str | None = None) -> str | None:
    match given:
        case None:
            return None
        case bool():
            return "TRUE" if given else "FALSE"
        case Decimal():
            return _format_number(given, pattern) if pattern else cut(number_text(given))
        case datetime():
            return cut(_format_date(local(given, env.zone), pattern or "YYYY-MM-DD HH:mm:ss"))
        case date():
            return cut(_format_date(datetime.combine(given, time()), pattern or "YYYY-MM-DD"))
        case str():
            return given
    raise Failure("#VALUE!", "a list has no text; use JOIN")


def _format_number(number: Decimal, pattern: str) -> str:
    found = NUMBER_FORMAT.fullmatch(pattern)
    if found is None:
        raise Failure("#VALUE!", f"{pattern!r} is not a number format")
    grouped, decimals, percent = found.groups()
    rounded = shorten(number * 100 if percent else number, len(decimals or ""))
    if abs(rounded) >= Decimal(10) ** 45:
        raise Failure("#VALUE!", "the number is too large for a format")
    return format(rounded, ",f" if grouped else "f") + (percent or "")


def _format_date(moment: datetime, pattern: str) -> str:
    parts = {
        "YYYY": f"{moment.year:04}", "MM": f"{moment.month:02}", "DD": f"{moment.day:02}",
        "HH": f"{moment.hour:02}", "mm": f"{moment.minute:02}", "ss": f"{moment.second:02}",
    }  # fmt: skip
    return DATE_WORDS.sub(lambda found: parts[found[0]], pattern)


def mask(_: Environment, text: str, first: Decimal, last: Decimal) -> str | None:
    head, tail = clamp(first, 0, MAX_TEXT), clamp(last, 0, MAX_TEXT)
    hidden = len(text) - head - tail
    if hidden <= 0:
        return cut("*" * len(text))
    return cut(text[:head] + "*" * hidden + (text[-tail:] if tail else ""))


def asks(test: Callable[[str, str], bool], same_case: bool = False) -> Callable[..., bool]:
    """A question about two texts; about nothing the answer is no."""

    def asked(_: Environment, text: str | None, part: str | None) -> bool:
        if text is None or part is None:
            return False
        return test(lower(text), lower(part)) if same_case else test(text, part)

    return asked


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "CONCAT": concat,
    "LEFT": left,
    "RIGHT": right,
    "MID": mid,
    "LEN": length,
    "FIND": find,
    "REPLACE": replace,
    "SUBSTITUTE": substitute,
    "TRIM": trim,
    "UPPER": blank_if_blank(lambda _, text: upper(text)),
    "LOWER": blank_if_blank(lambda _, text: lower(text)),
    "REPT": repeat,
    "TEXT": as_text,
    "VALUE": blank_if_blank(value),
    "EXACT": lambda _, one, other: one == other,
    "STARTSWITH": asks(str.startswith),
    "ENDSWITH": asks(str.endswith),
    "CONTAINS": asks(str.__contains__),
    "ICONTAINS": asks(str.__contains__, same_case=True),
    "ISTARTSWITH": asks(str.startswith, same_case=True),
    "MASK": blank_if_blank(mask),
}
