"""The description of the API: valid, complete for the administrator, and silent about what a role may not see."""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.web.api.conftest import Call, caller


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(each) for each in value.values()))
    return set().union(*(references(each) for each in value)) if isinstance(value, list) else set()


def test_every_entity_is_described(call: Call) -> None:
    found = call("GET", "/openapi.json").json
    assert found["openapi"] == "3.1.0"
    for entity in ("studio.project", "studio.line", "directory.company"):
        assert {"get", "post"} <= set(found["paths"][f"/api/v1/records/{entity}"])
        assert {"get", "patch", "delete"} <= set(found["paths"][f"/api/v1/records/{entity}/{{id}}"])
    project = found["components"]["schemas"]["studio.project"]["properties"]
    assert {"id", "version", "name", "cost", "margin", "tags", "created_at"} <= set(project)
    assert "name" in found["components"]["schemas"]["studio.project.input"]["required"]
    assert "margin" not in found["components"]["schemas"]["studio.project.input"]["properties"]


def test_references_lead_somewhere_and_operations_have_names_of_their_own(call: Call) -> None:
    found = call("GET", "/openapi.json").json
    for reference in references(found):
        place: Any = found
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    names = [
        operation["operationId"]
        for item in found["paths"].values()
        for method, operation in item.items()
        if method != "parameters" and "operationId" in operation
    ]
    assert len(names) == len(set(names)) > 10
    assert all(
        "default" in operation["responses"]
        for item in found["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    )


def test_a_role_reads_only_of_what_it_may_use(app: Flask, key_of: Any) -> None:
    response = caller(app, key_of("directory.clerk"))("GET", "/openapi.json")
    assert "studio.project" not in response.json["paths"] and "studio" not in "".join(response.json["paths"])
    company = response.json["components"]["schemas"]["directory.company"]["properties"]
    assert "city" in company and "secret_note" not in company
    assert "delete" not in response.json["paths"]["/api/v1/records/directory.company/{id}"]
    assert b"secret_note" not in response.data


def test_strangers_get_no_description(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    assert client.get("/api/v1/openapi.json").status_code == 401
    assert client.get("/api/docs").status_code in (302, 303)
