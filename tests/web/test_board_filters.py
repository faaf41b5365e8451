"""Filters of dashboards through HTTP: figures follow, the list behind a number is as long, what is hidden is not offered, the designer."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from werkzeug.datastructures import MultiDict

from builder.codec import decode
from builder.model import BoardFilter, Tile
from runtime import people
from runtime.queries.counting import count_records
from runtime.queries.listing import ListQuery
from tests.web.site import Browser, Site
from tests.web.test_design_dashboards import act, desk, make
from tests.web.test_design_views import publish
from web.render.tiles import open_filters, shown_tile

URL = "/dashboards/desk.boss"
OWNER = {"key": "owner", "kind": "person", "tables": [{"entity": "deal", "field": "owner"}]}
PERIOD = {"key": "period", "kind": "period", "label": "Period", "tables": [{"entity": "deal", "field": "closes"}]}
STAGE = {
    "key": "stage",
    "kind": "choice",
    "tables": [{"entity": "deal", "field": "stage"}, {"entity": "firm", "field": ""}],
    "skip": ["all_deals"],
}
FIRM = {"key": "firm", "kind": "relation", "tables": [{"entity": "deal", "field": "firm"}]}
TAGS = {"key": "tags", "kind": "choice", "tables": [{"entity": "deal", "field": "tags"}]}
HOT = {"key": "hot", "kind": "choice", "tables": [{"entity": "deal", "field": "hot"}]}


def document(*filters: dict[str, Any]) -> dict[str, Any]:
    found = desk()
    found["roles"].append(
        {"key": "clerk", "label": "Clerk", "grants": [{"entity": "deal", "read": ["all"], "hidden": ["owner"]}]}
    )
    found["dashboards"][0] |= {
        "filters": [dict(each) for each in filters],
        "tiles": [
            {"key": "deals", "type": "number", "entity": "deal", "filter": {"field": "name", "op": "is_not", "value": "z"}},
            {"key": "all_deals", "type": "number", "entity": "deal"},
            {"key": "chart", "type": "bar", "entity": "deal", "group": ["stage"]},
            {"key": "rows", "type": "list", "entity": "deal", "columns": ["name"]},
            {"key": "mine", "type": "my_day", "entity": "deal", "options": {"date": "closes", "person": "owner"}},
            {"key": "firms", "type": "number", "entity": "firm"},
            {"key": "words", "type": "text", "options": {"text": "Hello"}},
        ],
    }
    return found


@pytest.fixture
def admin(site: Site) -> Browser:
    site.install(document(OWNER, PERIOD, STAGE, FIRM, TAGS, HOT))
    site.member("li", roles=["desk.boss"])
    found = site.browser()
    firm = make(found, "firm", name="One")
    li, me = site.people["li"], site.people["admin"]
    for row in (
        {"name": "a", "owner": li, "stage": "won", "closes": "2026-01-10", "firm": firm, "tags": ["a"]},
        {"name": "b", "owner": li, "stage": "new", "closes": "2026-02-10", "tags": ["a", "b"]},
        {"name": "c", "owner": me, "stage": "won", "closes": "2026-02-20", "hot": True, "firm": firm},
        {"name": "d", "stage": "talk", "hot": False},
    ):
        make(found, "deal", **row)
    return found


def tile(browser: Browser, key: str, **chosen: Any) -> str:
    answer = browser.part(f"{URL}/{key}?{urlencode(chosen, doseq=True)}")
    assert answer.status_code == 200
    return unescape(answer.text)


def number(text: str) -> int:
    found = re.search(r'class="tile-number[^"]*"[^>]*>(?:<[^>]+>)*\s*(\d+)', text)
    assert found, text
    return int(found[1])


def behind(browser: Browser, text: str) -> int:
    """How many records the list behind a number has."""
    address = re.search(r'href="(/records/[^"]+)"', text)
    assert address
    page = browser.get(address[1]).text
    assert "This list cannot be shown" not in page
    return page.count('name="id"')


def test_numbers_change_and_the_list_behind_has_the_same_filter(admin: Browser, site: Site) -> None:
    li = str(site.people["li"])
    for chosen, expected in (
        ({}, 4),
        ({"f.owner": li}, 2),
        ({"f.owner": "me"}, 1),
        ({"f.owner": ["me", li]}, 3),
        ({"f.owner": "-"}, 1),
        ({"f.owner": ["-", "me"]}, 2),
        ({"f.stage": "won"}, 2),
        ({"f.stage": ["won", "talk"]}, 3),
        ({"f.period": "2026-02-01..2026-02-28"}, 2),
        ({"f.period": "dates", "f.period.from": "2026-02-11", "f.period.to": ""}, 1),
        ({"f.period": "..2026-01-31"}, 1),
        ({"f.tags": ["a", "b"]}, 2),
        ({"f.tags": "b"}, 1),
        ({"f.hot": "true"}, 1),
        ({"f.hot": "false"}, 1),
        ({"f.owner": li, "f.stage": "won", "f.period": "2026-01-01.."}, 1),
    ):
        shown = tile(admin, "deals", **chosen)
        assert number(shown) == expected, chosen
        assert behind(admin, shown) == expected, chosen


def test_what_makes_no_sense_is_left_out(admin: Browser) -> None:
    for chosen in ({"f.owner": "999999"}, {"f.owner": "' or 1"}, {"f.stage": "ghost"}, {"f.period": "someday"}, {"f.ghost": "1"}):
        assert number(tile(admin, "deals", **chosen)) == 4, chosen


def test_names_of_people_of_other_workspaces_are_not_told(admin: Browser, site: Site) -> None:
    with site.engine.begin() as connection:
        other = people.create_user(connection, "x@elsewhere.example", name="Somebody Else", password="correct horse 2")
    page = admin.get(f"{URL}?f.owner={other}").text
    assert "Somebody Else" not in page and number(tile(admin, "deals", **{"f.owner": str(other)})) == 4


def test_all_kinds_of_tiles_follow(admin: Browser, site: Site) -> None:
    li = str(site.people["li"])
    chart = tile(admin, "chart", **{"f.owner": li})
    points = json.loads(re.search(r'data-options="(.+?)" role="img"', chart)[1])["series"][0]["points"]  # type: ignore[index]
    assert {each["label"]: each["value"] for each in points} == {"New": 1, "Won": 1}
    tree = json.loads(parse_qs(urlsplit(points[0]["url"]).query)["filter"][0])
    assert len(tree["all"]) == 2 and all("field" in each for each in tree["all"])
    rows = tile(admin, "rows", **{"f.owner": li})
    assert rows.count("data-row") == 2
    assert number(tile(admin, "firms", **{"f.owner": li})) == 1 and "Hello" in tile(admin, "words", **{"f.owner": li})


def test_tiles_that_a_filter_leaves_alone_say_so(admin: Browser, site: Site) -> None:
    li = str(site.people["li"])
    alone = tile(admin, "all_deals", **{"f.stage": "won"})
    assert number(alone) == 4 and "Not filtered by Stage" in alone
    assert "Not filtered by Owner" in tile(admin, "firms", **{"f.owner": li})
    assert "Not filtered by Owner" in tile(admin, "mine", **{"f.owner": li})
    others = tile(admin, "deals", **{"f.stage": "won"}) + tile(admin, "words", **{"f.stage": "won"}) + tile(admin, "all_deals")
    assert "Not filtered" not in others


def test_the_page_has_the_bar_and_the_tiles_have_the_address(admin: Browser, site: Site) -> None:
    page = admin.get(URL).text
    assert page.count("board-filter") >= 6 and "Reset" not in page and f'hx-get="{URL}/deals"' in page
    li = str(site.people["li"])
    page = unescape(admin.get(f"{URL}?f.owner={li}&f.owner=me&f.stage=won&f.stage=talk&f.stage=new").text)
    assert "3 chosen" in page and "li, Myself" in page and "Reset" in page
    assert f'hx-get="{URL}/deals?f.owner={li}&f.owner=me&f.stage=won' in page
    answer = admin.part(f"{URL}?f.period=dates&f.period.from=2026-01-01&f.period.to=2026-01-31&f.owner=")
    assert answer.headers["HX-Push-Url"] == f"{URL}?f.period=2026-01-01..2026-01-31"
    assert "Jan 1, 2026 – Jan 31, 2026" in answer.text
    assert admin.part(f"{URL}?f.period=&f.owner=").headers["HX-Push-Url"] == URL
    assert "HX-Push-Url" not in admin.get(URL).headers


def test_a_filter_begins_with_its_start(site: Site) -> None:
    site.install(document({**OWNER, "start": ["me"]}, {**PERIOD, "start": ["last_30"]}))
    browser = site.browser()
    for owner in (site.people["admin"], None):
        make(browser, "deal", name="x", owner=owner)
    assert number(tile(browser, "deals", **{"f.period": ""})) == 1
    assert number(tile(browser, "deals", **{"f.owner": "", "f.period": ""})) == 2
    page = unescape(browser.get(URL).text)
    assert "Last 30 days" in page and "Reset" not in page
    assert browser.part(f"{URL}?f.owner=&f.period=last_30").headers["HX-Push-Url"] == f"{URL}?f.owner="
    assert browser.part(f"{URL}?f.owner=&f.owner=me&f.period=last_30").headers["HX-Push-Url"] == URL


def test_a_hidden_field_is_not_offered_and_tells_nothing(admin: Browser, site: Site) -> None:
    site.member("wu", roles=["desk.clerk"])
    clerk = site.browser("wu")
    li = str(site.people["li"])
    page = unescape(clerk.get(f"{URL}?f.owner={li}").text)
    assert "chosen-owner" not in page and "chosen-stage" in page and "f.owner" not in page
    assert number(tile(clerk, "deals", **{"f.owner": li})) == 4
    assert "chosen-firm" not in page  # the field is open to the clerk, the other table is not


def test_records_that_are_not_open_stay_uncounted(site: Site) -> None:
    found = document(STAGE)
    found["roles"].append({"key": "own", "label": "Own", "grants": [{"entity": "deal", "read": ["own"]}]})
    site.install(found)
    wu = site.member("wu", roles=["desk.own"])
    browser = site.browser()
    for owner in (wu, site.people["admin"]):
        make(browser, "deal", name="x", owner=owner, stage="won")
    assert number(tile(browser, "deals", **{"f.stage": "won"})) == 2
    assert number(tile(site.browser("wu"), "deals", **{"f.stage": "won"})) == 1


def test_the_home_page_has_them_too(admin: Browser, site: Site) -> None:
    found = document(STAGE)
    found["home"] = ["boss"]
    site.install(found)
    page = unescape(admin.get("/?board=desk.boss&f.stage=won").text)
    assert f"{URL}/deals?f.stage=won" in page and 'name="board"' in page
    assert admin.part("/?board=desk.boss&f.stage=won").headers["HX-Push-Url"] == "/?board=desk.boss&f.stage=won"
    assert 'name="board"' not in admin.get("/?f.stage=won").text


NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)


PERIODS = (
    ("", 1, 2),
    ("this_month", 1, 2),
    ("previous_month", 2, 1),
    ("this_year", 4, 1),
    ("last_30", 3, 1),
    ("2026-02-01..2026-02-14", 1, 0),
    ("2026-02-01..2026-02-28", 2, 1),
    ("2026-02-01..", 3, None),
)


def test_a_figure_that_compares_follows_the_period(admin: Browser, site: Site) -> None:
    for closes in ("2026-03-01", "2025-12-31"):
        make(admin, "deal", name="more", closes=closes)
    compared = Tile("t", "number", "deal", measure={"op": "count"}, compare={"field": "closes", "period": "month"})
    with site.engine.connect() as connection, site.app.test_request_context():
        ctx = replace(site.context(connection), now=NOW)
        for chosen, now, before in PERIODS:
            filters = open_filters(ctx, "desk", [decode(BoardFilter, PERIOD)], MultiDict([("f.period", chosen)]))
            shown = shown_tile(ctx, "desk", compared, filters)
            assert shown is not None and shown.figure is not None
            assert shown.figure.cell.value == now, chosen
            assert (shown.figure.before.value if shown.figure.before else None) == before, chosen
            tree = json.loads(parse_qs(urlsplit(shown.figure.url).query)["filter"][0])
            assert count_records(ctx, "desk.deal", ListQuery(filter=tree, count="exact")) == now, chosen


def test_the_designer_makes_and_shows_them(site: Site) -> None:
    site.install(document())
    admin = site.browser()
    page = "/design/desk/dashboards/boss?pick=dashboards/boss/filters"
    listed = unescape(admin.get(page).text)
    assert "Add a filter" in listed and 'id="new-filter-person-owner"' in listed and "Deal, Firm" in listed
    made = act(admin, {"op": "new_board_filter", "path": "dashboards/boss", "kind": "choice", "entity": "deal", "field": "stage"})
    assert made.status_code == 200 and 'id="filter-stage"' in made.text
    act(admin, {"op": "new_board_filter", "path": "dashboards/boss", "kind": "period", "entity": "deal", "field": "created_at"})
    place = "dashboards/boss/filters/stage"
    panel = unescape(admin.get(f"/design/desk/dashboards/boss?pick={place}").text)
    assert 'id="looks-at-1"' in panel and 'id="start-won"' in panel and 'id="skip-chart"' in panel
    act(
        admin,
        {"op": "set", "path": f"{place}/start", "value": ["won"]},
        {"op": "set", "path": f"{place}/skip", "value": ["chart"]},
    )
    make(admin, "deal", name="x", stage="new")
    canvas = unescape(admin.get("/design/desk/dashboards/boss").text)
    assert ">Won</strong>" in canvas and number(canvas.partition('data-key="deals"')[2]) == 0
    plan = unescape(admin.get("/design/desk/publish").text)
    assert "Leaves these tiles alone" not in plan and ">Stage<" in plan and ">Period<" in plan
    publish(admin)
    assert number(tile(admin, "deals")) == 0 and number(tile(admin, "deals", **{"f.stage": ""})) == 1
    answer = act(admin, {"op": "set_filter_start", "path": place, "value": "ghost!"})
    assert answer.status_code == 200
    broken = unescape(admin.get(f"/design/desk/dashboards/boss?pick={place}").text)
    assert "The filter cannot begin with “ghost!”." in broken and "has-problem" in broken
    assert admin.get("/design/desk/dashboards/boss?pick=dashboards/boss/filters/gone").status_code == 200
