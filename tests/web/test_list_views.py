"""What lists do beyond rows: groups with figures, colours by rule, boards, the view that opens first, kept views."""

from __future__ import annotations

import copy
import html
import json
import re
from typing import Any

import pytest

from tests.web.site import Browser, Site
from tests.web.test_design_views import APP, add_deal
from web.render import row_groups

LIST = "/records/desk.deal"


def app(**views: dict[str, Any]) -> dict[str, Any]:
    """The desk with more properties of its views."""
    document = copy.deepcopy(APP)
    for view in document["views"]:
        view.update(views.get(view["key"], {}))
    return document


@pytest.fixture
def filled(site: Site) -> Any:
    """Installs the desk with these views and six deals; the administrator's browser."""

    def install(**views: dict[str, Any]) -> Browser:
        site.install(app(**views))
        admin = site.browser()
        for name, stage, amount in (
            ("A1", "won", 10),
            ("B1", "new", 20),
            ("A2", "won", 30),
            ("C1", None, 40),
            ("B2", "new", 50),
            ("B3", "new", 60),
        ):
            add_deal(admin, name=name, amount=amount, **({"stage": stage} if stage else {"stage": None}))
        return admin

    return install


GROUPED = {"columns": [{"key": "name"}, {"key": "amount", "summary": "sum"}], "options": {"group": "stage"}}


def heads(page: str) -> list[tuple[str, str]]:
    """(name, count) of the groups in order."""
    parts = re.findall(r'<span class="group-name">(.*?)</span></button><span class="group-count">(\d+)</span>', page, re.S)
    return [(re.sub(r"<[^>]+>", "", name).strip(), count) for name, count in parts]


def names(page: str) -> list[str]:
    """The deals in order. (Somewhere in a page any two letters stand by chance: in its tokens.)"""
    return re.findall(r"data-open.*?>.*?([ABC]\d)<", page)


def test_groups_stand_in_the_order_of_the_choices_with_counts_and_sums(filled: Any) -> None:
    admin = filled(all_deals=GROUPED)
    page = admin.get(f"{LIST}?view=all_deals").text
    assert heads(page) == [("New", "3"), ("Won", "2"), ("Empty", "1")]
    first = page.partition('class="group-row"')[2].partition("</tr>")[0]
    assert "130.00" in first
    assert "6 records · 3 groups" in page
    assert names(page) == ["B1", "B2", "B3", "A1", "A2", "C1"]


def test_rows_of_a_group_come_in_pages_of_their_own(filled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_groups, "GROUP_ROWS", 2)
    admin = filled(all_deals=GROUPED | {"sort": ["-amount"]})
    page = admin.get(f"{LIST}?view=all_deals").text
    assert {"B3", "B2", "A1"} <= set(names(page)) and "B1" not in names(page)
    more = re.search(r'hx-get="([^"]+after=[^"]+)"', page)
    assert more is not None
    rest = admin.part(html.unescape(more[1])).text
    assert names(rest) == ["B1"] and "More of this group" not in rest
    assert rest.count("<tr") == 1


def test_folded_groups_ask_for_their_rows_when_they_are_opened(filled: Any) -> None:
    admin = filled(all_deals=GROUPED | {"options": {"group": "stage", "collapsed": True}})
    page = admin.get(f"{LIST}?view=all_deals&q=").text
    assert names(page) == [] and page.count('aria-expanded="false"') == 3
    address = html.unescape(re.findall(r'hx-get="([^"]+/group[^"]+)"', page)[0])
    rows = admin.part(address).text
    assert rows.count("<tr data-row") == 3 and names(rows) == ["B1", "B2", "B3"]
    assert admin.get(f"{LIST}/group?view=late&of=null").status_code == 404  # that view has no groups


