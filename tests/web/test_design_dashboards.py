"""The dashboard designer through HTTP: live tiles, bad input, what masks hide, the home page, and that every figure leads to its records."""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from builder.model import Tile
from runtime.queries.counting import count_records
from runtime.queries.listing import ListQuery
from tests.web.site import Browser, Site
from tests.web.test_design_views import APP, publish
from web.render.tiles import shown_tile

BOARD = "dashboards/boss"


def desk() -> dict[str, Any]:
    document = copy.deepcopy(APP)
    deal = document["entities"][1]
    deal["fields"] += [
        {"key": "closes", "type": "date", "label": "Closes"},
        {"key": "called_at", "type": "datetime", "label": "Called"},
        {
            "key": "tags",
            "type": "multi_select",
            "label": "Tags",
            "options": {"choices": [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]},
        },
        {"key": "hot", "type": "boolean", "label": "Hot"},
    ]
    document["dashboards"] = [{"key": "boss", "label": {"en": "Boss", "zh-Hans": "老板"}, "tiles": []}]
    document["roles"][0]["dashboards"] = ["boss"]
    return document


@pytest.fixture
def admin(site: Site) -> Browser:
    site.install(desk())
    return site.browser()


def act(browser: Browser, *acts: dict[str, Any], show: str = f"/design/desk/{BOARD}") -> Any:
    return browser.post(
        "/design/desk/operations", json={"operations": list(acts), "show": show}, follow=True, headers={"HX-Request": "true"}
    )


def make(browser: Browser, entity: str, **values: Any) -> int:
    answer = browser.post(f"/api/v1/records/desk.{entity}", json=values)
    assert answer.status_code == 201, answer.text
    return int(answer.json["id"])


def test_all_pages_open(admin: Browser) -> None:
    kinds = ("number", "bar", "line", "pie", "funnel", "ageing", "list", "my_day", "text", "shortcuts", "inbox")
    answer = act(admin, *({"op": "new_tile", "path": BOARD, "type": kind} for kind in kinds))
    assert answer.status_code == 200
    for kind in kinds:
        page = admin.get(f"/design/desk/{BOARD}?pick={BOARD}/tiles/{kind}_1")
        assert page.status_code == 200 and 'id="tile-type"' in page.text, kind
        assert 'style="' not in page.text
    for address in ("dashboards", "dashboards/new", "home"):
        assert admin.get(f"/design/desk/{address}").status_code == 200
    assert admin.get("/design/desk/dashboards/ghost").status_code == 303


def test_bad_input_is_refused_with_words(admin: Browser) -> None:
    for wrong in (
        {"op": "new_tile", "path": BOARD, "type": "ghost"},
        {"op": "new_tile", "path": BOARD},
        {"op": "place_tile", "path": BOARD, "places": ["x"]},
        {"op": "place_tile", "path": BOARD},
        {"op": "nudge_tile", "path": f"{BOARD}/tiles/ghost", "way": "up"},
        {"op": "set_group", "path": BOARD, "number": "one"},
    ):
        answer = admin.post("/design/desk/operations", json={"operations": [wrong], "show": f"/design/desk/{BOARD}"})
        assert answer.status_code == 422 and answer.json["message"], wrong
    assert admin.post("/design/desk/dashboards/new", {"label": " "}).status_code == 422


def test_a_broken_tile_says_what_is_wrong(admin: Browser) -> None:
    broken = {"key": "t", "type": "bar", "entity": "deal", "measure": {"op": "sum", "field": "name"}, "group": ["ghost"]}
    answer = act(admin, {"op": "add", "path": f"{BOARD}/tiles", "value": broken})
    assert "This measure needs a number field." in answer.text and "ghost" in answer.text
    answer = act(
        admin,
        {"op": "set_tile_entity", "path": f"{BOARD}/tiles/t", "value": "firm"},
        show=f"/design/desk/{BOARD}?pick={BOARD}/tiles/t",
    )
    assert "Changed, because it does not fit any more" in answer.text
    assert "This measure needs a number field." not in answer.text
    later = act(
        admin,
        {"op": "set", "path": f"{BOARD}/tiles/t/label/en", "value": "X"},
        show=f"/design/desk/{BOARD}?pick={BOARD}/tiles/t&told=group",
    )
    assert "Changed, because" not in later.text


