from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from builder.expressions.condition_leaves import OPERATORS
from builder.expressions.condition_values import Operands
from builder.expressions.conditions import from_json, leaves
from builder.expressions.infer import infer
from builder.expressions.nodes import Const
from builder.expressions.printer import print_expression
from builder.expressions.types import DictScope, Type

ACTIVITIES = DictScope({"id": Type.REF, "kind": Type.CHOICE, "done": Type.BOOLEAN}, choices={"kind": ("call", "visit")})
SCOPE = DictScope(
    {
        "name": Type.TEXT, "amount": Type.NUMBER, "done": Type.BOOLEAN, "due": Type.DATE, "at": Type.DATETIME, "stage": Type.CHOICE,
        "tags": Type.CHOICES, "owner": Type.PERSON, "team": Type.TEAM, "company": Type.REF, "company.name": Type.TEXT,
        "activities": Type.REFS,
    },
    choices={"stage": ("new", "won"), "tags": ("red", "blue")},
    relations={"activities": ACTIVITIES},
)  # fmt: skip


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (leaf("stage", "is", "new"), '{stage} = "new"'),
        (leaf("stage", "is_not", "new"), '{stage} <> "new"'),
        (leaf("stage", "is", None), "{stage} = NULL"),
        (leaf("stage", "in", ["new", "won"]), 'IN({stage}, ["new", "won"])'),
        (leaf("stage", "in", ["new", None]), 'IN({stage}, ["new"])'),
        (leaf("stage", "in", []), "FALSE"),
        (leaf("stage", "in", [None]), "FALSE"),
        (leaf("stage", "in", None), "FALSE"),
        (leaf("stage", "not_in", ["new"]), 'NOT(IN({stage}, ["new"]))'),
        (leaf("stage", "not_in", []), "FALSE"),
        (leaf("amount", "gt", "1000.50"), "{amount} > 1000.50"),
        (leaf("amount", "gt", 10.5), "{amount} > 10.5"),
        (leaf("amount", "gt", None), "{amount} > NULL"),
        (leaf("amount", "between", [1, 2]), "AND({amount} >= 1, {amount} <= 2)"),
        (leaf("name", "contains", "50%"), 'ICONTAINS({name}, "50%")'),
        (leaf("name", "contains", ""), "ICONTAINS({name}, NULL)"),
        (leaf("name", "starts_with", "A"), 'ISTARTSWITH({name}, "A")'),
        (leaf("company.name", "is_empty"), "ISBLANK({company.name})"),
        (leaf("name", "is_not_empty"), "NOT(ISBLANK({name}))"),
        (leaf("tags", "has", "red"), 'HASALL({tags}, "red")'),
        (leaf("tags", "has_any", ["red", "blue"]), 'HASANY({tags}, ["red", "blue"])'),
        (leaf("tags", "has_all", []), "FALSE"),
        (leaf("due", "is", "2024-05-01"), "{due} = #2024-05-01#"),
        (leaf("at", "is", "2024-05-01"), "{at} = #2024-05-01#"),
        (leaf("at", "in", ["2024-05-01", "2024-05-02"]), "OR({at} = #2024-05-01#, {at} = #2024-05-02#)"),
        (leaf("at", "lt", "2024-05-01T08:00:00+08:00"), "{at} < #2024-05-01T00:00:00Z#"),
        (leaf("due", "within", {"last": 7, "unit": "day"}), 'WITHIN({due}, "last", 7, "day")'),
        (leaf("at", "within", {"next": 2, "unit": "hour"}), 'WITHIN({at}, "next", 2, "hour")'),
        (leaf("due", "within", {"this": "month"}), 'WITHIN({due}, "this", 1, "month")'),
        (leaf("owner", "is", {"var": "me"}), "IN({owner}, USER())"),
        (leaf("owner", "is", 5), "{owner} = 5"),
        (leaf("owner", "is", "5"), "{owner} = 5"),
        (leaf("team", "in", {"var": "my_teams"}), "IN({team}, MYTEAMS())"),
        (leaf("due", "lt", {"var": "today"}), "{due} < TODAY()"),
        (leaf("due", "lt", {"expr": "TODAY() - 3"}), "{due} < TODAY() - 3"),
        (leaf("activities", "has", 7), "HAS({activities}, {id} = 7)"),
        (leaf("activities", "has_any", [7, 8]), "HAS({activities}, IN({id}, 7, 8))"),
        (leaf("activities", "is_empty"), 'HAS({activities}, TRUE, "=", 0)'),
        ({"all": []}, "TRUE"),
        ({"any": []}, "FALSE"),
        ({"all": [leaf("done", "is", True), {"any": [leaf("amount", "gte", 1), {"not": leaf("done", "is", False)}]}]},
         "AND({done} = TRUE, OR({amount} >= 1, NOT({done} = FALSE)))"),
        ({"expr": "{amount} > 1000"}, "{amount} > 1000"),
        ({"has": {"relation": "activities"}}, "HAS({activities})"),
        ({"has": {"relation": "activities", "if": leaf("kind", "is", "call"), "count": {"op": "gte", "value": 2}}},
         'HAS({activities}, {kind} = "call", ">=", 2)'),
    ],
)  # fmt: skip
def test_trees(tree: Any, text: str) -> None:
    node, problems = from_json(tree, SCOPE)
    assert problems == [] and node is not None
    assert print_expression(node) == text
    assert infer(node, SCOPE) == (Type.BOOLEAN, [])


