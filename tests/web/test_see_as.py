"""Looking with somebody else's eyes: exactly what they see, and not a single change."""

from __future__ import annotations

import copy
import itertools
import re
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.routing import Rule

from runtime.platform.people import Look
from tests.web.site import Browser, Site
from tests.web.test_design_views import APP, add_deal

# What is nobody's rights: the site's own state, the real person's account, the page that begins a look.
NOT_SEEN = {"health", "assets", "security", "profile", "api_keys", "see_as", "setup"}
# A copy of the API's own description is the same for everybody who may read it and large.
SAMPLES: dict[str, list[Any]] = {
    "entity_name": ["desk.deal", "desk.firm"],
    "entity": ["desk.deal", "desk.firm"],
    "app": ["desk"],
    "path": ["entities/deal"],
    "name": ["desk.board"],
    "automation": ["desk.none"],
    "to": ["talk"],
    "key": ["amount"],
    "user_id": [1],
    "team_id": [1],
    "batch_id": [1],
    "run_id": [1],
    "column": [0],
    "number": [1],
    "notification_id": [1],
    "view_id": [1],
}


@pytest.fixture
def desk(site: Site) -> Site:
    document = copy.deepcopy(APP)
    grant = document["roles"][0]["grants"][0]
    grant |= {"hidden": ["cost"], "read_only": ["reason"]}
    document["roles"].append(
        {
            "key": "team",
            "label": "Team lead",
            "grants": [{"entity": "deal", "read": ["team"], "export": True, "hidden": ["amount"]}],
        }
    )
    site.install(document)
    site.member("li", roles=["desk.sales"])
    site.member("wang", roles=["desk.team"])
    site.member("zhao", roles=["desk.boss"])
    site.member("second", admin=True)
    return site


@pytest.fixture
def deals(desk: Site) -> list[int]:
    admin = desk.browser()
    admin.post("/settings/teams", {"name": "South", "members": [desk.people["wang"], desk.people["li"]]})
    firm = admin.post("/api/v1/records/desk.firm", json={"name": "Yunfan", "city": "Suzhou"}).get_json()["id"]
    owners = ["li", "wang", "zhao", None]
    return [
        add_deal(admin, name=f"Deal {name}", amount=100, cost=60, firm=firm, owner=desk.people[name] if name else None)
        for name in owners
    ]


def look(browser: Browser, **form: Any) -> None:
    answer = browser.post("/see-as", form, headers={"Referer": "http://localhost/settings/members"})
    assert answer.status_code == 303, answer.text
    browser.get("/")


def body_of(answer: Any, *names: str) -> tuple[int, str, str]:
    """What an answer shows of the place, without who is signed in."""
    text = answer.text if answer.mimetype in ("text/html", "application/json", "application/problem+json", "text/csv") else ""
    text = re.sub(r'<aside class="look-banner".*?</aside>', "", text, flags=re.S)
    text = re.sub(r'<details class="menu only-desk">\s*<summary class="icon-button" aria-label="My account">.*?</details>', "", text, flags=re.S)  # fmt: skip
    text = re.sub(r'<a class="nav-line" href="/profile".*?</a>', "", text, flags=re.S)
    text = re.sub(r'(csrf[_-]token" (content|value)=)"[^"]*"', "", text)
    text = re.sub(r"/assets/[\w.-]+", "/assets/", text)
    text = re.sub(r"data-relative>[^<]*<", "data-relative><", text)
    text = re.sub(r"\s+", " ", text)
    return answer.status_code, answer.headers.get("Location", ""), text


