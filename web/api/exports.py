"""Exports over HTTP: `GET /api/v1/exports/{app}.{entity}?format=csv|xlsx|jsonl` with filter, sort, fields, q of the list."""

from __future__ import annotations

from dataclasses import replace

from flask import Response
from flask_smorest import Blueprint

from runtime.exchange.exporting import export
from runtime.queries.listing import ListQuery
from web.api.caller import caller
from web.api.parameters import parameters, tree, words
from web.request_context import engine

blueprint = Blueprint("api_exports", __name__, url_prefix="/api/v1/exports", description="Records as files")

_PARAMETERS = ("format", "filter", "sort", "fields", "q")


@blueprint.get("/<entity>")
def get(entity: str) -> Response:
    """All records of a list as a file, streamed."""
    ctx = caller()
    given = parameters(_PARAMETERS)
    query = ListQuery(tree(given.get("filter")), words(given.get("sort")) or (), words(given.get("fields")), q=given.get("q", ""))
    # The stream outlives the request's connection, and a server-side cursor needs a transaction.
    connection = engine().connect()
    try:
        connection.begin()
        started = export(replace(ctx, connection=connection), entity, query, given.get("format", "csv"))
    except BaseException:
        connection.close()
        raise
    response = Response(started.chunks, mimetype=started.media_type.partition(";")[0])
    response.headers["Content-Type"] = started.media_type
    response.headers["Content-Disposition"] = f'attachment; filename="{started.file_name}"'
    response.call_on_close(connection.close)
    return response
