"""The designers: acts on a draft, undo, problems, who may come in."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any

import pytest

from tests.everything_app import field, label
from tests.web.site import Browser, Site


def shop(**more: Any) -> dict[str, Any]:
    """A small app: orders with three fields, a form and a list."""
    fields = [
        field("name", "text", "Name", "名称", required=True),
        field("amount", "currency", "Amount", "金额"),
        field("double", "formula", "Double", "两倍", options={"expression": "{amount} * 2", "result": "number"}),
    ]
    items = [{"key": "name", "field": "name"}, {"key": "amount", "field": "amount"}]
    return {
        "format": 1,
        "key": "shop",
        "label": label("Shop", "商店"),
        "entities": [{"key": "orders", "label": label("Order", "订单"), "title_field": "name", "fields": fields}],
        "forms": [
            {
                "key": "order_form",
                "entity": "orders",
                "label": label("Order", "订单"),
                "sections": [{"key": "main", "items": items}],
            }
        ],
        "views": [{"key": "all", "entity": "orders", "columns": [{"key": "name"}, {"key": "amount"}], "sort": ["-amount"]}],
        "menu": [{"key": "orders", "entity": "orders"}],
        **more,
    }


def act(browser: Browser, *acts: dict[str, Any], app: str = "shop", show: str = "", status: int = 303) -> str:
    """Sends acts; the address that the page is shown at."""
    body = {"operations": list(acts), "show": show or f"/design/{app}"}
    answer = browser.post(f"/design/{app}/operations", json=body)
    assert answer.status_code == status, answer.text
    return answer.headers.get("Location", "")


@pytest.fixture
def admin(site: Site) -> Browser:
    site.install(shop())
    return site.browser()


def test_a_new_field_gets_its_key_from_its_first_label(admin: Browser) -> None:
    show = "/design/shop/entities/orders"
    new = {"op": "new_field", "entity": "orders", "type": "text", "label": {"en": "Short text"}, "after": "name"}
    assert act(admin, new, show=show) == f"{show}?pick=entities/orders/fields/field_1"
    named = {"op": "set", "path": "entities/orders/fields/field_1/label/en", "value": "Tracking code"}
    here = act(admin, named, show=f"{show}?pick=entities/orders/fields/field_1")
    assert here == f"{show}?pick=entities/orders/fields/tracking_code"
    page = admin.get(here).text
    assert re.findall(r'class="field-row-name">([^<]+)', page) == ["Name", "Tracking code", "Amount", "Double"]
    assert "Draft · 1 change" in page
    # A second name does not change the key.
    again = {"op": "set", "path": "entities/orders/fields/tracking_code/label/en", "value": "Code"}
    assert act(admin, again, show=here) == here


def test_a_chinese_label_leaves_the_number(admin: Browser) -> None:
    act(admin, {"op": "new_field", "entity": "orders", "type": "text", "label": {"zh-Hans": "文本"}})
    act(admin, {"op": "set", "path": "entities/orders/fields/field_1/label/zh-Hans", "value": "备注"})
    assert "entities/orders/fields/field_1" in admin.get("/design/shop/entities/orders").text


def test_undo_and_redo_outlive_signing_in_again(admin: Browser, site: Site) -> None:
    act(admin, {"op": "set", "path": "entities/orders/label/en", "value": "Purchase"})
    again = site.browser()
    assert "Purchase" in again.get("/design/shop").text
    again.post("/design/shop/undo", json={"show": "/design/shop"})
    page = again.get("/design/shop").text
    assert "Purchase" not in page
    assert "Published" in page
    again.post("/design/shop/redo", json={"show": "/design/shop"})
    assert "Purchase" in again.get("/design/shop").text


def test_problems_are_shown_and_not_refused(admin: Browser) -> None:
    act(admin, {"op": "remove_field", "path": "entities/orders/fields/amount"})
    page = admin.get("/design/shop/entities/orders").text
    assert "1 problem" in page
    assert "entities/orders/fields/double" in page
    uses = json.loads(admin.get("/design/shop/uses/entities/orders/fields/name").text)["uses"]
    assert "Form “Order”" in uses
    # The form is still drawn, with what makes sense.
    form = admin.get("/design/shop/forms/order_form")
    assert form.status_code == 200
    assert "canvas-item" in form.text
    assert "Publish now" not in admin.get("/design/shop/publish").text


def test_removing_a_field_clears_forms_columns_and_sort_orders(admin: Browser) -> None:
    act(
        admin,
        {"op": "remove_field", "path": "entities/orders/fields/double"},
        {"op": "remove_field", "path": "entities/orders/fields/amount"},
    )
    page = admin.get("/design/shop/publish").text
    assert "Publish now" in page
    assert "problem" not in admin.get("/design/shop").text.partition("<main")[0]


def test_an_act_that_does_not_fit_says_so_and_changes_nothing(admin: Browser) -> None:
    act(admin, {"op": "remove", "path": "entities/nobody"}, status=422)
    act(
        admin,
        {"op": "place", "path": "forms/order_form/sections/main", "list": "forms/order_form/sections/main/items"},
        status=422,
    )
    assert "Published" in admin.get("/design/shop").text


def test_places_of_a_form_move_between_sections(admin: Browser) -> None:
    section = {"op": "new_item", "list": "forms/order_form/sections", "base": "section", "numbered": True, "value": {"items": []}}
    act(admin, section)
    path, target = "forms/order_form/sections/main/items/amount", "forms/order_form/sections/section_1/items"
    here = act(admin, {"op": "place", "path": path, "list": target, "after": None}, show="/design/shop/forms/order_form")
    assert here.endswith(f"?pick={target}/amount")
    page = admin.get(here).text
    assert page.index(f'data-path="{target}/amount"') > page.index('data-key="section_1"')


def test_setting_nothing_takes_the_property_away_and_makes_what_is_missing(admin: Browser) -> None:
    act(admin, {"op": "set", "path": "entities/orders/fields/name/options/max_length", "value": 40})
    act(admin, {"op": "set", "path": "entities/orders/fields/name/required", "value": None})
    page = admin.get("/design/shop/publish").text
    assert "Required" in page
    act(admin, {"op": "set", "path": "entities/orders/fields/name/options/max_length", "value": None})
    act(admin, {"op": "set", "path": "entities/orders/fields/name/required", "value": True})
    assert "Nothing to publish" not in admin.get("/design/shop").text


def test_tables_are_made_copied_and_taken_away(admin: Browser) -> None:
    made = admin.post("/design/shop/entities/new", {"label": "Delivery note"})
    assert made.headers["Location"] == "/design/shop/entities/delivery_note"
    assert admin.post("/design/shop/entities/new", {"label": " "}).status_code == 422
    act(admin, {"op": "copy_entity", "path": "entities/orders"})
    page = admin.get("/design/shop").text
    assert "Order copy" in page
    assert "Delivery note" in page
    act(admin, {"op": "remove_entity", "path": "entities/orders_copy"}, {"op": "remove_entity", "path": "entities/delivery_note"})
    assert "Published" in admin.get("/design/shop").text


def test_formulas_are_checked_while_they_are_written(admin: Browser) -> None:
    asked = {"entity": "orders", "expression": "{amount} +* 2", "result": "number"}
    wrong = admin.post("/design/shop/formula", json=asked).get_json()
    assert wrong["problems"][0]["position"] == 10
    right = admin.post("/design/shop/formula", json={**asked, "expression": "{amount} * 2"}).get_json()
    assert right["problems"] == []
    other = admin.post("/design/shop/formula", json={**asked, "expression": "{name}"}).get_json()
    assert len(other["problems"]) == 1


def test_the_rule_builder_knows_fields_of_the_draft(admin: Browser) -> None:
    act(admin, {"op": "new_field", "entity": "orders", "type": "select", "label": {"en": "State"}, "named": "state"})
    fields = {each["key"]: each for each in admin.get("/design/shop/fields/orders.json").get_json()}
    assert fields["state"]["choices"][0] == ["choice_1", "Choice 1"]
    rule = {"field": "state", "op": "is", "value": "choice_1"}
    act(admin, {"op": "set", "path": "forms/order_form/sections/main/items/amount/show_when", "value": rule})
    state = admin.post("/design/shop/forms/order_form/form-state", {"name": "x"}).get_json()
    assert state["main/amount"]["shown"] is False


def test_an_app_from_nothing(site: Site) -> None:
    admin = site.browser()
    assert admin.post("/design/new", {"label": ""}).status_code == 422
    assert admin.post("/design/new", {"label": "Machine park"}).headers["Location"] == "/design/machine_park"
    assert admin.post("/design/new", {"label": "机器"}).headers["Location"] == "/design/app_1"
    page = admin.get("/design").text
    assert "Machine park" in page
    assert "机器" in page
    admin.post("/design/app_1/discard")
    assert admin.get("/design/app_1").status_code == 404


def test_an_app_from_a_file_imports_its_rows_after_publishing(site: Site) -> None:
    admin = site.browser()
    rows = "\n".join(f"M-{n:03},{['lathe', 'mill'][n % 2]},{n * 100}.50,2026-0{n % 9 + 1}-01,yes" for n in range(12))
    file = (BytesIO(f"Code,Kind,Price,Bought,Works\n{rows}\n".encode()), "machines.csv")
    made = admin.post("/design/new", {"label": "", "file": file}, content_type="multipart/form-data")
    assert made.headers["Location"] == "/design/machines/entities/machines"
    page = admin.get(made.headers["Location"]).text
    assert re.findall(r'class="field-row-type">([^<]+)', page) == ["Short text", "Choice", "Money", "Date", "Yes or no"]
    done = admin.post("/design/machines/publish", {"note": "first"})
    assert re.match(r"/imports/\d+$", done.headers["Location"]), done.text
    batch = admin.get(done.headers["Location"])
    assert batch.status_code == 200
    assert "Price" in batch.text


def test_only_administrators_come_in(admin: Browser, site: Site) -> None:
    clerk = site.browser("clerk")
    for path in ("/design", "/design/shop", "/design/shop/entities/orders", "/design/shop/publish", "/design/shop/versions"):
        assert clerk.get(path).status_code == 403, path
    assert clerk.post("/design/shop/operations", json={"operations": []}).status_code == 403
    assert admin.get("/design/nothing").status_code == 404
    assert (
        admin.post("/design/shop/operations", json={"operations": [], "show": "https://elsewhere.example/"}).headers["Location"]
        == "/design/shop"
    )
