"""Malformed and hostile requests: a clear 4xx as problem+json, never a 500, and nothing is written."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from runtime.context import Context
from runtime.people import issue_api_key
from runtime.platform.apps import AppVersion
from runtime.platform.changes import Change
from tests import factories

PROJECTS = "/api/v1/records/studio.project"
DEEP_JSON = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
DEEP_LIST = b"[" * 10_000 + b"]" * 10_000
DEEP_FILTER: Any = {"field": "name", "op": "is", "value": "x"}
for _ in range(60):
    DEEP_FILTER = {"not": DEEP_FILTER}
WIDE_FILTER = {"any": [{"field": "name", "op": "is", "value": str(number)} for number in range(2000)]}
SQL = [
    "name; DROP TABLE x",
    "name' OR '1'='1",
    'name" --',
    "pg_sleep(9)",
    "(select 1)",
    "name)",
    "*",
    "name::text",
    "ws_x.y",
    "\x00name",
    "名称",
    "__class__",
    "",
]
BIG = "x" * 300_000


def query(**parameters: object) -> str:
    return "&".join(f"{key}={quote(value if isinstance(value, str) else json.dumps(value))}" for key, value in parameters.items())


def body(data: object) -> dict[str, Any]:
    return {"data": data if isinstance(data, bytes) else json.dumps(data), "content_type": "application/json"}


Case = tuple[str, str, str, dict[str, Any], set[int]]
BAD, ANY_4XX = {400}, {400, 404, 405, 406, 409, 412, 413, 415, 422}
CASES: list[Case] = [
    ("no JSON", "POST", PROJECTS, body(b"{"), BAD),
    ("empty body", "POST", PROJECTS, body(b""), BAD),
    ("not an object", "POST", PROJECTS, body([1, 2]), ANY_4XX),
    ("null", "POST", PROJECTS, body(b"null"), ANY_4XX),
    ("a number", "POST", PROJECTS, body(b"7"), ANY_4XX),
    ("10,000 deep objects", "POST", PROJECTS, body(DEEP_JSON), BAD),
    ("10,000 deep lists", "POST", PROJECTS, body(DEEP_LIST), BAD),
    ("broken UTF-8", "POST", PROJECTS, body(b'{"name": "\xff\xfe"}'), BAD),
    ("NaN", "POST", PROJECTS, body(b'{"name": "x", "budget": NaN}'), BAD),
    ("wrong content type", "POST", PROJECTS, {"data": "name=x", "content_type": "application/x-www-form-urlencoded"}, {415}),
    ("no content type", "POST", PROJECTS, {"data": b'{"name": "x"}'}, {415}),
    ("XML", "POST", PROJECTS, {"data": "<a/>", "content_type": "text/xml"}, {415}),
    ("unknown field", "POST", PROJECTS, body({"name": "x", "nmae": "y"}), {422}),
    ("prototype keys", "POST", PROJECTS, body({"name": "x", "__proto__": {"admin": True}, "constructor": 1}), {422}),
    ("system fields", "POST", PROJECTS, body({"name": "x", "id": 1, "created_by": 1, "version": 9, "deleted_at": None}), {422}),
    ("missing required field", "POST", PROJECTS, body({}), {422}),
    ("number for text", "POST", PROJECTS, body({"name": ["x"]}), {422}),
    ("object for text", "POST", PROJECTS, body({"name": {"$ne": None}}), {422}),
    ("text for a number", "POST", PROJECTS, body({"name": "x", "hours": "many"}), {422}),
    ("huge number", "POST", PROJECTS, body({"name": "x", "budget": "1" * 400}), {422}),
    ("huge exponent", "POST", PROJECTS, body({"name": "x", "budget": "1e99999"}), {422}),
    ("too many decimals", "POST", PROJECTS, body({"name": "x", "budget": "1.23456"}), {422}),
    ("below the smallest", "POST", PROJECTS, body({"name": "x", "budget": -1}), {422}),
    ("text for a boolean", "POST", PROJECTS, body({"name": "x", "urgent": "perhaps"}), {422}),
    ("30 February", "POST", PROJECTS, body({"name": "x", "due": "2026-02-30"}), {422}),
    ("year 99999", "POST", PROJECTS, body({"name": "x", "due": "99999-01-01"}), {422}),
    ("unknown choice", "POST", PROJECTS, body({"name": "x", "stage": "ghost"}), {422}),
    ("no list of choices", "POST", PROJECTS, body({"name": "x", "channels": {"a": 1}}), {422}),
    ("not a phone", "POST", PROJECTS, body({"name": "x", "phone": "call me"}), {422}),
    ("not an e-mail", "POST", PROJECTS, body({"name": "x", "email": "a@"}), {422}),
    ("script address", "POST", PROJECTS, body({"name": "x", "website": "javascript:alert(1)"}), {422}),
    ("person who is nobody", "POST", PROJECTS, body({"name": "x", "owner": 987654321}), {422}),
    ("relation to nothing", "POST", PROJECTS, body({"name": "x", "company": 987654321}), {422}),
    ("relation beyond 64 bits", "POST", PROJECTS, body({"name": "x", "company": 2**70}), {422}),
    ("negative relation", "POST", PROJECTS, body({"name": "x", "company": -5}), {422}),
    ("relation as text", "POST", PROJECTS, body({"name": "x", "company": "1 OR 1=1"}), {422}),
    ("list of nothing", "POST", PROJECTS, body({"name": "x", "tags": [1, "x", None]}), {422}),
    ("formula as input", "POST", PROJECTS, body({"name": "x", "margin": 5}), {422}),
    ("NUL byte", "POST", PROJECTS, body({"name": "a\x00b"}), {422}),
    ("lone surrogate", "POST", PROJECTS, body(b'{"name": "\\ud800"}'), {400, 422}),
    ("over-long text", "POST", PROJECTS, body({"name": BIG}), {422}),
    ("over-long long text", "POST", PROJECTS, body({"name": "x", "notes": BIG}), {422}),
    ("rule of the entity", "POST", PROJECTS, body({"name": "x", "starts": "2026-05-01", "due": "2026-04-01"}), {422}),
    ("bulk with one bad row", "POST", PROJECTS, body({"records": [{"name": "ok"}, {"name": ""}]}), {422}),
    ("bulk of no objects", "POST", PROJECTS, body({"records": [1, None, "x"]}), ANY_4XX),
    ("bulk that is no list", "POST", PROJECTS, body({"records": {"name": "x"}}), ANY_4XX),
    ("bulk over the limit", "POST", PROJECTS, body({"records": [{}] * 10_001}), ANY_4XX),
    (
        "upsert by no field",
        "POST",
        f"{PROJECTS}?upsert=ghost",
        body({"records": [{"name": "x"}]}),
        ANY_4XX,
    ),
    ("unknown entity", "GET", "/api/v1/records/studio.ghost", {}, {404}),
    ("unknown app", "GET", "/api/v1/records/ghost.project", {}, {404}),
    ("entity as path", "GET", "/api/v1/records/..%2f..%2fetc%2fpasswd", {}, {404}),
    ("entity as SQL", "GET", f"/api/v1/records/{quote('studio.project; select 1')}", {}, {404}),
    ("id of nothing", "GET", f"{PROJECTS}/987654321", {}, {404}),
    ("id beyond 64 bits", "GET", f"{PROJECTS}/{2**80}", {}, {404}),
    ("negative id", "GET", f"{PROJECTS}/-1", {}, {404}),
    ("id as text", "GET", f"{PROJECTS}/1%20OR%201=1", {}, {404}),
    ("stale version", "PATCH", f"{PROJECTS}/RECORD", {**body({"notes": "new"}), "headers": {"If-Match": '"77"'}}, {412}),
    ("broken version", "PATCH", f"{PROJECTS}/RECORD", {**body({"notes": "new"}), "headers": {"If-Match": "seven"}}, {400, 412}),
    ("change of nothing there", "PATCH", f"{PROJECTS}/987654321", body({"notes": "x"}), {404}),
    ("delete of nothing there", "DELETE", f"{PROJECTS}/987654321", {}, {404}),
    ("move to no stage", "POST", f"{PROJECTS}/RECORD/move", body({"to": "ghost"}), {422}),
    ("move without a stage", "POST", f"{PROJECTS}/RECORD/move", body({}), ANY_4XX),
    ("move to a list", "POST", f"{PROJECTS}/RECORD/move", body({"to": ["won"]}), ANY_4XX),
    ("wrong method", "PUT", PROJECTS, body({}), {405}),
    ("filter that is no JSON", "GET", f"{PROJECTS}?filter=%7B", {}, BAD),
    ("filter that is a list", "GET", f"{PROJECTS}?{query(filter=[1])}", {}, BAD),
    ("filter without operator", "GET", f"{PROJECTS}?{query(filter={'field': 'name'})}", {}, BAD),
    ("unknown operator", "GET", f"{PROJECTS}?{query(filter={'field': 'name', 'op': 'like', 'value': 1})}", {}, BAD),
    ("60 levels of not", "GET", f"{PROJECTS}?{query(filter=DEEP_FILTER)}", {}, BAD),
    ("2,000 parts", "GET", f"{PROJECTS}?{query(filter=WIDE_FILTER)}", {}, BAD),
    ("filter of another type", "GET", f"{PROJECTS}?{query(filter={'field': 'hours', 'op': 'gt', 'value': {'a': 1}})}", {}, BAD),
    ("formula that does not parse", "GET", f"{PROJECTS}?{query(filter={'expr': '((('})}", {}, BAD),
    ("formula of 3,000 characters", "GET", f"{PROJECTS}?{query(filter={'expr': '1+' * 1500 + '1 = 1'})}", {}, BAD),
    ("NUL in a filter", "GET", f"{PROJECTS}?{query(filter={'field': 'name', 'op': 'is', 'value': chr(0)})}", {}, BAD),
    ("path of five steps", "GET", f"{PROJECTS}?{query(fields='parent.parent.parent.parent.name')}", {}, BAD),
    ("limit 0", "GET", f"{PROJECTS}?limit=0", {}, BAD),
    ("limit of a million", "GET", f"{PROJECTS}?limit=1000000", {}, BAD),
    ("limit as text", "GET", f"{PROJECTS}?limit=ten", {}, BAD),
    ("cursor of nobody", "GET", f"{PROJECTS}?after=AAAA", {}, BAD),
    ("cursor with a NUL", "GET", f"{PROJECTS}?after=%00", {}, BAD),
    ("count of everything", "GET", f"{PROJECTS}?count=all", {}, BAD),
    ("unknown parameter", "GET", f"{PROJECTS}?where=1", {}, BAD),
    ("nine sorts", "GET", f"{PROJECTS}?sort=name,-name,hours,due,starts,stage,cost,budget,progress", {}, BAD),
    ("aggregate of text", "POST", f"{PROJECTS}/aggregate", body({"measures": [{"op": "sum", "field": "name"}]}), BAD),
    ("aggregate of nothing", "POST", f"{PROJECTS}/aggregate", body({"group": ["ghost"]}), BAD),
    ("aggregate by SQL", "POST", f"{PROJECTS}/aggregate", body({"group": ["name) --"], "measures": [{"op": "count(*)"}]}), BAD),
    ("aggregate of a list", "POST", f"{PROJECTS}/aggregate", body([]), ANY_4XX),
    ("export in no format", "GET", "/api/v1/exports/studio.project?format=exe", {}, BAD),
    ("export of nothing", "GET", "/api/v1/exports/studio.ghost?format=csv", {}, {404}),
    (
        "import without a file",
        "POST",
        "/api/v1/imports",
        {"data": {"entity": "studio.project"}, "content_type": "multipart/form-data"},
        ANY_4XX,
    ),
    (
        "import into nothing",
        "POST",
        "/api/v1/imports",
        {"data": {"entity": "studio.ghost", "file": (io.BytesIO(b"a\n1"), "a.csv")}, "content_type": "multipart/form-data"},
        ANY_4XX,
    ),
    (
        "import of a picture",
        "POST",
        "/api/v1/imports",
        {
            "data": {"entity": "studio.project", "file": (io.BytesIO(b"\x89PNG\r\n\x1a\n\x00\x00"), "a.xlsx")},
            "content_type": "multipart/form-data",
        },
        ANY_4XX,
    ),
    ("import that is not there", "GET", "/api/v1/imports/987654321", {}, {404}),
    ("app that is not there", "GET", "/api/v1/apps/ghost", {}, {404}),
    ("app without a document", "PUT", "/api/v1/apps/studio", body({"base_version": 1}), ANY_4XX),
    (
        "app that is broken",
        "PUT",
        "/api/v1/apps/studio",
        body({"app": {"key": "studio", "entities": [{"key": "Bad Key"}]}, "base_version": 1}),
        ANY_4XX,
    ),
    ("app under another key", "PUT", "/api/v1/apps/studio", body({"app": {"key": "other"}, "base_version": 1}), ANY_4XX),
    ("app of an old version", "PUT", "/api/v1/apps/studio", body({"app": {"key": "studio"}, "base_version": -3}), ANY_4XX),
    (
        "operations on nothing",
        "POST",
        "/api/v1/apps/studio/plan",
        body({"operations": [{"op": "remove", "path": "entities/ghost"}]}),
        ANY_4XX,
    ),
    ("operations of no kind", "POST", "/api/v1/apps/studio/plan", body({"operations": [{"op": "explode"}]}), ANY_4XX),
    ("template that is not there", "POST", "/api/v1/templates/ghost/install", body({}), {404}),
    ("run that is not there", "GET", "/api/v1/runs/987654321", {}, {404}),
    ("hook that is not there", "POST", "/api/v1/hooks/abc", body({}), {404}),
    ("nothing at all", "GET", "/api/v1/nothing", {}, {404}),
]
CASES += [(f"sort by {text!r}", "GET", f"{PROJECTS}?{query(sort=text)}", {}, BAD) for text in SQL if text]
CASES += [(f"field {text!r}", "GET", f"{PROJECTS}?{query(fields=text)}", {}, BAD) for text in SQL if text]
CASES += [
    (f"filter on {text!r}", "GET", f"{PROJECTS}?{query(filter={'field': text, 'op': 'is', 'value': 1})}", {}, BAD) for text in SQL
]
CASES += [(f"group by {text!r}", "POST", f"{PROJECTS}/aggregate", body({"group": [text]}), BAD) for text in SQL]
CASES += [(f"value of the field {text!r}", "POST", PROJECTS, body({"name": "x", text: 1}), {422}) for text in SQL]

Call = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def place(engine: sa.Engine) -> Context:
    with engine.begin() as connection:
        return factories.install(connection, factories.make_place(connection))


@pytest.fixture(scope="module")
def call(app: Flask, engine: sa.Engine, place: Context) -> Call:
    with engine.begin() as connection:
        key = issue_api_key(connection, place.workspace.id, int(place.actor.user_id or 0)).secret
    client = app.test_client(use_cookies=False)

    def ask(method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        return client.open(path, method=method, headers=headers, **more)

    return ask


@pytest.fixture(scope="module")
def record(call: Call) -> int:
    """A record that hostile requests try to change."""
    made = call("POST", PROJECTS, json={"name": "Untouched", "code": "taken"})
    assert made.status_code == 201, made.text
    return int(made.get_json()["id"])


@pytest.fixture
def footprint(engine: sa.Engine, place: Context) -> Callable[[], tuple[int, ...]]:
    """Counts of everything that a request could have written."""

    def count() -> tuple[int, ...]:
        with engine.connect() as connection:
            tables = [entity.table for entity in place.catalog.entities()]
            counts = [connection.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]
            changes = connection.scalar(sa.select(sa.func.count()).where(Change.workspace_id == place.workspace.id))
            versions = connection.scalar(sa.select(sa.func.count()).where(AppVersion.workspace_id == place.workspace.id))
        return (*(int(each or 0) for each in counts), int(changes or 0), int(versions or 0))

    return count


@pytest.fixture(autouse=True)
def nothing_is_written(record: int, footprint: Callable[[], tuple[int, ...]]) -> Iterator[None]:
    before = footprint()
    yield
    assert footprint() == before


@pytest.mark.parametrize(("method", "path", "more", "statuses"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_is_refused_calmly(call: Call, record: int, method: str, path: str, more: dict[str, Any], statuses: set[int]) -> None:
    sent = {key: dict(value) if key == "data" and isinstance(value, dict) else value for key, value in more.items()}
    answer = call(method, path.replace("RECORD", str(record)), **sent)
    assert answer.status_code in statuses, answer.text[:500]
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    if answer.status_code == 422:
        assert all(each["code"] and each["message"] for each in problem["errors"])
        assert problem["errors"]


def test_all_bad_fields_are_told_at_once(call: Call) -> None:
    values = {"name": "", "hours": "many", "due": "never", "stage": "ghost", "ghost": 1}
    answer = call("POST", PROJECTS, json=values)
    assert {each["path"] for each in answer.get_json()["errors"]} == set(values)


def test_a_value_that_must_be_unique(call: Call) -> None:
    answer = call("POST", PROJECTS, json={"name": "x", "code": "taken"})
    assert answer.status_code == 422
    assert [(each["path"], each["code"]) for each in answer.get_json()["errors"]] == [("code", "unique")]


def test_a_hundred_megabytes_are_refused(call: Call) -> None:
    for path, kind in ((PROJECTS, "application/json"), ("/api/v1/imports", "multipart/form-data; boundary=b")):
        answer = call("POST", path, input_stream=io.BytesIO(bytes(100 * 2**20)), content_type=kind)
        assert answer.status_code == 413, answer.text[:300]
        assert answer.mimetype == "application/problem+json"


def test_what_belongs_to_another_workspace_is_not_there(call: Call, engine: sa.Engine, app: Flask) -> None:
    with engine.begin() as connection:
        other = factories.install(connection, factories.make_place(connection))
        key = issue_api_key(connection, other.workspace.id, int(other.actor.user_id or 0)).secret
    stranger = app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {key}"}
    # Ids of the other workspace that this one has not reached: twenty records there, one here.
    made = [stranger.post(PROJECTS, json={"name": f"Theirs {number}"}, headers=headers).get_json()["id"] for number in range(20)]
    theirs = made[-1]
    for method, path, more in (
        ("GET", f"{PROJECTS}/{theirs}", {}),
        ("PATCH", f"{PROJECTS}/{theirs}", body({"notes": "x"})),
        ("DELETE", f"{PROJECTS}/{theirs}", {}),
        ("GET", f"{PROJECTS}/{theirs}/history", {}),
        ("POST", f"{PROJECTS}/{theirs}/restore", {}),
        ("POST", f"{PROJECTS}/{theirs}/move", body({"to": "active"})),
    ):
        assert call(method, path, **more).status_code == 404
    assert call("POST", PROJECTS, json={"name": "x", "owner": other.actor.user_id}).status_code == 422
    assert stranger.get(f"{PROJECTS}/{theirs}", headers=headers).get_json()["name"] == "Theirs 19"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "Bearer " + "x" * 10_000, "Bearer ñ", "bearer null"]
)
def test_a_bad_key_is_401(app: Flask, header: str) -> None:
    answer = app.test_client(use_cookies=False).get(PROJECTS, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