@pytest.mark.parametrize(
    ("tree", "path", "code"),
    [
        ([], "", "not_an_object"),
        ({}, "", "unknown_shape"),
        ({"all": {}}, "all", "not_a_list"),
        ({"all": [leaf("done", "is", True), 5]}, "all/1", "not_an_object"),
        ({"any": [leaf("missing", "is", 1)]}, "any/0/field", "unknown_field"),
        (leaf("company.missing", "is", 1), "field", "unknown_field"),
        (leaf("amount", "like", 1), "op", "unknown_operator"),
        (leaf("amount", "contains", "1"), "op", "unknown_operator"),
        ({"field": "amount", "value": 1}, "op", "unknown_operator"),
        ({**leaf("amount", "gt", 1), "extra": 1}, "extra", "unknown_key"),
        (leaf("amount", "gt", "ten"), "value", "bad_value"),
        (leaf("amount", "gt", True), "value", "bad_value"),
        (leaf("amount", "gt", [1]), "value", "bad_value"),
        (leaf("amount", "gt", float("nan")), "value", "bad_value"),
        (leaf("amount", "gt", "1e999999"), "value", "bad_value"),
        (leaf("amount", "gt", 10**400), "value", "bad_value"),
        (leaf("done", "is", "yes"), "value", "bad_value"),
        (leaf("due", "is", "2024-13-01"), "value", "bad_value"),
        (leaf("due", "is", "2024-05-01T10:00:00Z"), "value", "bad_value"),
        (leaf("name", "is", 5), "value", "bad_value"),
        (leaf("name", "is", "a\x00"), "value", "bad_value"),
        (leaf("name", "is", {"$ne": None}), "value", "bad_value"),
        (leaf("owner", "is", 1.5), "value", "bad_value"),
        (leaf("stage", "is", "lost"), "value", "unknown_choice"),
        (leaf("stage", "in", ["new", "lost"]), "value/1", "unknown_choice"),
        (leaf("amount", "between", [1]), "value", "bad_value"),
        (leaf("due", "within", {"last": -1, "unit": "day"}), "value", "bad_value"),
        (leaf("due", "within", {"last": 1, "unit": "hour"}), "value", "bad_value"),
        (leaf("due", "within", {}), "value", "bad_value"),
        (leaf("due", "is", {"var": "now "}), "value", "bad_value"),
        (leaf("amount", "is", {"var": "today"}), "value", "compare_types"),
        (leaf("team", "is", {"var": "my_teams"}), "value", "compare_types"),
        (leaf("at", "is", "2024-05-01T10:00:00"), "value", "bad_value"),
        (leaf("amount", "is", {"expr": "1 +"}), "value/expr", "expected"),
        (leaf("amount", "is", {"expr": "{missing}"}), "value/expr", "unknown_field"),
        (leaf("amount", "in", list(range(1001))), "value", "too_many_values"),
        ({"expr": "{amount} + 1"}, "expr", "not_boolean"),
        ({"expr": 5}, "expr", "bad_value"),
        ({"has": {"relation": "tags"}}, "has/relation", "not_a_relation"),
        ({"has": {"relation": "activities", "if": leaf("name", "is", "x")}}, "has/if/field", "unknown_field"),
        ({"has": {"relation": "activities", "count": {"op": "in", "value": 1}}}, "has/count/op", "unknown_operator"),
        ({"has": {"relation": "activities", "count": {"op": "gt", "value": -1}}}, "has/count/value", "bad_value"),
    ],
)
def test_mistakes_have_a_path(tree: Any, path: str, code: str) -> None:
    node, problems = from_json(tree, SCOPE)
    assert node is None
    assert [(found.path, found.code) for found in problems] == [(path, code)]


