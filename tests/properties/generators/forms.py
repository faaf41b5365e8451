"""Acts on the pages, sections and tables of rows of forms, and on lists of words."""

from __future__ import annotations

from tests.properties.hand import Act, Hand, walk

_LISTS = ("search_fields", "sort", "roles", "columns", "card")


def _sections(hand: Hand) -> list[str]:
    return [f"forms/{form['key']}/sections/{each['key']}" for form in hand.items("forms") for each in form.get("sections") or ()]


def _pages(hand: Hand) -> list[str]:
    return [f"forms/{form['key']}/pages/{each['key']}" for form in hand.items("forms") for each in form.get("pages") or ()]


def _words(hand: Hand) -> list[str]:
    """Lists of words, and places where one may be begun."""
    found = [
        path
        for path, value in walk(hand.document)
        if isinstance(value, list) and value and all(isinstance(each, str) for each in value)
    ]
    return [*found, *(f"entities/{each['key']}/search_fields" for each in hand.items("entities"))]


def _word(hand: Hand) -> str:
    words = [
        f"{path}/{each}"
        for path, value in walk(hand.document)
        if isinstance(value, list)
        for each in value
        if isinstance(each, str)
    ]
    return hand.pick(words)


def copy_form(hand: Hand) -> Act:
    return {"op": "copy_form", "path": hand.path_in("forms")}


def new_form_page(hand: Hand) -> Act:
    path = hand.path_in("forms")
    return {"op": "new_form_page", "path": path, "label": hand.label(), **hand.after(f"{path}/pages")}


def place_page(hand: Hand) -> Act:
    path = hand.pick(_pages(hand))
    return {"op": "place_page", "path": path, **hand.after(path.rpartition("/")[0])}


def remove_form_page(hand: Hand) -> Act:
    return {"op": "remove_form_page", "path": hand.pick(_pages(hand))}


def place_section(hand: Hand) -> Act:
    path = hand.pick(_sections(hand))
    pages = [each.rpartition("/")[2] for each in _pages(hand)]
    return {"op": "place_section", "path": path, "page": hand.pick(["", *pages]), **hand.after(path.rpartition("/")[0])}


def new_rows(hand: Hand) -> Act:
    place = f"{hand.pick(_sections(hand))}/items"
    _, entity, _, field = hand.field_path("relation").split("/")
    columns = hand.fields(entity)[:3]
    return {
        "op": "new_rows",
        "list": place,
        "entity": entity,
        "field": field,
        "label": hand.label(),
        "columns": columns,
        **hand.after(place),
    }


def add_column(hand: Hand) -> Act:
    """To a table of rows on a form."""
    place = hand.pick(
        [path for path, value in walk(hand.document) if path.startswith("forms/") and path.endswith("/rows/columns") and value]
    )
    return {"op": "add_column", "list": place, "value": hand.pick(("name", "a_number", "stage")), **hand.after(place)}


def add_word(hand: Hand) -> Act:
    return {"op": "add_word", "list": hand.pick(_words(hand)), "value": hand.pick(("name", "maker", "a_text", "a_number"))}


def place_word(hand: Hand) -> Act:
    return {"op": "place_word", "path": _word(hand), "after": hand.pick((None, "name", "a_text"))}


def drop_word(hand: Hand) -> Act:
    return {"op": "drop_word", "path": _word(hand)}
