"""Forms with pages, steps and tables of rows, as a person uses them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.forms_app import order_form, order_rows, orders_app
from tests.web.site import Browser, Site

NEW = "/records/sales.orders/new"
NOTHING: dict[str, str] = {"name": "", "kind": "pickup", "discount": "", "reason": "", "email": "", "address": "", "starts": "", "ends": "", "lines.__there": "1"}  # fmt: skip


def row(number: int, **values: Any) -> dict[str, str]:
    return {f"lines.{number}._row": "1", **{f"lines.{number}.{key}": str(value) for key, value in values.items()}}


def open_page(text: str) -> str:
    found = re.search(r'<div class="form-page" data-page="(\w+)"[^>]*?>', text.replace(" hidden>", " is-hidden>"))
    shown = [each for each in re.findall(r'<div class="form-page" data-page="(\w+)"([^>]*)>', text) if "hidden" not in each[1]]
    assert found and len(shown) == 1, shown
    return str(shown[0][0])


def errors(text: str) -> dict[str, str]:
    found = re.findall(r'id="error-([\w.]+)" role="alert">.*?<span>([^<]+)</span>', text, re.DOTALL)
    return dict(found)


def records(site: Site, entity: str, key: dict[str, str]) -> list[dict[str, Any]]:
    answer = site.app.test_client().get(f"/api/v1/records/{entity}?sort=id", headers=key)
    return list(json.loads(answer.text)["records"])


@pytest.fixture
def admin(site: Site) -> Browser:
    site.install(orders_app())
    return site.browser()


def test_steps_go_on_when_their_fields_are_right_and_lose_nothing(admin: Browser, site: Site) -> None:
    page = admin.get(NEW).text
    assert open_page(page) == "basics"
    assert "1 of 2" in page
    # What is missing keeps one here, with all entries in their place.
    wrong = admin.post(NEW, {**NOTHING, "discount": "200", "_step": "basics", "_go": "next"})
    assert wrong.status_code == 422
    assert open_page(wrong.text) == "basics"
    assert set(errors(wrong.text)) == {"name", "discount"}
    assert 'value="200"' in wrong.text
    # A rule of the form asks for the reason.
    begun = {**NOTHING, "name": "Chairs", "discount": "5"}
    assert set(errors(admin.post(NEW, {**begun, "_step": "basics", "_go": "next"}).text)) == {"reason"}
    begun |= {"reason": "Friends", "kind": "delivery"}
    second = admin.post(NEW, {**begun, "_step": "basics", "_go": "next"})
    assert second.status_code == 200
    assert (open_page(second.text), "2 of 3" in second.text) == ("products", True)
    assert 'value="Chairs"' in second.text
    # Back asks for nothing and keeps what is half entered.
    begun |= row(0, title="", quantity="many")
    back = admin.post(NEW, {**begun, "_step": "products", "_go": "back"})
    assert (back.status_code, open_page(back.text)) == (200, "basics")
    assert 'value="many"' in back.text
    stuck = admin.post(NEW, {**begun, "_step": "products", "_go": "next"})
    assert (stuck.status_code, open_page(stuck.text)) == (422, "products")
    assert set(errors(stuck.text)) == {"lines.0.title", "lines.0.quantity"}
    begun |= row(0, title="Chair", quantity="3", price="20")
    third = admin.post(NEW, {**begun, "starts": "2026-03-02", "_step": "products", "_go": "next"})
    assert open_page(third.text) == "delivery"
    assert "Where to" in third.text
    # The last step saves once, and a rule over two steps speaks where its field is.
    late = {**begun, "starts": "2026-03-02", "ends": "2026-03-01", "address": "Road 1", "_step": "delivery"}
    assert errors(admin.post(NEW, late).text) == {"ends": "It cannot end before it starts."}
    key = site.key()
    assert records(site, "sales.orders", key) == []
    done = admin.post(NEW, {**late, "ends": "2026-03-05"})
    assert done.status_code == 303
    (order,) = records(site, "sales.orders", key)
    (line,) = records(site, "sales.line", key)
    assert (order["name"], order["address"], line["order"], line["amount"]) == ("Chairs", "Road 1", order["id"], "60.00")


def test_a_mistake_on_an_earlier_step_leads_back_there(admin: Browser) -> None:
    answer = admin.post(NEW, {**NOTHING, "kind": "delivery", "_step": "delivery"})
    assert (answer.status_code, open_page(answer.text)) == (422, "basics")
    assert set(errors(answer.text)) == {"name", "address"}


def test_a_step_that_a_rule_hides_is_passed_over_and_not_saved(admin: Browser, site: Site) -> None:
    sent = {**NOTHING, "name": "A", "address": "left over", "_step": "products", "_go": "next"}
    answer = admin.post(NEW, sent)
    assert answer.status_code == 303
    assert records(site, "sales.orders", site.key())[0]["address"] is None
    states = json.loads(admin.post("/records/sales.orders/form-state", {**NOTHING, "kind": "delivery"}).text)
    assert states["/delivery"]["shown"] is True


def test_an_existing_record_has_tabs_and_opens_the_one_with_the_mistake(admin: Browser, site: Site) -> None:
    admin.post(NEW, {**NOTHING, "name": "A", "kind": "delivery", "address": "Road 1", "_step": "delivery"})
    (order,) = records(site, "sales.orders", site.key())
    url = f"/records/sales.orders/{order['id']}"
    page = admin.get(url).text
    assert re.findall(r'data-tab="(\w+)"', page) == ["basics", "products", "delivery"]
    assert re.search(r'data-tab="delivery"[^>]*aria-selected="true"', admin.get(f"{url}?_tab=delivery").text)
    edit = admin.get(f"{url}/edit?_tab=products").text
    assert open_page(edit) == "products"
    assert "form-steps" not in edit
    sent = {**NOTHING, "name": "A", "kind": "delivery", "address": "", "email": "nobody", "version": "1"}
    wrong = admin.post(f"{url}/edit", sent)
    assert (wrong.status_code, open_page(wrong.text)) == (422, "delivery")
    assert '<span class="tab-errors" title="2 entries need your attention.">2</span>' in wrong.text


def test_rows_are_edited_with_their_record(admin: Browser, site: Site) -> None:
    sent = {
        **NOTHING,
        "name": "A",
        "_step": "products",
        **row(0, title="Chair", price="10"),
        **row(3, title="Table", quantity="2"),
    }
    # A new row in which nothing was entered does not count.
    admin.post(NEW, {**sent, **row(7, title="", quantity="1", _blank="1")})
    key = site.key()
    chair, table = records(site, "sales.line", key)
    assert (chair["quantity"], chair["amount"], table["amount"]) == (1, "10.00", None)
    url = f"/records/sales.orders/{chair['order']}"
    page = admin.get(url).text
    assert "Edit rows: Products" in page
    assert ">10.00<" in page or "10.00" in page
    edit = admin.get(f"{url}/edit").text
    assert f'name="lines.0._id" value="{chair["id"]}"' in edit
    changed = {
        **NOTHING, "name": "B", "version": "1",
        **row(0, _id=chair["id"], _version=1, _gone=1), **row(1, _id=table["id"], _version=1, title="Desk", quantity="x"), **row(2, title=""),
    }  # fmt: skip
    wrong = admin.post(f"{url}/edit", changed)
    assert wrong.status_code == 422
    assert set(errors(wrong.text)) == {"lines.1.quantity", "lines.2.title"}
    assert 'class="is-gone' in wrong.text
    assert len(records(site, "sales.line", key)) == 2
    assert admin.post(f"{url}/edit", {**changed, **row(1, quantity="4"), **row(2, title="Lamp")}).status_code == 303
    assert [(each["title"], each["quantity"]) for each in records(site, "sales.line", key)] == [("Desk", 4), ("Lamp", 1)]
    # Somebody else was faster with a row.
    again = {**NOTHING, "name": "B", "version": "2", **row(0, _id=table["id"], _version=1, title="Mine")}
    stale = admin.post(f"{url}/edit", again)
    assert "Somebody else changed this row meanwhile." in stale.text
    assert 'value="Mine"' in stale.text
    assert 'name="lines.0._version" value="2"' in stale.text


def test_rows_alone_in_a_dialog(admin: Browser, site: Site) -> None:
    admin.post(NEW, {**NOTHING, "name": "A", "_step": "products", **row(0, title="Chair")})
    key = site.key()
    (chair,) = records(site, "sales.line", key)
    url = f"/records/sales.orders/{chair['order']}/rows/lines"
    assert "data-add-row" in admin.part(url).text
    kept = row(0, _id=chair["id"], _version=1, title="Chair", quantity="2")
    assert admin.post(url, {"lines.__there": "1", **kept, **row(1, title="")}).status_code == 422
    assert admin.post(url, {"lines.__there": "1", **kept}).status_code == 204
    assert records(site, "sales.line", key)[0]["quantity"] == 2
    assert records(site, "sales.orders", key)[0]["version"] == 1
    assert admin.get(url.replace("lines", "nothing")).status_code == 404


def test_who_may_only_read_the_rows_sees_them(admin: Browser, site: Site) -> None:
    admin.post(NEW, {**NOTHING, "name": "A", "_step": "products", **row(0, title="Chair")})
    (chair,) = records(site, "sales.line", site.key())
    reader = site.browser("li", roles=["sales.reader"])
    edit = reader.get(f"/records/sales.orders/{chair['order']}/edit").text
    assert "Chair" in edit and "data-add-row" not in edit and 'name="lines.0.title"' not in edit
    sent = {**NOTHING, "name": "B", "version": "1", **row(0, _id=chair["id"], _version=1)}
    assert reader.post(f"/records/sales.orders/{chair['order']}/edit", sent).status_code == 303
    forged = reader.post(
        f"/records/sales.orders/{chair['order']}/edit", {**sent, "version": "2", **row(0, _gone=1), **row(1, title="X")}
    )
    assert forged.status_code == 422
    assert len(records(site, "sales.line", site.key())) == 1


def test_how_many_rows_a_form_wants(site: Site) -> None:
    document = orders_app()
    document["forms"][0]["sections"][1]["items"][0]["rows"] = order_rows(minimum=1, maximum=2)
    site.install(document)
    admin = site.browser()
    sent = {**NOTHING, "name": "A", "_step": "products"}
    assert "At least 1 rows are needed." in admin.post(NEW, sent).text
    three = {key: value for number in range(3) for key, value in row(number, title="x").items()}
    assert "There may be at most 2 rows." in admin.post(NEW, {**sent, **three}).text
    assert admin.post(NEW, {**sent, **row(0, title="x")}).status_code == 303


def test_a_copy_takes_the_rows_along(admin: Browser, site: Site) -> None:
    admin.post(NEW, {**NOTHING, "name": "A", "_step": "products", **row(0, title="Chair")})
    (chair,) = records(site, "sales.line", site.key())
    page = admin.get(f"/records/sales.orders/{chair['order']}/copy").text
    assert 'name="lines.0.title"' in page
    assert 'name="lines.0._id"' not in page


def test_the_preview_of_a_draft_goes_step_by_step(admin: Browser, site: Site) -> None:
    act = {"op": "set", "path": "forms/order_form/pages/basics/label/en", "value": "First things"}
    admin.post("/design/sales/operations", json={"operations": [act], "show": "/design/sales"})
    url = "/design/sales/forms/order_form/preview"
    assert "First things" in admin.get(url).text
    wrong = admin.post(url, {**NOTHING, "_step": "basics", "_go": "next"})
    assert (wrong.status_code, set(errors(wrong.text))) == (422, {"name"})
    assert open_page(admin.post(url, {**NOTHING, "name": "A", "_step": "basics", "_go": "next"}).text) == "products"
    assert admin.post(url, {**NOTHING, "name": "A", "_step": "products"}).status_code == 303
    assert records(site, "sales.orders", site.key()) == []


def test_tabs_while_a_record_is_made(site: Site) -> None:
    site.install(orders_app("tabs"))
    page = site.browser().get(NEW).text
    assert re.findall(r'data-tab="(\w+)"', page) == ["basics", "products", "delivery"]
    assert re.search(r'data-tab="delivery"[^>]* hidden', page)
    assert order_form("tabs")["layout"] == "tabs"


def test_a_section_in_which_rules_hide_everything_is_not_shown(site: Site) -> None:
    document = orders_app("tabs")
    delivered = {"field": "kind", "op": "is", "value": "delivery"}
    items = [
        {"key": "address", "field": "address", "show_when": delivered},
        {"key": "note", "text": "Bring it", "show_when": delivered},
    ]
    form = document["forms"][0]
    form["pages"] = [{"key": "one", "label": "One"}, {"key": "two", "label": "Two"}]
    form["sections"] = [
        {"key": "first", "page": "one", "items": [{"key": "name", "field": "name"}, {"key": "kind", "field": "kind"}]},
        {"key": "way", "page": "one", "items": items},
        {"key": "there", "page": "two", "items": [{"key": "email", "field": "email", "show_when": delivered}]},
    ]
    site.install(document)
    admin = site.browser()
    page = admin.get(NEW).text
    assert 'data-item="way" hidden' in page and 'data-item="there" hidden' in page and 'data-item="first" >' in page
    assert re.search(r'data-tab="two"[^>]* hidden', page), "a tab with nothing in it is none"
    sent = admin.post(NEW, {"name": "", "kind": "delivery", "address": "Road 1", "email": ""}).text
    assert 'data-item="way" >' in sent and not re.search(r'data-tab="two"[^>]* hidden', sent)


def test_a_related_list_on_a_tab_is_there_and_nowhere_else(site: Site) -> None:
    document = orders_app("tabs")
    form = document["forms"][0]
    form["sections"] = [each for each in form["sections"] if each["key"] != "rows"]
    form["related"] = [
        {"key": "lines", "entity": "line", "field": "order", "page": "products"},
        {"key": "late", "entity": "line", "field": "order", "page": "delivery"},
        {"key": "below", "entity": "line", "field": "order"},
    ]
    site.install(document)
    admin = site.browser()
    admin.post(NEW, {**NOTHING, "name": "A"})
    (order,) = records(site, "sales.orders", site.key())
    page = admin.get(f"/records/sales.orders/{order['id']}").text
    assert re.findall(r'data-tab="(\w+)"', page) == ["basics", "products"], "a tab with nothing but a list is one"
    products = page.partition('id="details-page-products"')[2].partition('class="record-side"')[0]
    assert products.index('id="related-lines"') < products.index('id="related-below"')
    assert "related-late" not in page, "what stands on a tab that a rule hides is hidden with it"
    assert page.count('id="related-lines"') == 1
    panel = admin.get(f"/records/sales.orders/{order['id']}", headers={"HX-Request": "true", "HX-Target": "panel"}).text
    assert 'id="related-lines"' in panel and "related-below" not in panel
    designer = admin.get("/design/sales/forms/order_form?pick=forms/order_form/related/lines").text
    assert 'id="related-page"' in designer and "Below all tabs" in designer