def addresses(desk: Site, deals: list[int]) -> list[str]:
    """Every address of the site that can be read, with sample parameters."""
    samples = {**SAMPLES, "record_id": [*deals, 999999]}
    found = []
    for rule in desk.app.url_map.iter_rules():
        blueprint = rule.endpoint.split(".")[0]
        if "GET" not in (rule.methods or ()) or blueprint in NOT_SEEN or rule.endpoint in ("static", "home.favicon"):
            continue
        names = [name for name in rule.arguments if name in samples]
        with desk.app.test_request_context():
            adapter = desk.app.url_map.bind("localhost")
            for values in itertools.product(*(samples[name] for name in names)):
                given = {each: _any(rule, each) for each in rule.arguments} | dict(zip(names, values, strict=True))
                found.append(adapter.build(rule.endpoint, given))
    lists = ["/records/desk.deal?sort=-amount", "/records/desk.deal?q=Deal", "/choices/desk.deal?q=De", "/palette?q=deal"]
    return [*dict.fromkeys(found), *lists]


def _any(rule: Rule, argument: str) -> Any:
    """Something that fits a parameter of an address."""
    return next(iter(getattr(rule._converters[argument], "items", ())), 1)


@pytest.mark.parametrize("name", ["li", "wang", "second"])
def test_every_address_shows_what_the_person_sees(desk: Site, deals: list[int], name: str) -> None:
    admin, person = desk.browser(), desk.browser(name)
    look(admin, person=desk.people[name])
    for address in addresses(desk, deals):
        assert body_of(admin.get(address)) == body_of(person.get(address)), address


def test_every_change_is_refused(desk: Site, deals: list[int]) -> None:
    admin = desk.browser()
    look(admin, person=desk.people["second"])
    before = _all_rows(desk)
    samples = {**SAMPLES, "record_id": deals[:1]}
    tried = 0
    for rule in desk.app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if rule.endpoint in ("see_as.stop", "security.logout", "record_edit.form_state"):
            continue
        given = {each: samples[each][0] if each in samples else _any(rule, each) for each in rule.arguments}
        with desk.app.test_request_context():
            address = desk.app.url_map.bind("localhost").build(rule.endpoint, given, method=next(iter(methods), "GET"))
        for method in methods:
            answer = admin.client.open(address, method=method, headers={"X-CSRFToken": admin.token}, json={"name": "x"})
            assert answer.status_code == 403, (method, address, answer.status_code)
            tried += 1
    assert tried > 60
    assert _all_rows(desk) == before
    said = admin.post("/api/v1/records/desk.deal", json={"name": "x"})
    assert said.get_json()["detail"].startswith("You only look with somebody else's eyes")


def _all_rows(desk: Site) -> list[Any]:
    with desk.engine.connect() as connection:
        schema = desk.workspace.schema
        deals = connection.execute(sa.text(f'SELECT count(*), max(version) FROM "{schema}".desk__deal')).all()
        counts = [
            connection.scalar(sa.text(f"SELECT count(*) FROM formloom.{name}"))
            for name in ("change", "saved_view", "app_draft", "app_version", "api_key", "notification", "member")
        ]
    return [deals, counts]


def test_the_connection_itself_refuses_to_write(desk: Site) -> None:
    from web.request_context import connection

    admin = desk.browser()
    look(admin, person=desk.people["li"])
    with desk.app.test_client() as client:
        with admin.client.session_transaction() as kept:
            session = dict(kept)
        with client.session_transaction() as fresh:
            fresh.update(session)
        client.get("/")
        with (
            desk.app.test_request_context("/", headers={"Cookie": "; ".join(_cookies(client))}),
            pytest.raises(sa.exc.InternalError),
        ):
            connection().execute(sa.text("UPDATE formloom.workspace SET name = name"))


def _cookies(client: Any) -> list[str]:
    return [f"{each.key}={each.value}" for each in client._cookies.values()]


def test_a_role_alone_owns_nothing_and_a_person_lends_it_theirs(desk: Site, deals: list[int]) -> None:
    admin = desk.browser()
    look(admin, role="desk.sales")
    assert admin.get("/api/v1/records/desk.deal").get_json()["records"] == []
    home = admin.get("/")
    assert "the role Sales sees, without records" in home.text and "Hello, Sales" in home.text
    admin.post("/see-as/stop")
    look(admin, role="desk.sales", person=desk.people["zhao"])
    seen = admin.get("/api/v1/records/desk.deal").get_json()["records"]
    assert [each["name"] for each in seen] == ["Deal zhao"] and "cost" not in seen[0]
    assert "with the records of zhao" in admin.get("/records/desk.deal").text


