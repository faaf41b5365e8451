"""What this browser looks with: one's own eyes, or those of a person or a role, until one stops or signs out.

It is kept in the session beside the real person's id, so that it can serve nobody else. While it lasts nothing can be
changed: every request that is not for reading is refused here, and the connection refuses to write as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, request, session
from flask_login import user_logged_out

from runtime import clock, people
from runtime.catalog import load_catalog
from runtime.context import Actor, WorkspaceInfo
from runtime.errors import Forbidden, NotFound

KEY = "looking"
STOP, SIGN_OUT = "see_as.stop", "security.logout"
_FORM_STATE = "record_edit.form_state"
_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Looking:
    """One look. person: whose eyes, or whose records count as own ones; role: the only role that counts; back: where it began."""

    number: int
    by: int
    workspace: int
    person: int | None
    role: str | None
    back: str
    actor: Actor | None = None


def asked() -> Looking | None:
    """What the session says, whoever is signed in now; None for programs with keys."""
    kept = session.get(KEY)
    is_program = request.headers.get("Authorization", "").partition(" ")[0].lower() == "bearer"
    if not isinstance(kept, dict) or is_program:
        return None
    try:
        return Looking(**kept)
    except TypeError:
        return None


def begin(look: Looking) -> None:
    """From the next request on this browser looks so."""
    names = ("number", "by", "workspace", "person", "role", "back")
    session[KEY] = {name: getattr(look, name) for name in names}


def end() -> None:
    """With one's own eyes again."""
    session.pop(KEY, None)


def actor_for(connection: sa.Connection, workspace: WorkspaceInfo, real: Actor) -> Actor:
    """Whose rights count for this request: the real person's own, unless an administrator looks as somebody else."""
    look = asked()
    if look is None or not real.is_admin or (look.by, look.workspace) != (real.user_id, workspace.id):
        return real
    try:
        seen = people.actor_seen(connection, workspace, look.person, look.role)
    except NotFound:  # no member any more: who sees nothing must not turn into an administrator
        seen = Actor("person")
    seen = replace(seen, language=real.language, name=seen.name or role_name(connection, workspace, look.role, real.language))
    g.looking = replace(look, actor=seen)
    return seen


def role_name(connection: sa.Connection, workspace: WorkspaceInfo, role: str | None, language: str) -> str:
    """What people call the role `app.role`."""
    found = load_catalog(connection, workspace).roles().get(role) if role else None
    return (found.label.in_language(language) if found else "") or role or ""


def looking() -> Looking | None:
    """The look of this request, with its actor; None with one's own eyes."""
    if asked() is None:
        return None
    from web.request_context import current_or_none

    current_or_none()
    found: Looking | None = g.get("looking")
    return found


def reads_only() -> bool:
    """Whether this request's connection must not write."""
    return asked() is not None and request.endpoint not in (STOP, SIGN_OUT)


def _guard() -> None:
    if asked() is None or request.endpoint in (STOP, SIGN_OUT, None) or request.blueprint == "assets" or looking() is None:
        return
    if request.path.startswith("/profile") or request.blueprint == "security":
        raise Forbidden("Your own account stays closed while you look with somebody else's eyes. Stop first.")
    if request.method not in _SAFE and request.endpoint != _FORM_STATE:
        raise Forbidden("You only look with somebody else's eyes: nothing can be changed. Stop first.")


def _signed_out(_app: Flask, **_more: Any) -> None:
    look = asked()
    end()
    if look is not None:
        from web.request_context import connection

        people.end_look(connection(), look.number, look.by, clock.now())


def init_app(app: Flask) -> None:
    """Refuse what is not reading, end with signing out, and let every page say so."""
    app.before_request(_guard)
    user_logged_out.connect(_signed_out, app)
    app.jinja_env.globals.update(looking=looking)
