"""The open list as a file: the same records and columns that the person sees, all pages of them."""

from __future__ import annotations

import re

from flask import Blueprint, Response, request

from runtime.queries.listing import ListQuery
from web.pages.record import entity_or_404
from web.render.open_view import open_view, shown_columns, tabs_of
from web.render.values import entity_label
from web.request_context import current
from web.streams import export_response

blueprint = Blueprint("export_pages", __name__, url_prefix="/exports")

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


@blueprint.get("/<entity_name>")
def get(entity_name: str) -> Response:
    """`format=xlsx|csv|jsonl` and the list's own parameters."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    view = open_view(ctx, entity, tabs_of(ctx, entity), request.args)
    shown = view.columns
    if view.type == "kanban" and view.options.get("card"):  # what stands on the cards, and in which column they stand
        shown = (entity.title_field or "id", str(view.options.get("group", "id")), *view.options["card"])
    columns = [end.path for end in shown_columns(ctx, entity, shown)] or ["id"]
    query = ListQuery(view.filter, view.sort, tuple(dict.fromkeys(columns)), q=view.q, trash=view.trash)
    day = ctx.now.astimezone(ctx.workspace.zone).date().isoformat()
    name = _NOT_IN_NAMES.sub(" ", f"{entity_label(entity, plural=True)} {day}").strip()
    return export_response(ctx, entity.name, query, request.args.get("format", "xlsx"), name)
