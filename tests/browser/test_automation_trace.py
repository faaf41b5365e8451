"""Runs, trials and explanations drawn on the cards of their automation, in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import LiveSite, check_accessible, shot
from tests.runtime.automations.sales_app import sales
from tests.web.test_automations import BRANCH, LADDER, lead, newest_run, pump


def test_a_run_is_drawn_on_its_cards(live_site: LiveSite, page_as: Callable[..., Page]) -> None:
    live_site.site.install(sales(LADDER, BRANCH)["sales"])
    record = lead(live_site.site, name="Wang", stage="new", amount="50")
    pump(live_site.site)
    page = page_as("admin", admin=True)
    run = newest_run(live_site.site, "sales.sort")
    page.goto(f"{live_site.url}/automations/runs/{run.id}")
    cards = page.locator(".traced")
    # What failed is open at first, with the way on; the way that was not taken is grey.
    failed = page.locator(".traced.is-failed")
    expect(failed).to_have_attribute("aria-current", "true")
    expect(page.locator(".trace-detail:visible")).to_contain_text("Please fill this in")
    expect(page.locator(".trace-detail:visible").get_by_role("button", name="Try again from this step")).to_be_visible()
    expect(page.locator(".traced-lane.is-skipped")).to_contain_text("Its condition does not hold.")
    expect(page.locator(".traced-lane.is-done")).to_contain_text("Otherwise")
    # Hovering looks, the pointer away comes back; a click stays; the keyboard goes on to what is told.
    trigger = cards.first
    trigger.hover()
    expect(page.locator(".trace-detail:visible")).to_contain_text("admin created the record")
    page.mouse.move(2, 2)
    expect(page.locator(".trace-detail:visible")).to_contain_text("Please fill this in")
    way = page.locator(".traced", has_text=re.compile("^\\s*Change the lead")).last
    way.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".trace-detail:focus")).to_contain_text("Score")
    shot(page, "run-drawn")
    check_accessible(page)
    # The draft is tried: changed, not published, and nothing of it is kept.
    page.goto(f"{live_site.url}/design/sales/automations/sort?pick=automations/sort/steps/way/else/down")
    page.fill("#value-score", "42")
    page.locator("#value-score").blur()
    expect(page.locator(".design-flow-card.is-picked")).to_contain_text("42")
    page.click("#automation-try")
    page.locator("#try-record-ts-control, #try-record + .ts-wrapper .ts-control").first.click()
    page.locator(".ts-dropdown .option", has_text="Wang").click()
    page.click("#try-now")
    expect(page.locator("#trial .traced.is-failed")).to_be_visible()
    page.locator("#trial .traced", has_text=re.compile("^\\s*Change the lead")).last.click()
    expect(page.locator("#trial .trace-detail:visible")).to_contain_text("42")
    shot(page, "draft-tried")
    check_accessible(page)
    found = live_site.site.app.test_client().get(f"/api/v1/records/sales.lead/{record}", headers=live_site.site.key()).json
    assert found["score"] == 1  # as the real run left it
    # Why it did not fire, on the same cards.
    page.goto(f"{live_site.url}/automations/sales.overdue/why?record={record}")
    expect(page.locator(".trace-detail:visible")).to_contain_text("Owner is filled in")
    shot(page, "why-drawn")
    check_accessible(page)
