"""A newcomer's whole path on a real site: web, worker and database as `formloom run` starts them.

Set-up → CRM → a messy file of leads → list and board → a deal moves → the clock moves → the ladder reminds, escalates and gives
the lead back to the pool.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.bench.site import FORMLOOM, free_port, wait_until_ready
from tests.browser.conftest import check_accessible, shot

PASSWORD = "weaving looms at dawn"
EMAIL = "lin@yunfan.example"
DAY = 86_400
# Other names than the fields have, day before month, blanks, thousands separators, 万, and rows that cannot be imported.
LEADS = """\
客户姓名,单位,手机号码,客户来源,预算（元）,下次联系,销售
陈晓,上海云帆科技,138 0013 8000,官网,"12,500.50",{soon},lin@yunfan.example
李敏,苏州恒通机械,+86 139-0000-1111,展会,3.5万,{soon},林芳
赵云,,13700001111,微信,,,
,没有名字的公司,13611112222,官网,1000,{soon},林芳
王五,坏数据有限公司,不是电话,官网,很多,31/02/2026,谁也不是
周杰,杭州瑞欣商贸,021-5555 8888,来电咨询,￥8000,{soon},林芳
"""


@dataclass
class Site:
    """The running site: its address, the link for the first visit, and the file that moves its clock."""

    url: str
    setup_link: str
    clock: Path

    def move_clock(self, days: float) -> None:
        """From now on it is so many days later."""
        self.clock.write_text(str(days * DAY))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("newcomer")
    folder.chmod(0o755)
    clock, console = folder / "clock", folder / "console"
    clock.write_text("0")
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "FORMLOOM_DATA_DIR": str(folder / "data"),
        "FORMLOOM_CLOCK_FILE": str(clock),
        "PORT": str(port),
        "LOG_LEVEL": "warning",
    }
    with console.open("wb") as out:
        process = subprocess.Popen([FORMLOOM, "run"], env=environment, stdout=out, stderr=sys.stderr, cwd=folder)
    try:
        wait_until_ready(port, process)
        link = _setup_link(console)
        yield Site(f"http://127.0.0.1:{port}", link, clock)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _setup_link(console: Path) -> str:
    for _ in range(600):
        found = re.search(r"http://\S+/setup\S+", console.read_text())
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no set-up link on the console: {console.read_text()}")


@pytest.mark.timeout(600)
def test_from_an_empty_machine_to_a_crm_that_chases(site: Site, page: Page, tmp_path: Path) -> None:
    _set_up(site, page)
    _import_leads(site, page, tmp_path)
    _look_at_the_leads(site, page)
    _move_a_deal(site, page)
    _let_time_pass(site, page)


def _set_up(site: Site, page: Page) -> None:
    page.goto(site.setup_link)
    page.get_by_label("Name of your organisation").fill("云帆科技")
    page.get_by_label("Your name").fill("林芳")
    page.get_by_label("Your e-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Language").select_option("zh-Hans")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name="林芳")).to_be_visible(timeout=90_000)
    expect(page.locator("html")).to_have_attribute("lang", re.compile("zh"))
    shot(page, "newcomer-home")


def _import_leads(site: Site, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "线索.csv"
    soon = time.strftime("%d/%m/%Y", time.gmtime(time.time() + 2 * DAY))
    file.write_bytes(LEADS.format(soon=soon).encode("gbk"))
    page.goto(f"{site.url}/imports/new?entity=crm.lead")
    page.set_input_files("input[type=file]", file)
    expect(page.locator("select[name=field_0]")).to_have_value("name")
    # One header says too little; where its column goes is chosen by hand.
    page.locator(".import-goes").nth(5).locator(".ts-control").click()
    page.keyboard.type("下次跟进")
    page.locator(".ts-dropdown:visible .option", has_text="下次跟进").first.click()
    for number, field in enumerate(("name", "company_name", "phone", "source", "budget", "next_follow_up_at", "owner")):
        expect(page.locator(f"select[name=field_{number}]")).to_have_value(field)
    check_accessible(page)
    shot(page, "newcomer-columns")
    page.get_by_role("button", name="检查").click()
    result = page.locator("dl", has_text="有错误").first
    expect(result).to_be_visible(timeout=60_000)
    expect(page.get_by_role("row", name=re.compile("不是电话"))).to_be_visible()
    shot(page, "newcomer-checked")
    page.get_by_role("button", name=re.compile("导入 4")).click()
    expect(page.get_by_text("打开列表")).to_be_visible(timeout=60_000)


def _look_at_the_leads(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/records/crm.lead?q=陈晓")
    row = page.get_by_role("row", name=re.compile("陈晓"))
    expect(row).to_contain_text("上海云帆科技")
    expect(row).to_contain_text("林芳")
    check_accessible(page)
    shot(page, "newcomer-list")
    row.get_by_role("link", name="陈晓").click()
    panel = page.locator("#panel")
    expect(panel).to_contain_text("+8613800138000")
    expect(panel).to_contain_text("12,500.50")
    page.goto(f"{site.url}/records/crm.lead?view=lead_board")
    expect(page.locator(".board-card", has_text="陈晓")).to_be_visible()
    shot(page, "newcomer-board")


def _move_a_deal(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/records/crm.opportunity?view=deal_board")
    lanes = page.locator("[data-lane]")
    card = lanes.nth(0).locator(".board-card").first
    name = card.locator(".board-card-title").inner_text()
    card.drag_to(lanes.nth(1), target_position={"x": 60, "y": 20})
    moved = lanes.nth(1).locator(".board-card", has_text=name)
    dialog = page.locator("#dialog")
    expect(moved.or_(dialog.locator("form"))).to_be_visible()
    if dialog.locator("form").is_visible():  # the stage wants to know something first
        for field in dialog.locator("input.form-control").all():
            if not field.input_value():
                field.fill("2026-12-31" if field.get_attribute("type") == "date" else "100")
        dialog.get_by_role("button").filter(has_not_text="取消").last.click()
    expect(moved).to_be_visible()
    moved.locator(".board-card-title").click()
    expect(page.locator("#panel .life")).to_contain_text("林芳")
    shot(page, "newcomer-moved")


def _let_time_pass(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/records/crm.lead?q=陈晓")
    page.get_by_role("link", name="陈晓", exact=True).click(modifiers=[])
    expect(page.locator("#panel")).to_contain_text("陈晓")
    lead = page.locator("#panel .panel-head a").get_attribute("href")
    site.move_clock(7)
    # Which rung is due depends on the weekend in between; each of them names the lead.
    _wait_for(page, f"{site.url}/notifications", "未跟进：陈晓")
    shot(page, "newcomer-reminded")
    site.move_clock(20)
    _wait_for(page, f"{site.url}{lead}/life", "公海")
    page.goto(f"{site.url}{lead}")
    page.goto(f"{site.url}/records/crm.lead?view=lead_pool&q=陈晓")
    expect(page.get_by_role("row", name=re.compile("陈晓"))).to_be_visible()
    shot(page, "newcomer-pool")


def _wait_for(page: Page, address: str, text: str) -> None:
    """Loads the page again until the worker has done what is waited for; two minutes at most."""
    for _ in range(120):
        page.goto(address)
        if page.get_by_text(text).count():
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"“{text}” did not come up on {address}: {page.locator('body').inner_text()[:2000]}")