def test_more_groups_than_fit_a_page_are_turned_over(filled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_groups, "GROUPS_PER_PAGE", 2)
    admin = filled(all_deals=GROUPED)
    assert heads(admin.get(f"{LIST}?view=all_deals").text) == [("New", "3"), ("Won", "2")]
    assert heads(admin.get(f"{LIST}?view=all_deals&groups=2").text) == [("Empty", "1")]


@pytest.mark.parametrize("key", ["amount", "name", "owner", "firm"])
def test_rows_are_grouped_by_any_field_that_can_be_sorted(filled: Any, key: str) -> None:
    admin = filled(all_deals=GROUPED | {"options": {"group": key}})
    page = admin.get(f"{LIST}?view=all_deals").text
    assert "This list cannot be shown" not in page
    assert page.count("<tr data-row") == 6 and sum(int(count) for _name, count in heads(page)) == 6


PERIODS = {
    "day": [
        ("Wed, Dec 31, 2025", "1"),
        ("Thu, Jan 1, 2026", "2"),
        ("Mon, Jan 5, 2026", "1"),
        ("Sat, Apr 11, 2026", "1"),
        ("Empty", "1"),
    ],
    "week": [
        ("Dec 29, 2025\u2009–\u2009Jan 4, 2026", "3"),
        ("Jan 5\u2009–\u200911, 2026", "1"),
        ("Apr 6\u2009–\u200912, 2026", "1"),
        ("Empty", "1"),
    ],
    "month": [("December 2025", "1"), ("January 2026", "3"), ("April 2026", "1"), ("Empty", "1")],
    "quarter": [("Q4 2025", "1"), ("Q1 2026", "3"), ("Q2 2026", "1"), ("Empty", "1")],
    "year": [("2025", "1"), ("2026", "4"), ("Empty", "1")],
}
# In the workspace's zone, +08:00, two of these moments are a day later than in UTC.
MOMENTS = (
    "2025-12-31T15:59:59Z",
    "2025-12-31T16:00:00Z",
    "2026-01-01T10:00:00Z",
    "2026-01-04T20:00:00Z",
    "2026-04-11T08:00:00Z",
    None,
)


@pytest.mark.parametrize("field", ["closes", "called_at"])
def test_dates_are_grouped_by_periods(site: Site, field: str) -> None:
    document = app(all_deals={"columns": [{"key": "name"}], "options": {"group": field}})
    document["entities"][1]["fields"] += [{"key": "closes", "type": "date"}, {"key": "called_at", "type": "datetime"}]
    site.install(document)
    admin = site.browser()
    for number, moment in enumerate(MOMENTS):
        day = moment and ("2025-12-31", "2026-01-01", "2026-01-01", "2026-01-05", "2026-04-11")[number]
        add_deal(admin, name=f"A{number}", closes=day, called_at=moment)
    page = admin.get(f"{LIST}?view=all_deals").text
    assert heads(page) == PERIODS["month"]  # nobody has said anything else
    for unit, expected in PERIODS.items():
        document["views"][0]["options"] = {"group": field, "period": unit}
        site.install(document)
        page = admin.get(f"{LIST}?view=all_deals").text
        assert heads(page) == expected and page.count("<tr data-row") == 6
        for count, rows in zip(expected, page.split("group-head")[1:], strict=True):
            assert rows.count("<tr data-row") == int(count[1])
    document["views"][0]["sort"] = [f"-{field}"]
    document["views"][0]["options"] = {"group": field, "period": "year", "collapsed": True}
    site.install(document)
    page = admin.get(f"{LIST}?view=all_deals").text
    assert [name for name, _count in heads(page)] == ["2026", "2025", "Empty"]
    address = html.unescape(re.findall(r'hx-get="([^"]+/group[^"]+)"', page)[0])
    assert names(admin.part(address).text)[:2] == ["A4", "A3"]
    assert admin.get(f"{LIST}/group?view=all_deals&of=%22x%22").status_code == 400


