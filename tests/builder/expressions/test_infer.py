from __future__ import annotations

import pytest

from builder.expressions.functions import FUNCTIONS
from builder.expressions.infer import infer, volatile_problems
from builder.expressions.nodes import paths
from builder.expressions.parser import parse
from builder.expressions.problems import ExpressionProblem
from builder.expressions.types import DictScope, Type

LINES = DictScope({"amount": Type.NUMBER, "note": Type.TEXT})
SCOPE = DictScope(
    {
        "name": Type.TEXT, "amount": Type.NUMBER, "done": Type.BOOLEAN, "due": Type.DATE, "at": Type.DATETIME,
        "stage": Type.CHOICE, "tags": Type.CHOICES, "owner": Type.PERSON, "company": Type.REF, "company.name": Type.TEXT,
        "lines": Type.REFS, "numbers": Type.LIST,
    },
    choices={"stage": ("new", "won"), "tags": ("red", "blue")},
    relations={"lines": LINES},
)  # fmt: skip


def check(text: str) -> tuple[Type, list[ExpressionProblem]]:
    node = parse(text)
    assert not isinstance(node, ExpressionProblem), node
    return infer(node, SCOPE)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{amount} * 2", Type.NUMBER),
        ("{name} & {company.name}", Type.TEXT),
        ("{stage} & {name}", Type.TEXT),
        ('{stage} = "won"', Type.BOOLEAN),
        ("{owner} = 5", Type.BOOLEAN),
        ("{owner} = USER()", Type.BOOLEAN),
        ("{due} + 3", Type.DATE),
        ("3 + {due}", Type.DATE),
        ("{due} - TODAY()", Type.NUMBER),
        ("{at} - NOW()", Type.NUMBER),
        ("{at} >= TODAY()", Type.BOOLEAN),
        ("IF({done}, {due}, NULL)", Type.DATE),
        ("IF({done}, {stage}, {name})", Type.TEXT),
        ('SWITCH({stage}, "won", 1, 0)', Type.NUMBER),
        ("MAX({numbers}, 1)", Type.NUMBER),
        ("MAX([{due}, TODAY()])", Type.DATE),
        ("SUM({numbers})", Type.NUMBER),
        ("MIN({numbers})", Type.NUMBER),
        ("MIN({due}, TODAY())", Type.DATE),
        ('DATEADD({at}, 1, "h")', Type.DATETIME),
        ("HAS({lines}, {amount} > 5)", Type.BOOLEAN),
        ("NULL", Type.ANY),
    ],
)
def test_types(text: str, kind: Type) -> None:
    assert check(text) == (kind, [])


@pytest.mark.parametrize(
    ("text", "position", "code"),
    [
        ("{name} + 1", 0, "operand_type"),
        ('{amount} & "x"', 0, "operand_type"),
        ('{amount} = "5"', 0, "compare_types"),
        ("{done} < TRUE", 0, "compare_types"),
        ("{tags} = {tags}", 0, "compare_types"),
        ("{missing} = 1", 0, "unknown_field"),
        ("1 + {company.missing}", 4, "unknown_field"),
        ('{stage} = "lost"', 10, "unknown_choice"),
        ('IN({stage}, ["new", "lost"])', 20, "unknown_choice"),
        ('HASANY({tags}, "green")', 15, "unknown_choice"),
        ("LEFT({amount}, 1)", 5, "argument_type"),
        ("LEFT()", 0, "argument_count"),
        ("IF({done}, 1, 2, 3)", 0, "argument_count"),
        ("IFS({done})", 0, "argument_count"),
        ("IF({amount}, 1, 2)", 3, "argument_type"),
        ("IF({done}, 1, {name})", 0, "mixed_types"),
        ("ROUND({amount}, {amount})", 16, "argument_constant"),
        ("ROUND({amount}, 99)", 16, "bad_number"),
        ('DATEDIF({due}, {due}, "x")', 22, "argument_choice"),
        ('DATEADD({due}, 1, "h")', 8, "argument_type"),
        ('TEXT({amount}, "YYYY")', 15, "argument_choice"),
        ("{at} + 1", 0, "operand_type"),
        ("HAS({tags})", 0, "not_a_relation"),
        ("HAS({lines}, {name} = 1)", 13, "unknown_field"),
        ('WITHIN({due}, "last", 2, "hour")', 7, "argument_type"),
    ],
)
def test_problems_and_where(text: str, position: int, code: str) -> None:
    _, problems = check(text)
    assert [(found.position, found.code) for found in problems] == [(position, code)]


def test_all_problems_at_once() -> None:
    _, problems = check("{missing} + {name} + LEFT({amount})")
    assert [found.code for found in problems] == ["unknown_field", "operand_type", "operand_type", "argument_type"]


def test_volatile_functions_are_named() -> None:
    node = parse("{due} < TODAY() + LEN({name})")
    assert not isinstance(node, ExpressionProblem)
    assert [found.params["name"] for found in volatile_problems(node)] == ["TODAY"]
    assert paths(node) == [("due",), ("name",)]


@pytest.mark.parametrize("spec", FUNCTIONS.values(), ids=lambda spec: spec.name)
def test_every_function_is_described(spec) -> None:
    assert spec.examples and spec.help_en.endswith(".") and spec.help_zh.endswith("。")
    assert all("\u4e00" <= letter <= "\u9fff" for letter in spec.chinese)
    for text, result in spec.examples:
        for side in (text, result):
            node = parse(side)
            assert not isinstance(node, ExpressionProblem), (side, node)
            assert infer(node, SCOPE)[1] == []
    assert any(spec.name in text for text, _ in spec.examples)


def test_chinese_names_are_unique() -> None:
    assert len({spec.chinese for spec in FUNCTIONS.values()}) == len(FUNCTIONS)
