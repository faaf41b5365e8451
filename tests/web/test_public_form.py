"""A form for people without an account: what they see, what becomes of it, what is refused and how."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from builder.label import Label
from runtime.automations.pump import pump_once
from runtime.clock import CLOCK_FILE_VARIABLE, now
from runtime.platform.personal import Notification
from runtime.public_links import store
from runtime.public_links.settings import LinkField
from runtime.records.history import timeline
from runtime.records.write import create
from tests.web.public_app import ASKED, LEAD, Visitor, Watch, document, leads, link_now, share
from tests.web.site import Site


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch(tmp_path / "clock")
    monkeypatch.setenv(CLOCK_FILE_VARIABLE, str(tmp_path / "clock"))
    return made


@pytest.fixture
def fair(site: Site) -> Site:
    site.install(document())
    return site


def test_an_answer_is_one_record_by_the_form(fair: Site, watch: Watch) -> None:
    boss = fair.member("boss", admin=True, language="zh-Hans")
    company = _company(fair)
    fixed = (LinkField("source", "fixed", value="web"), LinkField("owner", "fixed", value=boss))
    relation = LinkField("company", "fixed", value=company)
    link = share(fair, fields=(*ASKED, *fixed, relation), name="Spring fair", notify=(boss,))
    visitor = Visitor(fair, watch, link)
    page = visitor.open()
    assert page.status_code == 200 and "Set-Cookie" not in page.headers
    assert "Register" in page.text and fair.workspace.name in page.text
    for hidden in ("Company", "Owner", "Stage", "Source", "boss"):
        assert hidden not in page.text.split("<form", 1)[1]
    answer = visitor.send(name="王芳", phone="13800138000", size="3", topics__there="1", topics=["a", "b"])
    assert answer.status_code == 303, answer.text
    thanks = visitor.client.get(answer.location)
    assert "Thank you" in thanks.text and "Send another answer" in thanks.text
    (lead,) = leads(fair)
    assert (lead["name"], lead["phone"], lead["size"], lead["topics"]) == ("王芳", "+8613800138000", 3, ["a", "b"])
    assert (lead["source"], lead["owner"], lead["stage"], lead["company"]) == ("web", boss, "new", company)
    assert lead["created_by"] is None
    with fair.engine.begin() as connection:
        ctx = fair.context(connection)
        (event,) = timeline(ctx, LEAD, lead["id"])
        assert (event.actor_kind, event.actor_name, event.op) == ("link", "Spring fair", "create")
        (message,) = connection.execute(
            sa.select(Notification.title, Notification.body).where(Notification.user_id == boss)
        ).all()
        assert tuple(message) == ("收到新的填写：Spring fair", "王芳")
    assert "Public form: Spring fair" in fair.browser().get(f"/records/{LEAD}/{lead['id']}/life").text
    pump_once(fair.engine, now=now())
    assert leads(fair)[0]["score"] == 5
    assert link_now(fair).answers == 1


def test_all_languages(fair: Site, watch: Watch) -> None:
    title = Label.of({"en": "Come and see", "zh-Hans": "欢迎参观", "zh-Hant": "歡迎參觀"})
    visitor = Visitor(fair, watch, share(fair, title=title))
    assert "Come and see" in visitor.open().text
    assert "欢迎参观" in visitor.open(headers={"Accept-Language": "zh-CN"}).text
    page = visitor.open("?lang=zh-Hans")
    assert "姓名" in page.text and 'lang="zh-Hans"' in page.text
    page = visitor.send(lang="zh-Hant", name="Kept")
    assert page.status_code == 200 and "歡迎參觀" in page.text and 'value="Kept"' in page.text
    bad = visitor.send(name="")
    assert bad.status_code == 422 and "error-name" in bad.text
    done = visitor.send(name="Li")
    assert done.status_code == 303 and "lang=zh-Hant" in done.location
    assert len(leads(fair)) == 1


def test_everything_entered_comes_back_with_its_errors(fair: Site, watch: Watch) -> None:
    visitor = Visitor(fair, watch, share(fair))
    visitor.open()
    page = visitor.send(name="", phone="call me", size="13", topics__there="1", topics=["b"])
    assert page.status_code == 422
    assert "call me" in page.text and 'value="13"' in page.text and '<option value="b" selected>' in page.text
    assert "Please fill this in." in page.text and "error-phone" in page.text
    page = visitor.send(name="x", size="13", reason="because")
    assert "Thirteen is unlucky." in page.text and "because" in page.text
    assert leads(fair) == []
    assert visitor.send(name="x", size="12", reason="many").status_code == 303


def test_the_forms_rules(fair: Site, watch: Watch) -> None:
    visitor = Visitor(fair, watch, share(fair))
    assert 'data-item="all/reason" hidden' in visitor.open().text
    path = f"{visitor.path}/state"
    states = visitor.client.post(path, data={"fl_ticket": visitor.ticket, "size": "20"}).json
    assert states and states["all/reason"] == {"shown": True, "required": True, "read_only": False}
    assert visitor.client.post(path, data={"size": "20"}).status_code == 400
    page = visitor.send(name="x", size="20")
    assert page.status_code == 422 and "This must be filled in." in page.text
    assert visitor.send(name="x", size="2", reason="what nobody asked").status_code == 303
    assert leads(fair)[0]["reason"] is None


def test_the_address_fills_in_what_it_may(fair: Site, watch: Watch) -> None:
    fields = (*ASKED[1:], LinkField("name", prefill=True), LinkField("source", "address"), LinkField("campaign", "address"))
    visitor = Visitor(fair, watch, share(fair, fields=fields))
    query = "?name=%E7%8E%8B&phone=13800138000&source=wechat&campaign=may&score=99&stage=called&lang=en"
    page = visitor.open(query)
    assert (
        'value="王"' in page.text
        and "13800138000" not in page.text
        and "wechat" not in page.text.split("fl_trap")[0].split("<fieldset")[1]
    )
    assert visitor.send(name="王", size="1").status_code == 303
    (lead,) = leads(fair)
    assert (lead["source"], lead["campaign"], lead["score"], lead["stage"]) == ("wechat", "may", None, "new")
    # What cannot be read is not heard; what is set by hand in the page neither.
    visitor.open(f"?source=ghost&campaign={'x' * 3000}")
    assert visitor.send(name="Li", source="wechat", campaign="by hand", score="7").status_code == 303
    assert (leads(fair)[1]["source"], leads(fair)[1]["campaign"], leads(fair)[1]["score"]) == (None, None, None)


def test_every_kind_that_visitors_fill_in_may_come_with_the_address(site: Site, watch: Watch) -> None:
    more = {
        "visit": "date",
        "visit_at": "datetime",
        "guided": "boolean",
        "price": "currency",
        "share": "percent",
        "mail": "email",
    }
    wider = document()
    lead, form = wider["entities"][1], wider["forms"][0]["sections"][0]
    lead["fields"] += [{"key": key, "type": kind} for key, kind in more.items()]
    form["items"] += [{"key": key, "field": key} for key in more]
    site.install(wider)
    keys = ("name", "size", "source", "topics", *more)
    values = "name=Li&size=12&source=WeChat&topics=A,b&visit=2026-05-01&visit_at=2026-05-01T09:30&guided=true"
    query = f"?{values}&price=9.50&share=25&mail=li@example.com&lang=en"
    shown = Visitor(site, watch, share(site, fields=tuple(LinkField(key, prefill=True) for key in keys)))
    page = shown.open(query).text
    for text in (
        'value="Li"',
        'value="12"',
        'value="2026-05-01"',
        'value="2026-05-01T09:30"',
        'value="9.50"',
        'value="li@example.com"',
    ):
        assert text in page, text
    assert '<option value="wechat" selected>' in page and page.count("selected>") >= 3 and "checked" in page
    hidden = Visitor(site, watch, share(site, fields=(LinkField("name"), *(LinkField(key, "address") for key in keys[1:]))))
    hidden.open(query)
    assert hidden.send(name="Li").status_code == 303
    (lead,) = leads(site)
    assert (lead["size"], lead["source"], lead["topics"], lead["guided"]) == (12, "wechat", ["a", "b"], True)
    assert (str(lead["visit"]), lead["visit_at"].isoformat(), lead["mail"]) == (
        "2026-05-01",
        "2026-05-01T01:30:00+00:00",
        "li@example.com",
    )
    # What cannot be understood is left out, alone.
    hidden.open("?size=many&source=ghost&visit=someday&guided=perhaps&mail=li@example.com")
    assert hidden.send(name="Wang").status_code == 303
    assert [leads(site)[1][key] for key in ("size", "source", "visit", "guided", "mail")] == [
        None,
        None,
        None,
        None,
        "li@example.com",
    ]
    shown_page = site.browser().get("/design/fair/forms/lead_form/link").text
    assert "source=web&amp;topics=a&amp;visit=2026-05-01&amp;visit_at=2026-05-01T09:00&amp;guided=true" in shown_page


def test_defaults_of_hidden_fields_and_what_a_unique_value_tells(fair: Site, watch: Watch) -> None:
    visitor = Visitor(fair, watch, share(fair))
    for number in range(2):
        visitor.open()
        page = visitor.send(name=f"Secret {number}", phone="13800138000")
    assert page.status_code == 422 and "Another record has this value already." in page.text
    assert "Secret 0" not in page.text


def test_opens_and_closes_by_the_clock(fair: Site, watch: Watch) -> None:
    start = now() + timedelta(hours=1)
    texts: dict[str, Any] = {"early": Label.of("Wait for it"), "closed": Label.of("Over now")}
    link = share(fair, opens_at=start.isoformat(), closes_at=(start + timedelta(hours=1)).isoformat(), **texts)
    visitor = Visitor(fair, watch, link)
    page = visitor.open()
    assert page.status_code == 200 and "Wait for it" in page.text and "<form" not in page.text
    watch.wait(3601)
    assert "<form" in visitor.open().text
    watch.wait(3600)
    late = visitor.send(name="Late")
    assert late.status_code == 409 and "Over now" in late.text and leads(fair) == []
    assert "Over now" in visitor.open().text


def test_switched_off_renewed_and_unknown(fair: Site, watch: Watch) -> None:
    link = share(fair, enabled=False)
    visitor = Visitor(fair, watch, link)
    assert "Closed" in visitor.open().text
    link = share(fair)
    visitor.open()
    with fair.engine.begin() as connection:
        renewed = store.renew_link(fair.context(connection), "fair", "lead_form")
    assert renewed.token != link.token
    assert visitor.send(name="x").status_code == 404
    gone = visitor.open()
    assert gone.status_code == 404 and "not here any more" in gone.text
    assert Visitor(fair, watch, renewed).open().status_code == 200
    assert fair.stranger().get("/f/" + "x" * 500).status_code == 404


def test_limits_of_answers(fair: Site, watch: Watch) -> None:
    visitor = Visitor(fair, watch, share(fair, limit=2, full=Label.of("All seats taken")))
    for number in range(2):
        visitor.open()
        assert visitor.send(name=str(number)).status_code == 303
    assert "All seats taken" in visitor.open().text
    assert visitor.send(name="third").status_code == 409
    assert len(leads(fair)) == 2 and link_now(fair).answers == 2


def test_once_per_browser(fair: Site, watch: Watch) -> None:
    link = share(fair, per_person=1)
    visitor = Visitor(fair, watch, link)
    cookie = visitor.open().headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "Path=/f/" in cookie and "SameSite=Lax" in cookie
    visitor.open()
    tab = visitor.ticket
    visitor.open()
    done = visitor.send(name="one")
    assert done.status_code == 303 and "another answer" not in visitor.client.get(done.location).text
    page = visitor.open()
    assert "answered already" in page.text and "<form" not in page.text
    visitor.ticket = tab
    page = visitor.send(name="two")
    assert page.status_code == 409 and "answered already" in page.text and 'value="two"' in page.text
    other = Visitor(fair, watch, link)
    other.open()
    other.client.delete_cookie("formloom_visitor", path="/f/")
    page = other.send(name="no cookies")
    assert page.status_code == 422 and "allow cookies" in page.text
    assert other.send(name="with a cookie").status_code == 303
    assert [each["name"] for each in leads(fair)] == ["one", "with a cookie"]


def test_once_per_phone(fair: Site, watch: Watch) -> None:
    fields = (LinkField("name"), LinkField("campaign", "fixed", value="x"), LinkField("phone"))
    visitor = Visitor(fair, watch, share(fair, fields=fields, per_person=1, person_by="phone"))
    visitor.open()
    assert visitor.send(name="one", phone="138 0013 8000").status_code == 303
    visitor.open()
    page = visitor.send(name="two", phone="+8613800138000")
    assert page.status_code == 422 and "given with this already" in page.text
    assert visitor.send(name="two", phone="").status_code == 422, "who does not say who they are cannot be counted"
    assert visitor.send(name="two", phone="13800138001").status_code == 303


def test_a_page_is_one_answer(fair: Site, watch: Watch) -> None:
    visitor = Visitor(fair, watch, share(fair))
    visitor.open()
    first = visitor.send(name="Once")
    again = visitor.send(name="Once")
    assert first.status_code == again.status_code == 303 and first.location == again.location
    changed = visitor.send(name="Changed")
    assert changed.status_code == 409 and "sent this form before" in changed.text and 'value="Changed"' in changed.text
    assert [each["name"] for each in leads(fair)] == ["Once"]
    assert visitor.send(name="Changed").status_code == 303
    assert link_now(fair).answers == len(leads(fair)) == 2


def test_a_form_that_changed_with_a_publish(fair: Site, watch: Watch) -> None:
    visitor = Visitor(fair, watch, share(fair))
    visitor.open()
    without = document()
    without["entities"][1]["fields"] = [each for each in without["entities"][1]["fields"] if each["key"] != "topics"]
    form = without["forms"][0]["sections"][0]
    form["items"] = [each for each in form["items"] if each["key"] != "topics"]
    fair.install(without)
    assert visitor.send(name="x", topics__there="1", topics=["a"]).status_code == 303
    without["entities"][1]["fields"].append({"key": "vat", "type": "text", "required": True})
    fair.install(without)
    assert "Closed" in visitor.open().text and visitor.send(name="y").status_code == 409
    without["forms"] = []
    fair.install(without)
    assert "Closed" in visitor.open().text and visitor.send(name="y").status_code == 409
    assert len(leads(fair)) == 1


def test_what_only_an_administrator_can_mend(fair: Site, watch: Watch) -> None:
    company = _company(fair)
    visitor = Visitor(fair, watch, share(fair, fields=(*ASKED, LinkField("company", "fixed", value=company))))
    visitor.open()
    with fair.engine.begin() as connection:
        from runtime.records.write import delete

        delete(fair.context(connection), "fair.company", company)
    page = visitor.send(name="Kept")
    assert page.status_code == 409 and "cannot take answers just now" in page.text and 'value="Kept"' in page.text
    trouble = link_now(fair).trouble
    assert trouble is not None and (trouble["field"], trouble["code"]) == ("company", "no_such_record")


def _company(site: Site) -> int:
    with site.engine.begin() as connection:
        return create(site.context(connection), "fair.company", {"name": "Yunfan"}).id


def test_step_by_step(fair: Site, watch: Watch) -> None:
    paged = document()
    form = paged["forms"][0]
    items = {each["key"]: each for each in form["sections"][0]["items"]}
    form["layout"] = "tabs"
    form["pages"] = [{"key": "who", "label": "Who"}, {"key": "inside", "label": "Inside"}, {"key": "what", "label": "What"}]
    form["sections"] = [
        {"key": "a", "page": "who", "items": [items["name"], items["phone"]]},
        {"key": "b", "page": "inside", "items": [items["owner"], items["company"]]},
        {"key": "c", "page": "what", "items": [items["size"], items["reason"]]},
    ]
    fair.install(paged)
    fixed = LinkField("source", "fixed", value="web")
    visitor = Visitor(fair, watch, share(fair, fields=(*(LinkField(k) for k in ("name", "phone", "size", "reason")), fixed)))
    page = visitor.open()
    assert "1 of 2" in page.text and "Inside" not in page.text, "what is not asked for is no step"
    wrong = visitor.send(_step="who", _go="next", name="", phone="call me")
    assert wrong.status_code == 422 and "1 of 2" in wrong.text and "call me" in wrong.text
    second = visitor.send(after=0.1, _step="who", _go="next", name="Li", phone="13800138000")
    assert second.status_code == 200 and "2 of 2" in second.text and 'value="Li"' in second.text
    chinese = visitor.send(after=0.1, _step="what", lang="zh-Hans", name="Li", phone="13800138000", size="2")
    assert 'data-page="what"' in chinese.text and 'value="2"' in chinese.text
    back = visitor.send(after=0.1, _step="what", _go="back", name="Li", phone="13800138000", size="2")
    assert back.status_code == 200 and leads(fair) == []
    done = visitor.send(_step="what", name="Li", phone="13800138000", size="2")
    assert done.status_code == 303, done.text
    assert [(each["name"], each["size"], each["source"]) for each in leads(fair)] == [("Li", 2, "web")]
