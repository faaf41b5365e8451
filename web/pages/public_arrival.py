"""What a visitor has sent to a public form: read within limits, never believed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from runtime.public_links.answering import Sent
from runtime.public_links.visitor import Visit
from web import public_guard
from web.public_guard import Ticket, new_ticket, unsealed
from web.render.controls import submitted
from web.render.filled_form import GO, STEP, Filled, with_locked
from web.render.form_fill import untouched_ones
from web.render.public_form import Questions, hidden_address, questions_of
from web.render.row_tables import Row, submitted_rows


@dataclass(frozen=True)
class Arrival:
    """What a visitor has sent, and the ticket of the page."""

    questions: Questions
    filled: Filled
    ticket: Ticket | None


def read_sent() -> None:
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


def arrival_of(found: Visit) -> Arrival:
    """The form as it came back, whatever is in it."""
    ticket = unsealed(request.form.get(public_guard.TICKET, ""), found.link.id)
    questions = questions_of(found, ticket.address if ticket else hidden_address(found))
    return Arrival(questions, filled_by(questions), ticket)


def filled_by(questions: Questions) -> Filled:
    """The questions with what the browser sent. Rows are new, whatever they say of themselves."""
    rows = {key: _new_rows(submitted_rows(request.form, source)) for key, source in questions.sources.items()}
    raw = submitted(request.form, questions.fields)
    filled = questions.filled(raw, rows=rows, step=request.form.get(STEP, ""), go=request.form.get(GO, ""))
    untouched = untouched_ones(questions.form, questions.fields, request.form, raw, "")
    return with_locked(questions.visit.ctx, replace(filled, untouched=untouched))


def _new_rows(rows: list[Row] | None) -> list[Row]:
    return [each for each in rows or () if not each.id and not each.gone]


def sent_by(filled: Filled, ticket: Ticket) -> Sent:
    """The answer that is to be saved: without what a rule hides or locks."""
    rows = {each.name: list(each.rows) for each in filled.sets}
    return Sent(filled.values, ticket.address, ticket.submission, public_guard.browser_id(), rows)


def again(arrival: Arrival) -> Ticket:
    """A ticket for the same page once more."""
    return new_ticket(arrival.ticket.address if arrival.ticket else hidden_address(arrival.questions.visit))


def same(arrival: Arrival) -> Ticket:
    """The page's own ticket, if it has one."""
    return arrival.ticket or again(arrival)
