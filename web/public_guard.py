"""What keeps programs out of public forms without asking people riddles.

Every page carries a ticket: signed, of one link, with its time and a one-time id. It is what a CSRF token is where nobody is
signed in: a page of another site cannot have one, and what is sent twice is known again. A person takes longer than a moment,
leaves the field empty that nobody sees, and comes from the page itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeSerializer

from runtime import clock
from runtime.settings import Settings
from web.rate_limit import count_attempt
from web.request_context import engine

TRAP = "fl_homepage"
TICKET = "fl_ticket"
COOKIE = "formloom_visitor"
LEAST_TIME = timedelta(seconds=2)
MOST_TIME = timedelta(hours=12)
WINDOW = timedelta(minutes=10)
PER_ADDRESS = 60
STEPS_PER_ADDRESS = 300
MOST_BYTES = 256 * 1024
MOST_FIELDS = 600
_COOKIE_AGE_S = 365 * 24 * 3600


@dataclass(frozen=True)
class Ticket:
    """A page that was given out. made_at: seconds since 1970; address: raw values that came with the page's address."""

    made_at: float
    submission: str
    address: Mapping[str, Any] = field(default_factory=dict)


def new_ticket(address: Mapping[str, Any]) -> Ticket:
    """The ticket of a page that is given out now."""
    return Ticket(clock.now().timestamp(), secrets.token_urlsafe(12), address)


def sealed(ticket: Ticket, link_id: int) -> str:
    """The ticket as the page carries it."""
    return _serializer(link_id).dumps([ticket.made_at, ticket.submission, dict(ticket.address)])


def unsealed(text: str, link_id: int) -> Ticket | None:
    """The ticket that a page brought; None when it is not one of this link."""
    try:
        made_at, submission, address = _serializer(link_id).loads(text)
    except (BadData, ValueError, TypeError):
        return None
    return Ticket(float(made_at), str(submission), dict(address))


def suspicion(ticket: Ticket | None) -> str:
    """Why this does not look like a person who sends the page: a word, empty when it does."""
    if _is_foreign():
        return "foreign"
    if ticket is None:
        return "ticket"
    if request.form.get(TRAP):
        return "trap"
    age = clock.now().timestamp() - ticket.made_at
    return "old" if age > MOST_TIME.total_seconds() else ""


def is_too_fast(ticket: Ticket | None) -> bool:
    """Whether no person could have filled in the page since it was given out."""
    return ticket is None or clock.now().timestamp() - ticket.made_at < LEAST_TIME.total_seconds()


def seconds_to_wait(token: str, *, is_step: bool = False) -> int:
    """Counts a try from this network at a link; how long it has to wait, 0 when it need not."""
    kind, limit = ("step", STEPS_PER_ADDRESS) if is_step else ("form", PER_ADDRESS)
    return count_attempt(engine(), f"{kind} {token[:64]} {request.remote_addr or ''}", limit=limit, window=WINDOW)


def browser_id() -> str:
    """What this browser was given before, empty if nothing or not by us."""
    found = request.cookies.get(COOKIE, "")
    return found if 16 <= len(found) <= 64 and found.isascii() and found.isprintable() else ""


def give_browser_id(response: Response) -> None:
    """Gives this browser an id, to know it again at this site's public forms only."""
    settings: Settings = current_app.config["SETTINGS"]
    secure = settings.address.startswith("https://")
    response.set_cookie(
        COOKIE, secrets.token_urlsafe(18), max_age=_COOKIE_AGE_S, path="/f/", secure=secure, httponly=True, samesite="Lax"
    )


def _is_foreign() -> bool:
    """Whether the page that sends it is of another site. Very old browsers do not tell; their ticket has to do."""
    told = request.headers.get("Sec-Fetch-Site")
    if told is not None:  # no page can change what a browser says here
        return told not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    settings: Settings = current_app.config["SETTINGS"]
    # Behind a proxy the site may not know by which name it was called.
    return origin is not None and urlsplit(origin).netloc not in (request.host, urlsplit(settings.address).netloc)


def _serializer(link_id: int) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"formloom public form {link_id}")
