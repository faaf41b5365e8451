"""Who calls the API, within the pace that callers may keep."""

from __future__ import annotations

from flask import current_app, request

from runtime.context import Context
from web.api.rate import RateLimit
from web.request_context import current

FAILED = "formloom.failed"
"""Where the fast lane leaves an error that is not worth a second try."""


def caller() -> Context:
    """The context of this call. Raises 401 for strangers, 429 for those who call too fast."""
    failed = request.environ.get(FAILED)
    if failed is not None:
        raise failed
    ctx = current()
    limit: RateLimit | None = current_app.extensions["api_rate"]
    if limit is not None:
        limit.take((ctx.workspace.id, ctx.actor.user_id))
    return ctx
