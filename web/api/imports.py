"""Imports over HTTP: a file goes up, a worker saves its rows; how far it is and what went wrong can be asked at any time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

import orjson
from flask import Response, request, url_for
from flask_smorest import Blueprint

from builder.errors import Problem
from runtime.errors import BadRequest, Invalid
from runtime.exchange import batches, importing, undo
from runtime.exchange.batches import MAX_FILE, Batch
from runtime.exchange.error_sheet import error_workbook
from web.api.body import json_object, only
from web.api.caller import caller
from web.api.idempotency import idempotent
from web.api.parameters import parameters, whole
from web.i18n import translate

blueprint = Blueprint("imports", __name__, url_prefix="/api/v1/imports", description="Records from CSV and XLSX files")

JSON = "application/json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORM = frozenset({"entity", "mapping", "mode", "key", "dry_run", "clear_blank", "start", "encoding", "delimiter", "worksheet"})
_START = ("mapping", "mode", "key", "dry_run", "clear_blank")
_TRUE, _FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})
_MOST_LISTED = 200

View = TypeVar("View", bound=Callable[..., Any])


def _large(view: View) -> View:
    """Lets a request be as large as a file may be."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        request.max_content_length = MAX_FILE + 1_000_000
        return view(*args, **kwargs)

    return cast("View", wrapped)


@blueprint.post("")
@_large
@idempotent
def upload() -> Response:
    """Takes a file and starts its import; with `start=0` it only says what the columns seem to mean."""
    ctx = caller()
    file = request.files.get("file")
    if file is None:
        raise Invalid([Problem("file", "required", "Send the file as multipart form data.")])
    form = request.form.to_dict()
    only(form, _FORM)
    if not form.get("entity"):
        raise Invalid([Problem("entity", "required", "Please fill this in.")])
    read = {name: form[name] for name in ("encoding", "delimiter", "worksheet") if form.get(name)}
    batch_id = importing.upload(ctx, form["entity"], file.stream, file.filename or "", read=read)
    if _flag(form, "start", default=True):
        mapping = _json(form["mapping"]) if form.get("mapping") else None
        _start(batch_id, {**form, "mapping": mapping})
    return _answer(batches.get_batch(ctx, batch_id), 202)


@blueprint.get("")
def list_of() -> Response:
    """The newest imports, without their errors."""
    limit = min(whole(parameters(("limit",)), "limit", 50), _MOST_LISTED)
    found = [batch_json(each) for each in batches.list_batches(caller(), limit)]
    return Response(orjson.dumps({"imports": found}), mimetype=JSON)


@blueprint.get("/<int:batch_id>")
def get(batch_id: int) -> Response:
    """State, counts and errors of an import."""
    return _answer(batches.get_batch(caller(), batch_id), 200)


@blueprint.get("/<int:batch_id>/preview")
def preview(batch_id: int) -> Response:
    """What the columns seem to mean, with the first rows, and why the import could not start like this."""
    found = importing.preview(caller(), batch_id)
    body = {
        **batch_json(found.batch),
        "header_row": found.header_row,
        "columns": [each.to_json() for each in found.columns],
        "rows": [{"row": number, "cells": [_cell(cell) for cell in cells]} for number, cells in found.rows],
        "problems": [{"path": each.path, "code": each.code, "message": translate(each)} for each in found.problems],
    }
    return Response(orjson.dumps(body), mimetype=JSON)


@blueprint.post("/<int:batch_id>/start")
@idempotent
def start(batch_id: int) -> Response:
    """Checks (`dry_run`) or saves the rows of an uploaded file."""
    given = json_object()
    only(given, _START)
    _start(batch_id, given)
    return _answer(batches.get_batch(caller(), batch_id), 202)


@blueprint.get("/<int:batch_id>/errors.xlsx")
def errors(batch_id: int) -> Response:
    """The refused rows as a workbook, bad cells marked."""
    content = error_workbook(caller(), batch_id, translate)
    response = Response(content, mimetype=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="import-{batch_id}-errors.xlsx"'
    return response


@blueprint.post("/<int:batch_id>/undo")
@idempotent
def take_back(batch_id: int) -> Response:
    """Has a worker take an import back, as far as nobody has touched its records since."""
    return _answer(undo.start_undo(caller(), batch_id), 202)


def _start(batch_id: int, given: Mapping[str, Any]) -> None:
    for name in ("mode", "key"):
        if not isinstance(given.get(name), str | None):
            raise BadRequest([Problem(name, "not_text", "Enter text.")])
    importing.start(
        caller(),
        batch_id,
        mapping=given.get("mapping"),
        mode=given.get("mode") or None,
        key=given.get("key") or None,
        dry_run=_flag(given, "dry_run"),
        clear_blank=_flag(given, "clear_blank") if given.get("clear_blank") is not None else None,
    )


def _flag(given: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise BadRequest([Problem(name, "not_a_boolean", "Enter yes or no.")])
    return text in _TRUE


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadRequest([Problem("mapping", "not_json", "The mapping is not valid JSON.")]) from None


def _cell(cell: Any) -> Any:
    return cell if isinstance(cell, str | int | float | bool | None) else str(cell)


def batch_json(batch: Batch) -> dict[str, Any]:
    """An import as the API shows it."""
    options = batch.options
    return {
        "id": batch.id,
        "entity": batch.entity,
        "file_name": batch.file_name,
        "state": batch.state,
        "reason": translate(batch.reason) if batch.reason else None,
        "mode": options.get("mode", "create"),
        "key": options.get("key"),
        "total": batch.total,
        "done": batch.done,
        "created": batch.created,
        "updated": batch.updated,
        "skipped": batch.skipped,
        "failed": batch.failed,
        "mapping": {str(each["header"] or each["letter"]): each["field"] or None for each in batch.columns},
        "undo": options.get("undo"),
        "created_at": batch.created_at,
        "finished_at": batch.finished_at,
    }


def _answer(batch: Batch, status: int) -> Response:
    shown = ("row", "column", "field", "value", "code")
    errors = [
        {**{name: each[name] for name in shown}, "message": translate(each["message"], each["params"])} for each in batch.errors
    ]
    response = Response(orjson.dumps({**batch_json(batch), "errors": errors}), status, mimetype=JSON)
    if status == 202:
        response.headers["Location"] = url_for("imports.get", batch_id=batch.id)
    return response
