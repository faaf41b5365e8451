"""My API keys: made, shown once, ended."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, request

from runtime import clock, people
from runtime.context import Context
from runtime.errors import Invalid
from web.i18n import gettext as _
from web.pages.guard import signed_in
from web.render import redirect_to, render, toast
from web.render.forms import errors_of

blueprint = Blueprint("api_keys", __name__, url_prefix="/profile/keys")
LIFETIMES = (0, 30, 90, 365)


@blueprint.get("")
def page() -> Response:
    """The living keys of the person in this workspace."""
    return _page(signed_in())


@blueprint.post("")
def issue() -> Response:
    """A new key; its secret is in this answer and nowhere else."""
    ctx = signed_in()
    days = request.form.get("days", 0, type=int)
    try:
        key = people.issue_api_key(
            ctx.connection,
            ctx.workspace.id,
            int(ctx.actor.user_id or 0),
            label=request.form.get("label", ""),
            role=request.form.get("role") or None,
            expires_at=clock.now() + timedelta(days=days) if days in LIFETIMES and days else None,
        )
    except Invalid as error:
        return _page(ctx, status=422, errors=errors_of(error.problems))
    return _page(ctx, secret=key.secret)


@blueprint.post("/<int:key_id>/revoke")
def revoke(key_id: int) -> Response:
    """End one key."""
    ctx = signed_in()
    people.revoke_api_key(ctx.connection, ctx.workspace.id, key_id, user_id=ctx.actor.user_id)
    toast(_("The key no longer works."))
    return redirect_to("/profile/keys")


def _page(ctx: Context, *, status: int = 200, errors: dict[str, list[str]] | None = None, secret: str | None = None) -> Response:
    names = ctx.catalog.roles() if ctx.actor.is_admin else ctx.catalog.roles(ctx.actor.roles)
    roles = [(name, f"{role.label.in_language(ctx.actor.language)} ({name})") for name, role in names.items()]
    keys = people.list_api_keys(ctx.connection, ctx.workspace.id, int(ctx.actor.user_id or 0))
    return render(
        "pages/api_keys.html", status=status, keys=keys, roles=roles, errors=errors or {}, secret=secret, lifetimes=LIFETIMES
    )
