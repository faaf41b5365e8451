"""Who may open a page."""

from __future__ import annotations

from runtime.context import Context
from runtime.errors import Forbidden
from web.request_context import current, person


def admin() -> Context:
    """The context, for administrators of the workspace only. Raises Forbidden."""
    ctx = current()
    if not ctx.actor.is_admin:
        raise Forbidden("Only administrators of the workspace may do this.")
    return ctx


def signed_in() -> Context:
    """The context of a person in a browser; an API key is not enough. Raises Forbidden."""
    ctx = current()
    if person() is None:
        raise Forbidden("An API key is not enough for this: sign in with a browser.")
    return ctx
