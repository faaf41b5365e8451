"""What went wrong, as one HTTP answer: RFC 9457 `application/problem+json` for programs, a page for people.

`answer_of(error)` is the one table from exceptions to answers. Pages set `app.extensions["error_page"]`, a function
from an `Answer` to a response; `init_app` asks it for every request that is not a program's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
import structlog
from flask import Flask, Response, current_app, has_request_context, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.http import HTTP_STATUS_CODES

from builder.errors import Problem
from runtime.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound, RuntimeProblem, Stale, Unavailable
from runtime.unit_of_work import is_stale, sql_state
from web import again
from web.i18n import gettext as _
from web.i18n import translate

PROBLEM_JSON = "application/problem+json"
PROGRAM_PATHS = ("/api/", "/v1/")
_RETRY_AFTER_S = "2"
TIMED_OUT = "57014"  # SQLSTATE of a statement that was stopped

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Answer:
    """An error as its asker may know it. `type` is a stable word; `errors` one entry per bad field."""

    status: int
    type: str
    title: str
    detail: str = ""
    errors: Sequence[Problem] = ()
    headers: dict[str, str] = field(default_factory=dict)


def init_app(app: Flask) -> None:
    """Every exception of a view becomes an answer."""
    app.register_error_handler(Exception, handle)


def handle(error: Exception) -> Response:
    """The response for an exception, in the shape that its asker understands."""
    if is_stale(error) and again.ask():
        return Response(status=503)  # nobody gets to see it
    answer = answer_of(error)
    if answer.status >= 500:
        _log.error("request failed", path=request.path, method=request.method, status=answer.status, exc_info=error)
    page: Callable[[Answer], Response] | None = current_app.extensions.get("error_page")
    if page is None or is_program():
        return problem_response(answer)
    return page(answer)


def is_program() -> bool:
    """Whether a program asks: by path, or because it wants JSON and no page."""
    if not has_request_context():
        return True
    accepted = request.accept_mimetypes
    return request.path.startswith(PROGRAM_PATHS) or (accepted.accept_json and not accepted.accept_html)


def problem_response(answer: Answer) -> Response:
    """The answer as problem+json."""
    body: dict[str, Any] = {"type": f"urn:formloom:{answer.type}", "title": answer.title, "status": answer.status}
    if answer.detail:
        body["detail"] = answer.detail
    if answer.errors:
        body["errors"] = [{"path": each.path, "code": each.code, "message": translate(each)} for each in answer.errors]
    # What a request sent may be repeated in an answer, and need not be text that JSON can carry.
    raw = orjson.dumps(body, default=str, option=orjson.OPT_NON_STR_KEYS) if _encodable(body) else _escaped(body)
    response = Response(raw, answer.status, mimetype=PROBLEM_JSON)
    response.headers.update(answer.headers)
    return response


def answer_of(error: BaseException) -> Answer:
    """The answer for an exception; anything unexpected is a 500 that tells nothing."""
    if isinstance(error, RuntimeProblem):
        return _of_runtime(error)
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, sa.exc.DBAPIError):
        return _of_database(error)
    return _plain(500, "internal", _("Something went wrong."), _("The error has been noted. Please try again."))


def _of_runtime(error: RuntimeProblem) -> Answer:
    match error:
        case NotFound():
            return _plain(404, "not-found", _("Not found."))
        case Forbidden():
            return _plain(403, "forbidden", _("Not allowed."), translate(error.message))
        case Invalid():
            return Answer(422, "invalid", _("Some values are not right."), "", error.problems)
        case BadRequest():
            return Answer(400, "bad-request", _("The request cannot be understood."), "", error.problems)
        case Conflict():
            return Answer(409, "conflict", _("This is not possible now."), translate(error.message), error.problems)
        case Stale():
            detail = _("Somebody else has changed it in the meantime.")
            return Answer(412, "stale", _("Not the newest version."), detail, (), {"ETag": f'"{error.current_version}"'})
    return _busy() if isinstance(error, Unavailable) else _plain(500, "internal", _("Something went wrong."))


def _of_http(error: HTTPException) -> Answer:
    status = error.code or 500
    if isinstance(error, InternalServerError) or status >= 500:
        return _busy() if status == 503 else _plain(status, "internal", _("Something went wrong."))
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After", "WWW-Authenticate")}
    if status == 401:
        headers.setdefault("WWW-Authenticate", "Bearer")
    detail = translate(error.description) if error.description and type(error).description != error.description else ""
    name = HTTP_STATUS_CODES.get(status, "Error")
    return Answer(status, name.lower().replace(" ", "-"), _(name), detail, (), headers)


def _of_database(error: sa.exc.DBAPIError) -> Answer:
    if sql_state(error) == TIMED_OUT:
        return _plain(400, "too-slow", _("The question takes too long."), _("Ask for less, or narrow the filter."))
    if isinstance(error, sa.exc.OperationalError) or is_stale(error) or error.connection_invalidated:
        return _busy()
    return _plain(500, "internal", _("Something went wrong."), _("The error has been noted. Please try again."))


def _busy() -> Answer:
    detail = _("Please try again in a moment.")
    return Answer(503, "unavailable", _("Not available just now."), detail, (), {"Retry-After": _RETRY_AFTER_S})


def _plain(status: int, kind: str, title: str, detail: str = "") -> Answer:
    return Answer(status, kind, title, detail)


def _encodable(value: Any) -> bool:
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return True


def _escaped(body: dict[str, Any]) -> bytes:
    import json

    return json.dumps(body, default=str).encode()
