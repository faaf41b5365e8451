"""Importing a file and installing a template as people do it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from runtime.exchange import job
from tests.browser.conftest import LiveSite, check_accessible, shot
from tests.everything_app import directory_app, studio_app


def test_a_chinese_file_from_the_drop_to_the_undo(live_site: LiveSite, page_as: Callable[..., Page], tmp_path: Path) -> None:
    live_site.site.install(directory_app(), studio_app())
    file = tmp_path / "客户.csv"
    file.write_bytes("名称,城市,备注\n云帆,上海,a\n,北京,b\n天工,深圳,c\n".encode("gbk"))
    page = page_as()
    page.goto(f"{live_site.url}/imports/new?entity=directory.company")
    check_accessible(page)
    page.set_input_files("[data-drop-input]", file)
    expect(page.locator("#import-columns")).to_contain_text("云帆")
    expect(page.locator("select[name=encoding]")).to_have_value("gb18030")
    check_accessible(page)
    shot(page, "import-columns")
    expect(page.locator(".import-key")).to_be_hidden()
    page.locator(".choice", has_text="Add and change").click()
    expect(page.locator(".import-key")).to_be_visible()
    page.locator(".choice", has_text="Add new records").click()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="The rows are being checked")).to_be_visible()
    _work(live_site)
    expect(page.get_by_role("button", name="Import 2 rows now")).to_be_visible()
    expect(page.locator("tbody")).to_contain_text("Please fill this in.")
    check_accessible(page)
    shot(page, "import-checked")
    page.get_by_role("button", name="Import 2 rows now").click()
    expect(page.get_by_role("heading", name="The rows are being saved")).to_be_visible()
    _work(live_site)
    page.get_by_role("link", name="Open the list").click()
    expect(page.locator("tbody")).to_contain_text("天工")
    page.go_back()
    page.get_by_role("button", name="Undo the import").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo the import").click()
    expect(page.get_by_role("heading", name="The import is being taken back")).to_be_visible()
    _work(live_site)
    expect(page.locator(".import-tiles")).to_contain_text("Moved to the recycle bin")
    check_accessible(page)


def test_a_template_from_the_gallery_to_the_first_day(live_site: LiveSite, page_as: Callable[..., Page]) -> None:
    page = page_as()
    page.goto(f"{live_site.url}/templates")
    expect(page.locator(".template-card img").first).to_be_visible()
    check_accessible(page)
    shot(page, "templates")
    page.get_by_role("link", name="Customers", exact=True).click()
    expect(page.locator("#template-plan")).to_contain_text("Checked: it fits.")
    check_accessible(page)
    shot(page, "template")
    page.get_by_label("With sample data").uncheck()
    page.get_by_role("button", name="Install").click()
    expect(page.get_by_role("heading", name="Your first day with Customers")).to_be_visible(timeout=60_000)
    page.get_by_label("Invite your colleagues").first.check()
    expect(page.locator("#first-steps")).to_contain_text("1 of 7 done")
    check_accessible(page)
    shot(page, "first-day")
    page.goto(f"{live_site.url}/templates/customers")
    page.get_by_label("More").locator("visible=true").click()
    page.get_by_role("button", name="Uninstall").click()
    page.get_by_label("Type customers to confirm").fill("customers")
    check_accessible(page)
    page.get_by_role("dialog").get_by_role("button", name="Uninstall").click()
    expect(page.locator(".template-card").first).to_be_visible()
    expect(page.get_by_text("The app is in the trash.")).to_be_visible()


def _work(live_site: LiveSite) -> None:
    """Does all imports that wait, those that other tests left behind too."""
    while job.work_once(live_site.site.engine):
        pass
