"""Values while computing in Python: the rules that PostgreSQL follows, spelled out.

Nothing is None (empty text too). Numbers are Decimal, moments aware datetimes, lists tuples.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any
from zoneinfo import ZoneInfo

from builder.expressions.limits import DECIMALS, MAX_TEXT

#: Wide enough for every exact result of an expression within the limits.
EXACT = Context(prec=20_000, rounding=ROUND_HALF_UP, Emax=999_999, Emin=-999_999)
_SHIFT = Decimal(10) ** (DECIMALS + 1)


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """The result of a computation that failed. `code` is what a cell shows; `reason` is for people."""

    code: str
    reason: str


class Failure(Exception):
    """Carries an ErrorValue to the nearest IFERROR or to the caller of `evaluate`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.error = ErrorValue(code, reason)


def normal(value: Any) -> Any:
    """A value from a record in the form that functions expect."""
    match value:
        case None | "":
            return None
        case bool() | str():
            return value
        case int():
            return Decimal(value)
        case float():
            return normal(Decimal(repr(value)))
        case Decimal():
            if not value.is_finite():
                raise Failure("#NUM!", "not a finite number")
            return value
        case datetime():
            return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        case list() | tuple() | set() | frozenset():
            return tuple(normal(item) for item in value)
    return value


def quotient(left: Decimal, right: Decimal) -> Decimal:
    """left / right to DECIMALS places, halves away from zero; right is not 0."""
    with localcontext(EXACT):
        return shorten((left * _SHIFT) // right / _SHIFT)


def shorten(number: Decimal, digits: int = DECIMALS, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Round to so many decimals (negative: tens, hundreds …), halves away from zero."""
    with localcontext(EXACT):
        return number.quantize(Decimal(1).scaleb(-digits), rounding=rounding) + 0


def truncated(number: Decimal) -> int:
    return int(number.to_integral_value(rounding=ROUND_DOWN))


def whole(number: Decimal, limit: int) -> int:
    """The number without its fraction; a failure when it is beyond the limit."""
    if abs(number) >= limit + 1:
        raise Failure("#NUM!", f"{number:.3E} is too large")
    return truncated(number)


def clamp(number: Decimal, low: int, high: int) -> int:
    return max(low, min(high, truncated(number)))


def cut(text: str) -> str | None:
    """Text as functions return it: at most MAX_TEXT characters, None when empty."""
    return text[:MAX_TEXT] or None


def number_text(number: Decimal) -> str:
    """A number in plain digits without trailing zeros."""
    with localcontext(EXACT):
        plain = format(number + 0, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def local_day(moment: date, zone: ZoneInfo) -> date:
    """The local calendar day of a date or a moment."""
    return local(moment, zone).date() if isinstance(moment, datetime) else moment


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment as a naive local time."""
    try:
        return moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        raise Failure("#NUM!", "beyond the years 1 to 9999") from None


def instant(local_time: datetime, zone: ZoneInfo) -> datetime:
    """The moment of a naive local time, chosen as PostgreSQL does.

    A time that a clock change skips counts on from before the change; of a doubled time the second is taken.
    """
    offsets = [local_time.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)]
    smallest = min(offset for offset in offsets if offset is not None)
    try:
        return (local_time - smallest).replace(tzinfo=UTC)
    except OverflowError:
        raise Failure("#NUM!", "beyond the years 1 to 9999") from None


def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day."""
    try:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise Failure("#NUM!", "beyond the years 1 to 9999") from None


def aligned(left: Any, right: Any, zone: ZoneInfo) -> tuple[Any, Any]:
    """A date against a moment compares local days; True and 1 are different things."""
    if isinstance(left, date) and isinstance(right, date) and isinstance(left, datetime) != isinstance(right, datetime):
        return local_day(left, zone), local_day(right, zone)
    return left, right


def equal(left: Any, right: Any, zone: ZoneInfo) -> bool:
    """`=` of the language: NULL equals NULL."""
    left, right = aligned(left, right, zone)
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def less(left: Any, right: Any, zone: ZoneInfo) -> bool:
    """`left < right`; false when one is missing. Texts compare by code point."""
    if left is None or right is None:
        return False
    left, right = aligned(left, right, zone)
    try:
        return bool(left < right)
    except TypeError:
        raise Failure("#VALUE!", "these values have no order") from None


def flat(values: Iterable[Any]) -> list[Any]:
    """All values with lists opened up and NULLs left out."""
    found: list[Any] = []
    for value in values:
        if isinstance(value, tuple):
            found.extend(item for item in value if item is not None)
        elif value is not None:
            found.append(value)
    return found
