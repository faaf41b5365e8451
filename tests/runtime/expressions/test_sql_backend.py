from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    MetaData,
    Numeric,
    Table,
    Text,
    insert,
    select,
    text,
)
from sqlalchemy.dialects import postgresql

from builder.expressions.condition_leaves import OPERATORS
from builder.expressions.conditions import from_json
from builder.expressions.nodes import Has, Node
from builder.expressions.parser import parse
from builder.expressions.problems import ExpressionProblem
from builder.expressions.types import DictScope, Type
from runtime.expressions import Environment, NotInSql, compile_filter, compile_value, evaluate, is_sql_able, matches

META = MetaData()
DEAL = Table(
    "expression_deal", META, Column("id", BigInteger, primary_key=True), Column("name", Text), Column("amount", Numeric),
    Column("parts", BigInteger), Column("stage", Text), Column("done", Boolean), Column("due", Date),
    Column("at", DateTime(timezone=True)), Column("tags", ARRAY(Text)), Column("owner", BigInteger), prefixes=["TEMPORARY"],
)  # fmt: skip
LINE = Table(
    "expression_line", META, Column("id", BigInteger, primary_key=True), Column("deal", BigInteger, ForeignKey(DEAL.c.id)),
    Column("amount", Numeric), prefixes=["TEMPORARY"],
)  # fmt: skip
LINES = DictScope({"id": Type.REF, "amount": Type.NUMBER})
SCOPE = DictScope(
    {
        "name": Type.TEXT, "amount": Type.NUMBER, "parts": Type.NUMBER, "stage": Type.CHOICE, "done": Type.BOOLEAN, "due": Type.DATE,
        "at": Type.DATETIME, "tags": Type.CHOICES, "owner": Type.PERSON, "lines": Type.REFS,
    },
    relations={"lines": LINES},
)  # fmt: skip
START = datetime(2024, 5, 1, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {"id": 1, "name": "Ann 50%", "amount": Decimal(10), "parts": 2, "stage": "new", "done": True, "due": date(2024, 5, 3),
     "at": START, "tags": ["red"], "owner": 2},
    {"id": 2, "name": "anna_b", "amount": Decimal(20), "parts": 0, "stage": "won", "done": False, "due": date(2024, 4, 1),
     "at": START + timedelta(days=2), "tags": ["red", "blue"], "owner": 3},
    {"id": 3, "name": None, "amount": None, "parts": None, "stage": None, "done": None, "due": None, "at": None, "tags": None,
     "owner": None},
]  # fmt: skip


@pytest.fixture
def deals(connection: Connection) -> Connection:
    META.create_all(connection)
    connection.execute(insert(DEAL), ROWS)
    connection.execute(
        insert(LINE), [{"id": at, "deal": deal, "amount": amount} for at, deal, amount in ((1, 1, 5), (2, 1, 7), (3, 2, 1))]
    )
    return connection


def column(path: tuple[str, ...]) -> Any:
    return DEAL.c[path[0]]


def parsed(expression: str) -> Node:
    node = parse(expression)
    assert not isinstance(node, ExpressionProblem), node
    return node


def has_lines(environment: Environment) -> Any:
    def has(node: Has) -> Any:
        rows = select(LINE.c.id).where(LINE.c.deal == DEAL.c.id)
        if node.condition is not None:
            rows = rows.where(compile_filter(node.condition, lambda path: LINE.c[path[0]], environment, LINES))
        return matches(node, rows)

    return has


def ids(connection: Connection, node: Node, environment: Environment) -> list[int]:
    where = compile_filter(node, column, environment, SCOPE, has_lines(environment))
    return list(connection.execute(select(DEAL.c.id).where(where).order_by(DEAL.c.id)).scalars())


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"field": "name", "op": "contains", "value": "ANN"}, [1, 2]),
        ({"field": "name", "op": "contains", "value": "50%"}, [1]),
        ({"field": "name", "op": "contains", "value": "a_"}, [2]),
        ({"field": "name", "op": "starts_with", "value": "ann "}, [1]),
        ({"field": "stage", "op": "is_not", "value": "new"}, [2, 3]),
        ({"field": "stage", "op": "not_in", "value": ["new"]}, [2, 3]),
        ({"field": "stage", "op": "is", "value": None}, [3]),
        ({"not": {"field": "amount", "op": "gt", "value": 15}}, [1, 3]),
        ({"field": "at", "op": "is", "value": "2024-05-01"}, [1]),
        ({"field": "at", "op": "between", "value": ["2024-05-02", "2024-05-03"]}, [2]),
        ({"field": "at", "op": "lte", "value": "2024-05-01"}, [1]),
        ({"field": "due", "op": "within", "value": {"this": "month"}}, [1]),
        ({"field": "due", "op": "within", "value": {"previous": "month"}}, [2]),
        ({"field": "at", "op": "within", "value": {"last": 2, "unit": "hour"}}, [2]),
        ({"field": "owner", "op": "is", "value": {"var": "me"}}, [1]),
        ({"field": "owner", "op": "in", "value": {"var": "my_teams"}}, [2]),
        ({"field": "tags", "op": "has_all", "value": ["red", "blue"]}, [2]),
        ({"field": "tags", "op": "has_any", "value": ["blue", "green"]}, [2]),
        ({"field": "tags", "op": "is_empty"}, [3]),
        ({"has": {"relation": "lines"}}, [1, 2]),
        ({"has": {"relation": "lines", "count": {"op": "is", "value": 0}}}, [3]),
        (
            {"has": {"relation": "lines", "if": {"field": "amount", "op": "gt", "value": 4}, "count": {"op": "gte", "value": 2}}},
            [1],
        ),
        ({"not": {"has": {"relation": "lines", "if": {"field": "amount", "op": "gt", "value": 4}}}}, [2, 3]),
        ({"field": "lines", "op": "has_any", "value": [2, 3]}, [1, 2]),
        ({"field": "lines", "op": "has_all", "value": [1, 2]}, [1]),
        ({"expr": "{amount} / {parts} > 1"}, [1]),
        ({"expr": "NOT({amount} / {parts} > 100)"}, [1, 3]),
        ({"expr": "IFERROR({amount} / {parts}, 99) = 99"}, [2]),
        ({"expr": "{done}"}, [1]),
        ({"expr": "NOT({done})"}, [2, 3]),
        ({"expr": "{parts} = 2.5"}, []),
    ],
)
def test_filters(deals: Connection, environment: Environment, tree: Any, expected: list[int]) -> None:
    node, problems = from_json(tree, SCOPE)
    assert problems == [] and node is not None
    assert ids(deals, node, environment) == expected
    rows = [{**row, "lines": [line for line in _lines() if line["deal"] == row["id"]]} for row in ROWS]
    assert [row["id"] for row in rows if evaluate(node, lambda path, row=row: row[path[0]], environment) is True] == expected


