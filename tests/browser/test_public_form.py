"""An administrator shares a form; somebody without an account fills it in on a phone, in Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from runtime.clock import CLOCK_FILE_VARIABLE
from runtime.people import update_user
from tests.browser.conftest import PHONE, LiveSite, check_accessible, shot
from tests.web.public_app import LEAD, Watch, document, leads, link_now

PAGE = "/design/fair/forms/lead_form/link"


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch(tmp_path / "clock")
    monkeypatch.setenv(CLOCK_FILE_VARIABLE, str(tmp_path / "clock"))
    return made


@pytest.mark.timeout(400)
def test_from_sharing_to_the_record(live_site: LiveSite, page_as: Callable[..., Page], chromium: Browser, watch: Watch) -> None:
    live_site.site.install(document())
    admin = page_as("admin")
    url = _shared(live_site, admin)
    shot(admin, "link-page")
    poster = admin.context.new_page()
    poster.goto(live_site.url + PAGE + "/poster?lang=zh-Hans")
    shot(poster, "link-poster-zh")
    check_accessible(poster)
    poster.close()
    phone = chromium.new_context(viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")
    visitor = phone.new_page()
    _answered(visitor, url, watch)
    assert phone.cookies() == [], "nothing is kept in the visitor's browser"
    phone.close()
    (lead,) = leads(live_site.site)
    assert (lead["name"], lead["source"], lead["campaign"]) == ("王芳", "web", "may")
    admin.goto(f"{live_site.url}/records/{LEAD}/{lead['id']}")
    expect(admin.locator(".life-line-head").first).to_contain_text("Public form: Spring fair")
    shot(admin, "link-record")
    admin.goto(live_site.url + PAGE)
    expect(admin.locator(".link-figures dd").first).to_have_text("1")
    expect(admin.get_by_role("link", name="王芳")).to_be_visible()
    with live_site.site.engine.begin() as connection:
        update_user(connection, live_site.site.people["admin"], language="zh-Hans")
    admin.reload()
    expect(admin.get_by_role("heading", name="把“活动报名”作为外链分享")).to_be_visible()
    shot(admin, "link-page")
    admin.locator(".link-fold").evaluate("each => each.scrollIntoView()")
    shot(admin, "link-settings")
    assert admin.evaluate("document.documentElement.scrollHeight <= innerHeight"), "only the work scrolls, not the page"
    check_accessible(admin)


def _shared(live_site: LiveSite, admin: Page) -> str:
    admin.goto(live_site.url + "/design/fair/forms/lead_form")
    admin.get_by_label("More").last.click()
    admin.get_by_role("link", name="Share as a link").click()
    expect(admin.get_by_role("heading", name="Share “Register” as a link")).to_be_visible()
    admin.locator("#input-title").fill("Spring fair")
    admin.get_by_label("Source", exact=True).select_option("fixed")
    admin.locator("#input-value__source").select_option("web")
    admin.get_by_text("Fields that are not on the form").click()
    admin.get_by_label("Campaign", exact=True).select_option("address")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("Saved. It is in force now.")).to_be_visible()
    admin.get_by_role("button", name="Open the link").click()
    expect(admin.get_by_role("img", name="QR code of the link")).to_be_visible()
    check_accessible(admin)
    return f"{live_site.url}/f/{link_now(live_site.site).token}"


def _answered(visitor: Page, url: str, watch: Watch) -> None:
    visitor.goto(f"{url}?campaign=may")
    expect(visitor.get_by_role("heading", name="Spring fair")).to_be_visible()
    shot(visitor, "public-form-zh")
    check_accessible(visitor)
    expect(visitor.get_by_label("人数说明")).to_be_hidden()
    visitor.get_by_label("人数", exact=False).first.fill("20")
    expect(visitor.get_by_label("人数说明")).to_be_visible()
    visitor.get_by_label("姓名").fill("王芳")
    visitor.get_by_label("电话").fill("call me")
    watch.wait(5)
    visitor.get_by_role("button", name="提交").click()
    expect(visitor.locator(".field-error")).to_have_count(2)
    expect(visitor.get_by_label("姓名")).to_have_value("王芳")
    shot(visitor, "public-form-errors-zh")
    visitor.get_by_label("电话").fill("13800138000")
    visitor.get_by_label("人数说明").fill("一个团队")
    visitor.get_by_role("button", name="English").click()
    expect(visitor.get_by_label("Name")).to_have_value("王芳")
    visitor.get_by_role("button", name="简体中文").click()
    visitor.get_by_role("button", name="提交").click()
    expect(visitor.get_by_role("heading", name="谢谢")).to_be_visible()
    assert re.search(r"/thanks", visitor.url)
    shot(visitor, "public-thanks-zh")
    check_accessible(visitor)