def test_a_kept_view_keeps_its_periods(site: Site) -> None:
    document = app(all_deals={"columns": [{"key": "name"}], "options": {"group": "created_at", "period": "year"}})
    site.install(document)
    admin = site.browser()
    add_deal(admin, name="A1")
    admin.post(f"{LIST}/views/new?view=all_deals&sort=-name", {"name": "Mine"})
    saved = re.search(r"view=(saved_\d+)", admin.get(LIST).text)
    assert saved
    found = heads(admin.get(f"{LIST}?view={saved[1]}").text)
    assert len(found) == 1 and re.fullmatch(r"20\d\d", found[0][0])


def test_groups_count_only_what_the_reader_may_see(filled: Any, site: Site) -> None:
    filled(all_deals=GROUPED)
    number = site.member("li", roles=["desk.sales"])
    li = site.browser("li")
    add_deal(li, name="Mine", stage="new", owner=number)
    assert heads(li.get(f"{LIST}?view=all_deals").text) == [("New", "1")]


RULES = [
    {"key": "huge", "color": "red", "when": {"field": "amount", "op": "gte", "value": 60}},
    {"key": "big", "color": "orange", "when": {"field": "amount", "op": "gt", "value": 25}},
]


def coloured(page: str) -> dict[str, str]:
    """Colour by the name of the row or card."""
    found = re.findall(r'<(?:tr data-row|li) ?class="[^"]*is-coloured c-(\w+)[^>]*>(.*?)</(?:tr|li)>', page, re.S)
    return {re.search(r"\b([ABC]\d)\b", inner)[1]: colour for colour, inner in found}  # type: ignore[index]


def test_the_first_rule_that_holds_gives_the_colour(filled: Any) -> None:
    admin = filled(all_deals={"colors": RULES, "options": {"color_by": "stage"}})
    page = admin.get(f"{LIST}?view=all_deals").text
    assert coloured(page) == {"B3": "red", "A2": "orange", "C1": "orange", "B2": "orange", "A1": "green", "B1": "blue"}


BOARD = {
    "type": "kanban",
    "columns": [],
    "options": {"group": "stage", "title": "amount", "card": ["firm.city", "name"], "sum": "amount"},
}


def test_a_board_has_coloured_cards_titles_sums_and_a_place_for_the_rest(filled: Any) -> None:
    board = copy.deepcopy(BOARD) | {"colors": RULES}
    board["options"]["title"] = "name"
    board["options"]["hidden"] = ["talk"]
    admin = filled(all_deals=board)
    page = admin.get(f"{LIST}?view=all_deals").text
    assert coloured(page) == {"B3": "red", "A2": "orange", "C1": "orange", "B2": "orange"}
    assert re.findall(r'<section class="lane" aria-label="([^"]+)"', page) == ["New", "Won", "Empty"]
    assert "data-lane-from" in page and 'data-lane="talk"' not in page


def test_the_view_that_opens_first_depends_on_the_role(filled: Any, site: Site) -> None:
    filled(late={"opens_for": ["boss"]})
    site.member("wang", roles=["desk.boss"])
    site.member("li", roles=["desk.sales"])
    assert 'view=late" aria-current="page"' in site.browser("wang").get(LIST).text
    assert 'view=all_deals" aria-current="page"' in site.browser("li").get(LIST).text
    assert 'view=all_deals" aria-current="page"' in site.browser("wang").get(f"{LIST}?view=all_deals").text


def test_a_kept_view_keeps_figures_widths_and_colours(filled: Any) -> None:
    columns = [{"key": "name", "width": 180}, {"key": "amount", "summary": "sum"}]
    admin = filled(all_deals={"columns": columns, "colors": RULES})
    tree = json.dumps({"field": "amount", "op": "gt", "value": 15})
    answer = admin.post(f"{LIST}/views/new?view=all_deals&filter={tree}", {"name": "Mine"})
    page = admin.get(answer.headers["Location"]).text
    assert "200.00" in page and 'data-width="180"' in page and coloured(page)["B3"] == "red"