def _lines() -> list[dict[str, Any]]:
    return [{"id": 1, "deal": 1, "amount": 5}, {"id": 2, "deal": 1, "amount": 7}, {"id": 3, "deal": 2, "amount": 1}]


@pytest.mark.parametrize("op", [op for op in OPERATORS if op not in ("is_not", "is_empty", "is_not_empty")])
def test_empty_operands_let_no_row_through(deals: Connection, environment: Environment, op: str) -> None:
    nobody = Environment(environment.now, environment.zone)
    for field in SCOPE.types:
        for value in (None, "", [], [None], [None, None], {"var": "my_teams"}, {"var": "me"}, {"expr": "NULL"}):
            node, problems = from_json({"field": field, "op": op, "value": value}, SCOPE)
            assert (node is None) == bool(problems)
            explicit = (op == "is" and not isinstance(value, dict)) or (op == "not_in" and isinstance(value, dict))
            if node is not None and not explicit:
                assert ids(deals, node, nobody) == [], (field, op, value)


@pytest.mark.parametrize(
    ("expression", "sql"),
    [
        ('{stage} = "new"', "expression_deal.stage = 'new'"),
        ("{parts} = 2", "expression_deal.parts = 2"),
        ("{due} < TODAY()", "expression_deal.due < '2024-05-03'"),
        ("{at} >= TODAY()", "expression_deal.at >= '2024-05-02 16:00:00+00:00'"),
        ('IN({stage}, "new", "won")', "expression_deal.stage IN ('new', 'won')"),
        ('AND({stage} = "new", {amount} > 5 + 5)', "expression_deal.stage = 'new' AND expression_deal.amount > 10"),
        ("{owner} = USER()", "expression_deal.owner = 2"),
        ("ISBLANK({due})", "expression_deal.due IS NULL"),
    ],
)
def test_comparisons_with_constants_stay_plain(environment: Environment, expression: str, sql: str) -> None:
    where = compile_filter(parsed(expression), column, environment, SCOPE)
    compiled = where.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    assert str(compiled) == sql


def test_an_index_serves(deals: Connection, environment: Environment) -> None:
    deals.execute(text("CREATE INDEX ON expression_deal (stage)"))
    deals.execute(text("SET LOCAL enable_seqscan = off"))
    where = compile_filter(parsed('AND({stage} = "new", NOT({amount} > 50))'), column, environment, SCOPE)
    compiled = select(DEAL.c.id).where(where).compile(deals.engine, compile_kwargs={"literal_binds": True})
    plan = "\n".join(deals.execute(text("EXPLAIN " + str(compiled).replace(":", "\\:"))).scalars())
    assert "expression_deal_stage_idx" in plan


def test_what_cannot_run_in_the_database_is_told() -> None:
    assert [found.params["name"] for found in is_sql_able(parsed("WORKDAY({due}, 1) > TODAY()"))] == ["WORKDAY"]
    assert is_sql_able(parsed("{amount} > 1"), SCOPE) == []
    assert [found.code for found in is_sql_able(parsed("IF({done}, {tags}, {tags})"), SCOPE)] == ["not_in_filter"]


def test_expressions_that_would_explode_are_refused(environment: Environment) -> None:
    nested = "{amount}"
    for _ in range(31):
        nested = f"IFERROR(1/{nested},1)"
    with pytest.raises(NotInSql) as refused:
        compile_value(parsed(nested), column, environment, SCOPE)
    assert refused.value.problem.code == "too_complex"


def test_values_to_select(deals: Connection, environment: Environment) -> None:
    value = compile_value(parsed('{name} & "/" & TEXT({amount} / {parts}, "0.0")'), column, environment, SCOPE)
    assert list(deals.execute(select(value).order_by(DEAL.c.id)).scalars()) == ["Ann 50%/5.0", None, "/"]


def test_text_of_users_is_only_ever_bound(deals: Connection, environment: Environment) -> None:
    hostile = "'; DROP TABLE expression_deal; --"
    node, _ = from_json(
        {"any": [{"field": "name", "op": op, "value": hostile} for op in ("is", "contains", "starts_with", "lt")]}, SCOPE
    )
    assert node is not None
    compiled = compile_filter(node, column, environment, SCOPE).compile(dialect=postgresql.dialect())
    assert "DROP" not in str(compiled)
    assert ids(deals, node, environment) == []
