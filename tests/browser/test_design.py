"""An app is built with the mouse and with the keyboard, published, and used."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, LiveSite, check_accessible, shot


def settled(page: Page) -> None:
    """Everything that was done here is saved."""
    expect(page.locator("[data-draft-state]")).to_contain_text(re.compile("not published|Draft"))


def names(page: Page) -> list[str]:
    return [each.strip("*") for each in page.locator(".field-row-name").all_inner_texts()]


def new_app(page: Page, url: str, name: str, table: str) -> None:
    page.goto(f"{url}/design")
    page.get_by_role("button", name="New app").first.click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create").click()
    page.get_by_role("heading", name=name).wait_for()
    page.locator("#new-table").click()
    page.get_by_role("dialog").get_by_label("Name").fill(table)
    page.keyboard.press("Enter")
    page.wait_for_selector("#design[data-mounted] .field-list")


def test_an_app_is_built_with_the_mouse_published_and_used(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    page = page_as()
    new_app(page, live_site.url, "Machine park", "Machine")
    # A click adds, and the label is there to be typed over at once.
    page.get_by_role("button", name="Number", exact=True).click()
    label = page.locator("#field-label-input")
    expect(label).to_be_focused()
    expect(label).to_have_value("Number")
    page.keyboard.type("Hours")
    page.keyboard.press("Tab")
    expect(page).to_have_url(re.compile("fields/hours$"))
    # Dragging adds where it is dropped.
    page.locator("li[data-words$=' select'] button").drag_to(page.locator(".field-list"), target_position={"x": 200, "y": 8})
    expect(label).to_have_value("Choice")
    label.fill("State")
    label.press("Tab")
    expect(page).to_have_url(re.compile("fields/state$"))
    assert names(page)[0] == "State"
    first = page.locator("[data-choice-input]").first
    first.fill("Works")
    first.press("Tab")
    expect(page.locator(".field-row").first).to_contain_text("Works")
    settled(page)
    check_accessible(page)
    shot(page, "design-entity")
    # The form: a field that is not on it yet is dragged there, and gets a rule.
    page.get_by_role("navigation", name="Parts of the app").get_by_role("link", name="Machine").nth(1).click()
    page.wait_for_selector("#design[data-mounted] .form-canvas")
    expect(page.locator(".canvas-item")).to_have_count(1)
    page.locator(".is-spare li", has_text="Hours").drag_to(page.locator(".canvas-items"), target_position={"x": 80, "y": 60})
    expect(page.locator(".canvas-item")).to_have_count(2)
    page.locator(".is-spare li button", has_text="State").click()
    expect(page.locator(".canvas-item")).to_have_count(3)
    settled(page)
    check_accessible(page)
    shot(page, "design-form")
    page.locator("#phone-toggle").click()
    expect(page.locator("#phone-toggle")).to_have_attribute("aria-pressed", "true")
    # Published, used.
    page.locator("#design-publish").click()
    check_accessible(page)
    shot(page, "design-publish")
    page.get_by_label("Note for the history").fill("First version")
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("First version")).to_be_visible()
    page.goto(f"{live_site.url}/records/machine_park.machine/new")
    page.get_by_label("Name").fill("Lathe 1")
    page.get_by_label("Hours").fill("120")
    page.get_by_label("State").select_option(label="Works")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Lathe 1")).to_be_visible()


def test_the_keyboard_alone_builds_moves_and_takes_back(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    page = page_as()
    new_app(page, live_site.url, "Stock", "Part")
    for kind, name in (("Short text", "Code"), ("Date", "Bought")):
        page.get_by_role("button", name=kind, exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.locator("#field-label-input")).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        expect(page).to_have_url(re.compile(f"fields/{name.lower()}$"))
    assert names(page) == ["Name", "Code", "Bought"]
    page.locator("#pick-bought").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".field-row-name").nth(1)).to_have_text("Bought")
    expect(page.locator("#pick-bought")).to_be_focused()
    settled(page)
    page.keyboard.press("Control+z")
    expect(page.locator(".field-row-name").nth(1)).to_have_text("Code")
    page.keyboard.press("Control+Shift+z")
    expect(page.locator(".field-row-name").nth(1)).to_have_text("Bought")
    page.locator("#pick-bought").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".field-row")).to_have_count(2)
    page.reload()
    assert names(page) == ["Name", "Code"]


def test_on_a_phone_and_in_chinese(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    page = page_as("boss", admin=True, language="zh-Hans")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{live_site.url}/design")
    check_accessible(page)
    page.get_by_role("button", name="新建应用").first.click()
    page.get_by_role("dialog").get_by_label("名称").fill("设备")
    page.keyboard.press("Enter")
    page.wait_for_selector("#design[data-mounted]")
    page.locator("#new-table").click()
    page.get_by_role("dialog").get_by_label("名称").fill("机器")
    page.keyboard.press("Enter")
    page.wait_for_selector("#design[data-mounted] .field-list")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="数字", exact=True).click()
    expect(page.locator("#field-label-input")).to_be_focused()
    check_accessible(page)
    shot(page, "design-phone")