def test_designers_and_settings_are_closed_and_so_is_ones_own_account(desk: Site) -> None:
    admin = desk.browser()
    look(admin, person=desk.people["li"])
    for address in ("/design/desk", "/settings/members", "/see-as/new", "/profile", "/profile/keys", "/profile/password"):
        assert admin.get(address).status_code == 403, address
    assert "Stop first" in admin.get("/profile").text
    admin.post("/see-as/stop")
    look(admin, person=desk.people["second"])
    assert admin.get("/design/desk").status_code == 200
    assert admin.get("/profile").status_code == 403


def test_stopping_returns_to_where_one_was_and_all_is_noted(desk: Site) -> None:
    admin = desk.browser()
    look(admin, person=desk.people["li"])
    answer = admin.post("/see-as/stop")
    assert answer.headers["Location"].endswith("/settings/members")
    assert admin.get("/design/desk").status_code == 200 and "look-banner" not in admin.get("/").text
    page = admin.get("/see-as/log").text
    assert "li" in page
    with desk.engine.connect() as connection:
        row = connection.execute(sa.select(Look.__table__).where(Look.workspace_id == desk.workspace.id)).one()
    assert (row.user_id, row.seen_id) == (desk.people["admin"], desk.people["li"]) and row.ended_at is not None


def test_a_look_ends_with_signing_out_and_serves_nobody_else(desk: Site) -> None:
    admin = desk.browser()
    look(admin, person=desk.people["li"])
    assert admin.post("/sign-out").status_code in (302, 303)
    with admin.client.session_transaction() as session:
        assert "looking" not in session
    with desk.engine.connect() as connection:
        assert connection.scalar(sa.select(Look.ended_at).where(Look.workspace_id == desk.workspace.id)) is not None
    admin.sign_in(desk.email("zhao"))
    assert "look-banner" not in admin.get("/").text


def test_only_administrators_look_and_only_at_members(desk: Site) -> None:
    li, admin = desk.browser("li"), desk.browser()
    assert li.post("/see-as", {"person": desk.people["zhao"]}).status_code == 403
    assert admin.post("/see-as", {"person": 99999999}).status_code == 422
    assert admin.post("/see-as", {"role": "desk.nothing"}).status_code == 422
    assert "Choose a person or a role." in admin.post("/see-as", {}).text


def test_who_is_shut_out_meanwhile_does_not_make_the_looker_an_administrator(desk: Site) -> None:
    from runtime import people

    admin = desk.browser()
    look(admin, person=desk.people["li"])
    with desk.engine.begin() as connection:
        people.deactivate_member(connection, desk.workspace.id, desk.people["li"])
    assert admin.get("/design/desk").status_code == 403
    assert admin.get("/api/v1/records/desk.deal").status_code == 404
    assert "a former member" in admin.get("/").text


def test_an_administrator_who_is_none_any_more_is_oneself_again(desk: Site) -> None:
    from runtime import people

    desk.browser()
    second = desk.browser("second")
    look(second, person=desk.people["zhao"])
    with desk.engine.begin() as connection:
        people.set_admin(connection, desk.workspace.id, desk.people["second"], False)
    assert "look-banner" not in second.get("/").text
    assert second.get("/api/v1/records/desk.deal").status_code == 404


def test_a_key_of_the_api_stays_what_it_is(desk: Site) -> None:
    admin = desk.browser()
    look(admin, person=desk.people["li"])
    headers = desk.key("zhao")
    answer = admin.client.post("/api/v1/records/desk.deal", json={"name": "By key"}, headers=headers)
    assert answer.status_code == 201
