"""The application over HTTP with a workspace that has the everything apps, and keys for its people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from runtime.context import Context
from runtime.people import issue_api_key
from tests import factories

Call = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def place(engine: sa.Engine) -> Context:
    """A workspace of this module, committed; the context is only for looking at names."""
    with engine.begin() as connection:
        return factories.install(connection, factories.make_place(connection))


@pytest.fixture(scope="module")
def key_of(engine: sa.Engine, place: Context) -> Callable[..., str]:
    """`key_of("studio.maker")`: the API key of a new member with these roles; without roles the administrator's."""

    def issue(*roles: str) -> str:
        with engine.begin() as connection:
            user = place.actor.user_id
            if roles:
                user = factories.make_user(connection, place.workspace, "Someone", roles=roles).user_id
            return issue_api_key(connection, place.workspace.id, int(user or 0)).secret

    return issue


@pytest.fixture(scope="module")
def call(app: Flask, key_of: Callable[..., str]) -> Call:
    """`call("GET", path, json=…)` as the administrator."""
    return caller(app, key_of())


def caller(app: Flask, key: str) -> Call:
    """A function that calls the API with this key."""
    client = app.test_client(use_cookies=False)

    def ask(method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        return client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    return ask
