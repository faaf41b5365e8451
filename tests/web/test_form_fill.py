"""Rules of a form that fill inputs in: on the empty form, live, over steps, on existing records, for whom it is."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from runtime.clock import CLOCK_FILE_VARIABLE
from runtime.public_links.settings import LinkField
from tests.everything_app import choice, field, label
from tests.web.public_app import ASKED, Visitor, Watch, document, leads, share
from tests.web.site import Browser, Site

NEW = "/records/loans.loan/new"
STATE = "/records/loans.loan/form-state"
IS_LAPTOP = {"field": "kind", "op": "is", "value": "laptop"}
IS_LONG = {"field": "days", "op": "gt", "value": 14}


def rule(key: str, value: Any = None, when: Any = None) -> dict[str, Any]:
    return {"key": key, **({"when": when} if when else {}), **({"value": value} if value is not None else {})}


def loans_app(layout: str = "tabs", **more: Any) -> dict[str, Any]:
    """Loans of things. The deposit follows the kind, the fee follows the deposit, the note follows the customer."""
    items: list[dict[str, Any]] = [
        {"key": "name", "field": "name"},
        {"key": "kind", "field": "kind"},
        {"key": "fee", "field": "fee", "fill": [rule("a", {"expr": "{deposit} / 10"})]},
        {
            "key": "deposit",
            "field": "deposit",
            "fill": [
                rule("long", 900, IS_LONG),
                rule("laptop", 500, IS_LAPTOP),
                rule("none", None, {"field": "name", "op": "is", "value": "free"}),
            ],
        },
        {"key": "days", "field": "days"},
        {
            "key": "locked",
            "field": "terms",
            "read_only": True,
            "fill": [rule("a", {"expr": 'CONCAT("For ", {name})'}, IS_LAPTOP)],
        },
    ]
    second = [
        {"key": "customer", "field": "customer"},
        {"key": "note", "field": "note", "fill": [rule("a", {"expr": "{customer.terms}"}), rule("b", "never")]},
        {"key": "tags", "field": "tags", "fill": [rule("a", ["b", "a"], IS_LAPTOP)]},
        {"key": "insured", "field": "insured", "fill": [rule("a", True, IS_LAPTOP)]},
        {"key": "starts", "field": "starts", "fill": [rule("a", {"var": "today"})]},
        {"key": "keeper", "field": "keeper", "fill": [rule("a", {"var": "me"}, IS_LAPTOP)]},
        {"key": "team", "field": "team", "fill": [rule("a", {"var": "my_team"})]},
    ]  # fmt: skip
    return {
        "format": 1,
        "key": "loans",
        "label": label("Loans", "借用"),
        "icon": "box",
        "color": "blue",
        "entities": [_loan(), _customer()],
        "forms": [
            {
                "key": "loan_form",
                "entity": "loan",
                "label": label("Loan", "借用"),
                "layout": layout,
                "pages": [{"key": "one", "label": label("One", "一")}, {"key": "two", "label": label("Two", "二")}],
                "sections": [{"key": "main", "page": "one", "items": items}, {"key": "more", "page": "two", "items": second}],
            }
        ],
        "roles": [
            {"key": "clerk", "label": label("Clerk", "职员"), "grants": [
                {"entity": "loan", "read": ["all"], "create": True, "update": ["all"]},
                {"entity": "customer", "read": ["all"], "hidden": ["terms"]},
            ]},
            {"key": "guest", "label": label("Guest", "访客"), "grants": [
                {"entity": "loan", "read": ["all"], "create": True, "update": ["all"], "read_only": ["deposit"]},
            ]},
        ],
        **more,
    }  # fmt: skip


def _loan() -> dict[str, Any]:
    kinds = [choice("book", "Book", "书"), choice("laptop", "Laptop", "电脑")]
    return {
        "key": "loan",
        "label": label("Loan", "借用"),
        "title_field": "name",
        "fields": [
            field("name", "text", "What", "什么", required=True),
            field("kind", "select", "Kind", "类型", options={"choices": kinds}),
            field("deposit", "number", "Deposit", "押金", default=50),
            field("fee", "number", "Fee", "费用"),
            field("days", "number", "Days", "天数"),
            field("terms", "text", "Terms", "条款"),
            field("customer", "relation", "Customer", "客户", options={"to": "customer"}),
            field("note", "long_text", "Note", "备注"),
            field("tags", "multi_select", "Tags", "标签", options={"choices": [choice("a", "A", "甲"), choice("b", "B", "乙")]}),
            field("insured", "boolean", "Insured", "投保"),
            field("starts", "date", "From", "开始"),
            field("keeper", "person", "Keeper", "保管人"),
            field("team", "team", "Team", "团队"),
        ],
    }


def _customer() -> dict[str, Any]:
    return {
        "key": "customer",
        "label": label("Customer", "客户"),
        "title_field": "name",
        "fields": [field("name", "text", "Name", "名称"), field("terms", "text", "Terms", "条款")],
    }


def marks(text: str) -> dict[str, Any]:
    """What the page says it has filled in, by field."""
    found = re.findall(r'name="_auto\.(\w+)" value="([^"]*)"', text)
    return {key: json.loads(html.unescape(value)) for key, value in found}


def state(browser: Browser, values: dict[str, Any]) -> dict[str, Any]:
    answer = browser.post(STATE, values)
    assert answer.status_code == 200, answer.text
    return {key: each["value"] for key, each in json.loads(answer.text).get("~", {}).items()}


def sent(filled: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What a browser sends for inputs that hold what rules have filled in, with other entries."""
    own = {key: value for key, value in filled.items() if key != "terms"}
    return {
        "name": "x",
        "tags__there": "1",
        **own,
        **{f"_auto.{key}": json.dumps(value) for key, value in filled.items()},
        **more,
    }


