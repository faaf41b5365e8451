"""The view, pipeline and role designers in a browser: with the keyboard, with conditions that are built, and free of barriers."""

from __future__ import annotations

import copy
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
    page.locator("#view-type").select_option("kanban")
    expect(page.locator(".view-preview .lane")).to_have_count(3)
    check_accessible(page)
    shot(page, "view-board")
    visit(page, f"{live_site.url}/design/desk/views")
    check_accessible(page)
    shot(page, "views")


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
    page.get_by_role("checkbox", name="Reason").check()
    expect(page.locator(".stage-card").nth(1)).to_contain_text("1 lacks a required field")
    check_accessible(page)
    shot(page, "pipeline-stage")
    page.get_by_text("Add the first move").click()
    page.get_by_role("button", name="New → Talking").click()
    expect(page.locator("#move-new_to_talk")).to_be_visible()
    page.locator("#field-label-input").fill("Begin talks")
    page.keyboard.press("Tab")
    expect(page.locator("#move-new_to_talk")).to_contain_text("Begin talks")
    check_accessible(page)
    shot(page, "pipeline")


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
