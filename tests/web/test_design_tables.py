"""Tables beside their fields: rules, speed, other types, fields for tables of other apps, whole apps taken away and back."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
import sqlalchemy as sa

from builder.fields import FIELD_TYPES
from builder.views import VIEW_TYPES
from tests.web.site import Browser, Site
from tests.web.test_design_views import APP, act, add_deal, publish
from web.assets import manifest

PAGE = "/design/desk/entities/deal"
FIELD = "entities/deal/fields"


@pytest.fixture
def desk(site: Site) -> Site:
    site.install(copy.deepcopy(APP))
    return site


def document(browser: Browser, app: str = "desk") -> dict[str, Any]:
    return dict(browser.get(f"/api/v1/apps/{app}").get_json()["app"])


def entity(browser: Browser, key: str = "deal") -> dict[str, Any]:
    return next(each for each in document(browser)["entities"] if each["key"] == key)


def field(browser: Browser, key: str) -> dict[str, Any]:
    return next(each for each in entity(browser)["fields"] if each["key"] == key)


def test_rules_are_made_ordered_counted_and_hold(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    add_deal(admin, name="Cheap", amount=5)
    add_deal(admin, name="Dear", amount=500)
    act(admin, PAGE, {"op": "new_table_rule", "entity": "deal"})
    act(admin, PAGE, {"op": "new_table_rule", "entity": "deal"})
    path = "entities/deal/rules/rule_1"
    condition = {"field": "amount", "op": "gt", "value": 100}
    act(
        admin,
        PAGE,
        {"op": "set", "path": f"{path}/condition", "value": condition},
        {"op": "set", "path": f"{path}/message/en", "value": "Too small to bother."},
        {"op": "set", "path": f"{path}/field", "value": "amount"},
    )
    shown = admin.get(f"{PAGE}?pick={path}").text
    assert "Amount is more than 100" in shown and "Too small to bother." in shown and 'id="rule-field"' in shown
    counted = admin.get("/design/desk/entities/deal/rules/rule_1/broken").text
    assert "1 record breaks it" in counted
    address = re.search(r'href="([^"]+)"', counted)
    assert address is not None
    listed = admin.get(address[1].replace("&amp;", "&")).text
    assert "Cheap" in listed and "Dear" not in listed
    assert "all records meet it" in admin.get("/design/desk/entities/deal/rules/rule_2/broken").text
    act(admin, PAGE, {"op": "place", "path": "entities/deal/rules/rule_1", "list": "entities/deal/rules", "after": "rule_2"})
    assert [each["key"] for each in _draft(admin)["rules"]] == ["rule_2", "rule_1"]
    act(admin, PAGE, {"op": "remove", "path": "entities/deal/rules/rule_2"})
    publish(admin)
    refused = admin.post("/api/v1/records/desk.deal", json={"name": "Small", "amount": 3})
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0] | {"code": ""} == {"path": "amount", "code": "", "message": "Too small to bother."}
    assert add_deal(admin, name="Large", amount=900)


def _draft(browser: Browser) -> dict[str, Any]:
    """The table in the draft, by publishing nothing: what the next version would hold."""
    from runtime import drafts

    site: Site = browser.site  # type: ignore[attr-defined]
    with site.engine.connect() as connection:
        found = drafts.open_desk(site.context(connection), "desk").document
    return next(each for each in found["entities"] if each["key"] == "deal")


@pytest.fixture(autouse=True)
def _know_the_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Browser, "site", site, raising=False)


def test_a_rule_on_what_is_not_published_is_counted_later(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    act(admin, PAGE, {"op": "new_field", "entity": "deal", "type": "number", "label": {"en": "Size"}, "named": "size"})
    act(admin, PAGE, {"op": "new_table_rule", "entity": "deal"})
    condition = {"field": "size", "op": "gt", "value": 1}
    act(admin, PAGE, {"op": "set", "path": "entities/deal/rules/rule_1/condition", "value": condition})
    assert "counted after publishing" in admin.get("/design/desk/entities/deal/rules/rule_1/broken").text
    assert admin.get("/design/desk/entities/deal/rules/none/broken").status_code == 404


def test_speed_in_words(desk: Site) -> None:
    admin = desk.browser()
    shown = admin.get(PAGE).text
    assert "Fast by itself:" in shown
    act(admin, PAGE, {"op": "new_index", "entity": "deal", "value": "amount"})
    act(admin, PAGE, {"op": "widen_index", "path": "entities/deal/indexes/by_amount", "value": "name"})
    act(admin, PAGE, {"op": "widen_index", "path": "entities/deal/indexes/by_amount", "value": "name"}, status=422)
    act(admin, PAGE, {"op": "new_index", "entity": "deal", "value": "cost"})
    assert "Amount, then by Name" in admin.get(PAGE).text
    publish(admin)
    assert {"ix__desk__deal__amount__name", "ix__desk__deal__cost"} <= _indexes(desk)
    act(admin, PAGE, {"op": "remove", "path": "entities/deal/indexes/by_cost"})
    publish(admin)
    assert "ix__desk__deal__cost" not in _indexes(desk)


def _indexes(desk: Site) -> set[str]:
    with desk.engine.connect() as connection:
        names = connection.scalars(
            sa.text("SELECT indexname FROM pg_indexes WHERE schemaname = :schema"), {"schema": desk.workspace.schema}
        )
        return {name.rpartition("__")[0] for name in names}


def test_speed_names_what_peoples_views_use(desk: Site) -> None:
    admin = desk.browser()
    tree = '{"field":"reason","op":"is","value":"x"}'
    admin.get("/records/desk.deal")
    made = admin.post(f"/records/desk.deal/views/new?filter={tree}&sort=-reason", {"name": "By reason"})
    assert made.status_code in (200, 204, 303), made.text
    shown = admin.get(PAGE).text
    assert "Views of people use:" in shown and 'id="wish-reason"' in shown


CONVERSIONS: list[tuple[str, Any, dict[str, Any], Any]] = [
    ("reason", "12", {"type": "number"}, 12),
    ("reason", "2027-03-01", {"type": "date"}, "2027-03-01"),
    ("reason", "li@yunfan.example", {"type": "email"}, "li@yunfan.example"),
    ("reason", "https://yunfan.example/", {"type": "url"}, "https://yunfan.example/"),
    ("reason", "13812345678", {"type": "phone"}, "+8613812345678"),
    ("reason", "Price too high", {"type": "select"}, "price_too_high"),
    ("reason", "Price, Time", {"type": "multi_select"}, ["price", "time"]),
    ("reason", "Yunfan", {"type": "relation", "to": "firm"}, "FIRM"),
    ("reason", "yes", {"type": "boolean"}, True),
    ("amount", 12, {"type": "text"}, "12.00"),
    ("amount", 12, {"type": "percent"}, 12),
    ("stage", "talk", {"type": "multi_select"}, ["talk"]),
    ("stage", "talk", {"type": "text"}, "Talking"),
    ("firm", "FIRM", {"type": "text"}, "Yunfan"),
    ("firm", "FIRM", {"type": "relation", "kind": "many_to_many"}, ["FIRM"]),
    ("owner", "ADMIN", {"type": "text"}, "admin"),
]


@pytest.mark.parametrize(("key", "value", "change", "wanted"), CONVERSIONS, ids=lambda each: str(each)[:24])
def test_values_follow_their_field_to_another_type(desk: Site, key: str, value: Any, change: dict[str, Any], wanted: Any) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    act(admin, PAGE, {"op": "remove", "path": "pipelines/stages"})
    firm = admin.post("/api/v1/records/desk.firm", json={"name": "Yunfan"}).get_json()["id"]
    known = {"FIRM": firm, "ADMIN": desk.people["admin"]}
    deal = add_deal(admin, name="One", **{key: known.get(value, value) if isinstance(value, str) else value})
    asked = {"field": f"{FIELD}/{key}", **change}
    dialog = admin.get("/design/desk/type", query_string=asked)
    assert dialog.status_code == 200 and 'role="alert"' not in dialog.text
    assert admin.post("/design/desk/type", asked).status_code in (204, 303)
    publish(admin)
    assert field(admin, key)["type"] == change["type"]
    found = admin.get(f"/api/v1/records/desk.deal/{deal}").get_json()[key]
    plain = (
        [known.get(each, each) for each in wanted]
        if isinstance(wanted, list)
        else known.get(wanted, wanted)
        if isinstance(wanted, str)
        else wanted
    )
    assert (float(found) if isinstance(plain, int) and not isinstance(plain, bool) else found) == plain


def test_what_cannot_be_converted_is_shown_before(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    add_deal(admin, name="One", reason="twelve")
    add_deal(admin, name="Two", reason="12")
    asked = {"field": f"{FIELD}/reason", "type": "number"}
    dialog = admin.get("/design/desk/type", query_string=asked).text
    assert "<code>twelve</code>" in dialog and "cannot be converted" in dialog and "<code>12</code>" not in dialog
    words = admin.get("/design/desk/type", query_string={**asked, "type": "select"}).text
    assert "twelve" in words and "become its choices" in words
    assert field(admin, "reason")["type"] == "text"  # nothing has happened
    computed = {
        "op": "new_field",
        "entity": "deal",
        "type": "formula",
        "named": "age",
        "options": {"expression": "TODAY()", "result": "date"},
    }
    act(admin, PAGE, computed)
    publish(admin)
    assert "there is nothing that could be converted" in admin.get(f"/design/desk/type?field={FIELD}/age").text
    assert admin.get("/design/desk/type?field=entities/deal/fields/nothing").status_code == 404
    assert admin.post("/design/desk/type", {"field": f"{FIELD}/reason", "type": "nothing"}).status_code == 422


def test_a_type_takes_away_what_it_cannot_be(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    act(
        admin,
        PAGE,
        {"op": "set", "path": f"{FIELD}/reason/unique", "value": True},
        {"op": "set", "path": f"{FIELD}/reason/default", "value": "because"},
        {"op": "set", "path": f"{FIELD}/reason/options/max_length", "value": 40},
    )
    act(admin, PAGE, {"op": "change_type", "path": f"{FIELD}/reason", "type": "boolean"})
    publish(admin)
    assert field(admin, "reason") == {"key": "reason", "type": "boolean", "label": "Reason"}


OTHER: dict[str, Any] = {
    "format": 1,
    "key": "fleet",
    "version": "1.2.0",
    "label": "Fleet",
    "entities": [{"key": "car", "label": "Car", "fields": [{"key": "plate", "type": "text", "label": "Plate"}]}],
}


def test_fields_for_a_table_of_another_app(desk: Site) -> None:
    desk.install(OTHER)
    admin = desk.browser()
    assert "Fleet › Car" in admin.get("/design/desk/extends/new").text
    assert admin.post("/design/desk/extends/new", {"entity": ""}).status_code == 422
    admin.post("/design/desk/extends/new", {"entity": "fleet.car"})
    page = "/design/desk/extends/car_fields"
    assert "Fleet › Car" in admin.get(page).text
    act(admin, page, {"op": "new_field", "entity": "extends/car_fields", "type": "text", "label": {"en": "New field"}})
    path = "extends/car_fields/fields/field_1"
    assert 'id="field-label-input"' in admin.get(f"{page}?pick={path}").text
    act(admin, page, {"op": "set", "path": f"{path}/label/en", "value": "Colour"})
    act(admin, page, {"op": "copy_field", "path": "extends/car_fields/fields/colour"})
    act(admin, page, {"op": "remove_field", "path": "extends/car_fields/fields/colour_copy"})
    publish(admin)
    assert document(admin)["needs"] == [{"app": "fleet", "version": ">=1.2.0"}]
    made = admin.post("/api/v1/records/fleet.car", json={"plate": "沪A1", "desk_colour": "red"})
    assert made.status_code == 201, made.text
    assert "Colour" in admin.get(f"/records/fleet.car/{made.get_json()['id']}").text
    dialog = admin.get("/design/desk/type", query_string={"field": "extends/car_fields/fields/colour", "type": "select"}).text
    assert "become its choices" in dialog and ">red<" in dialog
    # publishing the app that it belongs to does not touch it, and it cannot go while it is needed
    blocked = admin.get("/design/fleet/delete").text
    assert "Other apps are built on it: Desk" in blocked and "Delete the app</" not in blocked
    act(admin, page, {"op": "remove", "path": "extends/car_fields"})


def test_a_whole_app_goes_to_the_trash_and_comes_back(desk: Site) -> None:
    desk.install(OTHER)
    admin = desk.browser()
    admin.get(PAGE)
    deal = add_deal(admin, name="Kept", amount=12)
    dialog = admin.get("/design/desk/delete").text
    assert "1 record" in dialog and "Type desk to confirm" in dialog
    token = re.search(r'name="token" value="([^"]+)"', dialog)
    assert token is not None
    assert admin.post("/design/desk/delete", {"confirm": "dusk", "token": token[1]}).status_code == 422
    assert admin.get("/api/v1/apps/desk").status_code == 200
    assert admin.post("/design/desk/delete", {"confirm": "desk", "token": token[1]}).status_code in (204, 303)
    assert admin.get("/api/v1/records/desk.deal").status_code == 404
    home = admin.get("/design").text
    assert "Deleted apps" in home and "/design/desk/take-back" in home
    assert admin.post("/design/desk/take-back").headers["Location"].endswith("/design/desk")
    assert admin.get(f"/api/v1/records/desk.deal/{deal}").get_json()["name"] == "Kept"
    assert "Deleted apps" not in admin.get("/design").text
    assert desk.browser("li", roles=["desk.sales"]).get("/design/desk/delete").status_code == 403


def test_a_draft_of_an_app_is_just_thrown_away(site: Site) -> None:
    admin = site.browser()
    admin.post("/design/new", {"label": "Idea"})
    assert "only your draft goes" in admin.get("/design/idea/delete").text
    admin.post("/design/idea/delete", {})
    assert "Idea" not in admin.get("/design").text


def test_the_list_of_fields_says_what_it_leaves_out_and_the_panel_what_it_means(desk: Site) -> None:
    admin = desk.browser()
    admin.get(PAGE)
    words = [{"key": f"c{number}", "label": f"Word {number}"} for number in range(7)]
    act(
        admin,
        PAGE,
        {"op": "add", "path": FIELD, "value": {"key": "kind", "type": "select", "options": {"choices": words}}},
        {"op": "add", "path": FIELD, "value": {"key": "serial", "type": "auto_number"}},
    )
    listed = admin.get(PAGE).text
    assert "Word 3" in listed and "Word 4" not in listed and ">+3<" in listed
    assert "EQ-{YYYY}-{0000}" in admin.get(f"{PAGE}?pick={FIELD}/serial").text
    made = {"key": "twice", "type": "formula", "options": {"expression": "{name}", "result": "text"}}
    act(admin, PAGE, {"op": "add", "path": FIELD, "value": made})
    assert "options/decimals" not in admin.get(f"{PAGE}?pick={FIELD}/twice").text, "a text has none"
    act(admin, PAGE, {"op": "set", "path": f"{FIELD}/twice/options/expression", "value": "{amount} * 2"})
    assert f"{FIELD}/twice/options/decimals" in admin.get(f"{PAGE}?pick={FIELD}/twice").text


def test_every_type_has_its_picture() -> None:
    icons = set(manifest()["icons"])
    assert [each.name for each in (*FIELD_TYPES, *VIEW_TYPES) if each.icon not in icons] == []
