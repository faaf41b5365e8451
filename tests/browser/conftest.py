"""A real web application on a free port, and Chromium to look at it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from werkzeug.serving import make_server

from tests.chromium import chromium_or_skip
from tests.web.site import PASSWORD, Site, make_app, make_site

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Generous: the machine may be busy with other tests, and nothing waits longer than it must.
expect.set_options(timeout=20_000)
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = os.environ.get("FORMLOOM_SHOTS")


@dataclass
class LiveSite:
    """An application that answers on `url`, with one workspace."""

    url: str
    site: Site


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_or_skip(), args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Flask], str]]:
    """Starts an application on a free port; all end with the session."""
    servers = []

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="session")
def live_app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = make_app(database_url, tmp_path_factory.mktemp("data"))
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture(scope="session")
def live_url(live_app: Flask, serve: Callable[[Flask], str]) -> str:
    return serve(live_app)


@pytest.fixture(scope="module")
def live_site(live_app: Flask, live_url: str) -> LiveSite:
    """A workspace of its own for each test module."""
    return LiveSite(live_url, make_site(live_app, name="云帆科技"))


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport=DESK, locale="en-US", timezone_id="Asia/Shanghai", reduced_motion="reduce")
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test when a script fails or the content policy stops something."""
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)) if not _is_skipped_fade(str(error)) else None)
    opened.on("console", lambda message: complaints.append(message.text) if _is_complaint(message.type, message.text) else None)
    yield opened
    assert complaints == []


def _is_skipped_fade(text: str) -> bool:
    # A busy machine has the next page before the fade between the two is ready; it is left out then.
    return text.startswith("Transition was")


def _is_complaint(kind: str, text: str) -> bool:
    # A 4xx that the page handles is written to the console too.
    return kind == "error" and "Failed to load resource" not in text and "Response Status Error Code" not in text


@pytest.fixture
def page_as(page: Page, live_site: LiveSite) -> Callable[..., Page]:
    """`page_as("li", admin=False, language="zh-Hans")`: a page on which this member is signed in, at home."""

    def sign_in(name: str = "admin", **member: object) -> Page:
        live_site.site.member(name, **({"admin": True} | member if name == "admin" else member))  # type: ignore[arg-type]
        live_site.site.forget_attempts()
        page.goto(f"{live_site.url}/sign-in")
        page.fill("[name=email]", live_site.site.email(name))
        page.fill("[name=password]", PASSWORD)
        page.click(".plain-card button.btn-primary")
        page.wait_for_url(f"{live_site.url}/")
        return page

    return sign_in


def check_accessible(page: Page, *, without: tuple[str, ...] = ()) -> None:
    """axe-core finds nothing against WCAG 2.2 A and AA on the page as it is."""
    page.evaluate(AXE.read_text())
    # A colour on its way to another is neither of them.
    page.evaluate(
        "Promise.allSettled(document.getAnimations().filter(each => each.effect?.getComputedTiming().iterations !== Infinity).map(each => each.finished))"
    )
    rules = {rule: {"enabled": False} for rule in without}
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = page.evaluate("options => axe.run(document, options)", {"runOnly": {"type": "tag", "values": tags}, "rules": rules})
    told = [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
    assert told == [], "\n".join(told)


def shot(page: Page, name: str) -> None:
    """Pictures of the page at a desk and on a phone into the folder FORMLOOM_SHOTS; nothing when that is not set."""
    if SHOTS is None:
        return
    language = page.evaluate("document.documentElement.lang")
    for size, viewport in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        page.evaluate("document.fonts.ready")
        # The caret is hidden by an inline style, which the content policy would stop.
        page.screenshot(path=Path(SHOTS) / f"{name}-{language}-{size}.png", caret="initial")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