def test_a_field_that_is_not_published_yet(admin: Browser) -> None:
    margin = {"key": "margin", "type": "currency", "label": {"en": "Margin"}}
    act(admin, {"op": "add", "path": "entities/deal/fields", "value": margin})
    answer = act(
        admin,
        {"op": "new_tile", "path": BOARD, "type": "number", "entity": "deal"},
        {"op": "set_measure", "path": f"{BOARD}/tiles/number_1", "part": "op", "value": "sum", "first": "margin"},
    )
    assert "Not published yet: Margin" in answer.text


GROUPS = ["stage", "owner", "firm", "firm.city", "tags", "hot", "name", "amount"]
DATES = [
    {"field": field, "by": by}
    for field in ("closes", "called_at", "created_at")
    for by in ("day", "week", "month", "quarter", "year")
]


def test_every_point_leads_to_exactly_its_records(site: Site) -> None:
    site.install(desk())
    admin = site.browser()
    firms = [make(admin, "firm", name=name, city=city) for name, city in (("One", "Xiamen"), ("Two", "Xiamen"), ("Three", None))]
    rows: list[dict[str, Any]] = [
        {"name": "a", "amount": "10.5", "stage": "new", "owner": site.people["admin"], "firm": firms[0], "closes": "2026-01-31"},
        {
            "name": "a",
            "amount": "10.5",
            "stage": "won",
            "firm": firms[1],
            "closes": "2026-02-01",
            "called_at": "2026-01-31T23:30:00+08:00",
        },
        {
            "name": "b",
            "amount": "7",
            "stage": None,
            "firm": firms[2],
            "closes": "2026-05-15",
            "called_at": "2026-02-01T00:00:00+08:00",
        },
        {"name": "c", "tags": ["a"], "hot": True, "closes": None, "called_at": "2025-12-31T16:00:00+00:00"},
        {"name": "d", "tags": ["a", "b"], "hot": False},
    ]
    for row in rows:
        make(admin, "deal", **row)
    with site.engine.connect() as connection, site.app.test_request_context():
        ctx = site.context(connection)
        for group in (*GROUPS, *DATES):
            for more in ({}, {"limit": 1}, {"filter": {"field": "name", "op": "is_not", "value": "b"}}):
                tile = Tile("t", "bar", "deal", group=(group,), **more)
                _follow(ctx, tile)
        for second in ("stage", "owner", "tags"):
            _follow(ctx, Tile("t", "bar", "deal", group=({"field": "closes", "by": "month"}, second)))
        _follow(ctx, Tile("t", "ageing", "deal", options={"field": "closes", "steps": "10，3000"}))
        _follow(ctx, Tile("t", "ageing", "deal", options={"field": "called_at"}))


def _follow(ctx: Any, tile: Tile) -> None:
    shown = shown_tile(ctx, "desk", tile)
    assert shown is not None and shown.chart is not None, (tile, shown)
    points = [point for series in shown.chart.series for point in series.points]
    assert points
    for point in points:
        tree = json.loads(parse_qs(urlsplit(point.url).query)["filter"][0])
        assert count_records(ctx, "desk.deal", ListQuery(filter=tree, count="exact")) == point.value, (tile, point)


def test_periods_without_records_are_there(site: Site) -> None:
    site.install(desk())
    admin = site.browser()
    for closes in ("2026-01-10", "2026-04-10"):
        make(admin, "deal", name="x", closes=closes)
    with site.engine.connect() as connection, site.app.test_request_context():
        tile = Tile("t", "line", "deal", group=({"field": "closes", "by": "month"},))
        shown = shown_tile(site.context(connection), "desk", tile)
    assert shown is not None and shown.chart is not None
    assert [point.value for point in shown.chart.series[0].points] == [1, 0, 0, 1]


