"""The view, pipeline and role designers in a browser: with the keyboard, with conditions that are built, and free of barriers."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LiveSite, check_accessible, shot
from tests.web.test_design_views import APP

Visit = Callable[..., Page]


@pytest.fixture(scope="module", autouse=True)
def desk(live_site: LiveSite) -> None:
    live_site.site.install(copy.deepcopy(APP))
    admin = live_site.site.browser()
    for number, name in enumerate(("Yunfan order", "Bluesea renewal", "Harbour pilot")):
        admin.post(
            "/api/v1/records/desk.deal", json={"name": name, "amount": 1200 * number, "stage": ("new", "talk", "won")[number]}
        )


def visit(page: Page, address: str) -> None:
    """Opens a designer and waits until it answers."""
    page.goto(address)
    page.locator("#design[data-mounted]").wait_for()


def saved(page: Page) -> None:
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft")


@pytest.mark.timeout(300)
def test_views(page_as: Visit, live_site: LiveSite) -> None:
    page = page_as()
    visit(page, f"{live_site.url}/design/desk/views/all_deals")
    page.get_by_role("button", name="Owner", exact=True).click()
    expect(page.locator("#pick-owner")).to_be_visible()
    page.locator("#pick-owner").focus()
    page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator(".column-chip").nth(1)).to_contain_text("Owner")
    saved(page)
    page.locator("#pick-amount").click()
    expect(page.get_by_role("heading", name="Amount")).to_be_visible()
    page.locator("#column-summary").select_option("sum")
    expect(page.locator(".view-preview tfoot")).to_contain_text("3,600")
    saved(page)
    check_accessible(page)
    shot(page, "view-column")
    page.get_by_role("link", name="Close").click()
    page.get_by_text("Only records for which").click()
    page.get_by_role("button", name="Condition").click()
    page.locator(".design-rule .ts-wrapper, .design-rule select").first.wait_for()
    page.get_by_role("textbox", name="Value").fill("Yunfan order")
    expect(page.locator(".view-preview tbody tr")).to_have_count(1)
    page.locator("#sort-field-1").select_option("amount")
    expect(page.locator("#sort-way-1")).to_be_visible()
    shot(page, "view")
    edge = page.get_by_role("separator", name="Width of Amount")
    edge.focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft")
    expect(page.locator("th", has=edge)).to_have_attribute("data-width", re.compile(r"\d+"))
    owner = page.locator("th", has=page.get_by_role("separator", name="Width of Owner"))
    before = owner.bounding_box()
    assert before is not None
    page.mouse.move(before["x"] + before["width"] - 2, before["y"] + 10)
    page.mouse.down()
    page.mouse.move(before["x"] + before["width"] + 58, before["y"] + 10, steps=4)
    page.mouse.up()
    expect(owner).to_have_attribute("data-width", re.compile(rf"{int(before['width']) + 60}|{int(before['width']) + 61}"))
    page.get_by_label("Group by").select_option("stage")
    expect(page.locator(".view-preview .group-row")).to_have_count(1)
    page.get_by_role("button", name="Add a colour rule").click()
    expect(page.get_by_role("heading", name="Colour rule")).to_be_visible()
    page.locator("#rule-colour").select_option("orange")
    saved(page)
    page.get_by_role("button", name="Condition").click()
    page.get_by_role("textbox", name="Value").fill("Yunfan order")
    expect(page.locator(".view-preview tr.is-coloured.c-orange")).to_have_count(1)
    check_accessible(page)
    shot(page, "view-colours")
    page.get_by_role("link", name="Close").click()
    page.locator("#opens-boss").check()
    page.locator("#view-type").select_option("kanban")
    expect(page.locator(".view-preview .lane")).to_have_count(3)
    expect(page.locator(".view-preview .board-card.is-coloured")).to_have_count(1)
    page.locator("#hidden-won").check()
    expect(page.locator(".view-preview .lane")).to_have_count(2)
    check_accessible(page)
    shot(page, "view-board")
    visit(page, f"{live_site.url}/design/desk/views")
    check_accessible(page)
    shot(page, "views")


@pytest.mark.timeout(300)
def test_pipelines(page_as: Visit, live_site: LiveSite) -> None:
    page = page_as()
    visit(page, f"{live_site.url}/design/desk/pipelines/stages")
    page.locator("#add-stage").click()
    expect(page.locator("#field-label-input")).to_be_focused()
    page.keyboard.type("Offer sent")
    page.keyboard.press("Tab")
    expect(page.locator(".stage-card").nth(3)).to_contain_text("Offer sent")
    page.locator(".stage-card-link").nth(3).focus()
    page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator(".stage-card").nth(2)).to_contain_text("Offer sent")
    saved(page)
    page.locator("#stage-talk").click()
    expect(page.locator("#field-label-input")).to_have_value("Talking")
    page.locator("summary", has_text="Must be filled in to stand here").click()
    page.get_by_role("checkbox", name="Reason").check()
    expect(page.locator(".stage-card").nth(1)).to_contain_text("1 lacks a required field")
    check_accessible(page)
    shot(page, "pipeline-stage")
    draw_a_way(page, "new", "talk")
    expect(page.locator("#arrow-new_to_talk-new")).to_be_visible()
    expect(page.get_by_role("heading", name="Way", exact=True)).to_be_visible()
    page.locator("#field-label-input").fill("Begin talks")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Way: New → Talking · Begin talks")).to_be_visible()
    page.locator("#draw-talk").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Allow a way to …").click()
    page.locator("#design-panel").get_by_role("button", name="Won").click()
    expect(page.locator("#arrow-talk_to_won-talk")).to_be_visible()
    expect(page.locator("#simulation-offer_sent")).to_contain_text("No way leads here")
    page.locator("#add-value").select_option(label="Reason")
    page.locator("#value-reason").fill("Agreed")
    page.keyboard.press("Tab")
    expect(page.locator("#value-reason")).to_have_value("Agreed")
    saved(page)
    check_accessible(page)
    shot(page, "pipeline-way")
    page.locator("#arrow-new_to_talk-new").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#field-label-input")).to_have_value("Begin talks")
    page.get_by_role("link", name="Graph").click()
    expect(page.locator(".flow.is-graph .flow-arrow")).to_have_count(2)
    check_accessible(page)
    shot(page, "pipeline-graph")
    page.locator("#stage-talk").click()
    page.get_by_role("button", name="Delete: Talking").click()
    page.get_by_label("Its records go to").select_option("won")
    shot(page, "pipeline-remove")
    page.get_by_role("button", name="Delete the stage").click()
    expect(page.locator("#stage-talk")).to_have_count(0)
    page.locator("#design[data-mounted]").wait_for()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("#stage-talk")).to_be_visible()


def draw_a_way(page: Page, start: str, end: str) -> None:
    """With the pointer, from the dot of one stage to another stage."""
    page.locator(f"#stage-{start}").hover()
    dot, target = page.locator(f"#draw-{start}").bounding_box(), page.locator(f"#stage-{end}").bounding_box()
    assert dot is not None and target is not None
    page.mouse.move(dot["x"] + 12, dot["y"] + 12)
    page.mouse.down()
    page.mouse.move(target["x"] + 20, target["y"] + 20, steps=6)
    page.mouse.up()


def test_roles(page_as: Visit, live_site: LiveSite) -> None:
    live_site.site.member("li", roles=["desk.sales"])
    page = page_as()
    visit(page, f"{live_site.url}/design/desk/roles/sales")
    page.locator("#right-deal-delete").click()
    expect(page.locator("#right-deal-delete")).to_have_class("right-cell is-some")
    expect(page.locator("#rule-delete-own")).to_be_checked()
    page.locator("#mask-cost").select_option("hidden")
    expect(page.locator("#grant-deal")).to_have_attribute("aria-current", "true")
    expect(page.get_by_text("1 masked")).to_be_visible()
    page.locator("fieldset", has_text="See").get_by_text("Records for which").click()
    page.locator("fieldset", has_text="See").get_by_role("button", name="Condition").click()
    page.locator("fieldset", has_text="See").get_by_role("textbox", name="Value").fill("Yunfan order")
    expect(page.locator("#right-deal-read")).to_have_attribute("title", "own records or records where Name is Yunfan order")
    check_accessible(page)
    shot(page, "role")


def test_in_chinese(page_as: Visit, live_site: LiveSite) -> None:
    page = page_as("chen", admin=True, language="zh-Hans")
    for name in (
        "views",
        "views/all_deals",
        "pipelines/stages?pick=pipelines/stages/stages/talk",
        "roles/sales?pick=roles/sales/grants/deal",
    ):
        visit(page, f"{live_site.url}/design/desk/{name}")
        expect(page.locator("#main")).to_be_visible()
        shot(page, name.replace("/", "-").partition("?")[0])


def test_menu(page_as: Visit, live_site: LiveSite) -> None:
    page = page_as()
    visit(page, f"{live_site.url}/design/desk/menu")
    page.locator("#add-group").click()
    expect(page.locator("#field-label-input")).to_be_focused()
    page.keyboard.type("Addresses")
    page.keyboard.press("Tab")
    expect(page.locator("#entry-menu-group_1")).to_contain_text("Addresses")
    page.get_by_role("button", name="Firms").click()
    expect(page.locator("#entry-menu-firm")).to_be_visible()
    saved(page)
    page.locator("#entry-menu-firm").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#entry-menu-group_1-items-firm")).to_be_visible()
    check_accessible(page)
    shot(page, "menu")
