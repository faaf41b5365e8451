"""One answer to a public form: exactly one record, however often it is sent, and never more than the limits allow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from builder.errors import Problem
from builder.label import Label
from runtime.context import SYSTEM, Actor, Context
from runtime.errors import Invalid
from runtime.notifications import Message, notify
from runtime.platform.forms import FormAnswer, FormLink
from runtime.platform.people import Member, User, Workspace
from runtime.public_links.names import link_name
from runtime.public_links.settings import ADDRESS, ASK, BROWSER, FIXED, settings_to_json
from runtime.public_links.store import lock_link
from runtime.public_links.tables import asked_tables
from runtime.public_links.visitor import OFF, OPEN, Visit, state_of
from runtime.records.plan import plan_of
from runtime.records.read import titles
from runtime.records.rows import RowSet, save_with_rows
from runtime.records.values import readers_of
from runtime.unit_of_work import transaction

_NEW_ANSWER = {"en": "New answer: {form}", "zh-Hans": "收到新的填写：{form}", "zh-Hant": "收到新的填寫：{form}"}


@dataclass(frozen=True)
class Sent:
    """What a visitor sends. asked: raw values of the form's inputs; address: of those that came with the address; rows: raw values
    of the rows of each table.

    submission: the one-time id of the page. browser: what tells this browser from others, if it told.
    """

    asked: Mapping[str, Any]
    address: Mapping[str, Any]
    submission: str
    browser: str = ""
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Answered:
    """The record; `again`: it was sent before, and nothing was written now."""

    record_id: int
    again: bool = False


class NotNow(Exception):
    """The link takes no answers now; `state` says why (see visitor.py)."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class Enough(Exception):
    """This person has answered as often as allowed."""


class SentBefore(Exception):
    """The page was sent before, with other values."""


def answer(visit: Visit, sent: Sent) -> Answered:
    """Makes the record. Raises Invalid with all problems, NotNow, Enough, SentBefore; then nothing is written.

    Answers to one link wait for each other, so that limits hold whatever comes at once.
    """
    ctx, place = visit.ctx, visit.place
    link = lock_link(ctx.connection, visit.link.id)
    if link is None or place is None or link.token != visit.link.token:
        raise NotNow(OFF)
    content = _content(sent)
    before = _sent_before(ctx, link.id, sent.submission, content)
    if before is not None:
        return before
    state = state_of(ctx, link, place)
    if state != OPEN:
        raise NotNow(state)
    values = values_of(visit, sent)
    person = _person(visit, sent, values)
    if person is not None and _has_enough(visit, person):
        raise Enough
    written = save_with_rows(ctx, place.entity.name, None, values, rows_of(visit, sent))
    row = {"link_id": link.id, "submission": _digest(sent.submission), "content": content, "person": person}
    ctx.connection.execute(sa.insert(FormAnswer).values(record_id=written.id, at=ctx.now, **row))
    ctx.connection.execute(sa.update(FormLink).where(FormLink.id == link.id).values(answers=FormLink.answers + 1, trouble=None))
    _tell(visit, written.id)
    return Answered(written.id)


def has_answered_enough(visit: Visit, browser: str) -> bool:
    """Whether a browser need not be asked any more, where answers of each are limited."""
    return bool(browser) and _has_enough(visit, _digest(f"browser {browser}"))


def values_of(visit: Visit, sent: Sent) -> dict[str, Any]:
    """The raw values of the record: what was asked for, what the address brought, what is fixed; the last wins."""
    asked = {each.field for each in visit.settings.using(ASK)}
    address = {each.field for each in visit.settings.using(ADDRESS)}
    found = {key: value for key, value in sent.asked.items() if key in asked}
    found |= {key: value for key, value in sent.address.items() if key in address}
    return found | {each.field: each.value for each in visit.settings.using(FIXED)}


def rows_of(visit: Visit, sent: Sent) -> list[RowSet]:
    """The rows of the tables that are asked for, with their columns alone."""
    if visit.place is None:
        return []
    asked = asked_tables(visit.ctx.catalog, visit.place, visit.settings.tables)
    return [
        RowSet(key, each.entity.name, each.item.rows.field, [_only(row, each.columns) for row in sent.rows[key]])
        for key, each in asked.items()
        if key in sent.rows
    ]


