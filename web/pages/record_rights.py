"""Who may do what with a record, and why: for administrators, beside the record."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from runtime.context import Context
from runtime.errors import NotFound
from runtime.records import read
from web import links
from web.i18n import gettext as _
from web.pages.guard import admin
from web.pages.record import entity_or_404
from web.render import render
from web.render.controls import member_choices
from web.render.why import Answer, answer_for, everybody, field_choices, record_title

blueprint = Blueprint("record_rights", __name__, url_prefix="/records/<entity_name>/<int:record_id>/rights")


@blueprint.get("")
def page(entity_name: str, record_id: int) -> Response:
    """`?person=3&field=amount`: the answer for one person; without a person everybody."""
    ctx = admin()
    entity = entity_or_404(ctx, entity_name)
    read.get(ctx, entity_name, record_id, ("id",))
    person, field = request.args.get("person", 0, type=int), request.args.get("field", "")
    values: dict[str, Any] = {
        "entity": entity,
        "record_id": record_id,
        "title": record_title(ctx, entity, record_id),
        "url": f"{links.record_url(entity_name, record_id)}/rights",
        "person_id": person,
        "field": field,
        "people": [("", _("Everybody")), *member_choices(ctx, [])],
        "fields": field_choices(entity),
        "answer": _answer(ctx, entity_name, record_id, person, field) if person else None,
        "everybody": everybody(ctx, entity, record_id) if not person else [],
    }
    if request.headers.get("HX-Target") == "panel":
        return render("pages/record_rights_panel.html", **values)
    return render("pages/record_rights.html", part="rights", **values)


def _answer(ctx: Context, entity_name: str, record_id: int, person: int, field: str) -> Answer | None:
    try:
        return answer_for(ctx, entity_name, record_id, person, field)
    except NotFound:
        return None
