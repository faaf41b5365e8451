"""Tells people: rows in their bells, exactly once, and e-mails as outside effects."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from builder.automations.steps.notify import MANAGER
from builder.keys import qualified
from runtime.access.rights import rights
from runtime.automations.effects import add_effect
from runtime.automations.flow import Done, Outcome
from runtime.automations.names import StepFailure
from runtime.automations.steps.base import Move, StepRunner
from runtime.automations.templating import Readable, record_address, render
from runtime.errors import NotFound
from runtime.notifications import Message, notify
from runtime.people import load_actor
from runtime.platform.people import Member, RoleAssignment, User
from runtime.tables import EntityDef


class NotifyRunner(StepRunner):
    """Notifies each person once, in the person's language, with what the person may see."""

    name = "notify"

    def run(self, move: Move) -> Outcome:
        people = _active(move, list(dict.fromkeys(_recipients(move))))
        channels = move.option("channels") or ["in_app"]
        entity, record_id = (
            (move.names.entity.name, move.names.row["id"]) if move.names.entity and move.names.row else (None, None)
        )
        messages = []
        for person in people:
            title, body = _texts(move, person)
            key = f"{move.key}:{person.id}"
            messages.append(Message(person.id, key, title, body, entity, record_id, move.plan.name, move.run_id))
            if "email" in channels and person.email:
                payload = {"to": person.email, "name": person.name, "subject": title, "text": _mail_text(body, entity, record_id)}
                add_effect(
                    move.ctx.connection, move.ctx.workspace.id, move.run_id, f"{key}:email", "email", payload, move.ctx.now
                )
        if "in_app" in channels:
            notify(move.ctx.connection, move.ctx.workspace.id, messages)
        told = [{"id": each.id, "name": each.name} for each in people]
        return Done(
            {"count": len(people)}, {"to": told, "channels": list(channels), "title": messages[0].title if messages else None}
        )


def _texts(move: Move, person: sa.Row[Any]) -> tuple[str, str]:
    language = person.language or move.ctx.workspace.language
    readable = _readable(move, person.id)
    title = render(move.option("title"), move.names, language, readable=readable)
    body = render(move.option("body"), move.names, language, readable=readable)
    return title[:500], body


def _mail_text(body: str, entity: str | None, record_id: int | None) -> str:
    if entity is None or record_id is None:
        return body
    address = record_address(entity, record_id)
    return body if address in body else f"{body}\n\n{address}".strip()


def mail_html(text: str) -> str:
    """A plain text as HTML: escaped, with its line breaks."""
    return html.escape(text).replace("\n", "<br>\n")


def _readable(move: Move, user_id: int) -> Readable:
    """Whether this person may see a field: what is masked on screens is masked here too."""
    try:
        ctx = move.ctx.acting(load_actor(move.ctx.connection, move.ctx.workspace, user_id))
    except NotFound:
        return _nothing

    def readable(entity: EntityDef, key: str) -> bool:
        return key in rights(ctx, entity).model.readable

    return readable


def _nothing(entity: EntityDef, key: str) -> bool:  # noqa: ARG001
    return False


def _recipients(move: Move) -> Iterator[int]:
    for target in move.option("to", ()):
        if isinstance(target, str):
            yield from _at_path(move, target)
        elif isinstance(target, int):
            yield target
        elif isinstance(target, Mapping) and "role" in target:
            yield from _holders(move, qualified(move.plan.app, str(target["role"])))
        elif isinstance(target, Mapping) and "user" in target:
            yield int(target["user"])


def _at_path(move: Move, text: str) -> Iterator[int]:
    path = tuple(text.split("."))
    wants_manager = path[-1] == MANAGER and len(path) > 1
    try:
        value = move.names(path[:-1] if wants_manager else path)
    except KeyError:
        raise StepFailure(f"There is no field {text}.") from None
    if value is None:
        return
    if not wants_manager:
        yield int(value)
        return
    statement = sa.select(Member.manager_id).where(Member.workspace_id == move.ctx.workspace.id, Member.user_id == int(value))
    manager = move.ctx.connection.scalar(statement)
    if manager is not None:
        yield int(manager)


def _holders(move: Move, role: str) -> Sequence[int]:
    statement = sa.select(RoleAssignment.user_id).where(
        RoleAssignment.workspace_id == move.ctx.workspace.id, RoleAssignment.role == role
    )
    return move.ctx.connection.scalars(statement.order_by(RoleAssignment.user_id)).all()


def _active(move: Move, ids: list[int]) -> Sequence[sa.Row[Any]]:
    """Those of these people who are active members, in this order."""
    if not ids:
        return []
    statement = (
        sa.select(User.id, sa.func.coalesce(sa.func.nullif(User.name, ""), User.email).label("name"), User.email, User.language)
        .join(Member, Member.user_id == User.id)
        .where(
            Member.workspace_id == move.ctx.workspace.id,
            Member.active,
            User.active,
            User.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))),
        )
    )
    return sorted(move.ctx.connection.execute(statement, {"ids": ids}), key=lambda row: ids.index(row.id))