def _only(row: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    return {key: row[key] for key in columns if key in row}


def note_refused(engine: sa.Engine, link_id: int) -> None:
    """Counts an attempt that looked like spam; in a transaction of its own, for that of the attempt is rolled back."""
    with transaction(engine) as connection:
        connection.execute(sa.update(FormLink).where(FormLink.id == link_id).values(refused=FormLink.refused + 1))


def note_trouble(engine: sa.Engine, now: datetime, link_id: int, field: str, code: str) -> None:
    """Remembers that an answer could not be saved for a reason that only an administrator can mend."""
    trouble = {"at": now.isoformat(), "field": field[:120], "code": code}
    with transaction(engine) as connection:
        connection.execute(sa.update(FormLink).where(FormLink.id == link_id).values(trouble=trouble))


def _content(sent: Sent) -> str:
    """What tells whether the same is sent once more."""
    parts: list[Any] = [sorted(sent.asked.items()), sorted(sent.address.items())]
    rows = [[key, [sorted(row.items()) for row in rows]] for key, rows in sorted(sent.rows.items()) if rows]
    return _digest(orjson.dumps([*parts, rows] if rows else parts, default=str).decode())


def _sent_before(ctx: Context, link_id: int, submission: str, content: str) -> Answered | None:
    wanted = sa.select(FormAnswer.record_id, FormAnswer.content)
    row = ctx.connection.execute(
        wanted.where(FormAnswer.link_id == link_id, FormAnswer.submission == _digest(submission))
    ).one_or_none()
    if row is None:
        return None
    if row.content != content:
        raise SentBefore
    return Answered(row.record_id, again=True)


def _person(visit: Visit, sent: Sent, values: Mapping[str, Any]) -> str | None:
    """What tells this person from others; None when answers per person are not limited, or nothing tells."""
    settings, ctx, place = visit.settings, visit.ctx, visit.place
    if settings.per_person is None or place is None:
        return None
    if settings.person_by == BROWSER:
        return _digest(f"browser {sent.browser}") if sent.browser else None
    parsed = readers_of(ctx, plan_of(ctx.catalog, place.entity.name), "create").read(values)[0].get(settings.person_by)
    text = str(parsed).strip().casefold() if parsed is not None else ""
    if not text and settings.person_by in sent.asked:
        raise Invalid([Problem(settings.person_by, "required", "Please fill this in.")])
    return _digest(f"{settings.person_by} {text}") if text else None


def _has_enough(visit: Visit, person: str) -> bool:
    counted = sa.select(sa.func.count()).select_from(FormAnswer)
    found = visit.ctx.connection.scalar(counted.where(FormAnswer.link_id == visit.link.id, FormAnswer.person == person))
    return int(found or 0) >= int(visit.settings.per_person or 0)


def _tell(visit: Visit, record_id: int) -> None:
    ctx, place = visit.ctx, visit.place
    if not visit.settings.notify or place is None:
        return
    title = titles(ctx.acting(SYSTEM), place.entity.name, [record_id]).get(record_id, "")
    people = (
        sa.select(User.id, sa.func.coalesce(User.language, Workspace.language))
        .join(Member, Member.user_id == User.id)
        .join(Workspace, Workspace.id == Member.workspace_id)
        .where(Member.workspace_id == ctx.workspace.id, Member.active, User.id.in_(visit.settings.notify))
    )
    named = settings_to_json(visit.settings)
    messages = []
    for user_id, language in ctx.connection.execute(people).all():
        name = link_name(ctx.acting(Actor(kind="link", language=language)), visit.link.app, visit.link.form, named)
        text = Label.of(_NEW_ANSWER).in_language(language).format(form=name)
        key = f"form:{visit.link.id}:{record_id}:{user_id}"
        messages.append(Message(user_id, key, text, title, place.entity.name, record_id))
    notify(ctx.connection, ctx.workspace.id, messages)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
