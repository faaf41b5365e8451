"""The first page: the apps and what waits for the person."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, redirect

from runtime.platform.people import User
from runtime.platform.personal import Notification
from web import request_context
from web.auth import to_sign_in
from web.render import render
from web.render.shell import creatable

blueprint = Blueprint("home", __name__)
_SHOWN = 6


@blueprint.get("/")
def home() -> Response:
    """Apps, latest notifications, what can be created."""
    ctx = request_context.current_or_none()
    if ctx is None:
        return _stranger()
    mine = (Notification.workspace_id == ctx.workspace.id, Notification.user_id == ctx.actor.user_id)
    statement = sa.select(Notification.__table__).where(*mine, Notification.read_at.is_(None))
    waiting = ctx.connection.execute(statement.order_by(Notification.id.desc()).limit(_SHOWN)).all()
    return render("pages/home.html", ctx=ctx, waiting=waiting, new=creatable())


def _stranger() -> Response:
    if request_context.person() is not None:
        return render("pages/no_workspace.html", status=403)
    connection = request_context.connection()
    if connection.scalar(sa.select(User.id).limit(1)) is None:
        return redirect("/setup")  # type: ignore[return-value]
    return to_sign_in()


@blueprint.get("/create")
def create() -> Response:
    """The phone's ⊕: what shall it be?"""
    request_context.current()
    return render("pages/create.html", entries=creatable())


@blueprint.get("/favicon.svg")
def favicon() -> Response:
    """The mark of the site."""
    from flask import send_from_directory

    response = send_from_directory(f"{current_app.root_path}/static", "favicon.svg")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
