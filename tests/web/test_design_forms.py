"""The designer of forms: pages, tables of rows, related lists, and who gets which form."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from tests.everything_app import field, label
from tests.forms_app import orders_app
from tests.web.site import Browser, Site
from tests.web.test_design import act as do

HERE = "/design/sales/forms/order_form"
FORM = "forms/order_form"


def act(browser: Browser, *acts: dict[str, Any], **how: Any) -> str:
    return do(browser, *acts, app="sales", **how)


def notes_app() -> dict[str, Any]:
    """Another app, whose notes belong to orders."""
    fields = [field("text", "text", "Text", "文本"), field("orders", "relation", "Order", "订单", options={"to": "sales.orders"})]
    return {
        "format": 1,
        "key": "notes",
        "label": label("Notes", "便签"),
        "needs": [{"app": "sales", "version": ">=0"}],
        "entities": [{"key": "note", "label": label("Note", "便签"), "plural": label("Notes", "便签"), "title_field": "text", "fields": fields}],
    }  # fmt: skip


@pytest.fixture
def admin(site: Site) -> Browser:
    site.install({**orders_app(), "version": "1.0.0"}, notes_app())
    return site.browser()


def panel(browser: Browser, pick: str) -> str:
    text = browser.get(f"{HERE}?pick={pick}").text
    return html.unescape(text[text.index('id="design-panel"') :])


def test_the_canvas_has_the_pages_with_their_sections(admin: Browser) -> None:
    page = admin.get(HERE).text
    assert re.findall(r'id="pick-page-(\w+)"', page) == ["basics", "products", "delivery"]
    assert page.index("pick-page-products") < page.index('id="pick-rows"') < page.index("pick-page-delivery")
    assert "Table of rows" in panel(admin, f"{FORM}/sections/rows/items/lines")
    assert "steps: one after the other" in panel(admin, "")
    made = act(admin, {"op": "new_form_page", "path": FORM, "label": {"en": "New page"}}, show=HERE)
    assert made == f"{HERE}?pick={FORM}/pages/page_1"
    assert "data-label-of-new" in panel(admin, f"{FORM}/pages/page_1")
    act(admin, {"op": "place_section", "path": f"{FORM}/sections/what", "page": "page_1", "after": None}, show=HERE)
    act(admin, {"op": "remove_form_page", "path": f"{FORM}/pages/delivery"}, show=HERE)
    assert "Publish now" in admin.get("/design/sales/publish").text


def test_a_table_of_rows_is_made_from_what_points_here(admin: Browser) -> None:
    page = html.unescape(admin.get(HERE).text)
    assert "Notes › Notes · Order" in page  # of another app, too
    act(admin, {"op": "remove", "path": f"{FORM}/sections/rows/items/lines"}, show=HERE)
    page = html.unescape(admin.get(HERE).text)
    new = re.search(r'\{"columns": \[[^<]*?"op": "new_rows"\}', page)
    assert new is not None
    assert '{"key": "amount", "total": true}' in new[0]
    there = act(
        admin,
        {
            "op": "new_rows",
            "list": f"{FORM}/sections/what/items",
            "entity": "line",
            "field": "order",
            "columns": [{"key": "title"}],
        },
        show=HERE,
    )
    assert there.endswith("/items/line")
    place = f"{FORM}/sections/what/items/line"
    act(admin, {"op": "add_column", "list": f"{place}/rows/columns", "value": "price"}, show=HERE)
    act(admin, {"op": "set", "path": f"{place}/rows/columns/price/total", "value": True}, show=HERE)
    act(admin, {"op": "place", "path": f"{place}/rows/columns/price", "list": f"{place}/rows/columns", "after": None}, show=HERE)
    shown = panel(admin, f"{place}/rows/columns/price")
    assert shown.index('id="column-price"') < shown.index('id="column-title"')
    assert re.search(r'id="total-price"[^>]*checked', shown)
    act(admin, {"op": "add_column", "list": f"{place}/rows/columns", "value": "price"}, show=HERE, status=422)


def test_a_related_list_of_another_app_is_set_up(admin: Browser, site: Site) -> None:
    value = {"entity": "notes.note", "field": "orders", "label": {"en": "Notes"}, "columns": ["text"]}
    there = act(admin, {"op": "new_item", "list": f"{FORM}/related", "base": "note", "value": value}, show=HERE)
    place = f"{FORM}/related/note"
    assert there == f"{HERE}?pick={place}"
    act(
        admin,
        {"op": "add_word", "list": f"{place}/columns", "value": "created_at"},
        {"op": "place_word", "path": f"{place}/columns/created_at", "after": None},
        {"op": "set_sort", "path": place, "number": 0, "part": "field", "value": "text"},
        {"op": "set", "path": f"{place}/filter", "value": {"field": "text", "op": "is_not", "value": "secret"}},
        {"op": "set", "path": f"{place}/limit", "value": 2},
        show=HERE,
    )
    shown = panel(admin, place)
    assert shown.index('id="column-created_at"') < shown.index('id="column-text"')
    assert "entity=notes.note" in shown
    assert admin.get("/design/sales/rules.json?entity=notes.note").status_code == 200
    admin.post("/design/sales/publish", {"note": "Lists"}, follow=True)
    key = site.key()
    client = site.app.test_client()
    order = client.post("/api/v1/records/sales.orders", json={"name": "A"}, headers=key).json["id"]
    for text in ("c", "secret", "a", "b"):
        client.post("/api/v1/records/notes.note", json={"text": text, "orders": order}, headers=key)
    rows = admin.part(f"/records/sales.orders/{order}/related/note").text
    assert re.findall(r'<span class="value-text">(\w+)</span>', rows) == ["a", "b"]
    assert "All 3 records" in rows
    assert "Notes" in admin.get(f"/records/sales.orders/{order}").text


def test_each_role_is_told_its_form(admin: Browser, site: Site) -> None:
    there = act(
        admin,
        {"op": "copy_form", "path": FORM},
        {"op": "set", "path": "forms/order_form_copy/roles", "value": ["reader"]},
        show=HERE,
    )
    assert there
    assert "Reader: this form" in panel(admin, "")
    act(admin, {"op": "place", "path": "forms/order_form_copy", "list": "forms", "after": None}, show=HERE)
    assert "Reader: “Order copy”" in panel(admin, "")
    preview = html.unescape(admin.get(f"{HERE}/preview?role=sales.reader").text)
    assert "Reader gets another form: “Order copy”." in preview
    assert "data-add-row" not in preview
    assert "data-add-row" in admin.get(f"{HERE}/preview").text
    wrong = admin.post(f"{HERE}/preview?role=sales.reader", {"name": "", "_step": "basics", "_go": "next"})
    assert wrong.status_code == 422


def test_a_text_block_has_a_heading(admin: Browser) -> None:
    shown = panel(admin, f"{FORM}/sections/where/items/hint")
    assert f'data-set="{FORM}/sections/where/items/hint/heading/en"' in shown
    assert 'value="Where to"' in shown
