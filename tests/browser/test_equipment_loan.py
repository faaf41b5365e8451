"""An app is built from nothing – with the mouse and with the keyboard alone, in English and in Chinese – and used by a colleague
with a phone.

No part may take sixty interactions; with the keyboard it is always to be seen where one is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, LiveSite, shot
from tests.browser.equipment import build, use
from tests.browser.equipment.person import Keyboard, Person, Pointer
from tests.browser.equipment.words import CHINESE, ENGLISH, Words
from tests.web.site import PASSWORD

PARTS = (build.tables, build.form, build.pipeline, build.automations, build.role, build.dashboard, build.home, build.publish)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("hands", "words"),
    [
        pytest.param(Pointer, ENGLISH, id="pointer"),
        pytest.param(Keyboard, ENGLISH, id="keyboard"),
        pytest.param(Pointer, CHINESE, id="chinese"),
        pytest.param(Keyboard, CHINESE, id="keyboard-chinese"),
    ],
)
def test_an_app_from_nothing(
    hands: type[Person], words: Words, page_as: Callable[..., Page], live_site: LiveSite, chromium: Browser
) -> None:
    page = page_as("boss" if words is ENGLISH else "boss_zh", admin=True, language=words.language)
    page.goto(f"{live_site.url}/design")
    person = hands(page)
    for each in PARTS:
        with person.part(each.__name__):
            each(person, words)
        shot(page, f"loan-{each.__name__}")
    expect(page.locator("#main")).to_be_visible()
    app = str(re.search(r"/design/(\w+)", page.url)[1])  # type: ignore[index]
    assert person.complaints == []
    if hands is Pointer:
        _use_it(chromium, live_site, words, app)


def _use_it(chromium: Browser, live: LiveSite, w: Words, app: str) -> None:
    use.put_into_store(live, w, app)
    name = f"mei_{w.language.lower().replace('-', '_')}"
    live.site.member(name, roles=[use.role_called(live, app, w.colleague)], language=w.language)
    live.site.forget_attempts()
    context = chromium.new_context(viewport=PHONE, locale=w.language, timezone_id="Asia/Shanghai", reduced_motion="reduce")  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{live.url}/sign-in")
        page.fill("[name=email]", live.site.email(name))
        page.fill("[name=password]", PASSWORD)
        page.click(".plain-card button.btn-primary")
        page.wait_for_url(f"{live.url}/")
        use.borrow(page, live, w, app, name)
        use.take_out_and_forget(page, live, w)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    finally:
        context.close()