def test_no_condition_is_no_problem() -> None:
    assert from_json(None, SCOPE) == (None, [])


def test_all_problems_at_once() -> None:
    _, problems = from_json({"all": [leaf("amount", "gt", "x"), {"not": leaf("nothing", "is", 1)}, {}]}, SCOPE)
    assert [found.path for found in problems] == ["all/0/value", "all/1/not/field", "all/2"]


def _deep(levels: int, key: str = "not") -> Any:
    tree: Any = leaf("done", "is", True)
    for _ in range(levels):
        tree = {key: tree} if key == "not" else {key: [tree]}
    return tree


def _deep_value() -> Any:
    value: Any = 1
    for _ in range(10_000):
        value = [value]
    return leaf("amount", "in", value)


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        (_deep(10_000), "too_deep"),
        (_deep(10_000, "all"), "too_deep"),
        (_deep(40), "too_deep"),
        (_deep_value(), "too_deep"),
        ({"any": [leaf("done", "is", True)] * 501}, "too_many_leaves"),
        ({"all": [{}] * 30_000}, "too_deep"),
    ],
    ids=["not", "all", "forty", "value", "leaves", "empties"],
)
def test_hostile_trees_are_refused(tree: Any, code: str) -> None:
    start = time.process_time()
    node, problems = from_json(tree, SCOPE)
    assert node is None and problems[0].code == code
    assert time.process_time() - start < 1


def test_limits_leave_room_for_real_filters() -> None:
    assert from_json(_deep(31), SCOPE)[1] == []
    assert from_json({"any": [leaf("done", "is", True)] * 500}, SCOPE)[1] == []


def test_operands_of_another_record() -> None:
    lead = DictScope({"id": Type.REF, "budget": Type.NUMBER, "names": Type.LIST})
    tree = {"all": [leaf("company", "is", {"expr": "{id}"}), leaf("amount", "gt", {"expr": "{budget} * 2"}),
                    leaf("name", "in", {"expr": "{names}"}), leaf("owner", "is", {"var": "me"})]}  # fmt: skip
    values = {"{id}": 7, "{budget} * 2": Decimal(50), "{names}": ("a", "b")}
    node, problems = from_json(tree, SCOPE, Operands(lead, lambda operand: values[print_expression(operand)]))
    assert problems == [] and node is not None
    assert print_expression(node) == 'AND(IN({company}, 7), {amount} > 50, IN({name}, ["a", "b"]), IN({owner}, USER()))'
    assert from_json(tree, SCOPE, Operands(lead))[1] == []
    _, problems = from_json(leaf("company", "is", {"expr": "{company}"}), SCOPE, Operands(lead))
    assert [(found.path, found.code) for found in problems] == [("value/expr", "unknown_field")]


def test_leaves_in_reading_order() -> None:
    node, _ = from_json(
        {"all": [leaf("done", "is", True), {"not": {"any": [leaf("amount", "gt", 1), leaf("name", "is", "x")]}}]}, SCOPE
    )
    assert node is not None
    assert [print_expression(found) for found in leaves(node)] == ["{done} = TRUE", "{amount} > 1", '{name} = "x"']


@pytest.mark.parametrize("op", OPERATORS)
def test_odd_operands_never_raise(op: str) -> None:
    odd = [
        None,
        "",
        [],
        [None],
        {},
        "\x00",
        "\ud800",
        -1,
        10**40,
        1e300,
        True,
        [[]],
        [{}],
        {"expr": ""},
        {"var": []},
        {"this": {}},
    ]
    for field in SCOPE.types:
        for value in odd:
            node, problems = from_json(leaf(field, op, value), SCOPE)
            assert (node is None) == bool(problems), (field, value)


def test_literals_keep_their_type() -> None:
    node, _ = from_json({"all": [leaf("amount", "is", "0.10"), leaf("due", "is", "2024-02-29")]}, SCOPE)
    assert node is not None
    values = [found.right for found in leaves(node)]  # type: ignore[union-attr]
    assert values == [Const(Decimal("0.1")), Const(date(2024, 2, 29))]
