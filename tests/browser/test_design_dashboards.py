"""The dashboard designer in a browser: tiles are dragged, resized, set and published, and lead another person to the records."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LiveSite, check_accessible, shot
from tests.browser.test_design_parts import visit
from tests.web.test_design_dashboards import desk as document

Visit = Callable[..., Page]


@pytest.fixture(scope="module", autouse=True)
def desk(live_site: LiveSite) -> None:
    live_site.site.install(copy.deepcopy(document()))
    li = live_site.site.member("li", roles=["desk.boss"])
    admin = live_site.site.browser()
    for number, name in enumerate(("Yunfan order", "Bluesea renewal", "Harbour pilot", "Quay")):
        stage = ("new", "talk", "won", "won")[number]
        deal = {"name": name, "amount": 1200 * number, "stage": stage, "owner": li, "closes": "2026-01-15"}
        assert admin.post("/api/v1/records/desk.deal", json=deal).status_code == 201


def drag(page: Page, thing: Locator, x: float, y: float) -> None:
    box = thing.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 8, box["y"] + box["height"] / 2 + 8, steps=3)
    page.mouse.move(x, y, steps=6)
    page.mouse.move(x + 2, y + 2)
    page.mouse.up()


@pytest.mark.timeout(600)
def test_a_dashboard_is_made_and_leads_to_the_records(page_as: Visit, live_site: LiveSite) -> None:
    page = page_as()
    visit(page, f"{live_site.url}/design/desk/dashboards")
    page.get_by_role("button", name="New dashboard").click()
    page.locator("#dialog").get_by_label("Name").fill("Team")
    page.locator("#dialog").get_by_role("button", name="Create").click()
    page.locator(".tile-grid.is-ready").wait_for()
    expect(page.get_by_text("Drag a tile here from the left")).to_be_visible()
    check_accessible(page)
    grid = page.locator(".tile-grid").bounding_box()
    assert grid is not None
    drag(page, page.locator("[data-tile-type=bar]"), grid["x"] + 120, grid["y"] + 60)
    expect(page.locator("#tile-label")).to_be_focused()
    page.locator("#tile-entity").select_option("deal")
    expect(page.locator("#tile-entity")).to_have_value("deal")
    expect(page.locator("#tile-group-1")).to_have_value("stage")  # the first picture of a table that has stages
    page.locator("#tile-measure").select_option("sum")
    expect(page.locator("#tile-measure-field")).to_have_value("amount")
    page.locator("#tile-group-1").select_option("closes@month")
    expect(page.locator("#tile-by-1")).to_have_value("month")
    page.locator("#tile-group-1").select_option("stage")
    expect(page.locator("#tile-by-1")).to_have_count(0)
    page.locator("[data-tile-type=number]").click()
    number = page.locator("[data-key=number_1]")
    expect(number).to_contain_text("4")

    drag(page, number.locator(".tile-pick"), grid["x"] + 40, grid["y"] + 30)
    expect(number).to_have_attribute("gs-x", "0")
    expect(number).to_have_attribute("gs-y", "0")
    number.hover()
    box = number.bounding_box()
    assert box is not None
    drag(page, number.locator(".ui-resizable-se"), box["x"] + box["width"] + 60, box["y"] + box["height"])
    expect(number).to_have_attribute("gs-w", "4")
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft")
    page.locator("#pick-number_1").focus()
    page.keyboard.press("Alt+Shift+ArrowRight")
    expect(number).to_have_attribute("data-w", "5")
    page.keyboard.press("Alt+ArrowRight")
    expect(number).not_to_have_attribute("data-x", "0")
    expect(page.locator("#pick-number_1")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(number).to_have_attribute("data-x", "0")
    page.locator("#pick-bar_1").click()
    expect(page.locator("#tile-measure")).to_have_value("sum")
    check_accessible(page)
    shot(page, "design-dashboard")
    page.locator("[data-tile-type=my_day]").click()
    page.locator("#pick-my_day_1").focus()
    page.keyboard.press("Delete")
    expect(page.locator("[data-key=my_day_1]")).to_have_count(0)

    page.locator("#add-filter").click()
    page.locator("#new-filter-choice-stage").click()
    expect(page.locator("#filter-stage")).to_have_attribute("aria-current", "true")
    expect(page.locator("#looks-at-1")).to_have_value("stage")
    page.locator("#start-won").check()
    expect(page.locator("#filter-stage")).to_contain_text("Won")
    expect(number).to_contain_text("2")
    page.locator("#start-won").uncheck()
    expect(page.locator("#filter-stage")).not_to_contain_text("Won")
    page.locator("#add-filter").click()
    page.locator("#new-filter-period-closes").click()
    expect(page.locator("#filter-period")).to_be_visible()
    page.locator("#filter-label").wait_for()
    check_accessible(page)
    shot(page, "design-dashboard-filter")

    visit(page, f"{live_site.url}/design/desk/home")
    page.locator("#add-boss").select_option("team")
    expect(page.locator(".home-role", has_text="Boss").get_by_text("opens first")).to_be_visible()
    check_accessible(page)
    shot(page, "design-home")
    assert live_site.site.browser().post("/design/desk/publish", {"note": ""}).status_code == 303

    page.context.clear_cookies()
    page = page_as("li", roles=["desk.boss"])
    expect(page.locator(".tile", has_text="by Stage").locator("svg").first).to_be_visible()
    check_accessible(page)
    shot(page, "home-of-a-role")
    choose(page)
    page.get_by_text("As a table").click()
    page.locator(".chart-table").get_by_role("link", name="Won").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody")).to_contain_text("Harbour pilot")
    page.go_back()
    expect(page.locator("#chosen-stage")).to_contain_text("Won")


def choose(page: Page) -> None:
    """Filters act on the tiles, stand in the address, and the browser goes back; with keys, and on a phone."""
    number = page.locator(".tile.is-number .tile-number")
    expect(number).to_have_text("4")
    page.locator("#chosen-stage").focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Talking").focus()
    page.keyboard.press("Space")
    expect(number).to_have_text("1")
    expect(page.get_by_role("checkbox", name="Talking")).to_be_focused()
    expect(page).to_have_url(re.compile(r"f\.stage=talk$"))
    page.keyboard.press("Escape")
    expect(page.locator("#chosen-stage")).to_be_focused()
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#chosen-period").click()
    page.locator("input[name='f.period.from']").fill("2026-01-16")
    expect(number).to_have_text("0")
    expect(page).to_have_url(re.compile(r"f\.stage=talk&f\.period=2026-01-16\.\.$"))
    check_accessible(page)
    shot(page, "home-filters")
    page.go_back()
    expect(number).to_have_text("1")
    expect(page.locator("#chosen-period")).not_to_contain_text("2026")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="Reset").click()
    expect(number).to_have_text("4")
    page.locator("#chosen-stage").click()
    page.get_by_role("checkbox", name="Won").check()
    expect(number).to_have_text("2")
    page.keyboard.press("Escape")


@pytest.mark.timeout(300)
def test_in_chinese(page_as: Visit, live_site: LiveSite) -> None:
    page = page_as("chen", admin=True, language="zh-Hans")
    acts = [
        {"op": "new_tile", "path": "dashboards/boss", "type": kind, "entity": "deal"} for kind in ("number", "list", "funnel")
    ]
    live_site.site.browser("chen", admin=True, language="zh-Hans").post(
        "/design/desk/operations", json={"operations": acts, "show": "/design/desk"}
    )
    for name in ("dashboards", "dashboards/boss?pick=dashboards/boss/tiles/list_1", "home"):
        visit(page, f"{live_site.url}/design/desk/{name}")
        expect(page.locator("#main")).to_be_visible()
        shot(page, "design-" + name.replace("/", "-").partition("?")[0])
