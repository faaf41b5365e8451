from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, LiveSite, check_accessible, shot
from tests.web.site import PASSWORD

PAGES = {
    "home": "/",
    "profile": "/profile",
    "keys": "/profile/keys",
    "notifications": "/notifications",
    "workspace": "/settings/workspace",
    "members": "/settings/members",
    "teams": "/settings/teams",
    "roles": "/settings/roles",
    "lost": "/nowhere",
}


@pytest.mark.parametrize(("who", "language", "theme"), [("admin", "en", "light"), ("boss", "zh-Hans", "dark")])
def test_pages_are_accessible_and_fit_a_phone(
    who: str, language: str, theme: str, page_as: Callable[..., Page], live_site: LiveSite
) -> None:
    page = page_as(who, admin=True, language=language)
    for name, path in PAGES.items():
        page.goto(live_site.url + path)
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        check_accessible(page)
        shot(page, f"{name}-{theme}")
        page.set_viewport_size(PHONE)
        expect(page.locator("html")).to_have_js_property("scrollWidth", PHONE["width"])
        page.set_viewport_size(DESK)


def test_signing_in_says_when_it_fails(page: Page, live_site: LiveSite) -> None:
    live_site.site.member("li")
    page.goto(f"{live_site.url}/sign-in")
    check_accessible(page)
    shot(page, "sign-in")
    page.fill("[name=email]", live_site.site.email("li"))
    page.fill("[name=password]", "wrong horse 2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hello, li")).to_be_visible()


def test_the_language_follows_a_click(page: Page, live_site: LiveSite) -> None:
    page.goto(f"{live_site.url}/sign-in")
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.get_by_role("button", name="繁體中文").click()
    expect(page.get_by_role("heading", name="登入")).to_be_visible()
    shot(page, "sign-in")


def test_a_member_is_added_in_a_dialog(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    page, newcomer = page_as(), f"wang@{live_site.site.workspace.key.replace('_', '-')}.example"
    page.goto(f"{live_site.url}/settings/members")
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("E-mail")).to_be_focused()
    check_accessible(page)
    shot(page, "member-form")
    dialog.get_by_label("E-mail").fill(live_site.site.email("admin"))
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_text("member already")).to_be_visible()
    dialog.get_by_label("E-mail").fill(newcomer)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_text("/forgot-password/")).to_be_visible()
    dialog.get_by_role("link", name="Done").click()
    expect(page.get_by_text(newcomer)).to_be_visible()


def test_shutting_out_asks_first_and_can_be_undone(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    live_site.site.member("zhao")
    page = page_as()
    page.goto(f"{live_site.url}/settings/members")
    row = page.get_by_role("row").filter(has_text="zhao")
    row.locator("summary").click()
    row.get_by_role("button", name="Deactivate").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("Records and history stay")
    question.get_by_role("button", name="Cancel").click()
    expect(row.get_by_text("Deactivated")).to_have_count(0)
    row.locator("summary").click()
    row.get_by_role("button", name="Deactivate").click()
    page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("row").filter(has_text="zhao").get_by_text("Deactivated")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("row").filter(has_text="zhao").get_by_text("Deactivated")).to_have_count(0)


def test_the_keyboard_goes_everywhere(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    page = page_as()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search or go to…")
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="Home")).to_be_visible()
    check_accessible(page)
    shot(page, "palette")
    field.fill("teams")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_site.url}/settings/teams")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_hidden()


def test_looks_act_at_once_and_stay(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    page = page_as("looks", admin=False)
    page.goto(f"{live_site.url}/profile")
    with page.expect_response("**/profile/preferences"):
        page.get_by_role("main").get_by_role("radio", name="Dark").check()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    with page.expect_response("**/profile/preferences"):
        page.get_by_role("radio", name="Compact").check()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-density", "compact")
    shot(page, "profile-dark")


def test_the_phone_has_a_drawer_and_a_bottom_bar(page_as: Callable[..., Page], live_site: LiveSite) -> None:
    page = page_as()
    page.set_viewport_size(PHONE)
    bar = page.get_by_role("navigation", name="Main places")
    expect(bar).to_be_visible()
    settings = page.get_by_role("link", name="Settings")
    expect(settings).to_be_hidden()
    bar.get_by_role("button", name="Menu").click()
    settings.click()
    page.wait_for_url("**/settings/workspace")
    bar.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog").get_by_role("heading", name="Create")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
