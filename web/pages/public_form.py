"""A form for everybody who has its link: no account, no menu; exactly one record for each answer."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from flask import Blueprint, Response, g, jsonify, make_response, render_template, request
from flask_babel import refresh
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge

from builder.label import LANGUAGES
from runtime import clock
from runtime.errors import Invalid
from runtime.public_links import answering, store
from runtime.public_links.answering import Enough, NotNow, SentBefore
from runtime.public_links.visitor import BROKEN, OFF, OPEN, Visit, visit
from runtime.unit_of_work import is_stale
from web import public_guard
from web.api.rate import RateLimit
from web.i18n import current_language
from web.i18n import gettext as _
from web.pages.public_arrival import Arrival, again, arrival_of, filled_by, read_sent, same, sent_by
from web.pages.public_refusals import do_bookings, enough, invalid, is_by_browser, known_again, refusal, refused
from web.public_guard import new_ticket
from web.render.filled_form import GO, live_rules, own_problems, with_fills
from web.render.form_turns import Turn, next_turn
from web.render.public_form import (
    beginning,
    hidden_address,
    kept_query,
    questions_of,
    text_of,
    title_of,
)
from web.render.public_pages import enough_words, form_page, not_now_page, public_page
from web.request_context import connection

blueprint = Blueprint("public_form", __name__, url_prefix="/f")
blueprint.teardown_request(do_bookings)

#: How often a page may ask what its form's rules say.
_asking = RateLimit(per_second=5, burst=60)


@blueprint.get("/<token>")
def page(token: str) -> Response:
    """The empty form, or why there is none now."""
    found = _visit(token)
    if found.state != OPEN:
        return not_now_page(found, found.state)
    if is_by_browser(found) and answering.has_answered_enough(found, public_guard.browser_id()):
        return public_page("pages/public/message.html", found, title=_("Thank you"), text=enough_words(), heading=title_of(found))
    address = hidden_address(found)
    questions = questions_of(found, address)
    response = form_page(questions, with_fills(found.ctx, beginning(found, questions)), new_ticket(address))
    return known_again(found, response)


@blueprint.post("/<token>")
def send(token: str) -> Response:
    """One answer, or the next step. Whatever is wrong, the form comes back with everything that was entered."""
    read_sent()
    is_step = bool(request.form.get(GO))
    wait = public_guard.seconds_to_wait(token, is_step=is_step)
    found = _visit(token)
    if found.place is None or found.state in (OFF, BROKEN):
        return not_now_page(found, found.state, 409)
    arrival = arrival_of(found)
    if "lang" in request.form:
        return form_page(arrival.questions, arrival.filled, same(arrival), open_page=arrival.filled.step)
    kept_out = refusal(found, arrival, wait)
    if kept_out is not None:
        return kept_out
    turn = next_turn(found.ctx, arrival.filled)
    if not turn.save:
        return _turned(arrival, turn)
    if public_guard.is_too_fast(arrival.ticket):
        return refused(found, arrival, "fast")
    return _saved(token, found, arrival)


def _turned(arrival: Arrival, turn: Turn) -> Response:
    if turn.problems:
        return invalid(arrival, turn.problems)
    now = with_fills(arrival.questions.visit.ctx, arrival.filled)
    return form_page(arrival.questions, now, same(arrival), open_page=turn.page, turned=True)


def _saved(token: str, found: Visit, arrival: Arrival) -> Response:
    try:
        _attempt(token, arrival)
    except Invalid as error:
        return invalid(arrival, error.problems)
    except NotNow as error:
        return not_now_page(found, error.state, 409)
    except Enough:
        return enough(found, arrival)
    except SentBefore:
        text = _("You have sent this form before. Sending it again makes another answer.")
        return form_page(arrival.questions, arrival.filled, again(arrival), notice=text, status=409)
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
    read_sent()
    found = _visit(token)
    arrival = arrival_of(found) if found.place is not None and found.state == OPEN else None
    if arrival is None or arrival.ticket is None or public_guard.suspicion(arrival.ticket) in ("foreign", "trap"):
        raise BadRequest
    return jsonify(live_rules(found.ctx, arrival.filled))


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
    filled = filled_by(questions_of(found, arrival.ticket.address))
    problems = own_problems(found.ctx, filled)
    try:
        answering.answer(found, sent_by(filled, arrival.ticket))
    except Invalid as error:
        known = {each.path for each in error.problems}
        raise Invalid([*error.problems, *(each for each in problems if each.path not in known)]) from None
    if problems:
        raise Invalid(problems)


def _go(address: str) -> Response:
    return Response(status=303, headers={"Location": address})
