"""The automation designer in a browser: cards by the plus, the panel, chips, the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import LiveSite, check_accessible, shot
from tests.browser.formulas import editor
from tests.runtime.automations.sales_app import sales
from tests.web.test_automations import BRANCH, LADDER


def test_an_automation_is_built_by_hand(live_site: LiveSite, page_as: Callable[..., Page]) -> None:
    live_site.site.install(sales(LADDER, BRANCH)["sales"])
    page = page_as("admin", admin=True)
    page.goto(f"{live_site.url}/design/sales/automations/overdue")
    shot(page, "automation-designer")
    check_accessible(page)
    # A second rung, and a step in it by the plus.
    page.click("#add-rung")
    expect(page.locator(".ladder > .design-lane")).to_have_count(2)
    expect(page.locator("#design-panel")).to_contain_text("Step of the ladder")
    page.fill("[data-amount]", "3")
    page.locator("[data-amount]").blur()
    expect(page.locator(".ladder")).to_contain_text("3 days after")
    page.locator(".ladder > .design-lane").last.locator(".step-plus").first.click()
    page.locator(".step-add[open] .menu-item", has_text="Tell people").click()
    title = page.locator("#design-panel input[data-takes-chips]").first
    expect(title).to_have_value("{{record.title}}")
    title_id = str(title.get_attribute("id"))
    expect(editor(page, title_id).locator(".formula-chip")).to_have_text("title")
    editor(page, title_id).fill("Late: ")
    page.locator(".chip-button", has_text=re.compile("^Name$")).click()
    expect(page.locator(".design-flow-card.is-picked")).to_contain_text("Late: [Name]")
    shot(page, "automation-step")
    # The keyboard moves it into the rung before.
    page.locator(".design-flow-card.is-picked").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".ladder > .design-lane").first.locator(".flow-step")).to_have_count(3)
    page.click("#design-undo")
    expect(page.locator(".ladder > .design-lane").first.locator(".flow-step")).to_have_count(2)
    page.goto(f"{live_site.url}/design/sales/automations/overdue?pick=automations/overdue/trigger")
    shot(page, "automation-trigger")
    page.goto(f"{live_site.url}/design/sales/automations/overdue?pick=automations/overdue/condition")
    expect(page.locator("#design-panel .condition")).to_have_count(2)
    shot(page, "automation-condition")
    page.goto(f"{live_site.url}/design/sales/automations/overdue?pick=automations/overdue/ladder/tell/steps/mark")
    check_accessible(page)
    shot(page, "automation-values")
    page.goto(f"{live_site.url}/design/sales/automations/sort")
    shot(page, "automation-branch")
    page.goto(f"{live_site.url}/design/sales/automations")
    check_accessible(page)
    shot(page, "automation-list")


def test_a_formula_tells_what_comes_out(live_site: LiveSite, page_as: Callable[..., Page]) -> None:
    live_site.site.install(sales(LADDER, BRANCH)["sales"])
    lead = {"name": "Zhao", "amount": 21}
    answer = live_site.site.app.test_client().post("/api/v1/records/sales.lead", json=lead, headers=live_site.site.key())
    assert answer.status_code == 201
    page = page_as("admin", admin=True)
    step = "automations/overdue/ladder/tell/steps/mark"
    page.goto(f"{live_site.url}/design/sales/automations/overdue?pick={step}")
    page.select_option("#value-score-mode", label="Formula")
    formula, check = editor(page, "value-score"), page.locator("[data-formula-check]")
    formula.fill("{amuont} * 2")
    expect(check).to_contain_text("at character 1")
    expect(formula.locator(".formula-chip.is-unknown")).to_have_text("amuont")
    formula.fill("")
    expect(check).to_be_empty()
    # By its label, with the keyboard.
    page.keyboard.type("{amo")
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("Amount")
    page.keyboard.press("Enter")
    expect(page.locator("#value-score")).to_have_value("{amount}")
    expect(formula.locator(".formula-chip")).to_have_text("Amount")
    expect(check).to_contain_text("= 21 for Zhao")
    page.keyboard.type(" + ROUN")
    expect(page.locator(".cm-completionInfo")).to_contain_text("Rounds to so many decimals")
    shot(page, "automation-formula")
    page.keyboard.press("Escape")
    formula.fill("1 + {amount}")
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    expect(page.locator("#value-score")).to_have_value("1 + ")
    page.locator(".chip-button", has_text=re.compile("^Amount$")).click()
    expect(check).to_contain_text("= 22 for Zhao")
    expect(page.locator(".design-flow-card.is-picked")).to_contain_text("Amount")
    page.locator("summary", has_text="Functions").click()
    page.fill("#function-search", "days")
    expect(page.locator(".function-line:visible", has_text="DAYS(")).not_to_have_count(0)
    check_accessible(page)
