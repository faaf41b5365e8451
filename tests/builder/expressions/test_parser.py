from __future__ import annotations

import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from builder.expressions.nodes import Binary, Call, Const, Error, Has, ListOf, Node, Path, Unary
from builder.expressions.parser import parse
from builder.expressions.printer import print_expression
from builder.expressions.problems import ExpressionProblem

A, B = Path(("a",)), Path(("b",))


def number(text: str) -> Const:
    return Const(Decimal(text))


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("{a}", A),
        ("{ company . name }", Path(("company", "name"))),
        ("{金额}", Path(("金额",))),
        ("{steps.find_1.record.amount}", Path(("steps", "find_1", "record", "amount"))),
        ("{steps.find_1.company.owner.name.x}", Path(("steps", "find_1", "company", "owner", "name", "x"))),
        ("1.50", number("1.5")),
        ("-5", number("-5")),
        ("-0", number("0")),
        ('"a""b"', Const('a"b')),
        ("'it''s'", Const("it's")),
        ("“你好”", Const("你好")),
        ('""', Const(None)),
        ("true", Const(True)),
        ("NULL", Const(None)),
        ("#2024-05-01#", Const(date(2024, 5, 1))),
        ("#2024-05-01T10:00:00+08:00#", Const(datetime(2024, 5, 1, 2, tzinfo=UTC))),
        ("#div/0!", Error("#DIV/0!")),
        ("1 + 2 * 3", Binary("+", number("1"), Binary("*", number("2"), number("3")))),
        ("1 - 2 - 3", Binary("-", Binary("-", number("1"), number("2")), number("3"))),
        ("(1 - 2) ^ 3", Binary("^", Binary("-", number("1"), number("2")), number("3"))),
        ("-{a} ^ 2", Binary("^", Unary("-", A), number("2"))),
        ("50%", Unary("%", number("50"))),
        ("{a} & {b} = 1 + 1", Binary("=", Binary("&", A, B), Binary("+", number("1"), number("1")))),
        ("{a} != {b}", Binary("<>", A, B)),
        ("=1", number("1")),
        ("[]", ListOf(())),
        ("[1, {a}]", ListOf((number("1"), A))),
        ("today()", Call("TODAY", ())),
        ("如果({a}，1；2)", Call("IF", (A, number("1"), number("2")))),
        ("IF（｛a｝＞＝１，{a}×２÷{b}＋1－1，NULL）", Call("IF", (
            Binary(">=", A, number("1")),
            Binary("-", Binary("+", Binary("/", Binary("*", A, number("2")), B), number("1")), number("1")),
            Const(None),
        ))),
        ("HAS({lines})", Has(("lines",))),
        ('HAS({lines}, {a} > 1, "=", 0)', Has(("lines",), Binary(">", A, number("1")), "=", 0)),
    ],
)  # fmt: skip
def test_parse_and_print(text: str, node: Node) -> None:
    assert parse(text) == node
    assert parse(print_expression(node)) == node
    assert parse(print_expression(node, chinese=True)) == node


@pytest.mark.parametrize(
    ("text", "position", "length", "code"),
    [
        ("", 0, 0, "empty"),
        ("  ", 0, 0, "empty"),
        ("1 +", 3, 0, "expected"),
        ("1 + * 2", 4, 1, "expected"),
        ("SUM({a}", 7, 0, "expected"),
        ("(1 + 2", 6, 0, "expected"),
        ("1)", 1, 1, "expected"),
        ("1 2", 2, 1, "expected"),
        ("{a} and {b}", 4, 3, "use_function"),
        ("amount > 1", 0, 6, "use_braces"),
        ('1 & "abc', 4, 1, "unclosed_text"),
        ("1 + {abc", 4, 1, "unclosed_field"),
        ("{a b}", 0, 5, "bad_field"),
        ("{}", 0, 2, "bad_field"),
        ("{a..b}", 0, 6, "bad_field"),
        ("{a.b.c.d.e}", 0, 11, "path_too_long"),
        ("1 + SUMM(2)", 4, 4, "unknown_function"),
        ("1 + @", 4, 1, "unexpected_character"),
        ("#2024-13-01#", 0, 12, "bad_date"),
        ("HAS(1)", 0, 6, "bad_has"),
        ("9" * 31, 0, 31, "bad_number"),
        ("0." + "1" * 21, 0, 23, "bad_number"),
        ("'a\x00b'", 0, 5, "bad_character"),
        ("'\ud800'", 0, 3, "bad_character"),
    ],
)
def test_mistakes_have_a_position(text: str, position: int, length: int, code: str) -> None:
    found = parse(text)
    assert isinstance(found, ExpressionProblem)
    assert (found.position, found.length, found.code) == (position, length, code)


def test_the_message_says_what_was_expected() -> None:
    found = parse("SUM({a}, 2")
    assert isinstance(found, ExpressionProblem)
    assert found.message == "Expected an operator, “)” or “,”, found the end."


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(" * 100_000, "too_long"),
        ("(" * 1999, "too_deep"),
        ("[" * 33 + "]" * 33, "too_deep"),
        ("+".join(["1"] * 102), "too_nested"),
        ("-" * 200 + "{a}", "too_nested"),
        ("SUM(" + ",".join(["1"] * 501) + ")", "too_large"),
        ("{a}+" * 51 + "1", "too_many_fields"),
        ("{" * 2000, "unclosed_field"),
        ('"' * 1999, "unclosed_text"),
        ("<" * 2000, "expected"),
    ],
)
def test_hostile_input_is_refused(text: str, code: str) -> None:
    parse("1")
    start = time.process_time()
    found = parse(text)
    assert isinstance(found, ExpressionProblem) and found.code == code
    assert time.process_time() - start < 1


def test_limits_leave_room_for_real_formulas() -> None:
    assert isinstance(parse("(" * 32 + "1" + ")" * 32), Const)
    assert isinstance(parse("+".join(["1"] * 100)), Binary)
    assert isinstance(parse("SUM(" + ",".join(["1"] * 499) + ")"), Call)


def test_labels_instead_of_keys() -> None:
    labels = {("company", "name"): "公司.名称"}
    node = parse('{company.name} & "!"')
    assert not isinstance(node, ExpressionProblem)
    assert print_expression(node, lambda path: labels[path]) == '{公司.名称} & "!"'
