"""`Idempotency-Key`: a POST that is sent again is answered again, and done once.

The key's row is written in the same transaction as the work. A second request with the key waits for the first
at that row, and then finds its answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from flask import Response, request
from sqlalchemy.dialects.postgresql import insert

from builder.errors import Problem
from runtime.context import Context
from runtime.errors import Invalid
from runtime.platform.work import IdempotencyKey
from web.api.body import raw_body
from web.api.caller import caller

HEADER = "Idempotency-Key"
MAX_LENGTH = 255
KEPT_FOR = timedelta(days=1)
_RUNNING = 0

View = TypeVar("View", bound=Callable[..., Any])


def idempotent(view: View) -> View:
    """Makes a POST view honour the header. Other methods pass through."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST":
            return view(*args, **kwargs)
        ctx = caller()
        return _claim(ctx, _checked(key)) or _remember(ctx, key, view(*args, **kwargs))

    return cast("View", wrapped)


def _checked(key: str) -> str:
    if not 0 < len(key) <= MAX_LENGTH or not key.isprintable():
        raise Invalid([Problem(HEADER, "bad_key", "Send 1 to {max} printable characters.", {"max": MAX_LENGTH})])
    return key


def _claim(ctx: Context, key: str) -> Response | None:
    """The answer of an earlier request with this key; None when this one is to do the work."""
    place = {"workspace_id": ctx.workspace.id, "user_id": ctx.actor.user_id or 0, "key": key}
    new = {"fingerprint": _fingerprint(), "status": _RUNNING, "body": "", "created_at": ctx.now}
    columns = (IdempotencyKey.workspace_id, IdempotencyKey.user_id, IdempotencyKey.key)
    statement = insert(IdempotencyKey).values(**place, **new)
    statement = statement.on_conflict_do_update(
        index_elements=columns, set_=new, where=IdempotencyKey.created_at < ctx.now - KEPT_FOR
    )
    if ctx.connection.execute(statement.returning(IdempotencyKey.key)).first() is not None:
        return None
    found = sa.select(IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.body)
    fingerprint, status, body = ctx.connection.execute(found.filter_by(**place)).one()
    if fingerprint != new["fingerprint"]:
        raise Invalid([Problem(HEADER, "key_reused", "This key has been used for another request.")])
    response = Response(body, status, mimetype="application/json")
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _remember(ctx: Context, key: str, response: Response) -> Response:
    """Keeps a good answer; after any other the transaction is rolled back, and the key with it."""
    if response.status_code < 400:
        place = {"workspace_id": ctx.workspace.id, "user_id": ctx.actor.user_id or 0, "key": key}
        values = {"status": response.status_code, "body": response.get_data(as_text=True)}
        ctx.connection.execute(sa.update(IdempotencyKey).filter_by(**place).values(**values))
    return response


def _fingerprint() -> str:
    """Digest of method, path, query and body."""
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    digest.update(request.mimetype.encode() + b"\n")
    if request.mimetype != "multipart/form-data":
        digest.update(raw_body())
        return digest.hexdigest()
    # The boundary between the parts differs each time that a form is sent; the parts do not.
    for name, value in sorted(request.form.items(multi=True)):
        digest.update(f"{name}={value}\n".encode())
    for name, file in request.files.items(multi=True):
        digest.update(f"{name}={file.filename}\n".encode())
        digest.update(hashlib.file_digest(file.stream, "sha256").digest())  # type: ignore[arg-type]
        file.stream.seek(0)
    return digest.hexdigest()
