"""Links in the database: made with their first settings, switched, renewed, found by their token. For administrators,
except `by_token`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from builder.errors import Problem
from runtime.context import Context
from runtime.errors import Forbidden, Invalid, NotFound
from runtime.people import list_members
from runtime.platform.forms import FormAnswer, FormLink
from runtime.public_links.offer import first_settings, settings_problems
from runtime.public_links.place import Place, find_place
from runtime.public_links.settings import LinkSettings, settings_from_json, settings_to_json

TOKEN_BYTES = 18
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
_TABLE: Any = FormLink.__table__


@dataclass(frozen=True)
class Link:
    """A public form as it is now."""

    id: int
    workspace_id: int
    app: str
    form: str
    token: str
    enabled: bool
    settings: LinkSettings
    answers: int = 0
    refused: int = 0
    trouble: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Answer:
    """One answer that came in."""

    record_id: int
    at: datetime


def get_link(ctx: Context, app: str, form: str) -> Link | None:
    """The link of a form; None before there is one."""
    _require_admin(ctx)
    return _read(ctx.connection, _TABLE.c.workspace_id == ctx.workspace.id, _TABLE.c.app == app, _TABLE.c.form == form)


def ensure_link(ctx: Context, place: Place) -> Link:
    """The link of a published form; made, switched off, if there is none."""
    found = get_link(ctx, place.app, place.form.key)
    if found is not None:
        return found
    made = insert(FormLink).values(
        workspace_id=ctx.workspace.id,
        app=place.app,
        form=place.form.key,
        token=secrets.token_urlsafe(TOKEN_BYTES),
        settings=settings_to_json(first_settings(ctx.catalog, place)),
        created_by=ctx.actor.user_id,
        created_at=ctx.now,
        changed_at=ctx.now,
    )
    ctx.connection.execute(made.on_conflict_do_nothing(index_elements=["workspace_id", "app", "form"]))
    return _one(ctx, place.app, place.form.key)


def save_link(ctx: Context, app: str, form: str, settings: LinkSettings) -> Link:
    """New settings, in force at once. Raises Invalid with all problems, NotFound when the form is not published."""
    place = published(ctx, app, form)
    problems = settings_problems(ctx, place, settings)
    members = {each.user_id for each in list_members(ctx.connection, ctx.workspace.id)}
    if not set(settings.notify) <= members:
        problems.append(Problem("notify", "not_a_member", "This person is not a member of the workspace."))
    if problems:
        raise Invalid(problems)
    return _set(ctx, ensure_link(ctx, place), settings=settings_to_json(settings), trouble=None)


def switch_link(ctx: Context, app: str, form: str, *, enabled: bool) -> Link:
    """Opens or closes the link. Raises NotFound when the form is not published, unless it is to be closed."""
    found = get_link(ctx, app, form) if not enabled else ensure_link(ctx, published(ctx, app, form))
    if found is None:
        raise NotFound
    return _set(ctx, found, enabled=enabled)


def renew_link(ctx: Context, app: str, form: str) -> Link:
    """A new token; who has the old link finds nothing any more."""
    return _set(ctx, _one(ctx, app, form), token=secrets.token_urlsafe(TOKEN_BYTES))


def published(ctx: Context, app: str, form: str) -> Place:
    """The published form. Raises Forbidden for others than administrators, NotFound."""
    _require_admin(ctx)
    place = find_place(ctx.catalog, app, form)
    if place is None:
        raise NotFound
    return place


def by_token(connection: sa.Connection, token: str) -> Link | None:
    """The link with this token, whoever asks."""
    return _read(connection, _TABLE.c.token == token) if _TOKEN.fullmatch(token) else None


def lock_link(connection: sa.Connection, link_id: int) -> Link | None:
    """The link as it is now; until the transaction ends nobody else gets it by this verb."""
    return _read(connection, _TABLE.c.id == link_id, lock=True)


def last_answers(ctx: Context, link: Link, limit: int = 50) -> list[Answer]:
    """The answers, newest first."""
    wanted = sa.select(FormAnswer.record_id, FormAnswer.at).where(FormAnswer.link_id == link.id)
    return [
        Answer(*row) for row in ctx.connection.execute(wanted.order_by(FormAnswer.at.desc(), FormAnswer.id.desc()).limit(limit))
    ]


def answers_since(ctx: Context, link: Link, since: datetime) -> int:
    """How many answers came in since then."""
    counted = sa.select(sa.func.count()).select_from(FormAnswer).where(FormAnswer.link_id == link.id, FormAnswer.at >= since)
    return int(ctx.connection.scalar(counted) or 0)


def _set(ctx: Context, link: Link, **values: Any) -> Link:
    statement = sa.update(FormLink).where(FormLink.id == link.id)
    ctx.connection.execute(statement.values(changed_at=ctx.now, **values))
    return _one(ctx, link.app, link.form)


def _one(ctx: Context, app: str, form: str) -> Link:
    found = get_link(ctx, app, form)
    if found is None:
        raise NotFound
    return found


def _read(connection: sa.Connection, *conditions: sa.ColumnElement[bool], lock: bool = False) -> Link | None:
    wanted = sa.select(_TABLE).where(*conditions)
    row = connection.execute(wanted.with_for_update() if lock else wanted).mappings().one_or_none()
    if row is None:
        return None
    names = ("id", "workspace_id", "app", "form", "token", "enabled", "answers", "refused", "trouble")
    return Link(settings=_stored(row["settings"]), **{name: row[name] for name in names})


def _stored(value: Any) -> LinkSettings:
    """What was saved; an older version's settings that are not understood are as none at all."""
    try:
        return settings_from_json(value)
    except Invalid:
        return LinkSettings()


def _require_admin(ctx: Context) -> None:
    if not ctx.actor.is_admin:
        raise Forbidden("Only administrators of the workspace may do this.")
