"""The pages of a public form: the form itself, why there is none now, the sentences of refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request

from builder.errors import Problem
from runtime.public_links.visitor import Visit
from web import public_guard
from web.i18n import gettext as _
from web.public_guard import Ticket, sealed
from web.render.filled_form import Filled
from web.render.form_view import form_view
from web.render.public_form import Questions, kept_query, text_of, title_of


def form_page(
    questions: Questions,
    filled: Filled,
    ticket: Ticket,
    *,
    problems: Sequence[Problem] = (),
    notice: str = "",
    status: int = 200,
    open_page: str = "",
    turned: bool = False,
) -> Response:
    """The form with these values, its problems and perhaps a notice above it."""
    found = questions.visit
    view = form_view(found.ctx, filled, problems, open_page=open_page, turned=turned)
    return public_page(
        "pages/public/form.html",
        found,
        status,
        title=title_of(found),
        intro=text_of(found, "intro"),
        view=view,
        notice=notice,
        action=here(found),
        state_url=f"/f/{found.link.token}/state" if questions.has_rules or view.layout == "steps" else "",
        ticket=sealed(ticket, found.link.id),
        ticket_name=public_guard.TICKET,
        trap=public_guard.TRAP,
    )


def public_page(template: str, found: Visit, status: int = 200, **values: Any) -> Response:
    """A page in the layout for people without an account."""
    return make_response(render_template(template, firm=found.ctx.workspace.name, **values), status)


def not_now_page(found: Visit, state_now: str, status: int = 200) -> Response:
    """Why the link takes no answers, in the administrator's words if there are any."""
    title, text = {
        "early": (_("Not open yet"), text_of(found, "early") or _("This form is not open yet. Please come back later.")),
        "full": (_("No places left"), text_of(found, "full") or _("This form has all the answers it can take. Thank you!")),
    }.get(state_now, (_("Closed"), text_of(found, "closed") or _("This form takes no answers any more.")))
    return public_page("pages/public/message.html", found, status, title=title, text=text, heading=title_of(found))


def here(found: Visit) -> str:
    """The address of the form, with what it was opened with."""
    query = urlencode(kept_query(found, request.form.get("lang") if "lang" in request.form else None), doseq=True)
    return f"/f/{found.link.token}" + (f"?{query}" if query else "")


def refusal_words(reason: str) -> str:
    """What is said about a refusal."""
    return {
        "foreign": _("This answer came from a page of another site. Please open the form itself and send it from there."),
        "ticket": _("The page had grown stale. Nothing is lost: please look at your entries, and send them again."),
        "old": _("The page was open for a long time. Nothing is lost: please look at your entries, and send them again."),
        "trap": _(
            "A field that people do not see had been filled in, perhaps by your browser. It is empty now: please send again."
        ),
        "fast": _("That was faster than people write. Please look at your entries, and send them again."),
        "often": _("Very many answers come from your network just now. Please wait a few minutes, and send again."),
    }[reason]


def enough_words() -> str:
    """What is said to a browser that has answered as often as it may."""
    return _("From this browser the form has been answered already, and it takes no more answers from it.")
