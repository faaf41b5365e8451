"""A form for everybody who has its link: no account, no menu; exactly one record for each answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from flask import Blueprint, Response, g, jsonify, make_response, render_template, request
from flask_babel import refresh
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge, UnsupportedMediaType

from builder.errors import Problem
from builder.label import LANGUAGES
from runtime import clock
from runtime.errors import Invalid
from runtime.public_links import answering, store
from runtime.public_links.answering import Enough, NotNow, Sent, SentBefore
from runtime.public_links.settings import BROWSER
from runtime.public_links.visitor import BROKEN, OFF, OPEN, Visit, visit
from runtime.unit_of_work import is_stale
from web import public_guard
from web.api.rate import RateLimit
from web.i18n import current_language
from web.i18n import gettext as _
from web.public_guard import Ticket, new_ticket, unsealed
from web.render.controls import submitted
from web.render.filled_form import GO, STEP, Filled, Turn, next_turn, own_problems
from web.render.public_form import (
    Questions,
    beginning,
    hidden_address,
    kept_query,
    questions_of,
    text_of,
    title_of,
)
from web.render.public_pages import enough_words, form_page, here, not_now_page, public_page, refusal_words
from web.request_context import connection, engine

blueprint = Blueprint("public_form", __name__, url_prefix="/f")

#: How often a page may ask what its form's rules say.
_asking = RateLimit(per_second=5, burst=60)


@dataclass(frozen=True)
class Arrival:
    """What a visitor has sent: raw values, and the ticket of the page."""

    questions: Questions
    filled: Filled
    raw: dict[str, Any]
    ticket: Ticket | None


@blueprint.get("/<token>")
def page(token: str) -> Response:
    """The empty form, or why there is none now."""
    found = _visit(token)
    if found.state != OPEN:
        return not_now_page(found, found.state)
    if _is_by_browser(found) and answering.has_answered_enough(found, public_guard.browser_id()):
        return public_page("pages/public/message.html", found, title=_("Thank you"), text=enough_words(), heading=title_of(found))
    address = hidden_address(found)
    questions = questions_of(found, address)
    response = form_page(questions, questions.filled(beginning(found, questions)), new_ticket(address))
    return _known_again(found, response)


@blueprint.post("/<token>")
def send(token: str) -> Response:
    """One answer, or the next step. Whatever is wrong, the form comes back with everything that was entered."""
    _read_form()
    is_step = bool(request.form.get(GO))
    wait = public_guard.seconds_to_wait(token, is_step=is_step)
    found = _visit(token)
    if found.place is None or found.state in (OFF, BROKEN):
        return not_now_page(found, found.state, 409)
    arrival = _arrival(found)
    if "lang" in request.form:
        return form_page(arrival.questions, arrival.filled, _same(arrival), open_page=arrival.filled.step)
    refused = _refusal(found, arrival, wait)
    if refused is not None:
        return refused
    turn = next_turn(found.ctx, arrival.filled)
    if not turn.save:
        return _turned(arrival, turn)
    if public_guard.is_too_fast(arrival.ticket):
        return _refused(found, arrival, "fast")
    return _saved(token, found, arrival)


def _turned(arrival: Arrival, turn: Turn) -> Response:
    if turn.problems:
        return _invalid(arrival, turn.problems)
    return form_page(arrival.questions, arrival.filled, _same(arrival), open_page=turn.page, turned=True)


def _saved(token: str, found: Visit, arrival: Arrival) -> Response:
    try:
        _attempt(token, arrival)
    except Invalid as error:
        return _invalid(arrival, error.problems)
    except NotNow as error:
        return not_now_page(found, error.state, 409)
    except Enough:
        return _enough(found, arrival)
    except SentBefore:
        text = _("You have sent this form before. Sending it again makes another answer.")
        return form_page(arrival.questions, arrival.filled, _again(arrival), notice=text, status=409)
    query = urlencode(kept_query(found), doseq=True)
    return _go(f"/f/{token}/thanks" + (f"?{query}" if query else ""))


@blueprint.get("/<token>/thanks")
def thanks(token: str) -> Response:
    """After an answer."""
    found = _visit(token)
    target = found.settings.thanks_url
    return public_page(
        "pages/public/thanks.html",
        found,
        text=text_of(found, "thanks") or _("Your answer has arrived. Thank you!"),
        target=target,
        target_name=urlsplit(target).netloc,
        another=f"/f/{token}?{urlencode(kept_query(found), doseq=True)}".rstrip("?")
        if found.settings.another and found.settings.per_person != 1 and found.state == OPEN
        else "",
    )


@blueprint.post("/<token>/state")
def state(token: str) -> Response:
    """What the form's rules say about the present inputs."""
    _asking.take((token[:64], request.remote_addr))
    _read_form()
    found = _visit(token)
    arrival = _arrival(found) if found.place is not None and found.state == OPEN else None
    if arrival is None or arrival.ticket is None or public_guard.suspicion(arrival.ticket) in ("foreign", "trap"):
        raise BadRequest
    states = arrival.filled.states.items()
    return jsonify({key: {"shown": s.shown, "required": s.required, "read_only": s.read_only} for key, s in states})


