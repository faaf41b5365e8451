from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from runtime.platform.personal import Notification
from tests.web.site import Site, make_app

PAGES = ["/", "/profile", "/profile/keys", "/profile/password", "/profile/two-factor", "/notifications", "/settings/workspace",
         "/settings/members", "/settings/members/new", "/settings/teams", "/settings/teams/new", "/settings/roles", "/palette?q=set", "/create"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_to_the_content_policy(site: Site, path: str) -> None:
    answer = site.browser().get(path)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|hx-on|js:", answer.text)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", answer.text)


def test_answers_are_never_kept_by_caches(site: Site) -> None:
    answer = site.browser().get("/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_the_session_cookie_is_out_of_reach_of_scripts(site: Site) -> None:
    site.member("li")
    browser = site.stranger()
    cookie = browser.sign_in(site.email("li")).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_built_files_are_kept_for_ever(site: Site) -> None:
    page = site.browser().get("/").text
    for path in set(re.findall(r"/assets/[\w./-]+\.(?:js|css|svg)", page)):
        answer = site.stranger().get(path, headers={"Accept-Encoding": "gzip, br"})
        assert answer.status_code == 200, path
        assert "immutable" in answer.headers["Cache-Control"]
    assert site.stranger().get("/assets/../app.py").status_code == 404
    assert site.stranger().get("/assets/manifest.jso").status_code == 404


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/settings/members/99999999", 404)])
def test_lost_people_get_a_page(site: Site, path: str, status: int) -> None:
    answer = site.browser().get(path)
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_programs_get_problem_json(site: Site) -> None:
    answer = site.stranger().client.get("/api/v1/nowhere")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_failing_view_tells_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = site.browser()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret is a hedgehog")

    monkeypatch.setitem(site.app.view_functions, "home.home", broken)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "hedgehog" not in answer.text
    assert "went wrong on our side" in answer.text


def test_without_the_database_a_page_says_so(tmp_path: Path) -> None:
    client = make_app("postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1", tmp_path).test_client()
    answer = client.get("/")
    assert answer.status_code == 503
    assert "Just a moment" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_machines_are_answered(site: Site) -> None:
    client = site.stranger().client
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok"}
    site.stranger().get("/sign-in")
    assert 'formloom_http_requests_total{endpoint="security.login"' in client.get("/metrics").text


def test_the_palette_finds_places_and_settings(site: Site) -> None:
    admin = site.browser()
    assert "/settings/members" in admin.part("/palette?q=memb").text
    assert "Nothing found" in admin.part("/palette?q=zzzz").text
    assert "/settings/members" not in site.browser("li").part("/palette?q=memb").text


def test_the_bell_shows_and_clears(site: Site) -> None:
    li = site.browser("li")
    row = {"workspace_id": site.workspace.id, "user_id": site.people["li"], "title": "Follow up with <Wang>"}
    with site.engine.begin() as connection:
        ids = [
            connection.execute(
                sa.insert(Notification).values(key=f"{site.workspace.key}/{n}", **row, **more).returning(Notification.id)
            ).scalar_one()
            for n, more in enumerate([{}, {"entity": "crm.lead", "record_id": 7}])
        ]
    assert '<span class="count-badge">2</span>' in li.get("/").text
    assert "Follow up with &lt;Wang&gt;" in li.part("/notifications/latest").text
    assert li.get(f"/notifications/{ids[1]}").headers["Location"] == "/records/crm.lead/7"
    assert '<span class="count-badge">1</span>' in li.get("/").text
    assert site.browser("wang").get(f"/notifications/{ids[0]}").status_code == 404
    li.post("/notifications/read")
    assert "count-badge" not in li.get("/").text


def test_toasts_survive_a_redirect_and_travel_with_fragments(site: Site) -> None:
    li = site.browser("li")
    page = li.post("/profile", {"name": "Li", "language": "en"}, follow=True).text
    assert '"message": "Saved."' in page
    assert "Saved." not in li.get("/profile").text.split("page-toasts")[1]