def records(site: Site, key: dict[str, str]) -> list[dict[str, Any]]:
    answer = site.app.test_client().get("/api/v1/records/loans.loan?sort=id", headers=key)
    return list(json.loads(answer.text)["records"])


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch(tmp_path / "clock")
    monkeypatch.setenv(CLOCK_FILE_VARIABLE, str(tmp_path / "clock"))
    return made


@pytest.fixture
def admin(site: Site) -> Browser:
    site.install(loans_app())
    return site.browser()


def test_the_empty_form_begins_with_what_rules_give(admin: Browser) -> None:
    page = admin.get(NEW).text
    found = marks(page)
    # No rule fits for the deposit: its own default counts, and the fee follows that.
    assert (found["deposit"], found["fee"], found["tags"], found["insured"]) == ("50", "5", [], "false")
    assert found["note"] == "" and found["starts"]
    assert '<input class="form-control numeric" type="text" inputmode="decimal" autocomplete="off" value="5"' in page
    # What the address brings is a value that somebody gave.
    given = marks(admin.get(f"{NEW}?deposit=7&kind=laptop").text)
    assert "deposit" not in given
    assert (given["tags"], given["insured"], given["terms"]) == (["a", "b"], "true", "For")


def test_values_follow_the_rules_until_somebody_types(admin: Browser) -> None:
    filled = marks(admin.get(NEW).text)
    laptop = state(admin, sent(filled, kind="laptop"))
    assert (laptop["deposit"], laptop["fee"], laptop["tags"], laptop["insured"]) == ("500", "50", ["a", "b"], "true")
    assert laptop["terms"] == "For x"
    long = state(admin, sent({**filled, **laptop}, kind="laptop", days="20"))
    assert (long["deposit"], long["fee"]) == ("900", "90")
    back = state(admin, sent({**filled, **long}, kind="book"))
    assert (back["deposit"], back["fee"], back["tags"], back["insured"]) == ("50", "5", [], "false")
    # A rule without a value empties the input.
    assert state(admin, sent(filled, name="free"))["deposit"] == ""
    # Typed by a person, or even without the script: what differs from what was filled in is theirs.
    typed = state(admin, sent(filled, kind="laptop", deposit="70"))
    assert "deposit" not in typed and typed["fee"] == "7"
    assert "deposit" not in state(admin, {**sent(filled, kind="laptop"), "_auto.deposit": "no json"})
    assert "deposit" not in state(admin, {"name": "x", "kind": "laptop", "deposit": "50"})


def test_what_is_sent_is_what_is_saved(admin: Browser, site: Site) -> None:
    filled = marks(admin.get(NEW).text)
    # The live answer had not come yet: what the person saw counts.
    assert admin.post(NEW, sent(filled, kind="laptop")).status_code == 303
    # A locked place is the rule's alone, whatever is sent.
    assert admin.post(NEW, sent(filled, kind="laptop", terms="forged", deposit="1")).status_code == 303
    first, second = records(site, site.key())
    assert (first["deposit"], first["fee"], first["tags"], first["terms"]) == (50, 5, None, "For x")
    assert (second["deposit"], second["terms"]) == (1, "For x")


def test_the_record_api_knows_nothing_of_a_form(admin: Browser, site: Site) -> None:
    key = site.key()
    made = site.app.test_client().post("/api/v1/records/loans.loan", json={"name": "A", "kind": "laptop"}, headers=key)
    assert made.status_code == 201
    (loan,) = records(site, key)
    assert (loan["deposit"], loan["fee"], loan["terms"]) == (50, None, None)


