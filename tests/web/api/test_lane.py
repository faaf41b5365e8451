"""The fast lane answers exactly as the ordinary views do, and leaves to them what it does not know."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.web.api.conftest import Call

PROJECTS = "/records/studio.project"


@pytest.fixture
def ordinary(app: Flask, key_of: Any) -> Call:
    """Calls the views without the lane."""
    lane = app.wsgi_app
    client = app.test_client(use_cookies=False)
    key = key_of()

    def ask(method: str, path: str, **more: Any) -> Any:
        app.wsgi_app = lane._next  # type: ignore[attr-defined,method-assign]
        try:
            return client.open(f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {key}"}, **more)
        finally:
            app.wsgi_app = lane  # type: ignore[method-assign]

    return ask


def same(one: Any, other: Any, *, but: tuple[str, ...] = ()) -> None:
    headers = [
        {name.lower(): value for name, value in each.headers.items() if name.lower() not in ("vary", "content-length", *but)}
        for each in (one, other)
    ]
    assert headers[0] == headers[1]
    assert one.status == other.status


def test_both_ways_give_the_same_answer(call: Call, ordinary: Call) -> None:
    first, second = call("POST", PROJECTS, json={"name": "Lane"}), ordinary("POST", PROJECTS, json={"name": "Lane"})
    same(first, second, but=("location",))
    assert set(first.json) == set(second.json)
    address = f"{PROJECTS}/{first.json['id']}"
    for path in (
        address,
        f"{address}?fields=name",
        f"{PROJECTS}?limit=3&sort=-id&count=exact&fields=name,owner.name",
        f"{PROJECTS}?q=Lane",
    ):
        one, other = call("GET", path), ordinary("GET", path)
        same(one, other)
        assert one.data == other.data
    same(
        call("PATCH", address, json={"name": "Lane 2"}),
        ordinary("PATCH", f"{PROJECTS}/{second.json['id']}", json={"name": "Lane 2"}),
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{PROJECTS}/987654321", None),
        ("GET", f"{PROJECTS}?limit=0", None),
        ("GET", "/records/studio.nope", None),
        ("POST", PROJECTS, {"budget": "x"}),
        ("PATCH", f"{PROJECTS}/987654321", {"name": "x"}),
    ],
)
def test_refusals_are_those_of_the_views(call: Call, ordinary: Call, method: str, path: str, body: Any) -> None:
    more = {} if body is None else {"json": body}
    one, other = call(method, path, **more), ordinary(method, path, **more)
    same(one, other)
    assert one.json == other.json and one.status_code >= 400


def test_the_lane_is_taken(app: Flask, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    record = call("POST", PROJECTS, json={"name": "Counted"}).json["id"]
    entered: list[str] = []
    lane: Any = app.wsgi_app
    ordinary = lane._next
    monkeypatch.setattr(lane, "_next", lambda environ, start: (entered.append(environ["PATH_INFO"]), ordinary(environ, start))[1])
    assert call("GET", f"{PROJECTS}/{record}").status_code == 200
    assert call("GET", PROJECTS).status_code == 200
    assert call("PATCH", f"{PROJECTS}/{record}", json={"name": "Again"}).status_code == 200
    assert call("POST", PROJECTS, json={"name": "More"}).status_code == 201
    assert entered == []
    assert call("GET", f"{PROJECTS}/{record}/history").status_code == 200
    assert len(entered) == 1


def test_a_refused_write_leaves_nothing_behind(call: Call) -> None:
    before = call("GET", f"{PROJECTS}?count=exact").json["count"]
    assert call("POST", PROJECTS, json={"name": "Half", "company": 10**9}).status_code == 422
    assert call("GET", f"{PROJECTS}?count=exact").json["count"] == before
