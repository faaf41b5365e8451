"""Lists: filter, sort, pages, search, counts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from runtime.context import Context
from runtime.errors import BadRequest, Forbidden, NotFound
from runtime.queries.listing import ListQuery, list_json, list_records
from runtime.records import write

PROJECT = "studio.project"


def names(ctx: Context, **query: Any) -> list[str]:
    query.setdefault("sort", ("name",))
    return [each["name"] for each in list_records(ctx, PROJECT, ListQuery(fields=("name",), **query)).records]


def test_json_and_python_rows_agree(ctx: Context, make: Any) -> None:
    company = make("directory.company", name="云帆科技")
    tags = [make("studio.tag", name=name) for name in ("a", "b")]
    make(PROJECT, name="One", company=company, tags=tags, budget="12.50", channels=["web"], due="2036-03-05")
    entity = ctx.catalog.entity(PROJECT)
    (typed,) = list_records(ctx, PROJECT, ListQuery()).records
    (plain,) = orjson.loads(list_json(ctx, PROJECT, ListQuery()))["records"]
    expected = {
        key: value if value is None else entity.fields[key].type.to_json(entity.fields[key].field, value)
        for key, value in typed.items()
    }
    assert plain == expected
    assert plain["budget"] == "12.50" and plain["tags"] == tags and plain["company"] == company


def test_filter_reaches_over_relations(ctx: Context, make: Any) -> None:
    shanghai, beijing = (make("directory.company", name=name, city=city) for name, city in (("A", "上海"), ("B", "北京")))
    make(PROJECT, name="p1", company=shanghai)
    make(PROJECT, name="p2", company=beijing)
    make(PROJECT, name="p3")
    assert names(ctx, filter={"field": "company.city", "op": "is", "value": "上海"}) == ["p1"]
    assert names(ctx, filter={"not": {"field": "company.city", "op": "is", "value": "上海"}}) == ["p2", "p3"]
    assert names(ctx, sort=("-company.name",)) == ["p2", "p1", "p3"]
    record = list_records(
        ctx, PROJECT, ListQuery(fields=("company.name", "company.title", "owner.name"), sort=("name",), limit=1)
    ).records[0]
    assert record["company.name"] == record["company.title"] == "A" and record["owner.name"] == "Admin"


def test_filter_counts_related_records(ctx: Context, make: Any) -> None:
    first, second = make(PROJECT, name="p1"), make(PROJECT, name="p2")
    for title in ("x", "y"):
        make("studio.line", title=title, project=first, quantity=3)
    make("studio.line", title="z", project=second, quantity=1)
    big = {"has": {"relation": "lines", "if": {"field": "quantity", "op": "gt", "value": 2}, "count": {"op": "gte", "value": 2}}}
    assert names(ctx, filter=big) == ["p1"]
    assert names(ctx, filter={"not": big}) == ["p2"]


@pytest.mark.parametrize(
    "sort", [("due",), ("-due",), ("-due", "name"), ("stage", "-budget"), ("company.name", "-due"), ("-id",), ("created_at",), ()]
)
@pytest.mark.parametrize("as_json", [True, False])
def test_pages_follow_each_other_over_nulls(ctx: Context, make: Any, sort: tuple[str, ...], as_json: bool) -> None:
    company = make("directory.company", name="C")
    for number in range(11):
        values: dict[str, Any] = {"name": f"p{number}", "budget": number % 3, "company": company if number % 2 else None}
        values["due"] = str(date(2036, 1, 1) + timedelta(days=number % 4)) if number % 3 else None
        make(PROJECT, **values)
    whole = [each["id"] for each in list_records(ctx, PROJECT, ListQuery(sort=sort, limit=100)).records]
    seen: list[int] = []
    after = None
    for _ in range(20):
        query = ListQuery(sort=sort, limit=3, after=after, fields=("name", "due"))
        if as_json:
            body = orjson.loads(list_json(ctx, PROJECT, query))
            seen += [each["id"] for each in body["records"]]
            after = body["next"]
        else:
            page = list_records(ctx, PROJECT, query)
            seen += [each["id"] for each in page.records]
            after = page.next
        if after is None:
            break
    assert len(whole) == 11 and seen == whole


def test_nulls_stand_last_in_both_directions(ctx: Context, make: Any) -> None:
    for name, due in (("a", None), ("b", "2036-01-02"), ("c", "2036-01-01")):
        make(PROJECT, name=name, due=due)
    assert names(ctx, sort=("due",)) == ["c", "b", "a"]
    assert names(ctx, sort=("-due",)) == ["b", "c", "a"]


@pytest.mark.parametrize("bad", ["x", "e30", "////", "bnVsbA", "W10", "WyJhIixbXV0"])
def test_a_foreign_cursor_is_refused(ctx: Context, bad: str) -> None:
    with pytest.raises(BadRequest):
        list_records(ctx, PROJECT, ListQuery(after=bad))


def test_a_cursor_belongs_to_its_order(ctx: Context, make: Any) -> None:
    for name in ("a", "b"):
        make(PROJECT, name=name)
    after = list_records(ctx, PROJECT, ListQuery(sort=("name",), limit=1)).next
    with pytest.raises(BadRequest):
        list_records(ctx, PROJECT, ListQuery(sort=("-name",), after=after))


def test_search_finds_two_characters_and_punctuated_phones(ctx: Context, make: Any) -> None:
    make(PROJECT, name="云帆科技 官网", phone="13800138000")
    make(PROJECT, name="100% wool_x")
    assert names(ctx, q="云帆") == ["云帆科技 官网"]
    assert names(ctx, q="138-0013 8000") == ["云帆科技 官网"]
    assert names(ctx, q="0% WOOL_") == ["100% wool_x"]
    assert names(ctx, q="l_") == ["100% wool_x"] and names(ctx, q="o%x") == []
    assert len(names(ctx, q="  ")) == 2


def test_counts(ctx: Context, make: Any) -> None:
    for number in range(3):
        make(PROJECT, name=f"p{number}")
    assert list_records(ctx, PROJECT, ListQuery(limit=1)).count is None
    for count in ("exact", "estimate"):
        assert list_records(ctx, PROJECT, ListQuery(limit=1, count=count)).count == 3
    with pytest.raises(BadRequest):
        list_records(ctx, PROJECT, ListQuery(count="all"))


def test_the_bin_is_for_administrators(ctx: Context, make: Any, person: Any) -> None:
    gone = make(PROJECT, name="gone")
    make(PROJECT, name="here")
    write.delete(ctx, PROJECT, gone)
    assert names(ctx) == ["here"]
    assert names(ctx, trash=True) == ["gone"]
    with pytest.raises(Forbidden):
        list_records(ctx.acting(person("Li", "studio.maker")), PROJECT, ListQuery(trash=True))


@pytest.mark.parametrize(
    "query",
    [
        ListQuery(limit=0),
        ListQuery(limit=501),
        ListQuery(sort=("nope",)),
        ListQuery(sort=tuple(f"f{number}" for number in range(9))),
        ListQuery(fields=("nope",)),
        ListQuery(fields=tuple(f"f{number}" for number in range(201))),
        ListQuery(fields=("company.owner.name.x.y",)),
        ListQuery(filter={"field": "nope", "op": "is", "value": 1}),
        ListQuery(filter={"any": [{"field": "name", "op": "is", "value": "x"}] * 501}),
        ListQuery(q="x" * 201),
        ListQuery(q="\x00"),
    ],
)
def test_what_is_too_much_or_unknown_is_refused(ctx: Context, query: ListQuery) -> None:
    with pytest.raises(BadRequest):
        list_records(ctx, PROJECT, query)


def test_an_unknown_entity_is_not_found(ctx: Context) -> None:
    with pytest.raises(NotFound):
        list_records(ctx, "studio.nope", ListQuery())


def test_moving_filters_follow_the_clock_and_the_person(ctx: Context, make: Any, person: Any) -> None:
    from dataclasses import replace

    today = ctx.now.astimezone(ctx.workspace.zone).date()
    for name, days in (("yesterday", -1), ("today", 0), ("tomorrow", 1)):
        make(PROJECT, name=name, starts=None, due=str(today + timedelta(days=days)))
    before = {"field": "due", "op": "lt", "value": {"var": "today"}}
    week = {"field": "due", "op": "within", "value": {"last": 1, "unit": "day"}}
    mine = {"field": "owner", "op": "is", "value": {"var": "me"}}
    assert names(ctx, filter=before) == ["yesterday"]
    assert names(ctx, filter=week) == ["today", "yesterday"]
    later = replace(ctx, now=ctx.now + timedelta(days=1))
    assert names(later, filter=before) == ["today", "yesterday"]
    assert names(later, filter=week) == ["today", "tomorrow"]
    assert len(names(ctx, filter=mine)) == 3
    boss = replace(person("Bo"), is_admin=True)
    assert names(ctx.acting(boss), filter=mine) == []


def test_within_this_month_and_hours(ctx: Context, make: Any) -> None:
    make(PROJECT, name="now")
    for value in (
        {"this": "month"},
        {"this": "week"},
        {"this": "quarter"},
        {"this": "year"},
        {"last": 2, "unit": "hour"},
        {"next": 3, "unit": "month"},
    ):
        assert names(ctx, filter={"field": "created_at", "op": "within", "value": value}) == ["now"], value
    assert names(ctx, filter={"field": "created_at", "op": "within", "value": {"previous": "month"}}) == []


def test_values_keep_all_digits(ctx: Context, make: Any) -> None:
    make(PROJECT, name="a", budget="12345678901234567.89")
    after = list_records(ctx, PROJECT, ListQuery(sort=("budget",), limit=1))
    assert after.records[0]["budget"] == Decimal("12345678901234567.89")


def test_filters_of_one_form_keep_their_own_values(ctx: Context, make: Any) -> None:
    north, south = (make("directory.company", name=name) for name in ("north", "south"))
    parent = make(PROJECT, name="parent", company=south, budget=9)
    for number in range(4):
        make(PROJECT, name=f"p{number}", budget=number, company=north if number % 2 else south, parent=parent, urgent=number == 3)
    for number in range(4):
        assert names(ctx, filter={"field": "budget", "op": "is", "value": number}) == [f"p{number}"]
        assert names(ctx, filter={"field": "name", "op": "contains", "value": f"P{number}"}) == [f"p{number}"]
        low = {"all": [{"field": "budget", "op": "gte", "value": number}, {"field": "budget", "op": "lt", "value": number + 2}]}
        assert names(ctx, filter=low) == [f"p{each}" for each in range(number, min(number + 2, 4))]
        assert list_records(ctx, PROJECT, ListQuery(filter=low, count="exact")).count == min(2, 4 - number)
    for values in (["p0"], ["p1", "p2"], ["p3", "p0"], []):
        assert names(ctx, filter={"field": "name", "op": "in", "value": values}) == sorted(values)
    for name in ("north", "south"):
        assert names(ctx, filter={"field": "company.name", "op": "is", "value": name}, limit=2)[0] == (
            "p1" if name == "north" else "p0"
        )
        assert len(names(ctx, filter={"field": "parent.company.name", "op": "is", "value": name})) == (
            4 if name == "south" else 0
        )
    assert names(ctx, filter={"field": "urgent", "op": "is", "value": True}) == ["p3"]
    assert "p3" not in names(ctx, filter={"field": "urgent", "op": "is", "value": False})
    assert names(ctx, filter={"field": "budget", "op": "is", "value": None}) == []
    from runtime.queries.aggregate import AggregateQuery, aggregate

    for number in (1, 3):
        (row,) = aggregate(ctx, PROJECT, AggregateQuery({"field": "budget", "op": "lt", "value": number}))
        assert row == {"count": number}
