"""The view designer: acts through HTTP, the preview with real records, and what people see after publishing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.web.site import Browser, Site

APP: dict[str, Any] = {
    "format": 1,
    "key": "desk",
    "version": "1.0.0",
    "label": {"en": "Desk", "zh-Hans": "前台", "zh-Hant": "前台"},
    "entities": [
        {
            "key": "firm",
            "label": "Firm",
            "plural": "Firms",
            "title_field": "name",
            "fields": [
                {"key": "name", "type": "text", "label": "Firm name"},
                {"key": "city", "type": "text", "label": "City"},
            ],
        },
        {
            "key": "deal",
            "label": "Deal",
            "plural": "Deals",
            "title_field": "name",
            "owner_field": "owner",
            "fields": [
                {"key": "name", "type": "text", "label": "Name", "required": True},
                {"key": "amount", "type": "currency", "label": "Amount"},
                {"key": "cost", "type": "currency", "label": "Cost"},
                {"key": "owner", "type": "person", "label": "Owner"},
                {"key": "reason", "type": "text", "label": "Reason"},
                {"key": "firm", "type": "relation", "label": "Firm", "options": {"to": "firm"}},
                {
                    "key": "stage",
                    "type": "select",
                    "label": "Stage",
                    "default": "new",
                    "options": {
                        "choices": [
                            {"key": "new", "label": "New", "color": "blue"},
                            {"key": "talk", "label": "Talking", "color": "orange"},
                            {"key": "won", "label": "Won", "color": "green"},
                        ]
                    },
                },
            ],
        },
    ],
    "views": [
        {"key": "all_deals", "entity": "deal", "label": "All deals", "columns": [{"key": "name"}, {"key": "amount"}]},
        {"key": "late", "entity": "deal", "label": "Late deals", "columns": [{"key": "name"}]},
    ],
    "pipelines": [
        {
            "key": "stages",
            "entity": "deal",
            "field": "stage",
            "label": "Stages",
            "stages": [{"key": "new", "kind": "open"}, {"key": "talk", "kind": "open"}, {"key": "won", "kind": "won"}],
            "transitions": [],
        },
    ],
    "roles": [
        {
            "key": "sales",
            "label": "Sales",
            "grants": [
                {"entity": "deal", "read": ["own"], "create": True, "update": ["own"]},
                {"entity": "firm", "read": ["all"]},
            ],
        },
        {"key": "boss", "label": "Boss", "grants": [{"entity": "deal", "read": ["all"], "create": True, "update": ["all"]}]},
    ],
    "menu": [{"key": "deals", "entity": "deal"}, {"key": "late", "view": "late"}],
}


def act(browser: Browser, page: str, *acts: dict[str, Any], status: int = 303) -> str:
    """Does acts from a page of the designer; where it leads."""
    answer = browser.post("/design/desk/operations", json={"operations": list(acts), "show": page})
    assert answer.status_code == status, answer.text
    return answer.headers.get("Location", "") or answer.text


def publish(browser: Browser) -> None:
    answer = browser.post("/design/desk/publish", {"note": "tested"})
    assert answer.status_code in (204, 302, 303), answer.text
    assert not browser.get("/design/desk/publish").text.count("is-problems")


def add_deal(browser: Browser, **values: Any) -> int:
    answer = browser.post("/api/v1/records/desk.deal", json=values)
    assert answer.status_code == 201, answer.text
    return int(answer.get_json()["id"])


@pytest.fixture
def desk(site: Site) -> Site:
    site.install(copy.deepcopy(APP))
    return site


def test_a_view_is_made_filled_and_published(desk: Site) -> None:
    admin = desk.browser()
    admin.get("/design/desk/views")
    answer = admin.post("/design/desk/views/new", {"label": "Big deals", "entity": "deal", "type": "table"})
    assert answer.headers["Location"].endswith("/design/desk/views/big_deals")
    page = "/design/desk/views/big_deals"
    path = "views/big_deals"
    where = act(admin, page, {"op": "new_column", "list": f"{path}/columns", "key": "firm.city", "after": "name"})
    assert where.endswith(f"pick={path}/columns/firm.city")
    act(admin, page, {"op": "set", "path": f"{path}/columns/amount/summary", "value": "sum"})
    act(admin, page, {"op": "set", "path": f"{path}/filter", "value": {"field": "amount", "op": "gt", "value": 100}})
    act(admin, page, {"op": "set_sort", "path": path, "number": 0, "part": "field", "value": "amount"})
    act(admin, page, {"op": "set_sort", "path": path, "number": 0, "part": "direction", "value": "down"})
    act(admin, page, {"op": "set", "path": f"{path}/roles", "value": ["boss"]})

    add_deal(admin, name="Small", amount=5)
    add_deal(admin, name="Large one", amount=5000)
    shown = admin.get(page).text
    assert "Large one" in shown and "Small" not in shown  # the preview filters the real records
    assert "Firm · City" in shown

    publish(admin)
    listed = admin.get("/records/desk.deal?view=big_deals").text
    assert "Large one" in listed and "Firm · City" in listed and "¥5,000" in listed.replace("CN¥", "¥")
    desk.member("li", roles=["desk.sales"])
    assert "Big deals" not in desk.browser("li").get("/records/desk.deal").text


def test_order_duplicate_rename_delete(desk: Site) -> None:
    admin = desk.browser()
    admin.get("/design/desk/views")
    act(admin, "/design/desk/views", {"op": "place", "path": "views/late", "list": "views", "after": None})
    act(admin, "/design/desk/views", {"op": "copy_item", "path": "views/late"})
    act(admin, "/design/desk/views", {"op": "set", "path": "views/late_copy/label/zh-Hans", "value": "逾期副本"})
    act(admin, "/design/desk/views", {"op": "remove_view", "path": "views/all_deals"})
    publish(admin)
    tabs = admin.get("/records/desk.deal").text
    assert "All deals" not in tabs
    assert tabs.index("view=late") < tabs.index("view=late_copy")
    assert "逾期副本" in desk.browser("wang", admin=True, language="zh-Hans").get("/records/desk.deal").text


def test_a_deleted_view_leaves_the_menu(desk: Site) -> None:
    admin = desk.browser()
    admin.get("/design/desk/views")
    act(admin, "/design/desk/views", {"op": "remove_view", "path": "views/late"})
    publish(admin)
    assert "view=late" not in admin.get("/").text


def test_a_board_gets_what_it_needs_and_shows_lanes(desk: Site) -> None:
    admin = desk.browser()
    page = "/design/desk/views/all_deals"
    admin.get(page)
    add_deal(admin, name="On the board", amount=7)
    act(admin, page, {"op": "set_view_type", "path": "views/all_deals", "value": "kanban"})
    act(admin, page, {"op": "set", "path": "views/all_deals/options/sum", "value": "amount"})
    shown = admin.get(page).text
    assert "On the board" in shown and "Talking" in shown
    publish(admin)
    assert 'data-lane="talk"' in admin.get("/records/desk.deal?view=all_deals").text


def test_an_unpublished_field_is_an_empty_column_of_the_preview(desk: Site) -> None:
    admin = desk.browser()
    page = "/design/desk/views/all_deals"
    admin.get(page)
    add_deal(admin, name="Here", amount=7)
    act(
        admin,
        page,
        {"op": "add", "path": "entities/deal/fields", "value": {"key": "fax", "type": "text", "label": "Fax number"}},
        {"op": "new_column", "list": "views/all_deals/columns", "key": "fax"},
    )
    shown = admin.get(page).text
    assert "Fax number" in shown and "Here" in shown


def test_rows_are_grouped_coloured_and_as_wide_as_told(desk: Site) -> None:
    admin = desk.browser()
    page = "/design/desk/views/all_deals"
    admin.get(page)
    for name, stage in (("One", "won"), ("Two", "new"), ("Three", "won")):
        add_deal(admin, name=name, stage=stage)
    act(
        admin,
        page,
        {"op": "set", "path": "views/all_deals/options/group", "value": "stage"},
        {"op": "set", "path": "views/all_deals/options/color_by", "value": "stage"},
        {"op": "set", "path": "views/all_deals/columns/name/width", "value": 180},
    )
    drawn = admin.get(page).text
    publish(admin)
    listed = admin.get("/records/desk.deal?view=all_deals").text
    for text in (drawn, listed):
        assert text.count("group-row") == 2
        assert text.count("is-coloured c-green") == 2 and text.count("is-coloured c-blue") == 1
        assert 'data-width="180"' in text
    assert "options/period" not in drawn
    act(admin, page, {"op": "set", "path": "views/all_deals/options/group", "value": "created_at"})
    dated = admin.get(page).text
    assert "options/period" in dated and dated.count("group-row") == 1 and ">Quarter</option>" in dated
    act(admin, page, {"op": "set", "path": "views/all_deals/options/period", "value": "hour"})
    assert "design-problems" in admin.get(page).text


def test_what_does_not_fit_is_refused(desk: Site) -> None:
    admin = desk.browser()
    page = "/design/desk/views/all_deals"
    admin.get(page)
    act(admin, page, {"op": "new_column", "list": "views/all_deals/columns", "key": "name"}, status=422)
    act(admin, page, {"op": "set_sort", "path": "views/all_deals", "number": 3, "part": "field", "value": "name"}, status=422)
    answer = admin.post("/design/desk/views/new", {"label": "Board", "entity": "firm", "type": "kanban"})
    assert answer.status_code == 422 and "choices" in answer.text
    stranger = desk.browser("li", roles=["desk.sales"])
    assert stranger.get(page).status_code == 403
