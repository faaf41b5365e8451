"""Tables of rows on public forms: what visitors may add, what is refused, and that nothing else opens by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.clock import CLOCK_FILE_VARIABLE
from runtime.public_links import store
from runtime.public_links.settings import LinkField, LinkSettings
from runtime.public_links.store import Link
from tests.web.public_app import Visitor, Watch
from tests.web.site import Site

ORDER, LINE = "shop.order", "shop.line"
PAGE = "/design/shop/forms/order_form/link"


def document(*, needed: bool = False) -> dict[str, Any]:
    """Orders with their lines. needed: lines need a product, for which visitors cannot be asked."""
    colours = [{"key": "red", "label": "Red"}, {"key": "blue", "label": "Blue"}]
    product = {"key": "product", "title_field": "name", "fields": [{"key": "name", "type": "text", "required": True}]}
    line = {
        "key": "line",
        "label": {"en": "Line", "zh-Hans": "明细"},
        "plural": {"en": "Lines", "zh-Hans": "明细"},
        "fields": [
            {"key": "order", "type": "relation", "label": "Order", "options": {"to": "order"}, "required": True},
            {"key": "title", "type": "text", "label": {"en": "Item", "zh-Hans": "品名"}, "required": True},
            {"key": "amount", "type": "number", "label": {"en": "Amount", "zh-Hans": "数量"}, "default": 1},
            {"key": "colour", "type": "select", "label": "Colour", "options": {"choices": colours}},
            {"key": "price", "type": "currency", "label": "Price", "default": 7},
            {"key": "product", "type": "relation", "label": "Product", "options": {"to": "product"}, "required": needed},
        ],
        "rules": [
            {
                "key": "some",
                "field": "amount",
                "condition": {"field": "amount", "op": "gt", "value": 0},
                "message": "None is not an order.",
            }
        ],
    }
    order = {
        "key": "order",
        "label": "Order",
        "fields": [
            {"key": "name", "type": "text", "label": "Name", "required": True},
            {"key": "pickup", "type": "boolean", "label": "Pick up"},
        ],
    }
    rows = {"entity": "line", "field": "order", "minimum": 1, "maximum": 3}
    columns = [
        {"key": "title"},
        {"key": "amount", "total": True},
        {"key": "colour"},
        {"key": "price", "read_only": True},
        {"key": "product"},
    ]
    items = [
        {"key": "name", "field": "name"},
        {"key": "pickup", "field": "pickup"},
        {"key": "lines", "rows": {**rows, "columns": columns}},
        {
            "key": "extras",
            "rows": {"entity": "line", "field": "order", "columns": [{"key": "title"}]},
            "show_when": {"field": "pickup", "op": "is", "value": True},
        },
    ]
    form = {"key": "order_form", "entity": "order", "label": "Order", "sections": [{"key": "all", "items": items}]}
    return {"format": 1, "key": "shop", "label": "Shop", "entities": [product, line, order], "forms": [form]}


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch(tmp_path / "clock")
    monkeypatch.setenv(CLOCK_FILE_VARIABLE, str(tmp_path / "clock"))
    return made


@pytest.fixture
def shop(site: Site) -> Site:
    site.install(document())
    return site


def share(site: Site, tables: tuple[str, ...] = ("lines",), **settings: Any) -> Link:
    wanted = LinkSettings(fields=(LinkField("name"), LinkField("pickup")), tables=tables, **settings)
    with site.engine.begin() as connection:
        ctx = site.context(connection)
        store.save_link(ctx, "shop", "order_form", wanted)
        return store.switch_link(ctx, "shop", "order_form", enabled=True)


def records(site: Site, name: str) -> list[dict[str, Any]]:
    with site.engine.connect() as connection:
        table = site.context(connection).catalog.entity(name).table
        return [dict(row) for row in connection.execute(sa.select(table).order_by(table.c.id)).mappings()]


def rows(*lines: dict[str, str], table: str = "lines") -> dict[str, str]:
    """What a browser sends for these rows."""
    found = {f"{table}.__there": "1"}
    for number, line in enumerate(lines):
        found |= {f"{table}.{number}._row": "1", **{f"{table}.{number}.{key}": value for key, value in line.items()}}
    return found


def test_rows_are_saved_with_the_record(shop: Site, watch: Watch) -> None:
    visitor = Visitor(shop, watch, share(shop))
    page = visitor.open()
    assert 'name="lines.0.title"' in page.text, "a row that is needed is there at once"
    asked = page.text.split("<form", 1)[1]
    assert "data-add-row" in asked and "Price" not in asked and "Product" not in asked and "extras" not in asked
    answer = visitor.send(name="Li", **rows({"title": "Pen", "amount": "2", "colour": "red"}, {"title": "Ink", "amount": "1"}))
    assert answer.status_code == 303, answer.text
    (order,), lines = records(shop, ORDER), records(shop, LINE)
    assert [(each["title"], each["amount"], each["colour"], each["price"], each["order"]) for each in lines] == [
        ("Pen", 2, "red", 7, order["id"]),
        ("Ink", 1, None, 7, order["id"]),
    ]
    again = visitor.send(name="Li", **rows({"title": "Pen", "amount": "2", "colour": "red"}, {"title": "Ink", "amount": "1"}))
    assert again.status_code == 303 and len(records(shop, LINE)) == 2
    other = visitor.send(name="Li", **rows({"title": "Pencil", "amount": "2"}))
    assert other.status_code == 409 and "sent this form before" in other.text and 'value="Pencil"' in other.text


def test_what_is_wrong_with_rows_comes_back_with_them(shop: Site, watch: Watch) -> None:
    visitor = Visitor(shop, watch, share(shop))
    visitor.open()
    few = visitor.send(name="Li", **rows())
    assert few.status_code == 422 and "At least 1 rows are needed." in few.text
    assert visitor.send(name="Li").status_code == 422, "a page without its table is not an empty table"
    many = visitor.send(name="Li", **rows(*({"title": f"Pen {number}", "amount": "1"} for number in range(4))))
    assert many.status_code == 422 and "There may be at most 3 rows." in many.text and 'value="Pen 3"' in many.text
    wrong = visitor.send(name="", **rows({"title": "", "amount": "many"}, {"title": "Ink", "amount": "0"}))
    assert wrong.status_code == 422 and records(shop, ORDER) == []
    for message in ("Please fill this in.", "None is not an order."):
        assert message in wrong.text
    assert 'id="error-lines.0.title"' in wrong.text and 'id="error-lines.0.amount"' in wrong.text and 'value="Ink"' in wrong.text
    assert visitor.send(name="Li", **rows({"title": "Ink", "amount": "5"})).status_code == 303


def test_only_the_columns_that_are_asked_for(shop: Site, watch: Watch) -> None:
    visitor = Visitor(shop, watch, share(shop))
    visitor.open()
    sly = {"title": "Pen", "amount": "1", "price": "0", "product": "1", "order": "99", "id": "5", "created_by": "1"}
    assert visitor.send(name="Li", **rows(sly), **rows({"title": "More"}, table="extras")).status_code == 303
    ((line,), (order,)) = records(shop, LINE), records(shop, ORDER)
    assert (line["price"], line["product"], line["order"], line["created_by"]) == (7, None, order["id"], None)
    # Rows of others cannot be named, changed or taken away.
    visitor.open()
    theirs = {"_id": str(line["id"]), "_version": "1", "title": "Stolen", "_gone": "1"}
    assert visitor.send(name="Wang", **rows({**theirs}, {"title": "Own", "amount": "1"})).status_code == 303
    first, second = records(shop, LINE)
    assert (first["title"], first["order"], first["deleted_at"]) == ("Pen", order["id"], None) and second["title"] == "Own"


def test_a_table_that_a_rule_hides_does_not_count(shop: Site, watch: Watch) -> None:
    visitor = Visitor(shop, watch, share(shop, ("lines", "extras")))
    visitor.open()
    good = rows({"title": "Pen", "amount": "1"})
    assert visitor.send(name="Li", **good, **rows({"title": "Bag"}, table="extras")).status_code == 303
    assert [each["title"] for each in records(shop, LINE)] == ["Pen"]
    visitor.open()
    assert visitor.send(name="Li", pickup="true", **good, **rows({"title": "Bag"}, table="extras")).status_code == 303
    assert [each["title"] for each in records(shop, LINE)] == ["Pen", "Pen", "Bag"]


def test_the_page_of_the_link_offers_tables(shop: Site, watch: Watch) -> None:
    browser = shop.browser()
    page = browser.get(PAGE)
    assert 'name="tables" value="lines" checked' in page.text and "Item · Amount · Colour<" in page.text
    assert browser.post(PAGE, {"use__name": "ask", "another": "1"}).status_code == 303
    assert 'name="tables" value="lines" >' in browser.get(PAGE).text
    assert browser.post(PAGE, {"use__name": "ask", "tables": ["lines", "lines"]}).status_code == 303
    assert browser.post(PAGE, {"use__name": "ask", "tables": ["ghost"]}).status_code == 422
    visitor = Visitor(shop, watch, share(shop))
    shop.install(document(needed=True))
    assert "its rows need Product" in browser.get(PAGE).text
    assert "data-add-row" not in visitor.open().text, "what visitors cannot fill in they do not see"
    assert browser.post(PAGE, {"use__name": "ask", "tables": ["lines"]}).status_code == 422
