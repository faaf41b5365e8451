from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from runtime import people
from runtime.platform.people import Attempt, User
from tests.web.site import PASSWORD, Browser, Site


@pytest.fixture(autouse=True)
def nobody_has_tried(site: Site) -> None:
    with site.engine.begin() as connection:
        connection.execute(sa.delete(Attempt))


def test_signing_in_and_out(site: Site) -> None:
    site.member("li")
    browser = site.stranger()
    assert browser.get("/profile").headers["Location"] == "/sign-in?next=/profile"
    assert browser.sign_in(site.email("li")).status_code in (302, 303)
    assert "li" in browser.get("/profile").text
    assert browser.post("/sign-out").status_code in (302, 303)
    assert browser.get("/profile").status_code == 303


def test_the_address_is_compared_without_case(site: Site) -> None:
    site.member("li")
    assert site.stranger().sign_in(site.email("li").upper()).status_code in (302, 303)


def test_a_wrong_password_and_an_unknown_address_look_the_same(site: Site) -> None:
    site.member("li")
    answers = [site.stranger().sign_in(email, "wrong horse 2") for email in (site.email("li"), "nobody@example.com")]
    texts = [re.sub(r'(value|content)="[^"]*"', "", answer.text) for answer in answers]
    assert texts[0] == texts[1]
    assert answers[0].status_code == answers[1].status_code == 200


def test_guessing_is_slowed_down(site: Site) -> None:
    site.member("li")
    browser = site.stranger()
    statuses = [browser.sign_in(site.email("li"), f"wrong horse {number}").status_code for number in range(11)]
    assert statuses == [200] * 10 + [429]
    refused = browser.sign_in(site.email("li"))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_the_right_password_starts_the_count_anew(site: Site) -> None:
    site.member("li")
    for _ in range(2):
        browser = site.stranger()
        for number in range(8):
            browser.sign_in(site.email("li"), f"wrong horse {number}")
        assert browser.sign_in(site.email("li")).status_code in (302, 303)


def test_a_post_without_its_token_changes_nothing(site: Site) -> None:
    browser = site.browser("li")
    answer = browser.client.post("/profile", data={"name": "Mallory", "language": "en"})
    assert answer.status_code == 400
    with site.engine.connect() as connection:
        assert people.member_info(connection, site.workspace.id, site.people["li"]).name == "li"


def test_a_new_password_ends_other_sessions(site: Site) -> None:
    here, elsewhere = site.browser("li"), site.browser("li")
    form = {"password": PASSWORD, "new_password": "another horse 2", "new_password_confirm": "another horse 2"}
    here.get("/profile/password")
    assert here.post("/profile/password", form).status_code in (302, 303)
    assert here.get("/profile").status_code == 200
    assert elsewhere.get("/profile").status_code == 303
    assert site.stranger().sign_in(site.email("li"), "another horse 2").status_code in (302, 303)


def test_a_weak_new_password_is_refused(site: Site) -> None:
    browser = site.browser("li")
    form = {"password": PASSWORD, "new_password": "password", "new_password_confirm": "password"}
    answer = browser.post("/profile/password", form)
    assert "among the first that others would try" in answer.text
    assert site.stranger().sign_in(site.email("li")).status_code in (302, 303)


def _code(site: Site, key: str) -> str:
    with site.app.app_context():
        from passlib.totp import TOTP

        return TOTP(key=key.replace("-", ""), format="base32", digits=6).generate().token


def _turn_on(site: Site, browser: Browser) -> str:
    page = browser.post("/profile/two-factor", {"setup": "authenticator"})
    key = re.search(r'data-copy="([A-Z0-9-]+)"', page.text)
    action = re.search(r'action="(/profile/two-factor/[^"]+)"', page.text)
    assert key, page.text
    assert action, page.text
    assert browser.post(action[1], {"code": _code(site, key[1])}).status_code in (302, 303)
    return key[1]


def test_two_factor_codes_are_asked_for(site: Site) -> None:
    browser = site.browser("li")
    _turn_on(site, browser)
    assert browser.get("/profile").text.count("Recovery codes") == 1
    again = site.stranger()
    answer = again.sign_in(site.email("li"))
    assert again.get("/profile").status_code == 303
    assert "/sign-in/code" in answer.headers.get("Location", answer.text)
    again.get("/sign-in/code")
    assert again.post("/sign-in/code", {"code": "000000"}).status_code == 200
    assert again.get("/profile").status_code == 303


def test_a_recovery_code_works_once(site: Site) -> None:
    browser = site.browser("li")
    _turn_on(site, browser)
    page = browser.post("/profile/recovery-codes", {"generate_new_codes": "y"})
    codes = re.findall(r"<li>([0-9a-z-]+)</li>", page.text)
    assert len(codes) == 5
    for expected in (200, 303):
        again = site.stranger()
        again.sign_in(site.email("li"))
        again.get("/sign-in/recovery")
        again.post("/sign-in/recovery", {"code": codes[0]})
        assert again.get("/profile").status_code == expected


def test_secrets_of_two_factor_are_stored_sealed(site: Site) -> None:
    browser = site.browser("li")
    key = _turn_on(site, browser)
    browser.post("/profile/recovery-codes", {"generate_new_codes": "y"})
    with site.engine.connect() as connection:
        row = connection.execute(sa.select(User.tf_totp_secret, User.mf_recovery_codes).where(User.id == site.people["li"])).one()
    assert key.replace("-", "") not in row[0]
    assert all(len(code) > 60 for code in row[1])


def test_an_invitation_sets_the_password_once(site: Site) -> None:
    from web.auth import invitation_path

    user = site.member("li")
    with site.app.test_request_context():
        path = invitation_path(user)
    browser = site.stranger()
    browser.get(path)
    form = {"password": "another horse 2", "password_confirm": "another horse 2"}
    assert browser.post(path, form).status_code in (302, 303)
    assert site.stranger().sign_in(site.email("li"), "another horse 2").status_code in (302, 303)
    again = site.stranger()
    again.get(path)
    again.post(path, {"password": "third horse 33", "password_confirm": "third horse 33"})
    assert site.stranger().sign_in(site.email("li"), "third horse 33").status_code == 200


def test_who_belongs_nowhere_is_told_so(site: Site) -> None:
    site.member("boss", admin=True)
    browser = site.browser("li")
    with site.engine.begin() as connection:
        people.deactivate_member(connection, site.workspace.id, site.people["li"])
    answer = browser.get("/")
    assert answer.status_code == 403
    assert "no workspace" in answer.text


def test_after_signing_in_one_stays_on_this_site(site: Site) -> None:
    site.member("li")
    browser = site.stranger()
    browser.get("/sign-in?next=https://evil.example/")
    answer = browser.post("/sign-in?next=https://evil.example/", {"email": site.email("li"), "password": PASSWORD})
    assert "evil" not in answer.headers.get("Location", "")
