"""What a public form answers when it does not take what was sent: why, with all that was entered still there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Response, g

from builder.errors import Problem
from runtime.public_links import answering
from runtime.public_links.settings import BROWSER
from runtime.public_links.visitor import Visit
from web import public_guard
from web.i18n import gettext as _
from web.pages.public_arrival import Arrival, again, same
from web.render.public_pages import enough_words, form_page, here, public_page, refusal_words
from web.request_context import engine


def refusal(found: Visit, arrival: Arrival, wait: int) -> Response | None:
    """The answer to what does not look like a person, or comes too often (`wait`: seconds)."""
    reason = public_guard.suspicion(arrival.ticket) if not wait else "often"
    if reason:
        return refused(found, arrival, reason, wait)
    if is_by_browser(found) and not public_guard.browser_id():
        text = _("Please allow cookies for this page, and send it again: the form counts the answers of each browser.")
        shown = form_page(
            arrival.questions, arrival.filled, again(arrival), notice=text, status=422, open_page=arrival.filled.step
        )
        return known_again(found, shown)
    return None


def refused(found: Visit, arrival: Arrival, reason: str, wait: int = 0) -> Response:
    """The page again, with the reason; counted as refused."""
    _book(lambda: answering.note_refused(engine(), found.link.id))
    if reason == "foreign":
        return public_page(
            "pages/public/message.html", found, 403, title=_("Not sent"), text=refusal_words(reason), back=here(found)
        )
    ticket = again(arrival) if reason in ("ticket", "old") else same(arrival)
    status, step = 429 if wait else 422, arrival.filled.step
    response = form_page(arrival.questions, arrival.filled, ticket, notice=refusal_words(reason), status=status, open_page=step)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def invalid(arrival: Arrival, problems: Sequence[Problem]) -> Response:
    """The page again with what the visitor can mend; the rest is remembered for an administrator."""
    found, filled = arrival.questions.visit, arrival.filled
    mine, unmendable = arrival.questions.told(filled, problems)
    if unmendable is not None:
        trouble = unmendable
        _book(lambda: answering.note_trouble(engine(), found.ctx.now, found.link.id, trouble.path, trouble.code))
        if not mine:
            text = _("The form cannot take answers just now. Please tell whoever gave you the link; your entries are still here.")
            return form_page(arrival.questions, filled, same(arrival), notice=text, status=409, open_page=filled.step)
    return form_page(arrival.questions, filled, same(arrival), problems=mine, status=422, open_page=filled.step)


def enough(found: Visit, arrival: Arrival) -> Response:
    """The page again: this person has answered as often as allowed."""
    key, filled = found.settings.person_by, arrival.filled
    if key in arrival.questions.fields:
        problem = Problem(key, "enough", "An answer has been given with this already.")
        return form_page(arrival.questions, filled, same(arrival), problems=[problem], status=422)
    return form_page(arrival.questions, filled, same(arrival), notice=enough_words(), status=409, open_page=filled.step)


def is_by_browser(found: Visit) -> bool:
    """Whether the answers of each browser are counted."""
    return found.settings.per_person is not None and found.settings.person_by == BROWSER


def known_again(found: Visit, response: Response) -> Response:
    """The page, with which the browser is known again where its answers are counted."""
    if is_by_browser(found) and not public_guard.browser_id():
        public_guard.give_browser_id(response)
    return response


def _book(work: Callable[[], None]) -> None:
    """Done when the request has given its connection back: its transaction is rolled back, and another is needed."""
    g.setdefault("bookings", []).append(work)


def do_bookings(_error: BaseException | None) -> None:
    """What was booked in this request."""
    for work in g.pop("bookings", []):
        work()
