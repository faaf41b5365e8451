"""Forms with steps, tabs and tables of rows, by pointer and by keyboard, at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from runtime.records.rows import RowSet, save_with_rows
from tests.browser.conftest import PHONE, LiveSite, check_accessible, shot
from tests.forms_app import orders_app

NEW = "/records/sales.orders/new"


def mounted(page: Page) -> None:
    page.wait_for_selector(".record-form[data-mounted]")


def test_steps_and_rows_with_the_keyboard_then_tabs(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    live_site.site.install(orders_app())
    page = page_as()
    page.goto(f"{live_site.url}{NEW}")
    mounted(page)
    expect(page.get_by_role("heading", name="1 of 2 · Basics")).to_be_visible()
    # Enter goes on; what is missing gets the focus.
    page.get_by_label("Discount").focus()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Subject")).to_be_focused()
    check_accessible(page)
    shot(page, "form-step-errors")
    page.keyboard.type("Chairs for the office")
    page.get_by_label("Reason").fill("Friends")
    page.get_by_label("How", exact=True).select_option("delivery")
    expect(page.get_by_role("heading", name="1 of 3 · Basics")).to_be_visible()
    page.get_by_role("button", name="Next").last.click()
    expect(page.get_by_role("heading", name="2 of 3 · Products")).to_be_focused()
    # Rows: added with the keyboard, added up while typing, copied, taken away.
    page.get_by_role("button", name="Add a row: Products").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Product row 1")).to_be_focused()
    page.keyboard.type("Chair")
    page.get_by_label("Quantity row 1").fill("3")
    page.keyboard.press("Tab")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Product row 2")).to_be_focused()
    page.keyboard.type("Table")
    page.get_by_role("button", name="Duplicate row").nth(1).click()
    expect(page.get_by_label("Product row 3")).to_have_value("Table")
    expect(page.get_by_label("Total of Quantity")).to_have_text("5")
    page.get_by_role("button", name="Remove row").nth(2).click()
    expect(page.locator("[data-row-line]")).to_have_count(2)
    check_accessible(page)
    shot(page, "form-step-rows")
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.get_by_role("heading", name="1 of 3 · Basics")).to_be_focused()
    expect(page.get_by_label("Subject")).to_have_value("Chairs for the office")
    page.get_by_role("button", name="Next").last.click()
    expect(page.get_by_role("heading", name="2 of 3 · Products")).to_be_focused()
    expect(page.get_by_label("Quantity row 1")).to_have_value("3")
    page.get_by_role("button", name="Next").last.click()
    expect(page.get_by_role("heading", name="3 of 3 · Delivery")).to_be_focused()
    page.get_by_label("Address").fill("Road 1")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Chairs for the office")).to_be_visible()


def test_the_record_has_tabs_and_its_rows_are_edited_alone(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    live_site.site.install(orders_app())
    page = page_as()
    rows = [{"title": "Chair", "quantity": 3, "price": 20}, {"title": "Table", "price": 5}]
    with live_site.site.engine.begin() as connection:
        made = save_with_rows(
            live_site.site.context(connection),
            "sales.orders",
            None,
            {"name": "Chairs"},
            [RowSet("lines", "sales.line", "order", rows)],
        )
    page.goto(f"{live_site.url}/records/sales.orders/{made.id}")
    # Its pages are tabs, opened with the arrows, and still open after loading again.
    page.wait_for_selector(".page-tabs[data-mounted]")
    page.get_by_role("tab", name="Basics").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Products")).to_be_focused()
    expect(page.get_by_role("table", name="Products")).to_contain_text("65.00")
    check_accessible(page)
    shot(page, "record-tabs")
    page.reload()
    expect(page.get_by_role("table", name="Products")).to_be_visible()
    page.get_by_role("button", name="Edit rows: Products").click()
    page.wait_for_selector("#dialog .row-table[data-mounted]")
    page.get_by_label("Quantity row 2").fill("-1")
    page.locator("#dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#error-lines\\.1\\.quantity")).to_be_visible()
    check_accessible(page)
    shot(page, "rows-dialog")
    page.get_by_label("Quantity row 2").fill("4")
    page.locator("#dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#dialog[open]")).to_have_count(0)
    expect(page.get_by_role("table", name="Products")).to_contain_text("80.00")
    expect(page.get_by_role("tab", name="Products")).to_have_attribute("aria-selected", "true")


def test_on_a_phone_in_chinese(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    live_site.site.install(orders_app())
    page = page_as("boss", admin=True, language="zh-Hans")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{live_site.url}{NEW}")
    mounted(page)
    page.get_by_label("主题").fill("办公椅")
    page.get_by_role("button", name="下一步").last.click()
    page.wait_for_selector(".record-form[data-turned][data-mounted]")
    page.get_by_role("button", name=re.compile("添加一行")).click()
    page.get_by_label("产品 行 1").fill("椅子")
    check_accessible(page)
    shot(page, "form-phone")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("heading", name="办公椅")).to_be_visible()
    shot(page, "record-phone")


def settled(page: Page) -> None:
    expect(page.locator("[data-draft-state]")).to_contain_text(re.compile("not published|Draft"))


def test_the_designer_makes_pages_rows_and_lists(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    document = orders_app()
    document["forms"][0] = {
        "key": "order_form",
        "entity": "orders",
        "label": {"en": "Order"},
        "sections": [
            {
                "key": "what",
                "label": {"en": "What"},
                "items": [{"key": "name", "field": "name"}, {"key": "kind", "field": "kind"}],
            }
        ],
    }
    live_site.site.install(document)
    page = page_as()
    form = f"{live_site.url}/design/sales/forms/order_form"
    page.goto(form)
    page.wait_for_selector("#design[data-mounted] .form-canvas")
    # A second page, its name typed at once; a section on it, by keyboard.
    page.get_by_role("button", name="Page (tab or step)").click()
    label = page.locator("#field-label-input")
    expect(label).to_be_focused()
    page.keyboard.type("Products")
    page.keyboard.press("Tab")
    expect(page.locator("#pick-page-page_2")).to_contain_text("Products")
    page.locator("#add-section").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".canvas-page").nth(1).locator(".canvas-section")).to_have_count(1)
    # A table of rows is dragged into it; its columns are put in order with the keyboard.
    rows = page.locator("li[data-act*=new_rows] button", has_text="Lines · Order")
    rows.drag_to(page.locator(".canvas-page").nth(1).locator(".canvas-items"), target_position={"x": 80, "y": 20})
    expect(page.locator(".canvas-item .row-table")).to_be_visible()
    page.locator("#column-quantity").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".column-line-name").first).to_have_text("Quantity")
    expect(page.locator("#column-quantity")).to_be_focused()
    page.get_by_label("At least").fill("1")
    page.get_by_label("At least").press("Tab")
    settled(page)
    check_accessible(page)
    shot(page, "design-form-rows")
    # A list below the record.
    page.get_by_role("button", name="Lines · Order").last.click()
    expect(page.locator("#design-panel h2")).to_contain_text("Related list")
    page.locator("#sort-field-1").select_option(label="Price")
    expect(page.locator("#sort-way-1")).to_be_visible()
    page.get_by_label("How many are shown").fill("5")
    page.get_by_label("How many are shown").press("Tab")
    settled(page)
    check_accessible(page)
    shot(page, "design-form-related")
    # Steps.
    page.goto(form)
    page.wait_for_selector("#design[data-mounted] .form-canvas")
    page.get_by_label("While a record is made, pages are").select_option("steps")
    expect(page.get_by_label("While a record is made, pages are")).to_have_value("steps")
    settled(page)
    check_accessible(page)
    shot(page, "design-form-settings")


def test_the_preview_is_a_phone_and_a_role(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    live_site.site.install(orders_app())
    page = page_as("tester", admin=True)  # with a draft of their own
    page.goto(f"{live_site.url}/design/sales/forms/order_form/preview")
    mounted(page)
    page.get_by_label("Subject").fill("Try")
    page.get_by_role("button", name="Next").last.click()
    expect(page.get_by_role("heading", name="2 of 2 · Products")).to_be_focused()
    page.get_by_role("button", name="Phone").click()
    page.get_by_role("button", name="Add a row: Products").click()
    expect(page.locator("[data-row-line]")).to_have_css("display", "grid")
    check_accessible(page)
    shot(page, "design-form-preview")
    page.get_by_label("As role").select_option(label="Reader")
    page.wait_for_url(re.compile("role=sales.reader"))
    expect(page.get_by_label("Subject")).to_be_visible()
