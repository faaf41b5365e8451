"""Lists, records, forms, boards and dashboards, as a person uses them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from runtime.records import write
from tests import everything_app
from tests.browser.conftest import LiveSite, check_accessible, shot


@pytest.fixture(scope="module", autouse=True)
def projects(live_site: LiveSite) -> None:
    """The everything apps with some projects."""
    live_site.site.install(*everything_app.everything().values())
    with live_site.site.engine.begin() as connection:
        ctx = live_site.site.context(connection)
        company = write.create(ctx, "directory.company", {"name": "云帆科技", "phone": "+86 138 0013 8000"}).id
        for number in range(8):
            stage = ("draft", "active", "review")[number % 3]
            values = {"name": f"Project {number}", "budget": 1000 * number, "cost": 400, "stage": stage, "company": company}
            write.create(
                ctx, "studio.project", {**values, "notes": "Line one\nLine two", "channels": ["web"], "due": "2099-01-01"}
            )


def test_find_filter_and_keep_a_view(live_site: LiveSite, page_as: Callable[..., Page]) -> None:
    page = page_as()
    page.goto(f"{live_site.url}/records/studio.project")
    check_accessible(page)
    shot(page, "list")
    page.get_by_role("searchbox").first.fill("Project 3")
    expect(page.locator("tbody")).not_to_contain_text("Project 5")
    expect(page.locator("tbody")).to_contain_text("Project 3")
    page.goto(f"{live_site.url}/records/studio.project?view=all_projects")
    page.locator(".toolbar summary", has_text="Filter").click()
    page.locator(".conditions").get_by_role("button", name="Condition").click()
    # The new condition's list of fields is open at once.
    page.locator(".ts-dropdown:visible .option", has_text="Stage").first.click()
    row = page.locator(".condition").last
    row.locator("select[aria-label=Value]").select_option("review")
    check_accessible(page, without=("target-size",))  # rows half under the open filter count as too small
    page.locator(".filter-form").get_by_role("button", name="Show").first.click()
    expect(page.locator(".chip")).to_contain_text("In review")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Keep as a view").click()
    page.locator("#dialog").get_by_label("Name").fill("To look at")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("link", name=re.compile("To look at"))).to_have_attribute("aria-current", "page")
    expect(page.locator("tbody tr")).to_have_count(2)


def test_a_record_is_made_and_changed(live_site: LiveSite, page_as: Callable[..., Page]) -> None:
    page = page_as()
    page.goto(f"{live_site.url}/records/studio.project/new")
    check_accessible(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#error-name")).to_be_visible()
    page.get_by_label("Name", exact=False).first.fill("Looms for Li")
    page.get_by_label("Stage").select_option("lost")
    expect(page.get_by_label("Reason")).to_be_visible()  # a rule of the form
    page.get_by_label("Stage").select_option("draft")
    expect(page.get_by_label("Reason")).to_be_hidden()
    page.get_by_label("Budget").fill("1,2x")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#error-budget")).to_contain_text("number")
    page.get_by_label("Budget").fill("12,500.5")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Looms for Li")).to_be_visible()
    expect(page.locator("#detail-budget")).to_contain_text("12,500.50")
    check_accessible(page)
    shot(page, "record")
    page.locator("#detail-budget").hover()
    page.get_by_role("button", name="Change: Budget").click()
    page.locator("#detail-budget input").fill("13000")
    page.locator("#detail-budget input").press("Enter")
    expect(page.locator("#detail-budget")).to_contain_text("13,000.00")
    expect(page.locator(".life")).to_contain_text("13000")


def test_a_card_moves_by_keyboard(live_site: LiveSite, page_as: Callable[..., Page]) -> None:
    page = page_as()
    page.goto(f"{live_site.url}/records/studio.project?view=board")
    check_accessible(page)
    shot(page, "board")
    card = page.locator("[data-lane=draft] .board-card", has_text="Project 0")
    card.locator("a").first.focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(
        page.locator("[data-lane=active] .board-card", has_text="Project 0").or_(page.locator("#dialog[open]"))
    ).to_be_visible()


def test_several_at_once(live_site: LiveSite, page_as: Callable[..., Page]) -> None:
    page = page_as()
    page.goto(f"{live_site.url}/records/studio.project?view=all_projects&q=Project")
    for number in (5, 6):
        page.get_by_label(f"Choose Project {number}", exact=True).check()
    expect(page.locator("[data-bulk-count]")).to_have_text("2 chosen")
    page.get_by_role("button", name="Move to the recycle bin").click()
    page.get_by_role("dialog").get_by_role("button", name="Move to the recycle bin").click()
    expect(page.get_by_text("2 records are in the recycle bin")).to_be_visible()
    page.goto(f"{live_site.url}/records/studio.project?trash=1")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator("[data-pick-all]").check()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("The recycle bin is empty")).to_be_visible()


def test_a_dashboard_leads_to_the_records(live_site: LiveSite, page_as: Callable[..., Page]) -> None:
    page = page_as()
    page.goto(f"{live_site.url}/dashboards/studio.overview")
    expect(page.locator(".tile-number").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    check_accessible(page)
    shot(page, "dashboard")
    page.locator(".tile-number").first.click()
    expect(page.locator("h1")).to_be_visible()
    assert "/records/studio." in page.url
