"""Records over HTTP: shapes, status codes, versions, repeated requests, refusals."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from tests.web.api.conftest import Call, caller

PROJECTS = "/records/studio.project"
LINES = "/records/studio.line"
DEEP = '{"not":' * 80 + "1" + "}" * 80


def made(call: Call, **values: Any) -> dict[str, Any]:
    response = call("POST", PROJECTS, json={"name": "Site", **values})
    assert response.status_code == 201, response.text
    return dict(response.json)  # type: ignore[arg-type]


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    body = response.json
    assert body["status"] == status and body["title"] and body["type"]
    return dict(body)


def test_the_life_of_a_record(call: Call) -> None:
    created = call("POST", PROJECTS, json={"name": "Life", "budget": 12.5})
    record = created.json
    assert created.status_code == 201 and created.headers["ETag"] == '"1"'
    assert record["budget"] == "12.50" and record["stage"] == "draft" and record["created_at"].endswith("+00:00")
    address = f"{PROJECTS}/{record['id']}"
    assert created.headers["Location"] == f"/api/v1{address}"
    changed = call("PATCH", address, json={"name": "Changed"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json["name"], changed.headers["ETag"]) == (200, "Changed", '"2"')
    stale = problem(call("PATCH", address, json={"name": "Late"}, headers={"If-Match": '"1"'}), 412)
    assert stale["type"].endswith("stale")
    assert call("GET", address).json == changed.json
    assert call("DELETE", address).status_code == 204
    problem(call("GET", address), 404)
    assert call("POST", f"{address}/restore").json["name"] == "Changed"
    assert call("GET", f"{address}?fields=name").json == {
        "id": record["id"],
        "version": call("GET", address).json["version"],
        "name": "Changed",
    }


def test_a_page_of_a_list(call: Call) -> None:
    for number in range(3):
        made(call, name=f"Paged {number}", code=f"paged{number}")
    tree = quote(json.dumps({"field": "name", "op": "starts_with", "value": "Paged"}))
    first = call("GET", f"{PROJECTS}?filter={tree}&sort=-name&limit=2&fields=name,owner.name&count=exact").json
    assert [each["name"] for each in first["records"]] == ["Paged 2", "Paged 1"] and first["count"] == 3
    assert set(first["records"][0]) == {"id", "name", "owner.name"}
    second = call("GET", f"{PROJECTS}?filter={tree}&sort=-name&limit=2&fields=name&after={first['next']}").json
    assert [each["name"] for each in second["records"]] == ["Paged 0"] and second["next"] is None and second["count"] is None


def test_stages_move_by_their_rules(call: Call) -> None:
    company = call("POST", "/records/directory.company", json={"name": "C"}).json["id"]
    record = made(call, company=company)
    moved = call("POST", f"{PROJECTS}/{record['id']}/move", json={"to": "active"})
    assert moved.status_code == 200 and moved.json["stage"] == "active"
    assert problem(call("POST", f"{PROJECTS}/{record['id']}/move", json={"to": "won"}), 422)["errors"]
    problem(call("POST", f"{PROJECTS}/{record['id']}/move", json={"to": 5}), 422)
    problem(call("POST", f"{PROJECTS}/{record['id']}/move", json={"to": "active", "more": 1}), 400)


def test_all_bad_fields_are_told_at_once_in_the_callers_language(call: Call) -> None:
    body = problem(call("POST", PROJECTS, json={"budget": "much", "stage": "nowhere", "nonsense": 1}), 422)
    assert {each["path"] for each in body["errors"]} >= {"budget", "stage", "nonsense", "name"}
    assert all(each["code"] and each["message"] for each in body["errors"])


def test_many_at_once_all_or_none(call: Call) -> None:
    project = made(call)["id"]
    lines = [{"title": f"many {number}", "project": project} for number in range(20)]
    created = call("POST", LINES, json={"records": lines})
    assert created.status_code == 201 and len(set(created.json["records"])) == 20
    refused = problem(call("POST", LINES, json={"records": [*lines, {"title": "", "project": project}]}), 422)
    assert {each["path"] for each in refused["errors"]} == {"records/20/title"}
    count = call("POST", f"{LINES}/aggregate", json={"filter": {"field": "project", "op": "is", "value": project}}).json
    assert count == {"rows": [{"count": 20}]}
    problem(call("POST", LINES, json={"records": []}), 422)
    problem(call("POST", LINES, json={"records": [{}] * 10_001}), 422)


def test_upsert_finds_records_by_a_field(call: Call) -> None:
    first = call("POST", f"{PROJECTS}?upsert=code", json={"code": "up-1", "name": "One"})
    again = call("POST", f"{PROJECTS}?upsert=code", json={"code": "up-1", "name": "Two"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["id"] == again.json["id"] and again.json["name"] == "Two"
    many = call(
        "POST", f"{PROJECTS}?upsert=code", json={"records": [{"code": "up-1", "name": "Three"}, {"code": "up-2", "name": "New"}]}
    )
    assert many.json["records"][0] == first.json["id"]
    assert problem(call("POST", f"{PROJECTS}?upsert=code", json={"code": "up-3"}), 422)["errors"][0]["path"] == "name"


def test_figures_by_group(call: Call) -> None:
    project = made(call)["id"]
    for quantity in (1, 2, 3):
        call("POST", LINES, json={"title": f"q{quantity % 2}", "project": project, "quantity": quantity, "price": "2.50"})
    question = {
        "filter": {"field": "project", "op": "is", "value": project},
        "group": ["title", {"field": "created_at", "by": "year"}],
        "measures": [{"op": "count"}, {"op": "sum", "field": "total"}, {"op": "max", "field": "quantity", "as": "most"}],
        "sort": ["-count"],
    }
    rows = call("POST", f"{LINES}/aggregate", json=question).json["rows"]
    assert [(row["title"], row["count"], row["sum_total"], row["most"]) for row in rows] == [
        ("q1", 2, "10.00", "3.00"),
        ("q0", 1, "5.00", "2.00"),
    ]
    assert rows[0]["created_at"].endswith("-01-01")
    for bad in (
        {"group": ["nope"]},
        {"measures": [{"op": "sum", "field": "title"}]},
        {"measures": [{"op": "median"}]},
        {"group": "title"},
        {"x": 1},
        {"limit": 0},
    ):
        problem(call("POST", f"{LINES}/aggregate", json=bad), 400)


def test_history_tells_who_and_what(call: Call) -> None:
    record = made(call, name="Before")
    call("PATCH", f"{PROJECTS}/{record['id']}", json={"name": "After"})
    changes = call("GET", f"{PROJECTS}/{record['id']}/history").json["changes"]
    assert changes[0]["before"]["name"] == "Before" and changes[0]["after"]["name"] == "After"
    problem(call("GET", f"{PROJECTS}/999999999/history"), 404)


def test_a_repeated_request_is_done_once(call: Call) -> None:
    headers = {"Idempotency-Key": "order-77"}
    first = call("POST", PROJECTS, json={"name": "Once"}, headers=headers)
    again = call("POST", PROJECTS, json={"name": "Once"}, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json["id"] == again.json["id"] and again.headers["Idempotent-Replayed"] == "true"
    problem(call("POST", PROJECTS, json={"name": "Other"}, headers=headers), 422)
    failed = {"Idempotency-Key": "order-78"}
    problem(call("POST", PROJECTS, json={}, headers=failed), 422)
    assert call("POST", PROJECTS, json={"name": "Now right"}, headers=failed).status_code == 201
    problem(call("POST", PROJECTS, json={"name": "x"}, headers={"Idempotency-Key": "x" * 256}), 422)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[" * 10_000 + b"]" * 10_000, "application/json", 400),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "application/json", 400),
        (b'{"name":"\xff"}', "application/json", 400),
        (b'{"name":"\\ud800"}', "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"x"', "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b'{"name":"a\\u0000b"}', "application/json", 422),
        (b'{"name":{"a":[1]}}', "application/json", 422),
        (b'{"__proto__":1,"name":"x"}', "application/json", 422),
        (b'{"records":[1,null,"x"]}', "application/json", 422),
        (b'{"name":"x","budget":1e400}', "application/json", 400),
        (b'{"name":"x","budget":"Infinity"}', "application/json", 422),
        (b'{"name":"x","company":99999999999999999999}', "application/json", 422),
    ],
)
def test_malformed_bodies_are_refused(call: Call, body: bytes, kind: str, status: int) -> None:
    problem(call("POST", PROJECTS, data=body, content_type=kind), status)


def test_a_body_that_is_too_large_is_refused_unread(call: Call) -> None:
    problem(call("POST", PROJECTS, data=b" " * (20 * 1024 * 1024 + 1), content_type="application/json"), 413)


@pytest.mark.parametrize(
    "query",
    [
        "filter=x", "filter=[]", "filter=1", "filter=%00", "limit=0", "limit=-1", "limit=x", "limit=501", "limit=99999999999999999999", "after=x", "count=yes",
        "nonsense=1", "limit=1&limit=2", "sort=nope", "sort=name;drop", "sort=%00", "fields=nope", "q=%00", "trash=perhaps", f"q={'x' * 300}",
        f"filter={quote(json.dumps({'expr': '1'}))}", f"filter={quote(json.dumps({'field': 'name', 'op': 'regex', 'value': 'x'}))}",
        f"filter={quote(json.dumps({'field': ['name'], 'op': 'is', 'value': 'x'}))}", f"filter={quote(DEEP)}",
    ],
)  # fmt: skip
def test_malformed_questions_are_refused(call: Call, query: str) -> None:
    assert problem(call("GET", f"{PROJECTS}?{query}"), 400)["errors"]


@pytest.mark.parametrize(
    "path",
    [
        "/records/studio.nope",
        "/records/nope",
        "/records/a.b.c",
        "/records/studio.project/0",
        "/records/studio.project/99999999999999999999",
        "/records/%00",
        "/records/studio.project/1x",
        "/nope",
    ],
)
def test_what_is_not_there_is_not_found(call: Call, path: str) -> None:
    problem(call("GET", path), 404)


def test_strangers_are_asked_for_a_key(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    for headers in ({}, {"Authorization": "Bearer flm_wrong"}, {"Authorization": "Bearer"}, {"Authorization": "Basic eDp5"}):
        response = client.get(f"/api/v1{PROJECTS}", headers=headers)
        problem(response, 401)
        assert response.headers["WWW-Authenticate"] == "Bearer"
    problem(client.post(f"/api/v1{PROJECTS}", json={"name": "x"}), 401)


def test_a_role_sees_and_does_what_it_may(app: Flask, call: Call, key_of: Any) -> None:
    hidden = made(call, name="Theirs", cost=5)
    maker = caller(app, key_of("studio.maker"))
    problem(maker("GET", f"{PROJECTS}/{hidden['id']}"), 404)
    problem(maker("PATCH", f"{PROJECTS}/{hidden['id']}", json={"name": "x"}), 404)
    problem(maker("DELETE", f"{PROJECTS}/{hidden['id']}"), 404)
    mine = maker("POST", PROJECTS, json={"name": "Mine"}).json
    assert "cost" not in mine and "margin" not in mine
    unknown = problem(maker("PATCH", f"{PROJECTS}/{mine['id']}", json={"cost": 1}), 422)["errors"][0]
    absent = problem(maker("PATCH", f"{PROJECTS}/{mine['id']}", json={"nope": 1}), 422)["errors"][0]
    assert (unknown["code"], unknown["message"]) == (absent["code"], absent["message"])
    problem(maker("DELETE", f"{PROJECTS}/{mine['id']}"), 403)
    problem(maker("GET", "/exports/studio.project"), 403)
    clerk = caller(app, key_of("directory.clerk"))
    problem(clerk("GET", PROJECTS), 404)
    problem(clerk("POST", PROJECTS, json={"name": "x"}), 404)
