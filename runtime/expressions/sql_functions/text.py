"""Text functions in SQL."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import BigInteger, Integer, Numeric, Text, case, cast, func
from sqlalchemy import false as sql_false

from builder.expressions.infer_calls import DATE_WORDS, NUMBER_FORMAT
from builder.expressions.limits import MAX_TEXT
from builder.expressions.nodes import Node
from builder.expressions.types import NUMBERS, TEXTS, Type
from runtime.expressions.python_functions.text import BLANKS, MAX_NEW
from runtime.expressions.sql_compiler import Compiler
from runtime.expressions.sql_operators import local_time
from runtime.expressions.sql_values import Sql, bind, cut, given, integer, number, result_text, text
from runtime.expressions.values import clamp as clamp_number

_NUMBER_TEXT = r"^[+-]?[0-9]{1,30}(\.[0-9]{1,20})?$"
_TO_CHAR_WORDS = {"YYYY": "YYYY", "MM": "MM", "DD": "DD", "HH": "HH24", "mm": "MI", "ss": "SS"}


def _text(c: Compiler, node: Node) -> Sql:
    return c.value(node, Type.TEXT)


def _given(c: Compiler, node: Node) -> Sql:
    return given(_text(c, node))


def _count(c: Compiler, node: Node | None, low: int, default: int = 1) -> Sql:
    """A number of characters between low and MAX_TEXT, without its fraction; NULL when there is none."""
    if node is None:
        return integer(default)
    if c.is_constant(node):
        value = c.constant(node)
        return bind(None, Type.NUMBER).cast(Integer()) if value is None else integer(clamp_number(value, low, MAX_TEXT))
    value = c.value(node, Type.NUMBER)
    held = case(
        (value > number(MAX_TEXT), number(MAX_TEXT)), (value < number(low), number(low)), else_=func.trunc(value, type_=Numeric())
    )
    return cast(held, Integer())


def _length(value: Sql) -> Sql:
    return func.char_length(value, type_=Integer())


def concat(c: Compiler, *args: Node) -> Sql:
    result = _given(c, args[0])
    for arg in args[1:]:
        result = result.concat(_given(c, arg))
    return cut(result)


def left(c: Compiler, value: Node, count: Node | None = None) -> Sql:
    return result_text(func.left(_text(c, value), _count(c, count, 0), type_=Text()))


def right(c: Compiler, value: Node, count: Node | None = None) -> Sql:
    return result_text(func.right(_text(c, value), _count(c, count, 0), type_=Text()))


def mid(c: Compiler, value: Node, start: Node, count: Node) -> Sql:
    return result_text(func.substr(_text(c, value), _count(c, start, 1), _count(c, count, 0), type_=Text()))


def length(c: Compiler, value: Node) -> Sql:
    return cast(_length(_given(c, value)), Numeric())


def find(c: Compiler, part: Node, value: Node, start: Node | None = None) -> Sql:
    if start is None:
        return cast(func.coalesce(func.strpos(_text(c, value), _text(c, part)), integer(0)), Numeric())
    first = _count(c, start, 1)
    place = func.nullif(func.strpos(func.substr(_text(c, value), first), _text(c, part)), integer(0))
    found = cast(func.coalesce(place + first - integer(1), integer(0)), Numeric())
    return case((first.is_(None), bind(None, Type.NUMBER)), else_=found)


def replace(c: Compiler, value: Node, start: Node, count: Node, new: Node) -> Sql:
    first, taken = _count(c, start, 1), _count(c, count, 0)
    head = func.left(_given(c, value), first - integer(1), type_=Text())
    return cut(head.concat(_given(c, new)).concat(func.substr(_given(c, value), first + taken, type_=Text())))


def substitute(c: Compiler, value: Node, old: Node, new: Node) -> Sql:
    held = func.left(_text(c, value), MAX_TEXT, type_=Text())
    return cut(func.replace(held, _given(c, old), func.left(_given(c, new), MAX_NEW), type_=Text()))


def trim(c: Compiler, value: Node) -> Sql:
    return cut(func.btrim(_text(c, value), text(BLANKS), type_=Text()))


def repeat(c: Compiler, value: Node, times: Node) -> Sql:
    size = cast(_length(_text(c, value)), BigInteger()) * c.value(times, Type.NUMBER)
    done = result_text(func.repeat(_text(c, value), _count(c, times, 0), type_=Text()))
    return case((size > number(MAX_TEXT), bind(None, Type.TEXT)), else_=done)


def as_text(c: Compiler, value: Node, pattern: Node | None = None) -> Sql:
    kind = c.kind(value)
    wanted = None if pattern is None else c.constant(pattern)
    if kind in TEXTS or kind is Type.ANY:
        return _text(c, value)
    if kind is Type.BOOLEAN:
        plain = c.value(value)
        return case((plain.is_(True), text("TRUE")), (plain.is_(False), text("FALSE")), else_=bind(None, Type.TEXT))
    if kind in NUMBERS:
        if wanted is not None:
            return _format_number(c.value(value), wanted)
        return cut(cast(func.trim_scale(c.value(value)), Text()))
    if kind is Type.DATETIME:
        return cut(_format_date(local_time(c, value), wanted or "YYYY-MM-DD HH:mm:ss"))
    if kind is Type.DATE:
        return cut(_format_date(c.value(value), wanted or "YYYY-MM-DD"))
    return cast(c.value(value), Text())


def _format_number(value: Sql, pattern: str) -> Sql:
    found = NUMBER_FORMAT.fullmatch(pattern)
    assert found is not None, "the checker lets no other format through"
    grouped, decimals, percent = found.groups()
    digits = "999," * 15 + "990" if grouped else "9" * 45 + "0"
    places = len(decimals or "")
    rounded = func.round(value * number(100) if percent else value, places, type_=Numeric())
    shown = func.to_char(rounded, text("FM" + digits + ("." + "0" * places if places else "")), type_=Text())
    too_large = func.abs(rounded, type_=Numeric()) >= number(Decimal(10) ** 45)
    return case((too_large, bind(None, Type.TEXT)), else_=shown.concat(text(percent)) if percent else shown)


def _format_date(value: Sql, pattern: str) -> Sql:
    """to_char with the words of our format; all else is quoted, so that it stands for itself."""
    parts, last = [], 0
    for word in DATE_WORDS.finditer(pattern):
        parts += [_quoted(pattern[last : word.start()]), _TO_CHAR_WORDS[word[0]]]
        last = word.end()
    parts.append(_quoted(pattern[last:]))
    return func.to_char(value, text("".join(parts)), type_=Text())


def _quoted(plain: str) -> str:
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if plain else ""


def value_(c: Compiler, value: Node) -> Sql:
    plain = func.btrim(_text(c, value), text(BLANKS), type_=Text())
    return case((plain.op("~")(text(_NUMBER_TEXT)), cast(plain, Numeric())), else_=bind(None, Type.NUMBER))


def exact(c: Compiler, one: Node, other: Node) -> Sql:
    return _text(c, one).is_not_distinct_from(_text(c, other))


def starts_with(c: Compiler, value: Node, part: Node) -> Sql:
    return func.starts_with(_text(c, value), _text(c, part))


def ends_with(c: Compiler, value: Node, part: Node) -> Sql:
    return func.right(_text(c, value), _length(_text(c, part)), type_=Text()) == _text(c, part)


def pattern_test(before: str, after: str, same_case: bool) -> Callable[..., Sql]:
    """LIKE with a constant part, which a trigram index serves; a search otherwise."""

    def test(c: Compiler, value: Node, part: Node) -> Sql:
        column = _text(c, value)
        if c.is_constant(part):
            wanted = c.constant(part)
            if wanted is None:
                return sql_false()
            pattern = text(before + _escaped(wanted) + after)
            return column.ilike(pattern) if same_case else column.like(pattern)
        found = _text(c, part)
        if same_case:
            column, found = func.lower(column, type_=Text()), func.lower(found, type_=Text())
        return func.starts_with(column, found) if not before else func.strpos(column, found) > integer(0)

    return test


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def mask(c: Compiler, value: Node, first: Node, last: Node) -> Sql:
    head, tail, plain = _count(c, first, 0), _count(c, last, 0), _text(c, value)
    hidden = _length(plain) - head - tail
    shown = func.left(plain, head, type_=Text()).concat(func.repeat(text("*"), hidden, type_=Text()))
    return cut(
        case(
            (hidden <= integer(0), func.repeat(text("*"), _length(plain) + (head + tail) * integer(0), type_=Text())),
            else_=shown.concat(func.right(plain, tail, type_=Text())),
        )
    )


FUNCTIONS: dict[str, Callable[..., Sql]] = {
    "CONCAT": concat,
    "LEFT": left,
    "RIGHT": right,
    "MID": mid,
    "LEN": length,
    "FIND": find,
    "REPLACE": replace,
    "SUBSTITUTE": substitute,
    "TRIM": trim,
    "UPPER": lambda c, value: func.upper(_text(c, value), type_=Text()),
    "LOWER": lambda c, value: func.lower(_text(c, value), type_=Text()),
    "REPT": repeat,
    "TEXT": as_text,
    "VALUE": value_,
    "EXACT": exact,
    "STARTSWITH": starts_with,
    "ENDSWITH": ends_with,
    "CONTAINS": pattern_test("%", "%", same_case=False),
    "ICONTAINS": pattern_test("%", "%", same_case=True),
    "ISTARTSWITH": pattern_test("", "%", same_case=True),
    "MASK": mask,
}
STRICT = frozenset({"UPPER", "LOWER", "VALUE", "MASK", "REPT"})
