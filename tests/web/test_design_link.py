"""The page on which an administrator shares a form, and the same by the API."""

from __future__ import annotations

import re
from typing import Any

import pytest

from runtime.public_links.settings import LinkField
from tests.web.public_app import ASKED, document, link_now, share
from tests.web.site import Site

PAGE = "/design/fair/forms/lead_form/link"
API = "/api/v1/forms/fair.lead_form/link"


@pytest.fixture
def fair(site: Site) -> Site:
    site.install(document())
    return site


FORM: dict[str, Any] = {
    "title__en": "Spring fair",
    "title__zh-Hans": "春季展会",
    "use__name": "prefill",
    "use__phone": "ask",
    "use__size": "",
    "use__source": "fixed",
    "value__source": "web",
    "use__campaign": "address",
    "opens_at": "2026-05-01T09:00",
    "closes_at": "2026-05-02T18:00",
    "limit": "100",
    "per_person": "1",
    "person_by": "phone",
    "thanks__en": "See you there",
    "thanks_url": "https://example.com/more",
    "another": "1",
    "name": "Fair 2026",
}


def test_from_the_form_to_an_open_link(fair: Site) -> None:
    browser = fair.browser()
    assert f'href="{PAGE}"' in browser.get("/design/fair/forms/lead_form").text
    assert f'href="{PAGE}"' in browser.get("/design/fair/entities/lead").text
    page = browser.get(PAGE)
    assert page.status_code == 200 and "Switched off" in page.text and "/f/" not in page.text
    owner = fair.member("admin")
    saved = browser.post(PAGE, {**FORM, "value__owner": str(owner), "notify": [str(owner)]})
    assert saved.status_code == 303, saved.text
    settings = link_now(fair).settings
    uses = {each.field: (each.use, each.prefill, each.value) for each in settings.fields}
    assert uses == {
        "name": ("ask", True, None),
        "phone": ("ask", False, None),
        "source": ("fixed", False, "web"),
        "campaign": ("address", False, None),
        "owner": ("fixed", False, str(owner)),
    }
    assert (settings.opens_at, settings.limit, settings.per_person) == ("2026-05-01T09:00:00+08:00", 100, 1)
    assert settings.notify == (owner,) and not link_now(fair).enabled
    browser.post(f"{PAGE}/switch", {"enabled": "1"})
    page = browser.get(PAGE)
    token = link_now(fair).token
    assert f"/f/{token}" in page.text and f"/f/{token}?name=…&amp;campaign=…" in page.text
    assert "2026-05-01T09:00" in page.text and "See you there" in page.text
    assert fair.stranger().get(f"/f/{token}").status_code == 200
    browser.post(f"{PAGE}/renew")
    assert link_now(fair).token != token and fair.stranger().get(f"/f/{token}").status_code == 404
    browser.post(f"{PAGE}/switch", {"enabled": "0"})
    assert not link_now(fair).enabled


def test_codes_and_poster(fair: Site) -> None:
    link = share(fair, fields=ASKED)
    browser = fair.browser()
    png = browser.get(f"{PAGE}/qr.png?download")
    assert png.data.startswith(b"\x89PNG") and "attachment" in png.headers["Content-Disposition"]
    svg = browser.get(f"{PAGE}/qr.svg")
    assert svg.mimetype == "image/svg+xml" and b"<svg" in svg.data and b"script" not in svg.data
    assert browser.get(f"{PAGE}/qr.gif").status_code == 404
    poster = browser.get(f"{PAGE}/poster?lang=zh-Hans")
    assert "活动报名" in poster.text and f"/f/{link.token}" in poster.text


def test_what_cannot_be_said_is_refused_at_its_place(fair: Site) -> None:
    browser = fair.browser()
    browser.get(PAGE)
    bad = {
        **FORM,
        "limit": "many",
        "per_person": "0",
        "thanks_url": "javascript:alert(1)",
        "closes_at": "2026-04-01T00:00",
        "value__source": "ghost",
        "person_by": "size",
    }
    page = browser.post(PAGE, bad)
    assert page.status_code == 422
    assert 'value="many"' in page.text and "javascript:alert" in page.text.split('id="input-thanks_url"')[1][:200]
    assert {"limit", "per_person", "thanks_url"} <= set(re.findall(r'id="error-(\w+)"', page.text))
    assert browser.post(PAGE, {**bad, "limit": "1", "per_person": "1", "thanks_url": "", "closes_at": ""}).status_code == 422
    assert browser.post(PAGE, {**FORM, "use__stage": "ask", "use__owner": "ask", "name": "a\x00"}).status_code == 422
    assert fair.browser("li", admin=False).get(PAGE).status_code == 403
    assert browser.get("/design/fair/forms/ghost/link").status_code == 200


def test_what_a_publish_took_away_is_told(fair: Site) -> None:
    share(fair, fields=(*ASKED, LinkField("campaign", "address")))
    changed = document()
    changed["entities"][1]["fields"] = [each for each in changed["entities"][1]["fields"] if each["key"] != "campaign"]
    changed["entities"][1]["fields"].append({"key": "vat", "type": "text", "label": "VAT number", "required": True})
    fair.install(changed)
    page = fair.browser().get(PAGE)
    assert "visitors do not see them: campaign" in page.text
    assert "VAT number: The field is required" in page.text and "Cannot take answers" in page.text
    changed["forms"] = []
    fair.install(changed)
    page = fair.browser().get(PAGE)
    assert page.status_code == 200 and "not published any more" in page.text


def test_by_the_api(fair: Site) -> None:
    client, key = fair.app.test_client(), fair.key()
    assert client.get(API, headers=key).status_code == 404
    body: dict[str, Any] = {"enabled": True, "settings": {"title": {"en": "Hello"}, "fields": [{"field": "name"}], "limit": 5}}
    made = client.put(API, json=body, headers=key)
    assert made.status_code == 200 and made.json, made.text
    token = made.json["url"].rpartition("/")[2]
    assert fair.stranger().get(f"/f/{token}").text.count("Hello") >= 1
    again = client.get(API, headers=key).json or {}
    assert again == made.json and again["settings"] == body["settings"] and (again["state"], again["answers"]) == ("open", 0)
    assert (client.put(API, json={"enabled": False}, headers=key).json or {})["state"] == "off"
    assert (client.post(f"{API}/renew", headers=key).json or {})["url"] != made.json["url"]
    bodies: tuple[dict[str, Any], ...] = (
        {"settings": {"limit": 0}},
        {"settings": {"fields": [{"field": "ghost"}]}},
        {"settings": {"fields": [{"field": "owner"}]}},
        {"settings": {"fields": [{"field": "name"}, {"field": "name"}]}},
        {"settings": {"fields": [{"field": "company", "use": "fixed", "value": 77}]}},
        {"settings": {"thanks_url": "http://x.example"}},
        {"settings": {"opens_at": "tomorrow"}},
        {"settings": {"closed": "a\x00b"}},
        {"settings": {"notify": [987654]}},
        {"settings": []},
        {"enabled": "yes"},
        {"enabled": True, "shown": 1},
    )
    for bad in bodies:
        answer = client.put(API, json=bad, headers=key)
        assert answer.status_code in (400, 422), (bad, answer.text)
    assert client.get("/api/v1/forms/fair.ghost/link", headers=key).status_code == 404
    assert client.get(API, headers=fair.key("li")).status_code == 403
    paths = (client.get("/api/v1/openapi.json", headers=key).json or {})["paths"]
    assert set(paths["/api/v1/forms/{form}/link"]) >= {"get", "put"}
