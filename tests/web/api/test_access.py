"""How callers come in: by key or by the browser's session, and not too fast."""

from __future__ import annotations

from pathlib import Path

import pytest
from werkzeug.exceptions import TooManyRequests

from tests.everything_app import everything
from tests.web.site import Site, make_app, make_site
from web.api.rate import RateLimit

PROJECTS = "/api/v1/records/studio.project"


def test_the_session_of_a_browser_needs_its_token(site: Site) -> None:
    site.install(*everything().values())
    browser = site.browser()
    assert browser.client.get(PROJECTS).json == {"records": [], "next": None, "count": None}
    refused = browser.client.post(PROJECTS, json={"name": "Forged"})
    assert refused.status_code == 400 and refused.mimetype == "application/problem+json"
    made = browser.client.post(PROJECTS, json={"name": "Mine"}, headers={"X-CSRFToken": browser.token})
    assert made.status_code == 201 and made.json is not None and made.json["owner"] == site.people["admin"]
    assert "api/v1/records/studio.project" in browser.client.get("/api/docs").text


def test_a_bucket_empties_and_tells_when_to_come_back() -> None:
    limit = RateLimit(0.5, 2)
    for _ in range(2):
        limit.take("Ann")
    with pytest.raises(TooManyRequests) as refused:
        limit.take("Ann")
    assert refused.value.retry_after == 2
    limit.take("Bo")


def test_who_calls_too_fast_is_told_so(database_url: str, tmp_path: Path) -> None:
    app = make_app(database_url, tmp_path, api_rate=1)
    site = make_site(app)
    client, headers = app.test_client(use_cookies=False), site.key()
    answers = [client.get("/api/v1/openapi.json", headers=headers) for _ in range(4)]
    assert [each.status_code for each in answers][:2] == [200, 200]
    last = answers[-1]
    assert last.status_code == 429 and last.mimetype == "application/problem+json" and int(last.headers["Retry-After"]) >= 1
    for name in ("engine", "reading_engine"):
        app.extensions[name].dispose()
