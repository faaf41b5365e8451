"""In a browser: seeing as somebody, why somebody sees a record, and what the designer of a table has beside the fields."""

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
    site = live_site.site
    site.install(copy.deepcopy(APP))
    site.member("li", roles=["desk.sales"])
    admin = site.browser()
    for name, reason, owner in (("Yunfan order", "Price", site.people["li"]), ("Harbour pilot", "12", None)):
        admin.post("/api/v1/records/desk.deal", json={"name": name, "reason": reason, "owner": owner, "amount": 50})


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#design[data-mounted]").wait_for()


def test_seeing_as_somebody_and_why(page_as: Visit, live_site: LiveSite) -> None:
    page = page_as()
    page.goto(f"{live_site.url}/records/desk.deal/2")
    page.get_by_label("More", exact=True).first.click()
    page.get_by_text("Who may see this?").click()
    page.locator(".why-everybody").get_by_role("link", name="li").click()
    expect(page.locator("#rights-of-record")).to_contain_text("No rule holds for this record.")
    check_accessible(page)
    shot(page, "record-rights")
    visit(page, f"{live_site.url}/design/desk/roles/sales")
    page.locator("#see-as-role").click()
    page.locator("#dialog").get_by_label("Person").select_option(label="li")
    check_accessible(page)
    page.locator("#dialog").get_by_role("button", name="See", exact=True).click()
    expect(page.locator(".look-banner")).to_contain_text("the role Sales sees, with the records of li")
    page.goto(f"{live_site.url}/records/desk.deal")
    expect(page.locator("tbody")).to_contain_text("Yunfan order")
    expect(page.locator("tbody")).not_to_contain_text("Harbour pilot")
    check_accessible(page)
    shot(page, "look-banner")
    page.get_by_role("button", name="Stop").click()
    expect(page).to_have_url(f"{live_site.url}/design/desk/roles/sales")
    expect(page.locator(".look-banner")).to_have_count(0)


def test_beside_the_fields(page_as: Visit, live_site: LiveSite) -> None:
    page = page_as()
    visit(page, f"{live_site.url}/design/desk/entities/deal")
    page.locator("#level-boss").select_option("read")
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft")
    page.locator("#add-speed").select_option("cost")
    expect(page.locator(".speed-list")).to_contain_text("Cost")
    page.locator("#add-rule").click()
    page.locator("#rule-message").fill("Give it a name.")
    page.locator("#rule-field").select_option("name")
    expect(page.locator(".rule-row")).to_contain_text("Give it a name.")
    expect(page.locator(".rule-broken")).to_contain_text("all records meet it")
    check_accessible(page)
    shot(page, "table-rules")
    page.locator("#pick-reason").click()
    page.locator("#change-type").click()
    page.locator("#new-type").select_option("number")
    expect(page.locator(".type-samples")).to_contain_text("Price")
    page.locator("#new-type").select_option("select")
    expect(page.locator(".type-words")).to_contain_text("Price")
    check_accessible(page)
    shot(page, "type-change")
    page.get_by_role("button", name="Change the type").last.click()
    expect(page.locator("#pick-reason")).to_contain_text("Price")
