"""One Context per request: who asks, in which workspace, on which connection.

    ctx = current()            401 unless somebody is signed in or a key is given
    ctx = current_or_none()

Requests that may not change anything (GET, HEAD) read without a transaction. Others have one transaction, which is
committed after the view has answered with a status below 400, and rolled back otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, request, session
from werkzeug.exceptions import Unauthorized

from runtime import clock, people
from runtime.catalog import load_catalog
from runtime.context import Actor, Context, WorkspaceInfo
from runtime.errors import NotFound
from runtime.unit_of_work import transaction
from web import again, looking

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class _RollBack(Exception):
    """Leaves the transaction of a request whose answer is an error."""


@dataclass(frozen=True)
class Person:
    """The signed-in person of a browser session, as the pages show them."""

    id: int
    name: str
    email: str
    language: str | None
    preferences: dict[str, Any]
    two_factor: bool


def engine() -> sa.Engine:
    """The engine of this application."""
    return cast("sa.Engine", current_app.extensions["engine"])


def reading_engine() -> sa.Engine:
    """The engine for requests that change nothing: no transactions, and no statement may take long."""
    return cast("sa.Engine", current_app.extensions["reading_engine"])


def current() -> Context:
    """The context of this request. Raises Unauthorized (401) when nobody is known."""
    found = current_or_none()
    if found is None:
        raise Unauthorized
    return found


def current_or_none() -> Context | None:
    """The context of this request, None for strangers."""
    if "context" not in g:
        g.context = _make()
        if g.context is not None:
            _speak(g.context)
    return cast("Context | None", g.context)


def connection() -> sa.Connection:
    """This request's connection; pages without a signed-in person use it too."""
    if "connection" not in g:
        g.stack = ExitStack()
        if looking.reads_only():
            g.connection = g.stack.enter_context(_only_reading())
        elif request.method in SAFE_METHODS:
            g.connection = g.stack.enter_context(reading_engine().connect())
        else:
            g.connection = g.stack.enter_context(transaction(engine()))
    return cast("sa.Connection", g.connection)


@contextmanager
def _only_reading() -> Iterator[sa.Connection]:
    """A connection that refuses to write: what is seen with somebody else's eyes must not be touched with their hands."""
    with reading_engine().connect() as found:
        found.execute(sa.text("SET default_transaction_read_only = on"))
        try:
            yield found
        finally:
            if not found.invalidated:
                found.execute(sa.text("RESET default_transaction_read_only"))


def bearer_key() -> str | None:
    """The API key of the Authorization header, None without one."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def person() -> Person | None:
    """The signed-in person of the browser session. An API key is nobody here."""
    if "person" not in g:
        g.person = None if bearer_key() is not None else _session_person()
    return cast("Person | None", g.person)


def workspaces() -> list[WorkspaceInfo]:
    """The workspaces of the signed-in person."""
    if "workspaces" not in g:
        someone = person()
        g.workspaces = people.workspaces_of(connection(), someone.id) if someone else []
    return cast("list[WorkspaceInfo]", g.workspaces)


def commit() -> None:
    """Commit now; what follows has a new connection and a new context. For what other connections must see at once."""
    again.refuse()
    stack: ExitStack | None = g.pop("stack", None)
    g.pop("connection", None)
    forget()
    if stack is not None:
        stack.close()


def forget() -> None:
    """Read everything again: the request has changed who somebody is, or the workspace."""
    for name in ("context", "person", "workspaces", "looking"):
        g.pop(name, None)


def _session_person() -> Person | None:
    from flask_security import current_user

    from web import account

    if not current_user.is_authenticated:
        return None
    user = current_user
    found = Person(user.id, user.name, user.email, user.language, user.preferences or {}, user.tf_primary_method is not None)
    account.release()
    return found


def _make() -> Context | None:
    key = bearer_key()
    if key is not None:
        identity = people.authenticate_key(connection(), key)
        return _context(identity.workspace, identity.actor) if identity else None
    someone = person()
    if someone is None:
        return None
    mine = workspaces()
    chosen = next((each for each in mine if each.id == session.get("workspace")), mine[0] if mine else None)
    if chosen is None:
        return None
    try:
        real = people.load_actor(connection(), chosen, someone.id)
        return _context(chosen, looking.actor_for(connection(), chosen, real))
    except NotFound:
        return None


def _context(workspace: WorkspaceInfo, actor: Actor) -> Context:
    catalog = load_catalog(connection(), workspace)
    return Context(connection(), replace(workspace, revision=catalog.revision), catalog, actor, clock.now())


def _speak(context: Context) -> None:
    from flask_babel import refresh

    g.language, g.zone = context.actor.language, context.workspace.zone
    refresh()


def _finish(response: Response) -> Response:
    stack: ExitStack | None = g.pop("stack", None)
    g.pop("connection", None)
    if stack is None:
        return response
    failed = response.status_code >= 400 or g.get("roll_back", False)
    try:
        if failed and request.method not in SAFE_METHODS:
            error = _RollBack()
            stack.__exit__(_RollBack, error, None)
        else:
            stack.close()
    except _RollBack:
        pass
    return response


def _clean(_error: BaseException | None) -> None:
    stack: ExitStack | None = g.pop("stack", None)
    if stack is not None:
        try:
            stack.__exit__(_RollBack, _RollBack(), None)
        except _RollBack:
            pass


def init_app(app: Flask) -> None:
    """Commit or roll back when the view has answered; never leave a connection behind."""
    app.after_request(_finish)
    app.teardown_request(_clean)
