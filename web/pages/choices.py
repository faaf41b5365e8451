"""Records to choose from in a searchable input."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from runtime.queries.listing import ListQuery, list_records
from runtime.records.read import titles
from web.pages.record import entity_or_404
from web.request_context import current

blueprint = Blueprint("choices", __name__, url_prefix="/choices")

_MOST = 30


@blueprint.get("/<entity_name>")
def choices(entity_name: str) -> Response:
    """`[{"value", "text", "note"}]`: readable records that fit the typed text, the newest first."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    query = ListQuery(q=request.args.get("q", "")[:200], sort=("-id",), fields=("id",), limit=_MOST)
    ids = [record["id"] for record in list_records(ctx, entity.name, query).records]
    names = titles(ctx, entity.name, ids)
    return jsonify([{"value": str(each), "text": names.get(each) or f"#{each}", "note": ""} for each in ids])
