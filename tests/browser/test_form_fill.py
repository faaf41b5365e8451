"""Rules that fill inputs in: made in the designer, seen in its preview, met in the real form on a phone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, LiveSite, check_accessible, shot
from tests.browser.formulas import editor, fill_formula
from tests.web.test_form_fill import loans_app

ITEM = "forms/loan_form/sections/main/items"
DESIGN = "/design/loans/forms/loan_form"


def item_id(key: str, number: int) -> str:
    return f"set-{ITEM}/{key}/fill/rule_{number}/value".replace("/", "-")


def test_rules_fill_in_until_somebody_types(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    document = loans_app()
    items = document["forms"][0]["sections"][0]["items"]
    for each in (items[2], items[3]):
        del each["fill"]
    live_site.site.install({**document, "version": "1.0.0"})
    page = page_as()
    page.goto(f"{live_site.url}{DESIGN}?pick={ITEM}/deposit")
    page.get_by_text("Filled in by itself when …").click()
    page.get_by_role("button", name="Add a rule").click()
    first = page.locator(".fill-rule").first
    first.get_by_role("button", name="Condition", exact=True).click()
    expect(first.get_by_role("combobox", name="Field")).to_have_attribute("aria-expanded", "true")
    page.locator(".ts-dropdown:visible .option").get_by_text("Kind", exact=True).click()
    first.get_by_label("Value", exact=True).select_option(label="Laptop")
    page.locator(f"#{item_id('deposit', 1)}").fill("500")
    page.get_by_role("button", name="Add a rule").click()
    page.locator(f"#{item_id('deposit', 2)}-way").select_option(label="Formula")
    fill_formula(page, item_id("deposit", 2), "{days} * 10")
    expect(page.locator(".fill-rule").last.locator(".is-right")).to_be_visible()
    fill_formula(page, item_id("deposit", 2), "{name}")
    expect(page.locator(".fill-rule .formula-problem")).to_contain_text("The formula gives text, but the field holds number.")
    fill_formula(page, item_id("deposit", 2), "{days} * 10")
    expect(page.locator(".formula-problem")).to_have_count(0)
    expect(editor(page, item_id("deposit", 2)).locator(".formula-chip")).to_have_text("Days")
    check_accessible(page)
    shot(page, "fill-rules-designer")
    in_the_preview(page, live_site)
    in_the_real_form(page, live_site)


def in_the_preview(page: Page, live_site: LiveSite) -> None:
    """The draft works before it is published."""
    page.goto(f"{live_site.url}{DESIGN}/preview")
    expect(page.locator("[data-island=record_form][data-mounted]")).to_be_visible()
    page.get_by_label("Kind").select_option(label="Laptop")
    expect(page.get_by_label("Deposit")).to_have_value("500")
    page.get_by_label("Kind").select_option(label="Book")
    page.get_by_label("Days").fill("3")
    expect(page.get_by_label("Deposit")).to_have_value("30")
    page.goto(f"{live_site.url}/design/loans/publish")
    expect(page.get_by_text("500, when Kind is Laptop")).to_be_visible()
    shot(page, "fill-rules-plan")
    page.get_by_role("button", name="Publish now").click()
    page.wait_for_url(lambda address: "/publish" not in address)


def in_the_real_form(page: Page, live_site: LiveSite) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{live_site.url}/records/loans.loan/new")
    expect(page.locator("[data-island=record_form][data-mounted]")).to_be_visible()
    page.get_by_label("What").fill("Lathe")
    page.get_by_label("Kind").select_option(label="Laptop")
    expect(page.get_by_label("Deposit")).to_have_value("500")
    expect(page.locator("output.form-readonly")).to_have_text("For Lathe")
    page.get_by_label("Deposit").fill("70")
    page.get_by_role("tab", name="Two").click()
    expect(page.get_by_label("Insured")).to_be_checked()
    tags = page.locator("[data-item='more/tags']")
    expect(tags.locator(".item")).to_have_count(2)
    expect(page.locator("[data-item='more/keeper'] .item")).to_have_count(1)
    shot(page, "fill-rules-form")
    tags.locator(".remove").first.click()
    page.get_by_role("tab", name="One").click()
    page.get_by_label("Kind").select_option(label="Book")
    page.get_by_label("Kind").select_option(label="Laptop")
    expect(page.locator("output.form-readonly")).to_have_text("For Lathe")
    expect(page.get_by_label("Deposit")).to_have_value("70")  # typed by a person
    expect(tags.locator(".item")).to_have_count(1)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/records/loans.loan/*")
    expect(page.get_by_text("For Lathe").first).to_be_visible()


def test_defaults_of_fields_have_an_input_of_their_kind(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    live_site.site.install({**loans_app(), "key": "lent", "version": "1.0.0"})
    page = page_as()
    here = f"{live_site.url}/design/lent/entities/loan"
    page.goto(f"{here}?pick=entities/loan/fields/kind")
    page.get_by_label("Default").select_option(label="Laptop")
    page.goto(f"{here}?pick=entities/loan/fields/team")
    page.get_by_label("Default").select_option(label="Their team")
    page.goto(f"{here}?pick=entities/loan/fields/days")
    page.get_by_label("Kind of value: Default").select_option(label="Formula")
    fill_formula(page, "set-entities-loan-fields-days-default", "{fee} + 7")
    expect(page.get_by_text("The formula is right.")).to_be_visible()
    expect(page.locator(".formula-editor .formula-chip")).to_have_text("Fee")
    shot(page, "fill-default-formula")
    page.goto(f"{here}?pick=entities/loan/fields/tags")
    page.locator(".value-input .ts-control").click()
    page.locator(".ts-dropdown .option").first.click()
    expect(page.locator(".value-input .item")).to_have_text("A×")
    expect(page.locator("#design")).not_to_have_attribute("aria-busy", "true")
    page.goto(f"{here}?pick=entities/loan/fields/team")
    expect(page.get_by_label("Default")).to_have_value('{"var":"my_team"}')
    page.goto(f"{here}?pick=entities/loan/fields/kind")
    expect(page.get_by_label("Default")).to_have_value('"laptop"')


def test_in_chinese(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    live_site.site.install({**loans_app("steps"), "key": "zh", "version": "1.0.0"})
    page = page_as("wang", admin=True, language="zh-Hans")
    page.goto(f"{live_site.url}/design/zh/forms/loan_form?pick={ITEM}/deposit")
    expect(page.locator(".fill-rule")).to_have_count(3)
    expect(page.get_by_text("规则 1", exact=True)).to_be_visible()
    page.get_by_text("规则 1", exact=True).scroll_into_view_if_needed()
    shot(page, "fill-rules-designer")
    page.get_by_label("移动：规则 3").press("Alt+ArrowUp")
    expect(page.locator(".fill-rule").nth(1)).to_have_attribute("data-key", "none")
    page.goto(f"{live_site.url}/records/zh.loan/new")
    expect(page.locator("[data-island=record_form][data-mounted]")).to_be_visible()
    page.get_by_label("什么").fill("车床")
    page.get_by_label("类型").select_option(label="电脑")
    expect(page.get_by_label("押金")).to_have_value("500")
    expect(page.get_by_label("费用")).to_have_value("50")  # follows what another rule fills in
    page.get_by_role("button", name="下一步").first.click()
    expect(page.get_by_label("投保")).to_be_checked()
    shot(page, "fill-rules-form")
