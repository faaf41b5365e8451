"""Exports over HTTP: `GET /api/v1/exports/{app}.{entity}?format=csv|xlsx|jsonl` with filter, sort, fields, q of the list."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from runtime.queries.listing import ListQuery
from web.api.caller import caller
from web.api.parameters import parameters, tree, words
from web.streams import export_response

blueprint = Blueprint("api_exports", __name__, url_prefix="/api/v1/exports", description="Records as files")

_PARAMETERS = ("format", "filter", "sort", "fields", "q")


@blueprint.get("/<entity>")
def get(entity: str) -> Response:
    """All records of a list as a file, streamed."""
    ctx = caller()
    given = parameters(_PARAMETERS)
    query = ListQuery(tree(given.get("filter")), words(given.get("sort")) or (), words(given.get("fields")), q=given.get("q", ""))
    return export_response(ctx, entity, query, given.get("format", "csv"))
