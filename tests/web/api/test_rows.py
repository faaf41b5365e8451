"""Records with their rows in one call."""

from __future__ import annotations

from tests.web.api.conftest import Call
from tests.web.api.test_records import LINES, PROJECTS, problem


def test_rows_are_saved_with_their_record(call: Call) -> None:
    created = call("POST", PROJECTS, json={"name": "Rows", "lines": [{"title": "Design", "price": 12}, {"title": "Print"}]})
    assert created.status_code == 201, created.text
    address = f"{PROJECTS}/{created.json['id']}"
    mine = f'{LINES}?sort=id&filter={{"field":"project","op":"is","value":{created.json["id"]}}}'
    first, second = call("GET", mine).json["records"]
    assert (first["total"], second["quantity"]) == ("12.00", "1.00")
    change = [{"id": first["id"], "version": 1, "quantity": 3}, {"id": second["id"], "_delete": True}, {"title": "Ship"}]
    assert call("PATCH", address, json={"name": "Rows 2", "lines": change}).status_code == 200
    assert [(each["title"], each["quantity"]) for each in call("GET", mine).json["records"]] == [
        ("Design", "3.00"),
        ("Ship", "1.00"),
    ]


def test_problems_of_rows_have_their_place_and_nothing_is_saved(call: Call) -> None:
    before = len(call("GET", PROJECTS).json["records"])
    found = problem(call("POST", PROJECTS, json={"lines": [{"title": "Good"}, {"price": "x"}]}), 422)
    told = {each["path"]: each["code"] for each in found["errors"]}
    assert told == {"name": "required", "lines.1.title": "required", "lines.1.price": "not_a_number"}
    assert len(call("GET", PROJECTS).json["records"]) == before


def test_openapi_tells_of_rows(call: Call) -> None:
    schemas = call("GET", "/openapi.json").json["components"]["schemas"]
    lines = schemas["studio.project.input"]["properties"]["lines"]
    assert (lines["type"], lines["maxItems"]) == ("array", 1000)
    assert {"id", "version", "_delete", "title", "price"} <= set(lines["items"]["properties"])
    assert "project" not in lines["items"]["properties"]
