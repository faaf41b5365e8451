"""A site for tests of pages: an application on the test database, a workspace in it, people who sign in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from runtime import people
from runtime.catalog import load_catalog
from runtime.clock import now
from runtime.context import Context, WorkspaceInfo
from runtime.platform.people import Attempt
from runtime.settings import Settings
from web.app import create_app

PASSWORD = "correct horse 1"
SECRET = "a secret that only the tests know, long enough"
_numbers = count(1)


def make_app(database_url: str, data_dir: Path, **settings: Any) -> Flask:
    """An application as the site runs it, on this database."""
    return create_app(Settings(data_dir=data_dir, database_url=database_url, secret_key=SECRET, database_pool=4, **settings))


class Browser:
    """A person at a browser: keeps cookies, and sends the CSRF token of the last page with each POST."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._remember(self.client.get(path, **options))

    def post(self, path: str, data: Mapping[str, Any] | None = None, *, follow: bool = False, **options: Any) -> TestResponse:
        headers = {"X-CSRFToken": self.token, **options.pop("headers", {})}
        return self._remember(self.client.post(path, data=data, headers=headers, follow_redirects=follow, **options))

    def part(self, path: str, method: str = "GET", **options: Any) -> TestResponse:
        """Asks as htmx does."""
        headers = {"HX-Request": "true", "X-CSRFToken": self.token}
        return self.client.open(path, method=method, headers=headers, **options)

    def sign_in(self, email: str, password: str = PASSWORD, **more: Any) -> TestResponse:
        self.get("/sign-in")
        return self.post("/sign-in", {"email": email, "password": password, **more})

    def _remember(self, response: TestResponse) -> TestResponse:
        found = re.search(r'name="csrf-token" content="([^"]+)"', response.text) if response.mimetype == "text/html" else None
        if found:
            self.token = found[1]
        return response


@dataclass
class Site:
    """One workspace on an application."""

    app: Flask
    engine: sa.Engine
    workspace: WorkspaceInfo
    people: dict[str, int] = field(default_factory=dict)

    def email(self, name: str) -> str:
        return f"{name}@{self.workspace.key.replace('_', '-')}.example"

    def member(self, name: str, *, roles: Iterable[str] = (), admin: bool = False, language: str | None = "en") -> int:
        """A member who can sign in; their id."""
        if name not in self.people:
            with self.engine.begin() as connection:
                user = people.create_user(connection, self.email(name), name=name, password=PASSWORD, language=language)
                people.add_member(connection, self.workspace.id, user, is_admin=admin, roles=roles)
            self.people[name] = user
        return self.people[name]

    def stranger(self) -> Browser:
        return Browser(self.app)

    def browser(self, name: str = "admin", **member: Any) -> Browser:
        """A browser in which this member (made if need be; "admin" is an administrator) is signed in."""
        self.member(name, **({"admin": True} | member if name == "admin" else member))
        self.forget_attempts()
        found = Browser(self.app)
        answer = found.sign_in(self.email(name))
        assert answer.status_code in (302, 303), answer.text
        found.get("/")
        return found

    def forget_attempts(self) -> None:
        """All tests come from one address; what they tried before must not count."""
        with self.engine.begin() as connection:
            connection.execute(sa.delete(Attempt))

    def key(self, name: str = "admin", role: str | None = None) -> dict[str, str]:
        """Headers with a new API key of this member."""
        user = self.member(name, admin=name == "admin")
        with self.engine.begin() as connection:
            return {"Authorization": f"Bearer {people.issue_api_key(connection, self.workspace.id, user, role=role).secret}"}

    def install(self, *documents: Mapping[str, Any]) -> None:
        """Apply app documents to the workspace."""
        from runtime.schema_apply import apply

        with self.engine.begin() as connection:
            apply(self.context(connection), {str(document["key"]): document for document in documents})

    def context(self, connection: sa.Connection) -> Context:
        """The administrator's context on this connection."""
        admin = self.member("admin", admin=True)
        workspace = people.load_workspace(connection, self.workspace.id)
        actor = people.load_actor(connection, workspace, admin)
        return Context(connection, workspace, load_catalog(connection, workspace), actor, now())


def make_site(app: Flask, **workspace: Any) -> Site:
    """A new workspace on this application."""
    engine: sa.Engine = app.extensions["engine"]
    with engine.begin() as connection:
        key = f"site{next(_numbers)}_{connection.scalar(sa.select(sa.func.pg_backend_pid()))}"
        values = {"key": key, "language": "en", "zone": "Asia/Shanghai", **workspace}
        made = people.create_workspace(connection, values.pop("name", "Yunfan Trading"), **values)
    return Site(app, engine, made)