def test_an_existing_record_is_filled_only_where_it_is_empty(admin: Browser, site: Site) -> None:
    key = site.key()
    values = {"name": "A", "kind": "laptop", "deposit": 30, "fee": None}
    site.app.test_client().post("/api/v1/records/loans.loan", json=values, headers=key)
    (loan,) = records(site, key)
    url = f"/records/loans.loan/{loan['id']}"
    found = marks(admin.get(f"{url}/edit").text)
    assert "deposit" not in found
    assert (found["fee"], found["terms"], found["insured"]) == ("3", "For A", "true")
    live = state(admin, {**sent(found, kind="laptop", deposit="40"), "record_id": str(loan["id"])})
    assert live["fee"] == "4" and "deposit" not in live
    # When no rule fits any more it is as empty as it was, and has no default.
    assert state(admin, {**sent(found, kind="book"), "record_id": str(loan["id"])})["insured"] == "false"
    assert admin.post(f"{url}/edit", sent(found, kind="laptop", deposit="30", version="1")).status_code == 303
    (saved,) = records(site, key)
    assert (saved["fee"], saved["terms"], saved["deposit"]) == (3, "For x", 30)
    # Now it has its own: rules leave it alone.
    assert "fee" not in marks(admin.get(f"{url}/edit").text)
    copy = marks(admin.get(f"{url}/copy").text)
    assert "fee" not in copy and "keeper" not in copy and "note" in copy


def test_steps_fill_what_comes_later(site: Site) -> None:
    site.install(loans_app("steps"))
    admin = site.browser()
    filled = marks(admin.get(NEW).text)
    second = admin.post(NEW, {**sent(filled, kind="laptop", deposit="70"), "_step": "one", "_go": "next"})
    assert second.status_code == 200
    found = marks(second.text)
    assert (found["tags"], found["insured"], found["fee"]) == (["a", "b"], "true", "7")
    assert "deposit" not in found
    wrong = admin.post(NEW, {**sent(filled, kind="laptop", name=""), "_step": "one", "_go": "next"})
    assert wrong.status_code == 422 and marks(wrong.text)["deposit"] == "500"


def test_nobody_learns_what_they_may_not_read(admin: Browser, site: Site) -> None:
    key = site.key()
    made = site.app.test_client().post("/api/v1/records/loans.customer", json={"name": "Li", "terms": "secret"}, headers=key)
    customer = str(json.loads(made.text)["id"])
    assert state(admin, sent(marks(admin.get(NEW).text), customer=customer))["note"] == "secret"
    clerk = site.browser("clerk", roles=["loans.clerk"])
    assert state(clerk, sent(marks(clerk.get(NEW).text), customer=customer))["note"] == ""
    # Who may not read the record at all gets nothing of it either; what they may not write is not filled.
    guest = site.browser("guest", roles=["loans.guest"])
    seen = marks(guest.get(NEW).text)
    assert "deposit" not in seen
    answer = state(guest, sent(seen, customer=customer, kind="laptop"))
    assert answer["note"] == "" and "deposit" not in answer


def test_me_and_my_team(admin: Browser, site: Site) -> None:
    clerk = site.browser("clerk", roles=["loans.clerk"])
    answer = state(clerk, sent(marks(clerk.get(NEW).text), kind="laptop"))
    assert answer["keeper"] == str(site.people["clerk"])
    assert answer["team"] == ""  # is in no team


def test_visitors_of_a_public_form_are_helped_too_and_learn_nothing(site: Site, watch: Watch) -> None:
    app = document()
    items = {each["key"]: each for each in app["forms"][0]["sections"][0]["items"]}
    items["size"]["fill"] = [rule("many", 12, {"field": "topics", "op": "has", "value": "a"}), rule("one", 1)]
    items["reason"]["fill"] = [rule("from", {"expr": 'CONCAT("came by ", {source})'})]
    items["phone"]["fill"] = [rule("mine", "13800138000", {"field": "source", "op": "is", "value": "web"})]
    site.install(app)
    fixed = LinkField("source", "fixed", value="web")
    asked = [each if each.field != "size" else LinkField("size", prefill=True) for each in ASKED]
    visitor = Visitor(site, watch, share(site, fields=(*asked, fixed)))
    first = marks(visitor.open().text)
    assert first == {"size": "1", "reason": "came by", "phone": ""}
    assert "size" not in marks(visitor.open("?size=4").text)
    values = {"name": "A", "topics__there": "1", "topics": ["a"], "size": "1", "reason": first["reason"], "phone": ""}
    told = {f"_auto.{key}": json.dumps(value) for key, value in first.items()}
    answer = visitor.client.post(f"{visitor.path}/state", data={"fl_ticket": visitor.ticket, "fl_homepage": "", **values, **told})
    live = json.loads(answer.text)
    assert live["~"]["size"]["value"] == "12"
    assert live["all/reason"]["shown"] is True  # rules see what other rules fill in
    assert visitor.send(**values, **told).status_code == 303
    assert leads(site)[0]["size"] == 1


def test_rules_that_go_in_circles_come_to_rest(site: Site) -> None:
    document = loans_app()
    items = document["forms"][0]["sections"][0]["items"]
    items[2]["fill"] = [rule("a", {"expr": "COALESCE({deposit}, 0) + 1"})]
    items[3]["fill"] = [rule("a", {"expr": "COALESCE({fee}, 0) + 1"})]
    site.install(document)
    admin = site.browser()
    first = marks(admin.get(NEW).text)
    assert state(admin, sent(first))["fee"] == first["fee"]  # asking again changes nothing