def test_my_day(site: Site) -> None:
    site.install(desk())
    li = site.member("li", roles=["desk.boss"])
    admin = site.browser()
    for name, owner, closes in (
        ("Late", li, "2020-01-01"),
        ("Not mine", site.people["admin"], "2020-01-01"),
        ("Later", li, "2099-01-01"),
    ):
        make(admin, "deal", name=name, owner=owner, closes=closes)
    act(admin, {"op": "new_tile", "path": BOARD, "type": "my_day", "entity": "deal"})
    publish(admin)
    shown = site.browser("li").get("/dashboards/desk.boss/my_day_1").text
    assert "Late" in shown and "is-late" in shown
    assert "Not mine" not in shown and "Later" not in shown


def test_masked_fields_and_closed_tables(site: Site) -> None:
    document = desk()
    document["roles"].append(
        {"key": "clerk", "label": "Clerk", "grants": [{"entity": "deal", "read": ["all"], "hidden": ["cost"]}]}
    )
    document["dashboards"][0]["tiles"] = [
        {"key": "cost", "type": "number", "entity": "deal", "measure": {"op": "sum", "field": "cost"}},
        {"key": "firms", "type": "number", "entity": "firm"},
        {"key": "deals", "type": "number", "entity": "deal"},
        {
            "key": "links",
            "type": "shortcuts",
            "options": {
                "links": [
                    {"key": "a", "entity": "firm"},
                    {"key": "b", "entity": "deal", "create": True},
                    {"key": "c", "view": "late"},
                ]
            },
        },
    ]
    site.install(document)
    make(site.browser(), "deal", name="x", cost="4711")
    site.member("wu", roles=["desk.clerk"])
    clerk = site.browser("wu")
    cost = clerk.get("/dashboards/desk.boss/cost").text
    assert "4,711" not in cost and "Not all that this tile needs is open to you." in cost
    assert "This is not open to you." in clerk.get("/dashboards/desk.boss/firms").text
    assert "tile-number" in clerk.get("/dashboards/desk.boss/deals").text
    links = clerk.get("/dashboards/desk.boss/links").text
    assert "Late deals" in links and "/records/desk.firm" not in links and "/records/desk.deal/new" not in links
    assert "4,711" in site.browser().get("/dashboards/desk.boss/cost").text


def test_the_home_page_by_role(site: Site) -> None:
    site.install(desk())
    site.member("li", roles=["desk.sales"])
    site.member("wu", roles=["desk.boss"])
    admin = site.browser()
    admin.post("/design/desk/dashboards/new", {"label": "Everybody", "menu": "1"})
    act(admin, {"op": "new_tile", "path": "dashboards/everybody", "type": "text"})
    act(admin, {"op": "new_tile", "path": BOARD, "type": "number"})
    act(
        admin,
        {"op": "set_home", "path": "home", "do": "add", "value": "everybody"},
        {"op": "set_home", "path": "roles/sales/dashboards", "do": "add", "value": "everybody"},
        {"op": "set", "path": f"{BOARD}/roles", "value": ["boss"]},
    )
    page = admin.get("/design/desk/home").text
    assert "This dashboard is only for other roles." in page  # sales has it first and may not open it
    publish(admin)
    assert "/dashboards/desk.everybody/text_1" in site.browser("li").get("/").text
    assert "/dashboards/desk.everybody/text_1" in site.browser("wu").get("/").text
    act(admin, {"op": "set", "path": f"{BOARD}/roles", "value": ["boss", "sales"]})
    publish(admin)
    home = site.browser("li").get("/").text
    assert "/dashboards/desk.boss/number_1" in home and 'href="/?board=desk.everybody"' in home
    other = site.browser("li").get("/?board=desk.everybody").text
    assert "/dashboards/desk.everybody/text_1" in other and "/dashboards/desk.boss/number_1" not in other
    assert site.browser("li").get("/?board=desk.ghost").status_code == 200
    act(admin, {"op": "remove_dashboard", "path": "dashboards/everybody"})
    publish(admin)
    assert "everybody" not in site.browser("wu").get("/").text
