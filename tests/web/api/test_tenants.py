"""Two workspaces with the same apps: nothing of one is reached with a key of the other."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from runtime.people import issue_api_key
from runtime.records import write
from tests import factories
from tests.web.api.conftest import Call, caller

PROJECTS = "/records/studio.project"


@pytest.fixture(scope="module")
def other(app: Flask, engine: sa.Engine) -> tuple[Call, int]:
    """A caller of another workspace, and a record of it whose id the first workspace does not have."""
    with engine.begin() as connection:
        ctx = factories.install(connection, factories.make_place(connection))
        record = 0
        while record < 40:
            record = write.create(ctx, "studio.project", {"name": "Secret of the other"}).id
        key = issue_api_key(connection, ctx.workspace.id, int(ctx.actor.user_id or 0)).secret
    return caller(app, key), record


def test_records_of_the_other_do_not_exist(call: Call, other: tuple[Call, int]) -> None:
    theirs, record = other
    assert theirs("GET", f"{PROJECTS}/{record}").json["name"] == "Secret of the other"
    address = f"{PROJECTS}/{record}"
    calls = [
        call("GET", address),
        call("GET", f"{address}/history"),
        call("PATCH", address, json={"name": "Mine now"}),
        call("DELETE", address),
        call("POST", f"{address}/restore"),
        call("POST", f"{address}/move", json={"to": "active"}),
    ]
    assert [each.status_code for each in calls] == [404] * len(calls)
    assert call("POST", PROJECTS, json={"name": "x", "parent": record}).status_code == 422
    for path in (f"{PROJECTS}?q=Secret&count=exact", "/exports/studio.project?format=jsonl", "/openapi.json"):
        assert b"Secret of the other" not in call("GET", path).data
    assert theirs("GET", address).json["name"] == "Secret of the other"


def test_a_revoked_key_opens_nothing(app: Flask, engine: sa.Engine, other: tuple[Call, int]) -> None:
    from runtime.people import revoke_api_key

    with engine.begin() as connection:
        ctx = factories.install(connection, factories.make_place(connection))
        issued = issue_api_key(connection, ctx.workspace.id, int(ctx.actor.user_id or 0))
    ask = caller(app, issued.secret)
    assert ask("GET", PROJECTS).status_code == 200
    with engine.begin() as connection:
        revoke_api_key(connection, ctx.workspace.id, issued.id)
    assert ask("GET", PROJECTS).status_code == 401
