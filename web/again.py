"""Requests that met definitions newer than those they were made up for, or another transaction: done again, unseen.

A request has one transaction, and an answer that is an error rolls it back, so it may be done from the beginning. Only
what has been committed in the middle (`request_context.commit`) may not.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from flask import has_request_context, request

from runtime.unit_of_work import TRIES

_CHANCE = "formloom.again"
_MAX_BODY = 1_048_576
"""Larger bodies are not kept for a second time."""

Environ = dict[str, Any]


def ask() -> bool:
    """Whether the request at hand will be done again; what it answers now is thrown away."""
    chance: list[bool] | None = request.environ.get(_CHANCE) if has_request_context() else None
    if chance is None:
        return False
    chance.append(True)
    return True


def refuse() -> None:
    """The request at hand has done what must not be done twice."""
    request.environ.pop(_CHANCE, None)


class Again:
    """The WSGI application around another one."""

    def __init__(self, wsgi_app: Callable[..., Iterable[bytes]]) -> None:
        self._next = wsgi_app

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = _body(environ)
        if body is None:
            return self._next(environ, start_response)
        for _ in range(TRIES - 1):
            chance: list[bool] = []
            begun: list[tuple[Any, ...]] = []
            answer = self._next({**environ, "wsgi.input": io.BytesIO(body), _CHANCE: chance}, _keeper(begun))
            if not chance:
                start_response(*begun[-1])
                return answer
            close = getattr(answer, "close", None)
            if close is not None:
                close()
        return self._next({**environ, "wsgi.input": io.BytesIO(body)}, start_response)


def _keeper(begun: list[tuple[Any, ...]]) -> Callable[..., Any]:
    def start_response(*given: Any) -> Callable[[bytes], object]:
        begun.append(given)
        return _no_writing

    return start_response


def _no_writing(_data: bytes) -> None:
    raise NotImplementedError("answers are iterables")


def _body(environ: Environ) -> bytes | None:
    """The body, to be read as often as need be; None when it is too large, or of unknown length."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return None
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > _MAX_BODY:
        return None
    return environ["wsgi.input"].read(int(length)) if int(length) else b""
