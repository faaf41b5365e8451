from __future__ import annotations

import re

import pytest

from runtime import people
from tests.web.site import Site


def test_name_and_language_are_kept(site: Site) -> None:
    li = site.browser("li")
    assert li.post("/profile", {"name": "李雷", "language": "zh-Hans"}).status_code == 303
    page = li.get("/profile").text
    assert 'lang="zh-Hans"' in page
    assert "李雷" in page
    assert li.post("/profile", {"name": " ", "language": "zh-Hans"}).status_code == 422


def test_the_language_of_strangers(site: Site) -> None:
    browser = site.stranger()
    for header, language in [
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-HK", "zh-Hant"),
        ("zh-TW,en", "zh-Hant"),
        ("fr", "en"),
        ("", "en"),
    ]:
        page = site.stranger().get("/sign-in", headers={"Accept-Language": header}).text
        assert f'<html lang="{language}"' in page, header
    browser.get("/sign-in")
    browser.post("/language", {"language": "zh-Hant", "next": "/sign-in"})
    assert 'lang="zh-Hant"' in browser.get("/sign-in").text


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_choosing_a_language_leads_nowhere_else(site: Site, address: str) -> None:
    browser = site.stranger()
    browser.get("/sign-in")
    assert browser.post("/language", {"language": "en", "next": address}).headers["Location"] == "/"


def test_preferences_shape_the_page(site: Site) -> None:
    li = site.browser("li")
    assert li.post("/profile/preferences", json={"theme": "dark", "density": "compact"}).status_code == 204
    page = li.get("/").text
    assert 'data-bs-theme="dark"' in page
    assert 'data-density="compact"' in page
    for bad in ({"theme": "<script>"}, {"is_admin": True}, ["theme"]):
        assert li.post("/profile/preferences", json=bad).status_code == 404


def test_a_key_is_shown_once_and_can_be_ended(site: Site) -> None:
    li = site.browser("li")
    page = li.post("/profile/keys", {"label": "web shop", "days": "30"}).text
    secret = re.search(r"flm_[\w-]{43}", page)
    assert secret
    assert secret[0] not in li.get("/profile/keys").text
    with site.engine.connect() as connection:
        identity = people.authenticate_key(connection, secret[0])
        assert identity is not None
        assert identity.actor.user_id == site.people["li"]
    li.post(f"/profile/keys/{identity.key_id}/revoke")
    with site.engine.connect() as connection:
        assert people.authenticate_key(connection, secret[0]) is None


def test_keys_cannot_make_keys(site: Site) -> None:
    answer = site.stranger().client.post("/profile/keys", headers=site.key("li"), data={"label": "more"})
    assert answer.status_code == 403


def test_nobody_ends_the_keys_of_others(site: Site) -> None:
    site.key("li")
    with site.engine.connect() as connection:
        key = people.list_api_keys(connection, site.workspace.id, site.people["li"])[0]
    assert site.browser("wang").post(f"/profile/keys/{key.id}/revoke").status_code == 404
