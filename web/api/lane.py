"""The fast lane: the commonest calls of programs, answered before Flask begins.

A call with an API key that reads records, or writes without any special header, needs no session, no page, no form.
Here it costs a third. The verbs, the checks and the rights are those of the ordinary views, and whatever does not end well
is not answered here: its transaction is rolled back and the ordinary view does all of it again, so that every
refusal has one place.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import orjson
import sqlalchemy as sa
import structlog
from flask import Flask

from runtime import clock, people
from runtime.catalog import load_catalog
from runtime.context import Context
from runtime.queries.aggregate import aggregate_json
from runtime.queries.listing import list_json
from runtime.records import read
from runtime.records.rows import save_nested
from runtime.unit_of_work import is_stale, sql_state, transaction
from web.api import body, parameters
from web.api.caller import FAILED
from web.api.parameters import LIST_PARAMETERS, aggregate_query
from web.errors import TIMED_OUT
from web.pages.health import observe
from web.security import standard_headers

PREFIX = "/api/v1/records/"
_MAX_ID_DIGITS = 18
_SPECIAL = ("HTTP_IDEMPOTENCY_KEY", "HTTP_IF_MATCH", "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING")
_OK, _CREATED = "200 OK", "201 CREATED"

Environ = dict[str, Any]
Reply = tuple[str, bytes, list[tuple[str, str]], str]
"""Status line, body, more headers, and the endpoint of the ordinary view."""

_log = structlog.get_logger(__name__)


class NotHere(Exception):
    """This call is for the ordinary views."""


class FastLane:
    """The WSGI application around Flask's."""

    def __init__(self, app: Flask) -> None:
        self._next = app.wsgi_app
        self._engine: sa.Engine = app.extensions["engine"]
        self._reading: sa.Engine = app.extensions["reading_engine"]
        self._rate = app.extensions["api_rate"]
        self._headers = [("Content-Type", "application/json"), *standard_headers(app.config["SESSION_COOKIE_SECURE"])]

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX) or self._rate is not None or environ.get("SCRIPT_NAME"):
            return self._next(environ, start_response)
        started = time.perf_counter()
        reply = self._try(environ, path)
        if reply is None:
            return self._next(environ, start_response)
        status, content, more, endpoint = reply
        start_response(status, [*self._headers, ("Content-Length", str(len(content))), *more])
        observe(environ["REQUEST_METHOD"], endpoint, int(status[:3]), time.perf_counter() - started)
        return [content]

    def _try(self, environ: Environ, path: str) -> Reply | None:
        """The answer, or None when the ordinary view has to give it."""
        for is_last in (False, True):
            try:
                return self._answer(environ, path[len(PREFIX) :])
            except Exception as error:  # noqa: BLE001  every refusal and every mishap is told by the ordinary view
                if is_stale(error) and not is_last:
                    continue
                if isinstance(error, sa.exc.DBAPIError) and sql_state(error) == TIMED_OUT:
                    environ[FAILED] = error
                if not isinstance(error, NotHere):
                    _log.debug("fast lane: left to the view", path=path, error=type(error).__name__)
                return None
        return None

    def _answer(self, environ: Environ, rest: str) -> Reply:
        scheme, _, key = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        entity, _, identity = rest.partition("/")
        record = int(identity) if identity.isascii() and identity.isdigit() and len(identity) <= _MAX_ID_DIGITS else None
        if scheme.lower() != "bearer" or any(name in environ for name in _SPECIAL):
            raise NotHere
        if identity and record is None:
            return self._figures(environ, key, entity, identity)
        match environ["REQUEST_METHOD"], record:
            case "GET", None:
                return self._with(self._reading.connect(), key, lambda ctx: _list(ctx, entity, environ))
            case "GET", int(number):
                return self._with(self._reading.connect(), key, lambda ctx: _get(ctx, entity, number, environ))
            case "POST", None:
                given = _body(environ)
                return self._with(transaction(self._engine), key, lambda ctx: _create(ctx, entity, given))
            case "PATCH", int(number):
                given = _body(environ)
                return self._with(transaction(self._engine), key, lambda ctx: _change(ctx, entity, number, given))
        raise NotHere

    def _figures(self, environ: Environ, key: str, entity: str, verb: str) -> Reply:
        if verb != "aggregate" or environ["REQUEST_METHOD"] != "POST":
            raise NotHere
        query = aggregate_query(_body(environ))
        return self._with(
            self._reading.connect(), key, lambda ctx: (_OK, aggregate_json(ctx, entity, query), [], "api_records.aggregate")
        )

    def _with(self, place: AbstractContextManager[sa.Connection], key: str, work: Callable[[Context], Reply]) -> Reply:
        with place as connection:
            identity = people.authenticate_key(connection, key.strip())
            if identity is None:
                raise NotHere
            catalog = load_catalog(connection, identity.workspace)
            workspace = identity.workspace
            if catalog.revision != workspace.revision:
                workspace = replace(workspace, revision=catalog.revision)
            return work(Context(connection, workspace, catalog, identity.actor, clock.now()))


def _list(ctx: Context, entity: str, environ: Environ) -> Reply:
    given = parameters.single(_query(environ), LIST_PARAMETERS)
    return _OK, list_json(ctx, entity, parameters.to_list_query(given)), [], "api_records.list_of"


def _get(ctx: Context, entity: str, record: int, environ: Environ) -> Reply:
    fields = parameters.words(parameters.single(_query(environ), ("fields",)).get("fields"))
    content, version = read.get_json(ctx, entity, record, fields)
    return _OK, content, [("ETag", f'"{version}"')], "api_records.get"


def _create(ctx: Context, entity: str, given: dict[str, Any]) -> Reply:
    if "records" in given:
        raise NotHere
    record = save_nested(ctx, entity, None, given).id
    content, version = read.get_json(ctx, entity, record)
    place = ("Location", f"{PREFIX}{entity}/{record}")
    return _CREATED, content, [("ETag", f'"{version}"'), place], "api_records.create"


def _change(ctx: Context, entity: str, record: int, given: dict[str, Any]) -> Reply:
    save_nested(ctx, entity, record, given)
    content, version = read.get_json(ctx, entity, record)
    return _OK, content, [("ETag", f'"{version}"')], "api_records.change"


def _query(environ: Environ) -> list[tuple[str, str]]:
    text = environ.get("QUERY_STRING", "")
    return parse_qsl(text, keep_blank_values=True) if text else []


def _body(environ: Environ) -> dict[str, Any]:
    """The JSON object of the request, which stays readable for the ordinary view."""
    length = environ.get("CONTENT_LENGTH") or ""
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip()
    if kind != "application/json" or not length.isdigit() or int(length) > body.MAX_BYTES or environ.get("QUERY_STRING"):
        raise NotHere
    raw = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(raw)
    found = orjson.loads(raw)
    if type(found) is not dict or body.is_too_deep(raw, found):
        raise NotHere
    return found
