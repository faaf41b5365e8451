"""Rules that fill inputs in, and defaults of fields, in the designers: panels, acts, problems, plans in words, the preview."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest

from builder.acts import perform
from builder.check import check_app
from tests.web.site import Browser, Site
from tests.web.test_design import act as do
from tests.web.test_form_fill import loans_app, marks, rule

HERE = "/design/loans/forms/loan_form"
ITEM = "forms/loan_form/sections/main/items"
FIELDS = "entities/loan/fields"
ALL = ("name", "kind", "fee", "deposit", "days", "locked")


def act(browser: Browser, *acts: dict[str, Any], show: str = HERE) -> str:
    return do(browser, *acts, app="loans", show=show)


@pytest.fixture
def admin(site: Site) -> Browser:
    site.install({**loans_app(), "version": "1.0.0"})
    return site.browser()


def panel(browser: Browser, pick: str, page: str = HERE) -> str:
    text = browser.get(f"{page}?pick={pick}").text
    return html.unescape(text[text.index('id="design-panel"') :])


def test_rules_are_made_put_in_order_and_taken_away(admin: Browser) -> None:
    place = f"{ITEM}/days/fill"
    assert "Filled in by itself when …" in panel(admin, f"{ITEM}/days")
    for _number in range(2):
        act(admin, {"op": "new_item", "list": place, "base": "rule", "numbered": True, "value": {}})
    act(admin, {"op": "set", "path": f"{place}/rule_1/value", "value": 14})
    act(admin, {"op": "set", "path": f"{place}/rule_1/when", "value": {"field": "kind", "op": "is", "value": "laptop"}})
    act(admin, {"op": "set", "path": f"{place}/rule_2/value", "value": {"expr": "LEN({name})"}})
    act(admin, {"op": "place", "path": f"{place}/rule_2", "list": place, "after": None})
    shown = panel(admin, f"{ITEM}/days")
    assert shown.index(f'"path": "{place}/rule_2"') < shown.index(f'"path": "{place}/rule_1"')
    assert "the rules below never count" in shown  # the first one has no condition
    assert f'data-set="{place}/rule_2/value" data-cast="expr"' in shown and 'value="14"' in shown
    # What it would be in the real form, before anything is published.
    assert marks(admin.get(f"{HERE}/preview").text)["days"] == "0"
    act(admin, {"op": "remove", "path": f"{place}/rule_2"})
    live = admin.post(f"{HERE}/form-state", {"name": "A", "kind": "laptop", "days": "", "_auto.days": '""'})
    assert json.loads(live.text)["~"]["days"]["value"] == "14"
    told = html.unescape(admin.get("/design/loans/publish").text)
    assert "14, when Kind is Laptop" in told and "Filled in by itself" in told
    assert admin.get("/design/loans/uses/entities/loan/fields/kind").json == {"uses": ["Form “Loan”"]}


def test_what_is_wrong_with_a_rule_is_told_where_it_is(admin: Browser) -> None:
    place = f"{ITEM}/kind/fill"
    act(
        admin,
        {"op": "add", "path": place, "value": rule("a", "gone")},
        {"op": "add", "path": place, "value": rule("b", {"expr": "{days}"})},
    )
    shown = panel(admin, f"{ITEM}/kind")
    assert "“gone” is not one of the choices." in shown
    body = {"entity": "loan", "expression": "{days}", "pick": "", "field": f"{FIELDS}/kind"}
    answer = admin.client.post("/design/loans/formula", json=body, headers={"X-CSRFToken": admin.token})
    assert answer.json["problems"][0]["message"] == "The formula gives number, but the field holds choice."
    assert "has-problem" in admin.get(HERE).text


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("kind", "book", 'value=""book"" selected'),
        ("deposit", 50, 'value="50"'),
        ("deposit", {"expr": "{days} * 2"}, 'data-cast="expr"'),
        ("tags", ["a"], 'value=""a"" selected'),
        ("insured", True, 'value="true" selected'),
        ("starts", {"var": "today"}, 'value="{"var":"today"}" selected'),
        ("keeper", {"var": "me"}, 'value="{"var":"me"}" selected'),
        ("team", {"var": "my_team"}, 'value="{"var":"my_team"}" selected'),
        ("customer", {"expr": "{customer}"}, "data-formula="),
        ("note", "Hello", ">Hello</textarea>"),
    ],
)
def test_every_kind_of_field_has_an_input_for_its_default(admin: Browser, key: str, value: Any, wanted: str) -> None:
    act(admin, {"op": "set", "path": f"{FIELDS}/{key}/default", "value": value}, show="/design/loans/entities/loan")
    shown = panel(admin, f"{FIELDS}/{key}", "/design/loans/entities/loan")
    assert f'data-set="{FIELDS}/{key}/default"' in shown or f'data-set-many="{FIELDS}/{key}/default"' in shown
    assert wanted in shown
    assert "notice is-error" not in shown


def test_a_default_of_a_record_that_is_gone_is_left_out(admin: Browser, site: Site) -> None:
    key = site.key()
    client = site.app.test_client()
    made = client.post("/api/v1/records/loans.customer", json={"name": "Li"}, headers=key).json["id"]
    document = {**loans_app(), "version": "1.0.1"}
    fields = {each["key"]: each for each in document["entities"][0]["fields"]}
    fields["customer"]["default"] = made
    fields["tags"]["default"] = ["b"]
    site.install(document)
    first = client.post("/api/v1/records/loans.loan", json={"name": "A"}, headers=key).json
    assert (first["customer"], first["tags"]) == (made, ["b"])
    for path in (f"loan/{first['id']}", f"customer/{made}"):
        assert client.delete(f"/api/v1/records/loans.{path}", headers=key).status_code == 204
    second = client.post("/api/v1/records/loans.loan", json={"name": "B"}, headers=key)
    assert (second.status_code, second.json["customer"]) == (201, None)


def test_rules_follow_fields_and_choices_to_their_keys() -> None:
    document = loans_app()
    document["entities"][0]["fields"][4]["key"] = "field_1"
    choices = {"choices": [{"key": "choice_1", "label": "Choice 1"}]}
    document["entities"][0]["fields"].append({"key": "state", "type": "select", "options": choices, "default": "choice_1"})
    items = document["forms"][0]["sections"][0]["items"]
    items[3]["fill"][0]["when"] = {"any": [{"field": "field_1", "op": "gt", "value": {"expr": "{field_1} + {deposit}"}}]}
    items[4]["field"] = "field_1"
    items.append({"key": "state", "field": "state", "fill": [rule("a", "choice_1", {"field": "state", "op": "is_empty"})]})
    assert check_app(document, {}) == []
    named = perform(document, [{"op": "set", "path": f"{FIELDS}/field_1/label/en", "value": "Length"}]).document
    first = {"field": "state", "op": "is_empty"}
    assert check_app(named, {}) == []
    items = named["forms"][0]["sections"][0]["items"]
    assert items[3]["fill"][0]["when"]["any"][0] == {"field": "length", "op": "gt", "value": {"expr": "{length} + {deposit}"}}
    chosen = perform(
        named, [{"op": "set", "path": f"{FIELDS}/state/options/choices/choice_1/label/en", "value": "Open"}]
    ).document
    assert check_app(chosen, {}) == []
    assert chosen["forms"][0]["sections"][0]["items"][-1]["fill"] == [rule("a", "open", first)]
    # A field that goes takes its own rules along; others that name it are shown as problems.
    gone = perform(document, [{"op": "remove_field", "path": f"{FIELDS}/deposit"}]).document
    assert {each.path.split("/items/")[1] for each in check_app(gone, {})} == {"fee/fill/a/value/expr"}


def test_only_what_can_be_filled_in_has_rules() -> None:
    document = loans_app()
    items = document["forms"][0]["sections"][0]["items"]
    items.append({"key": "text", "text": "Hello", "fill": [rule("a", 1)]})
    document["entities"][0]["fields"].append(
        {"key": "many", "type": "relation", "options": {"to": "customer", "kind": "many_to_many"}}
    )
    items.append({"key": "many", "field": "many", "fill": [rule("a", [1])]})
    found = check_app(document, {})
    assert [(each.path.rpartition("/items/")[2], each.code) for each in found] == [
        ("text/fill", "not_fillable"),
        ("many/fill", "not_fillable"),
    ]
