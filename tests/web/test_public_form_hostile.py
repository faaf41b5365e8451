"""Whatever is sent to a public form: a clear refusal or harmless, never a failure of the server, never more records."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from runtime import clock
from runtime.clock import CLOCK_FILE_VARIABLE
from runtime.platform.changes import Change
from runtime.public_links import store
from runtime.public_links.answering import NotNow, Sent, answer
from runtime.public_links.settings import LinkField
from runtime.public_links.visitor import visit
from runtime.unit_of_work import run
from tests.web.public_app import ASKED, LEAD, Visitor, Watch, document, leads, link_now, share
from tests.web.site import Site, make_site

SCRIPT = "\"><script>alert('x')</script><img src=x onerror=alert(1)>"
BIG = "x" * 200_000


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch(tmp_path / "clock")
    monkeypatch.setenv(CLOCK_FILE_VARIABLE, str(tmp_path / "clock"))
    return made


@pytest.fixture
def fair(site: Site) -> Site:
    site.install(document())
    return site


@pytest.fixture
def visitor(fair: Site, watch: Watch) -> Visitor:
    fields = (*ASKED, LinkField("campaign", "address"))
    made = Visitor(fair, watch, share(fair, fields=fields))
    made.open()
    return made


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("nothing", {}),
    ("no name", {"name": ""}),
    ("spaces for a name", {"name": "   "}),
    ("over-long", {"name": "x" * 10_000}),
    ("NUL", {"name": "a\x00b"}),
    ("no number", {"name": "x", "size": "many"}),
    ("huge number", {"name": "x", "size": "1e99999"}),
    ("unknown choice", {"name": "x", "topics": ["ghost"]}),
    ("no phone", {"name": "x", "phone": "javascript:alert(1)"}),
    ("a script for a number", {"name": "x", "size": SCRIPT}),
]


def test_bad_values_are_refused_with_a_word(visitor: Visitor, fair: Site) -> None:
    for what, values in REFUSED:
        page = visitor.send(**values)
        assert page.status_code == 422 and "field-error" in page.text, what
        assert "<script>alert" not in page.text and "<img src=x" not in page.text, what
    assert leads(fair) == []


def test_bytes_that_are_no_text_stay_what_they_are(visitor: Visitor, fair: Site) -> None:
    for raw in ("%ED%A0%80", "%FF%FE"):
        visitor.open()
        visitor.watch.wait(5)
        body = f"fl_ticket={visitor.ticket}&name={raw}"
        answer = visitor.client.post(visitor.path, data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 303
    assert [each["name"] for each in leads(fair)] == ["%ED%A0%80", "%FF%FE"]


EXTRA: dict[str, Any] = {
    "id": "77",
    "version": "9",
    "created_by": "1",
    "deleted_at": "2026-01-01",
    "score": "100",
    "stage": "called",
    "owner": "1",
    "company": "1",
    "source": "web",
    "campaign": "by hand",
    "__proto__": "x",
    "csrf_token": "x",
    "then": "another",
    "record_id": "1",
    "owner__there": "1",
}


def test_fields_that_are_not_asked_for_are_not_heard(visitor: Visitor, fair: Site) -> None:
    assert visitor.send(name="x", **EXTRA).status_code == 303
    (lead,) = leads(fair)
    assert lead["version"] == 1 and lead["id"] != 77 and lead["stage"] == "new"
    assert [lead[key] for key in ("score", "owner", "company", "source", "campaign", "created_by")] == [None] * 6


def test_a_ticket_is_needed(visitor: Visitor, fair: Site, watch: Watch) -> None:
    good = visitor.ticket
    for bad in ("", "x", "." * 500, good[:-1], good + "x", good.swapcase(), "\x00"):
        visitor.ticket = bad
        page = visitor.send(name="Kept")
        assert page.status_code == 422 and "Nothing is lost" in page.text and 'value="Kept"' in page.text
    assert leads(fair) == [] and link_now(fair).refused == 7
    assert visitor.send(name="Kept").status_code == 303, "the page that came back has a good one"


def test_a_ticket_of_another_form_is_none(visitor: Visitor, fair: Site, watch: Watch) -> None:
    other = make_site(fair.app)
    other.install(document())
    elsewhere = Visitor(other, watch, share(other))
    elsewhere.ticket = visitor.ticket
    assert elsewhere.send(name="x").status_code == 422
    assert leads(other) == [] and leads(fair) == []


def test_too_fast_and_too_late(visitor: Visitor, fair: Site) -> None:
    page = visitor.send(name="Kept", after=0.5)
    assert page.status_code == 422 and "faster than people" in page.text and 'value="Kept"' in page.text
    page = visitor.send(name="Kept", after=13 * 3600)
    assert page.status_code == 422 and "open for a long time" in page.text and 'value="Kept"' in page.text
    assert leads(fair) == []
    assert visitor.send(name="Kept").status_code == 303


def test_the_trap(visitor: Visitor, fair: Site) -> None:
    page = visitor.send(name="Bot", fl_homepage="https://spam.example")
    assert page.status_code == 422 and "do not see" in page.text and "spam.example" not in page.text
    assert leads(fair) == [] and link_now(fair).refused == 1


def test_pages_of_other_sites(visitor: Visitor, fair: Site) -> None:
    visitor.watch.wait(5)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost.evil.example"},
    ):
        page = visitor.client.post(visitor.path, data={"fl_ticket": visitor.ticket, "name": "x"}, headers=headers)
        assert page.status_code == 403 and "another site" in page.text
    assert leads(fair) == []


def test_the_own_page_is_let_through(visitor: Visitor, fair: Site) -> None:
    visitor.watch.wait(5)
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert visitor.client.post(visitor.path, data={"fl_ticket": visitor.ticket, "name": "x"}, headers=headers).status_code == 303


def test_too_many_from_one_network(visitor: Visitor, fair: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.public_guard.PER_ADDRESS", 2)
    for number in range(2):
        visitor.open()
        assert visitor.send(name=str(number)).status_code == 303
    visitor.open()
    page = visitor.send(name="Kept")
    assert page.status_code == 429 and int(page.headers["Retry-After"]) > 0 and 'value="Kept"' in page.text
    assert len(leads(fair)) == 2
    assert visitor.send(name="Kept", after=601).status_code == 303


SHAPES: list[tuple[str, dict[str, Any], set[int]]] = [
    ("JSON", {"data": b'{"name": "x"}', "content_type": "application/json"}, {415}),
    ("XML", {"data": b"<a/>", "content_type": "text/xml"}, {415}),
    ("no type", {"data": b"name=x"}, {415}),
    ("text", {"data": b"name=x", "content_type": "text/plain"}, {415}),
    (
        "10,000 fields",
        {"data": "&".join(f"f{n}=1" for n in range(10_000)), "content_type": "application/x-www-form-urlencoded"},
        {413},
    ),
    ("a megabyte", {"data": {"name": "x" * 1_000_000}}, {413}),
    ("a broken multipart", {"data": b"--x\r\n", "content_type": "multipart/form-data; boundary=x"}, {422}),
    ("a multipart without a boundary", {"data": b"--x\r\n", "content_type": "multipart/form-data"}, {400, 422}),
    ("10,000 parts", {"data": {f"f{n}": "1" for n in range(2_000)}, "content_type": "multipart/form-data"}, {413}),
]


def test_shapes_that_no_page_sends(visitor: Visitor, fair: Site) -> None:
    for what, options, allowed in SHAPES:
        for path in (visitor.path, f"{visitor.path}/state"):
            status = visitor.client.post(path, **options).status_code
            assert status in allowed | ({400} if path.endswith("state") else set()), (what, status)
    for method in ("PUT", "PATCH", "DELETE"):
        assert visitor.client.open(visitor.path, method=method).status_code == 405
    assert leads(fair) == []


def test_addresses(visitor: Visitor, fair: Site) -> None:
    fields = (LinkField("name", prefill=True), LinkField("phone", prefill=True), *ASKED[2:], LinkField("campaign", "address"))
    share(fair, fields=fields)
    queries = [
        f"?name={quote(SCRIPT)}&campaign={quote(SCRIPT)}",
        "?name=%00&campaign=%00",
        "?name=%ED%A0%80&lang=%00",
        f"?name={'x' * 5000}",
        "?" + "&".join(f"name={n}" for n in range(500)),
        "?lang=../../etc/passwd&phone[]=1&name[$ne]=1",
    ]
    for query in queries:
        page = visitor.open(query)
        assert page.status_code == 200 and "<script>alert" not in page.text and "<img src=x" not in page.text
    visitor.open(queries[0])
    assert visitor.send(name=SCRIPT).status_code == 303
    assert leads(fair)[0]["campaign"] == SCRIPT
    shown = fair.browser().get(f"/records/{LEAD}").text
    assert "<script>alert" not in shown and "<img src=x" not in shown


def test_tokens_of_nobody(visitor: Visitor) -> None:
    for token in ("x", "%00", "..%2f..", "a" * 60, "a" * 300, "é", "1 OR 1=1", "'"):
        for path in (f"/f/{token}", f"/f/{token}/thanks"):
            assert visitor.client.get(path).status_code in (404, 308), token
        assert visitor.client.post(f"/f/{token}", data={"name": "x"}).status_code == 404, token
        assert visitor.client.post(f"/f/{token}/state", data={"name": "x"}).status_code == 404, token


def test_a_visitor_can_read_nothing(visitor: Visitor, fair: Site) -> None:
    for path in (f"/records/{LEAD}", "/choices/fair.company?q=", f"/api/v1/records/{LEAD}", "/design/fair/forms/lead_form/link"):
        assert visitor.client.get(path, headers={"Accept": "application/json"}).status_code in (302, 303, 401, 404)


def test_a_tie_at_the_limit(fair: Site) -> None:
    """Twenty at once, ten places: ten records, whoever was first."""
    link = share(fair, limit=10)
    results: list[str] = []
    barrier = threading.Barrier(20)

    def one(number: int) -> None:
        barrier.wait()

        def work(connection: sa.Connection) -> None:
            found = store.by_token(connection, link.token)
            assert found is not None
            answer(visit(connection, found, "en", clock.now()), Sent({"name": f"n{number}"}, {}, f"submission {number}"))

        try:
            run(fair.engine, work)
            results.append("saved")
        except NotNow as error:
            results.append(error.state)

    _at_once([threading.Thread(target=one, args=(number,)) for number in range(20)])
    assert sorted(results) == ["full"] * 10 + ["saved"] * 10
    assert len(leads(fair)) == link_now(fair).answers == 10


def test_one_page_sent_ten_times_at_once(fair: Site, watch: Watch) -> None:
    visitor = Visitor(fair, watch, share(fair))
    visitor.open()
    watch.wait(5)
    statuses: list[int] = []

    def one() -> None:
        data = {"fl_ticket": visitor.ticket, "name": "Once"}
        statuses.append(fair.app.test_client().post(visitor.path, data=data).status_code)

    _at_once([threading.Thread(target=one) for _ in range(10)])
    assert statuses == [303] * 10 and len(leads(fair)) == 1


def test_what_is_refused_leaves_nothing(visitor: Visitor, fair: Site) -> None:
    visitor.send(name="")
    visitor.send(name="x", fl_homepage="y")
    with fair.engine.connect() as connection:
        changes = sa.select(sa.func.count()).select_from(Change).where(Change.workspace_id == fair.workspace.id)
        assert connection.scalar(changes) == 0


def _at_once(threads: list[threading.Thread]) -> None:
    for each in threads:
        each.start()
    for each in threads:
        each.join()