def _visit(token: str) -> Visit:
    """What this link leads to; the request speaks the visitor's language from here on. Raises NotFound."""
    wanted = request.form.get("lang", "") if request.method == "POST" else ""
    wanted = wanted or request.args.get("lang", "")
    if wanted in LANGUAGES:
        g.language = wanted
    link = store.by_token(connection(), token)
    if link is None:
        raise NotFound
    found = visit(connection(), link, current_language(), clock.now())
    g.language, g.zone = current_language(), found.ctx.workspace.zone
    refresh()
    return found


@blueprint.errorhandler(NotFound)
def _gone(_error: NotFound) -> Response:
    title = _("This form is not here any more")
    text = _("The link may have been replaced by a new one. Please ask whoever gave it to you.")
    return make_response(render_template("pages/public/message.html", firm="", title=title, text=text), 404)


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Response:
    title, text = _("This is too much for one form"), _("Go back, shorten the long texts, and send it again.")
    return make_response(render_template("pages/public/message.html", firm="", title=title, text=text), 413)


def _read_form() -> None:
    """Reads what was sent, within limits. Raises UnsupportedMediaType, RequestEntityTooLarge."""
    if request.mimetype not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        raise UnsupportedMediaType
    if (request.content_length or 0) > public_guard.MOST_BYTES:
        raise RequestEntityTooLarge
    request.max_content_length = public_guard.MOST_BYTES
    request.max_form_memory_size = public_guard.MOST_BYTES
    request.max_form_parts = public_guard.MOST_FIELDS
    if len(request.form) > public_guard.MOST_FIELDS or request.files:
        raise RequestEntityTooLarge


def _arrival(found: Visit) -> Arrival:
    ticket = unsealed(request.form.get(public_guard.TICKET, ""), found.link.id)
    questions = questions_of(found, ticket.address if ticket else hidden_address(found))
    raw = submitted(request.form, questions.fields)
    filled = questions.filled(raw, step=request.form.get(STEP, ""), go=request.form.get(GO, ""))
    return Arrival(questions, filled, raw, ticket)


def _attempt(token: str, arrival: Arrival) -> None:
    """Makes the answer, twice if the app is published meanwhile. What fails leaves nothing, and the request can go on.

    With the request's one connection: visitors who each held one while they waited for another could stop the site.
    """
    for is_last in (False, True):
        try:
            with connection().begin_nested():
                _answer(token, arrival)
            return
        except sa.exc.DBAPIError as error:
            if is_last or not is_stale(error):
                raise


