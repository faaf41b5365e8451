"""Forms: what is checked, and acts on their pages, tables of rows and related lists."""

from __future__ import annotations

from typing import Any

import pytest

from builder.acts import perform
from builder.acts.base import find
from builder.check import check_app
from builder.codec import app_from_json, app_to_json
from builder.operations import BadOperation
from builder.upgrades import upgrade
from tests.everything_app import everything, studio_app
from tests.forms_app import order_rows, orders_app

FORM = "forms/order_form"
ROWS = f"{FORM}/sections/rows/items/lines/rows"


def told(document: dict[str, Any]) -> dict[str, str]:
    return {each.path: each.code for each in check_app(document, {})}


def after(*acts: dict[str, Any], document: dict[str, Any] | None = None) -> dict[str, Any]:
    return perform(document or orders_app(), acts).document


def pages(document: dict[str, Any]) -> dict[str, list[str]]:
    form = find(document, FORM)
    keys = [each["key"] for each in form.get("pages") or ()]
    return {key: [each["key"] for each in form["sections"] if each.get("page", keys[0]) == key] for key in keys}


def test_the_document_survives_the_model() -> None:
    document = orders_app()
    assert told(document) == {}
    assert app_from_json(app_to_json(app_from_json(upgrade(document)))) == app_from_json(upgrade(document))
    form = app_to_json(app_from_json(document))["forms"][0]
    assert form["sections"][1]["items"][0]["rows"]["columns"][1] == {"key": "quantity", "total": True}


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (f"{FORM}/sections/what/page", "nowhere", {f"{FORM}/sections/what/page": "unknown_page"}),
        (f"{FORM}/pages/delivery/show_when", {"field": "x", "op": "is_empty"}, {f"{FORM}/pages/delivery/show_when/field": "unknown_field"}),
        (f"{FORM}/sections/rows/items/lines/field", "name", {f"{FORM}/sections/rows/items/lines": "field_or_text"}),
        (f"{ROWS}/entity", "nobody", {f"{ROWS}/entity": "unknown_entity"}),
        (f"{ROWS}/field", "title", {f"{ROWS}/field": "not_pointing_here"}),
        (f"{ROWS}/columns", [], {f"{ROWS}/columns": "no_columns"}),
        (f"{ROWS}/columns", [{"key": "order"}, {"key": "colour"}], {f"{ROWS}/columns/order": "not_a_column", f"{ROWS}/columns/colour": "unknown_field"}),
        (f"{ROWS}/columns", [{"key": "title"}, {"key": "title"}], {f"{ROWS}/columns/title": "duplicate_key"}),
        (f"{ROWS}/maximum", 2, {}),
        (f"{FORM}/sections/rows/items/name", {"key": "name", "rows": order_rows()}, {f"{FORM}/sections/rows/items/name": "duplicate_key"}),
    ],
)  # fmt: skip
def test_what_does_not_make_sense_has_its_place(path: str, value: Any, problem: dict[str, str]) -> None:
    op = "add" if isinstance(value, dict) and "key" in value else "set"
    place = path.rpartition("/")[0] if op == "add" else path
    assert told(after({"op": op, "path": place, "value": value})) == problem


def test_the_least_number_of_rows_is_not_above_the_greatest() -> None:
    document = after({"op": "set", "path": f"{ROWS}/minimum", "value": 3}, {"op": "set", "path": f"{ROWS}/maximum", "value": 2})
    assert told(document) == {f"{ROWS}/minimum": "out_of_range"}


def test_pages_come_and_go_with_their_sections() -> None:
    one = {**orders_app()}
    one["forms"][0].pop("pages")
    for section in one["forms"][0]["sections"]:
        section.pop("page")
    made = perform(one, [{"op": "new_form_page", "path": FORM, "label": {"en": "More"}}])
    assert made.made == f"{FORM}/pages/page_2"
    assert pages(made.document) == {"page_1": ["what", "rows", "where"], "page_2": []}
    moved = after(
        {"op": "place_section", "path": f"{FORM}/sections/where", "page": "page_2", "after": None},
        {"op": "place_page", "path": f"{FORM}/pages/page_2", "after": None},
        document=made.document,
    )
    assert pages(moved) == {"page_2": ["where"], "page_1": ["what", "rows"]}
    gone = after({"op": "remove_form_page", "path": f"{FORM}/pages/page_2"}, document=moved)
    assert pages(gone) == {"page_1": ["where", "what", "rows"]}
    none = after({"op": "remove_form_page", "path": f"{FORM}/pages/page_1"}, document=gone)
    assert "pages" not in none["forms"][0] and not any("page" in each for each in none["forms"][0]["sections"])
    for document in (made.document, moved, gone, none):
        assert told(document) == {}
    with pytest.raises(BadOperation):
        after({"op": "place_section", "path": f"{FORM}/sections/what", "page": "nowhere", "after": None})


