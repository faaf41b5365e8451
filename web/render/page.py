"""Whole pages, parts of them for htmx, toasts and redirects."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, current_app, flash, g, make_response, redirect, render_template, request


def is_fragment() -> bool:
    """Whether htmx asks, to replace a part of a page that is there."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def render(template: str, *, part: str | None = None, status: int = 200, **values: Any) -> Response:
    """The page; for htmx only its block `part`, when one is named.

    Toasts of this request go with the answer.
    """
    if part is not None and is_fragment():
        found = current_app.jinja_env.get_template(template)
        current_app.update_template_context(values)
        text = "".join(found.blocks[part](found.new_context(values)))
    else:
        text = render_template(template, **values)
    response = make_response(text, status)
    return _with_events(response)


def redirect_to(address: str) -> Response:
    """Go to another page after a change; toasts of this request are shown there."""
    for entry in g.pop("toasts", []):
        flash(json.dumps(entry), "toast")
    if is_fragment():
        return Response(status=204, headers={"HX-Redirect": address})
    return make_response(redirect(address, 303))


def refresh_page() -> Response:
    """Load the page that is open again; toasts of this request are shown there."""
    for entry in g.pop("toasts", []):
        flash(json.dumps(entry), "toast")
    return Response(status=204, headers={"HX-Refresh": "true"})


def close_dialog() -> Response:
    """Close the dialog or panel that asked; toasts and events of this request go with the answer."""
    response = _with_events(Response(status=204))
    events = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps(events | {"close": True})
    return response


def toast(message: str, kind: str = "success", *, undo: str | None = None) -> None:
    """Show a line at the bottom of the page. `kind` is success, info, warning or error.

    `undo` is an address that is posted to when the person takes it back.
    """
    g.setdefault("toasts", []).append({"message": message, "kind": kind, "undo": undo})


def trigger(name: str, detail: object = True) -> None:
    """Fire a browser event with the answer of this request; `hx-trigger="NAME from:body"` listens to it."""
    g.setdefault("events", {})[name] = detail


def _with_events(response: Response) -> Response:
    events: dict[str, Any] = dict(g.pop("events", {}))
    toasts = g.pop("toasts", [])
    if not is_fragment():
        # A whole page shows them itself: templates/layouts/base.html reads `page_toasts`.
        return response
    if toasts:
        events["toasts"] = toasts
    if events:
        response.headers["HX-Trigger"] = json.dumps(events)
    return response