def _answer(token: str, arrival: Arrival) -> None:
    link = store.by_token(connection(), token)
    if link is None or arrival.ticket is None:
        raise NotNow(OFF)
    found = visit(connection(), link, current_language(), clock.now())
    if found.place is None:
        raise NotNow(BROKEN)
    filled = questions_of(found, arrival.ticket.address).filled(arrival.raw)
    problems = own_problems(found.ctx, filled)
    try:
        answering.answer(found, Sent(filled.values, arrival.ticket.address, arrival.ticket.submission, public_guard.browser_id()))
    except Invalid as error:
        known = {each.path for each in error.problems}
        raise Invalid([*error.problems, *(each for each in problems if each.path not in known)]) from None
    if problems:
        raise Invalid(problems)


def _refusal(found: Visit, arrival: Arrival, wait: int) -> Response | None:
    """The answer to what does not look like a person, or comes too often (`wait`: seconds)."""
    reason = public_guard.suspicion(arrival.ticket) if not wait else "often"
    if reason:
        return _refused(found, arrival, reason, wait)
    if _is_by_browser(found) and not public_guard.browser_id():
        text = _("Please allow cookies for this page, and send it again: the form counts the answers of each browser.")
        shown = form_page(
            arrival.questions, arrival.filled, _again(arrival), notice=text, status=422, open_page=arrival.filled.step
        )
        return _known_again(found, shown)
    return None


def _refused(found: Visit, arrival: Arrival, reason: str, wait: int = 0) -> Response:
    _book(lambda: answering.note_refused(engine(), found.link.id))
    if reason == "foreign":
        return public_page(
            "pages/public/message.html", found, 403, title=_("Not sent"), text=refusal_words(reason), back=here(found)
        )
    ticket = _again(arrival) if reason in ("ticket", "old") else _same(arrival)
    status, step = 429 if wait else 422, arrival.filled.step
    response = form_page(arrival.questions, arrival.filled, ticket, notice=refusal_words(reason), status=status, open_page=step)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _again(arrival: Arrival) -> Ticket:
    """A ticket for the same page once more."""
    return new_ticket(arrival.ticket.address if arrival.ticket else hidden_address(arrival.questions.visit))


def _same(arrival: Arrival) -> Ticket:
    return arrival.ticket or _again(arrival)


def _invalid(arrival: Arrival, problems: Sequence[Problem]) -> Response:
    found, filled = arrival.questions.visit, arrival.filled
    mine, unmendable = arrival.questions.told(filled, problems)
    if unmendable is not None:
        trouble = unmendable
        _book(lambda: answering.note_trouble(engine(), found.ctx.now, found.link.id, trouble.path, trouble.code))
        if not mine:
            text = _("The form cannot take answers just now. Please tell whoever gave you the link; your entries are still here.")
            return form_page(arrival.questions, filled, _same(arrival), notice=text, status=409, open_page=filled.step)
    return form_page(arrival.questions, filled, _same(arrival), problems=mine, status=422, open_page=filled.step)


def _enough(found: Visit, arrival: Arrival) -> Response:
    key, filled = found.settings.person_by, arrival.filled
    if key in arrival.questions.fields:
        problem = Problem(key, "enough", "An answer has been given with this already.")
        return form_page(arrival.questions, filled, _same(arrival), problems=[problem], status=422)
    return form_page(arrival.questions, filled, _same(arrival), notice=enough_words(), status=409, open_page=filled.step)


def _is_by_browser(found: Visit) -> bool:
    return found.settings.per_person is not None and found.settings.person_by == BROWSER


def _known_again(found: Visit, response: Response) -> Response:
    if _is_by_browser(found) and not public_guard.browser_id():
        public_guard.give_browser_id(response)
    return response


def _book(work: Callable[[], None]) -> None:
    """Done when the request has given its connection back: its transaction is rolled back, and another is needed."""
    g.setdefault("bookings", []).append(work)


@blueprint.teardown_request
def _do_bookings(_error: BaseException | None) -> None:
    for work in g.pop("bookings", []):
        work()


def _go(address: str) -> Response:
    return Response(status=303, headers={"Location": address})