def test_a_related_list_stands_on_a_tab_and_goes_along_with_it() -> None:
    listed = {"key": "lines", "entity": "line", "field": "order", "page": "products"}
    document = orders_app()
    document["forms"][0]["related"] = [listed]
    assert told(document) == {}
    gone = after({"op": "remove_form_page", "path": f"{FORM}/pages/products"}, document=document)
    assert gone["forms"][0]["related"][0]["page"] == "basics" and told(gone) == {}
    listed["page"] = "nowhere"
    assert told(document) == {f"{FORM}/related/lines/page": "unknown_page"}


def test_the_first_page_keeps_sections_that_name_none() -> None:
    document = orders_app()
    document["forms"][0]["sections"][0].pop("page")
    moved = after({"op": "place_page", "path": f"{FORM}/pages/basics", "after": "delivery"}, document=document)
    assert pages(moved) == {"products": ["rows"], "delivery": ["where"], "basics": ["what"]}


def test_a_table_of_rows_gets_a_free_name() -> None:
    act = {
        "op": "new_rows",
        "list": f"{FORM}/sections/what/items",
        "entity": "line",
        "field": "order",
        "columns": ["title", {"key": "price", "total": True}],
    }
    made = perform(orders_app(), [act, act])
    assert made.made == f"{FORM}/sections/what/items/line_2"
    assert find(made.document, f"{FORM}/sections/what/items/line/rows/columns") == [
        {"key": "title"},
        {"key": "price", "total": True},
    ]
    assert told(made.document) == {}


def test_words_of_a_list_are_ordered() -> None:
    related = {"key": "lines", "entity": "line", "field": "order", "columns": ["title", "price"], "sort": ["-price"], "limit": 5}
    document = after({"op": "add", "path": f"{FORM}/related", "value": related})
    assert told(document) == {}
    columns = f"{FORM}/related/lines/columns"
    document = after(
        {"op": "add_word", "list": columns, "value": "quantity", "after": "title"},
        {"op": "place_word", "path": f"{columns}/price", "after": None},
        document=document,
    )
    assert find(document, columns) == ["price", "title", "quantity"]
    assert find(after({"op": "drop_word", "path": f"{columns}/title"}, document=document), columns) == ["price", "quantity"]
    for bad in (
        {"op": "add_word", "list": columns, "value": "title"},
        {"op": "place_word", "path": f"{columns}/x", "after": None},
    ):
        with pytest.raises(BadOperation):
            after(bad, document=document)
    wrong = after({"op": "set", "path": f"{FORM}/related/lines/sort", "value": ["colour"]}, document=document)
    assert told(wrong) == {f"{FORM}/related/lines/sort": "unknown_field"}


def test_what_lists_show_follows_fields_and_entities() -> None:
    related = {"key": "lines", "entity": "sales.line", "field": "order", "columns": ["title", "price"], "sort": ["-price"]}
    document = after({"op": "add", "path": f"{FORM}/related", "value": related})
    less = after(
        {"op": "remove_field", "path": "entities/line/fields/price"},
        {"op": "remove_field", "path": "entities/line/fields/amount"},
        document=document,
    )
    assert told(less) == {}
    assert [each["key"] for each in find(less, f"{ROWS}/columns")] == ["title", "quantity"]
    assert (find(less, f"{FORM}/related/lines/columns"), find(less, f"{FORM}/related/lines/sort")) == (["title"], [])
    loose = after({"op": "remove_field", "path": "entities/line/fields/order"}, document=document)
    assert told(loose) == {}
    gone = after({"op": "remove_entity", "path": "entities/line"}, document=document)
    assert {path for path in told(gone) if path.startswith("forms/")} == set()
    # A new field that gets its real name takes the columns along.
    named = after(
        {"op": "new_field", "entity": "line", "type": "text", "label": {"en": "Text"}},
        {"op": "add", "path": f"{ROWS}/columns", "value": {"key": "field_1"}},
        {"op": "add_word", "list": f"{FORM}/related/lines/columns", "value": "field_1"},
        {"op": "set", "path": "entities/line/fields/field_1/label/en", "value": "Colour"},
        document=document,
    )
    assert told(named) == {}
    assert find(named, f"{ROWS}/columns")[-1] == {"key": "colour"}


def test_a_copy_of_a_form_and_of_an_entity() -> None:
    made = perform(orders_app(), [{"op": "copy_form", "path": FORM}])
    assert made.made == "forms/order_form_copy"
    assert find(made.document, "forms/order_form_copy/label/en") == "Order copy"
    assert told(made.document) == {}
    assert told(after({"op": "copy_entity", "path": "entities/orders"})) == {}


def test_documents_of_before_say_the_same() -> None:
    others = {key: app_from_json(upgrade(document)) for key, document in everything().items()}
    assert check_app(studio_app(), others) == []
    (form,) = app_from_json(upgrade(studio_app())).forms
    assert (form.layout, form.pages, form.page_of(form.sections[0])) == ("tabs", (), "")
