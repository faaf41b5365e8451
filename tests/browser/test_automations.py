"""Automations in a browser: the switch, the settings, the pages on a phone and for screen readers."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, LiveSite, check_accessible, shot
from tests.runtime.automations.sales_app import sales
from tests.web.test_automations import BRANCH, LADDER, lead, newest_run, pump


def test_an_administrator_looks_after_automations(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    live_site.site.install(sales(LADDER, BRANCH)["sales"])
    page = page_as("admin", admin=True)
    record = lead(live_site.site, name="Wang", stage="new", amount="50")
    pump(live_site.site)
    run = newest_run(live_site.site, "sales.sort")
    base = f"{live_site.url}/automations"
    page.goto(base)
    switch = page.get_by_role("switch", name="On: Overdue ladder")
    expect(switch).to_be_checked()
    page.locator("tr", has_text="Overdue ladder").locator(".switch").click()
    expect(page.get_by_text("“Overdue ladder” is off. What waits is kept.")).to_be_visible()
    expect(page.get_by_role("switch", name="On: Overdue ladder")).not_to_be_checked()
    for name, path in {
        "automations": "",
        "automation": "/sales.overdue",
        "run": f"/runs/{run.id}",
        "why": f"/sales.overdue/why?record={record}",
    }.items():
        page.goto(base + path)
        check_accessible(page)
        shot(page, name)
        page.set_viewport_size(PHONE)
        page.wait_for_function("document.documentElement.scrollWidth <= 390")
        page.set_viewport_size(DESK)
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("for real it would not run")).to_be_visible()
    page.get_by_role("button", name="Last 90 days").click()
    expect(page.locator(".backtest-total")).to_be_visible()
    page.goto(f"{base}/sales.overdue")
    page.get_by_label("Remind after", exact=True).fill("5")
    page.get_by_label("Unit: Remind after").select_option("wd")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("5 working days after")).to_be_visible()
