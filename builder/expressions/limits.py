"""Limits of one expression. They are checked before anything recursive touches it."""

from __future__ import annotations

from decimal import Decimal

MAX_CHARACTERS = 2_000
MAX_BRACKETS = 32
#: Depth of the tree: also counts chains such as a + b + c, which need no brackets.
MAX_DEPTH = 100
MAX_NODES = 500
MAX_FIELDS = 50
#: Relations that a path may step over before it names the field.
MAX_STEPS = 3
#: First words of paths that are no field, with how many words they add: in automations
#: `steps.<key>.…`, `item.…`, `before.…`; in lookups `record.…`.
PATH_ROOTS = {"steps": 2, "item": 1, "before": 1, "record": 1, "event": 1}
MAX_LEAVES = 500
MAX_CONDITION_DEPTH = 32
MAX_VALUES = 1_000
#: Longest text that a function gives; what is longer is cut.
MAX_TEXT = 32_000

#: Literals (and results of `^`) stay below this; `/`, `^`, SQRT and AVERAGE keep DECIMALS places.
MAX_NUMBER = Decimal(10) ** 30
DECIMALS = 16


def storable_text(text: str) -> bool:
    """Can PostgreSQL hold it? NUL and lone surrogates cannot be stored."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def usable_number(number: Decimal) -> bool:
    """Finite, below MAX_NUMBER and with at most 20 decimals."""
    if not number.is_finite():
        return False
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -20 and (not number or number.adjusted() < 30)
