"""The bell and the page behind it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, redirect, request

from runtime import clock
from runtime.errors import NotFound
from runtime.platform.personal import Notification
from web import links
from web.i18n import gettext as _
from web.looking import looking
from web.render import redirect_to, render, toast
from web.request_context import current

blueprint = Blueprint("notifications", __name__, url_prefix="/notifications")
_PAGE = 50


@blueprint.get("")
def page() -> Response:
    """All notifications, newest first."""
    rows = _rows(before=request.args.get("before", type=int), limit=_PAGE + 1)
    more = rows[_PAGE - 1].id if len(rows) > _PAGE else None
    return render("pages/notifications.html", rows=rows[:_PAGE], more=more)


@blueprint.get("/latest")
def latest() -> Response:
    """What the bell shows."""
    return render("pages/notifications_latest.html", rows=_rows(limit=8))


@blueprint.get("/<int:notification_id>")
def follow(notification_id: int) -> Response:
    """To the record that the notification is about; it counts as seen when the mark is written by the page."""
    ctx = current()
    row = ctx.connection.execute(sa.select(Notification.__table__).where(*_mine(), Notification.id == notification_id)).first()
    if row is None:
        raise NotFound
    if row.read_at is None and looking() is None:
        _mark(Notification.id == notification_id)
    return redirect(links.notification_url(row.entity, row.record_id))  # type: ignore[return-value]


@blueprint.post("/read")
def read_all() -> Response:
    """Mark all as seen."""
    _mark(sa.true())
    toast(_("All notifications are marked as read."))
    return redirect_to("/notifications")


def _mark(which: sa.ColumnElement[bool]) -> None:
    unread = (*_mine(), which, Notification.read_at.is_(None))
    current().connection.execute(sa.update(Notification).where(*unread).values(read_at=clock.now()))


def _mine() -> tuple[sa.ColumnElement[bool], ...]:
    ctx = current()
    return (Notification.workspace_id == ctx.workspace.id, Notification.user_id == ctx.actor.user_id)


def _rows(*, limit: int, before: int | None = None) -> list[Any]:
    statement = sa.select(Notification.__table__).where(*_mine()).order_by(Notification.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Notification.id < before)
    return list(current().connection.execute(statement))
