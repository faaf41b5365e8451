"""Reading what a program sends: size, kind and depth are checked before anything else looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from builder.errors import Problem
from runtime import errors

MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 64


def json_body() -> Any:
    """The JSON of the request. Raises 400, 413 or 415 as HTTP exceptions."""
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise UnsupportedMediaType("Send application/json.")
    raw = raw_body()
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BadRequest("The body is not valid JSON.") from None
    if is_too_deep(raw, value):
        raise BadRequest("The JSON is nested too deeply.")
    return value


def raw_body() -> bytes:
    """The bytes of the body, at most MAX_BYTES. Raises 413."""
    if (request.content_length or 0) > MAX_BYTES:
        raise RequestEntityTooLarge
    request.max_content_length = MAX_BYTES
    return request.get_data(cache=True)


def json_object() -> dict[str, Any]:
    """The JSON object of the request. Raises 400 for anything else."""
    value = json_body()
    if not isinstance(value, dict):
        raise errors.BadRequest([Problem("", "not_an_object", "Send a JSON object.")])
    return value


def only(value: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raises BadRequest for properties that mean nothing here."""
    allowed = frozenset(known)
    unknown = [
        Problem(str(key)[:80], "unknown_property", "This property is not known here.") for key in value if key not in allowed
    ]
    if unknown:
        raise errors.BadRequest(unknown[:50])


def is_too_deep(raw: bytes, value: Any) -> bool:
    """Whether the JSON is nested more than MAX_DEPTH deep."""
    if raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH:  # few brackets cannot be deep; most bodies need no walk
        return False
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        members = (container.values() if type(container) is dict else container for container in level)
        level = [each for group in members for each in group if type(each) is dict or type(each) is list]
        if not level:
            return False
    return True
