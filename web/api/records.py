"""Records over HTTP: lists, single records, changes, stages, history, figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response, request, url_for
from flask_smorest import Blueprint

from builder.errors import Problem
from runtime.context import Context
from runtime.errors import BadRequest, Invalid, NotFound
from runtime.queries.aggregate import aggregate_json
from runtime.queries.listing import list_json
from runtime.records import history as records_history
from runtime.records import read, write
from runtime.records.rows import save_nested
from web.api.body import json_object, only
from web.api.caller import caller
from web.api.idempotency import idempotent
from web.api.parameters import aggregate_query, list_query, parameters, whole, words

blueprint = Blueprint("api_records", __name__, url_prefix="/api/v1/records", description="Records of the workspace's entities")

JSON = "application/json"
MAX_BULK = 10_000
_HISTORY_LIMIT = 500


@blueprint.get("/<entity>")
def list_of(entity: str) -> Response:
    """A page of records."""
    return Response(list_json(caller(), entity, list_query()), mimetype=JSON)


@blueprint.get("/<entity>/<int:record_id>")
def get(entity: str, record_id: int) -> Response:
    """One record, with its version as ETag."""
    ctx = caller()
    fields = words(parameters(("fields",)).get("fields")) if request.query_string else None
    return _record(ctx, entity, record_id, fields)


@blueprint.post("/<entity>")
@idempotent
def create(entity: str) -> Response:
    """One new record, or up to 10,000 at once; `?upsert=field` changes those that are there already. A list under the key of a
    one-to-many field is rows that are saved with the record."""
    ctx = caller()
    given = json_object()
    key = parameters(("upsert",)).get("upsert")
    if "records" in given and not _is_field(ctx, entity, "records"):
        return _create_many(ctx, entity, given, key)
    if key is not None:
        (outcome,) = _as_one(lambda: write.upsert_many(ctx, entity, [given], key))
        status = 201 if outcome.state == "created" else 200
        return _written(ctx, entity, outcome.id, status)
    made = save_nested(ctx, entity, None, given)
    return _written(ctx, entity, made.id, 201, made.version)


@blueprint.patch("/<entity>/<int:record_id>")
def change(entity: str, record_id: int) -> Response:
    """Changes the given fields. `If-Match` refuses when somebody else was faster."""
    ctx = caller()
    done = save_nested(ctx, entity, record_id, json_object(), expected_version())
    return _written(ctx, entity, record_id, 200, done.version)


@blueprint.delete("/<entity>/<int:record_id>")
def remove(entity: str, record_id: int) -> Response:
    """Into the recycle bin."""
    write.delete(caller(), entity, record_id, expected_version())
    return Response(status=204)


@blueprint.post("/<entity>/<int:record_id>/restore")
@idempotent
def restore(entity: str, record_id: int) -> Response:
    """Back out of the recycle bin."""
    ctx = caller()
    write.restore(ctx, entity, record_id)
    return _written(ctx, entity, record_id, 200)


@blueprint.post("/<entity>/<int:record_id>/move")
@idempotent
def move(entity: str, record_id: int) -> Response:
    """To another stage: `{"to": "won", "values": {…}, "field"?: "stage"}`."""
    ctx = caller()
    given = json_object()
    only(given, ("to", "values", "field"))
    to, values, field = given.get("to"), given.get("values") or {}, given.get("field")
    if not isinstance(to, str) or not isinstance(values, dict) or not isinstance(field, str | None):
        raise Invalid([Problem("to", "required", "Name the stage to go to.")])
    done = write.move(ctx, entity, record_id, to, values, field=field, expected_version=expected_version())
    return _written(ctx, entity, record_id, 200, done.version)


@blueprint.get("/<entity>/<int:record_id>/history")
def history(entity: str, record_id: int) -> Response:
    """The changes of a record, newest first: who, when, by what, before and after."""
    given = parameters(("limit", "before"))
    limit = min(whole(given, "limit", 50), _HISTORY_LIMIT)
    before = whole(given, "before", 0) or None
    changes = records_history.history(caller(), entity, record_id, limit=limit, before=before)
    return Response(orjson.dumps({"changes": changes}, default=_plain), mimetype=JSON)


@blueprint.post("/<entity>/aggregate")
def aggregate(entity: str) -> Response:
    """Figures over records, by groups."""
    return Response(aggregate_json(caller(), entity, aggregate_query(json_object())), mimetype=JSON)


def expected_version() -> int | None:
    """The version that `If-Match` asks for. Raises BadRequest for a header that is none of ours."""
    text = request.headers.get("If-Match")
    if text is None or text.strip() == "*":
        return None
    plain = text.strip().removeprefix("W/").strip('"')
    if not (plain.isascii() and plain.isdigit() and len(plain) < 19):
        raise BadRequest([Problem("If-Match", "bad_version", "Send the ETag of the record.")])
    return int(plain)


def _create_many(ctx: Context, entity: str, given: Mapping[str, Any], key: str | None) -> Response:
    only(given, ("records",))
    records = given["records"]
    if not isinstance(records, list) or not 0 < len(records) <= MAX_BULK:
        raise Invalid([Problem("records", "out_of_range", "Send 1 to {max} records.", {"max": MAX_BULK})])
    if key is None:
        ids = write.create_many(ctx, entity, records)
    else:
        ids = [each.id for each in write.upsert_many(ctx, entity, records, key)]
    return Response(orjson.dumps({"records": ids}), 201, mimetype=JSON)


def _as_one(save: Any) -> Any:
    """Problems of a list of one, told as those of a single record."""
    try:
        return save()
    except Invalid as error:
        raise Invalid([_unprefixed(each) for each in error.problems]) from None


def _unprefixed(problem: Problem) -> Problem:
    return Problem(problem.path.removeprefix("records/0/"), problem.code, problem.message, problem.params)


def _is_field(ctx: Context, entity: str, key: str) -> bool:
    found = ctx.catalog.find(entity)
    return found is not None and key in found.fields


def _record(ctx: Context, entity: str, record_id: int, fields: tuple[str, ...] | None = None) -> Response:
    body, version = read.get_json(ctx, entity, record_id, fields)
    response = Response(body, mimetype=JSON)
    response.headers["ETag"] = f'"{version}"'
    return response


def _written(ctx: Context, entity: str, record_id: int, status: int, version: int = 0) -> Response:
    """The record as its writer may see it; only its id when that is all he may know."""
    try:
        response = _record(ctx, entity, record_id)
    except NotFound:
        response = Response(orjson.dumps({"id": record_id, "version": version}), mimetype=JSON)
    response.status_code = status
    if status == 201:
        response.headers["Location"] = url_for("api_records.get", entity=entity, record_id=record_id)
    return response


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    fields = getattr(value, "__dataclass_fields__", None)
    return {name: getattr(value, name) for name in fields} if fields else str(value)
