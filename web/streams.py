"""Exports as streamed answers. The stream outlives the request's connection, and a server-side cursor needs a transaction."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from flask import Response

from runtime.context import Context
from runtime.exchange.exporting import export
from runtime.queries.listing import ListQuery
from web.request_context import engine


def export_response(ctx: Context, entity: str, query: ListQuery, file_format: str, name: str | None = None) -> Response:
    """All records of a list as a file. `name` is its name without the ending, the entity's key by default.

    Raises NotFound, Forbidden, BadRequest before anything is sent.
    """
    connection = engine().connect()
    try:
        connection.begin()
        started = export(replace(ctx, connection=connection), entity, query, file_format)
    except BaseException:
        connection.close()
        raise
    response = Response(started.chunks, mimetype=started.media_type.partition(";")[0])
    response.headers["Content-Type"] = started.media_type
    response.headers["Content-Disposition"] = _disposition(started.file_name, f"{name}.{file_format}" if name else None)
    response.call_on_close(connection.close)
    return response


def _disposition(plain: str, name: str | None) -> str:
    found = f'attachment; filename="{plain}"'
    return f"{found}; filename*=UTF-8''{quote(name, safe='')}" if name else found
