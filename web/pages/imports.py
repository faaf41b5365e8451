"""Imports from files: upload, say what the columns are, check, import, take back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from builder.errors import Problem
from runtime import access
from runtime.context import Context
from runtime.errors import Conflict, Invalid, NotFound
from runtime.exchange import batches, importing, undo
from runtime.exchange.batches import AT_WORK, FAILED, READY, UPLOADED, Batch
from runtime.exchange.error_sheet import error_workbook
from runtime.exchange.guess import ColumnGuess, importable_fields
from runtime.records.history import people_names
from runtime.records.read import titles
from runtime.tables import EntityDef
from web import links
from web.i18n import gettext as _
from web.i18n import translate
from web.render import imports as words
from web.render import redirect_to, refresh_page, render, toast
from web.render.shell import creatable
from web.render.values import entity_label, label_of
from web.request_context import current

blueprint = Blueprint("import_pages", __name__, url_prefix="/imports")

_SHOWN_ERRORS = 200
_SHOWN_KEPT = 100
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CODECS = {"utf-8-sig": "utf-8", "gbk": "gb18030", "big5": "big5hkscs", "latin-1": "cp1252"}


@blueprint.get("")
def page() -> Response:
    """The imports so far."""
    ctx = current()
    found = batches.list_batches(ctx, 100)
    names = people_names(ctx, [each.user_id for each in found])
    return render("pages/imports.html", imports=found, names=names, words=words, entity_text=_entity_text(ctx))


@blueprint.get("/new")
def new() -> Response:
    """Where a file is dropped."""
    ctx = current()
    name = request.args.get("entity", "")
    entity = importing.importable_entity(ctx, name) if name else None
    return _new_page(entity)


@blueprint.post("")
def upload() -> Response:
    """Keep the file and guess what its columns mean."""
    ctx = current()
    entity = importing.importable_entity(ctx, request.form.get("entity", ""))
    file = request.files.get("file")
    if file is None or not file.filename:
        return _new_page(entity, _("Choose a file first."))
    try:
        batch_id = importing.upload(ctx, entity.name, file.stream, file.filename)
    except Invalid as error:
        return _new_page(entity, " ".join(translate(each) for each in error.problems))
    return redirect_to(f"/imports/{batch_id}")


@blueprint.get("/<int:batch_id>")
def batch_page(batch_id: int) -> Response:
    """The import as it stands: its columns, its progress or its result."""
    ctx = current()
    batch = batches.get_batch(ctx, batch_id)
    if batch.state in AT_WORK:
        return _progress_page(ctx, batch)
    if batch.state == UPLOADED or ("columns" in request.args and _may_start(batch)):
        return _columns_page(ctx, batch)
    return _result_page(ctx, batch)


@blueprint.get("/<int:batch_id>/progress")
def progress(batch_id: int) -> Response:
    """How far it is; loads the page again when the work has ended."""
    ctx = current()
    batch = batches.get_batch(ctx, batch_id)
    return _progress_page(ctx, batch) if batch.state in AT_WORK else refresh_page()


@blueprint.get("/<int:batch_id>/columns/<int:column>")
def column_note(batch_id: int, column: int) -> Response:
    """What is recognised in a column for the field that was just chosen."""
    ctx = current()
    batch = batches.get_batch(ctx, batch_id)
    fields = importable_fields(ctx, importing.importable_entity(ctx, batch.entity))
    guess = importing.look_at_column(ctx, batch, column, request.args.get(f"field_{column}", ""))
    return render("pages/import_note.html", row=words.column_row(fields, guess) if guess else None, words=words)


@blueprint.post("/<int:batch_id>/read")
def read_again(batch_id: int) -> Response:
    """Read the file with another encoding, separator or worksheet; the columns are guessed anew."""
    ctx = current()
    batch = batches.get_batch(ctx, batch_id)
    if not _may_start(batch):
        raise Conflict("This import has been started already.")
    entity = importing.importable_entity(ctx, batch.entity)
    read = {name: request.form[name] for name in ("encoding", "delimiter", "worksheet") if request.form.get(name)}
    try:
        importing.guess(ctx, entity, batch_id, read)
    except Invalid as error:
        toast(" ".join(translate(each) for each in error.problems), "error")
    return redirect_to(f"/imports/{batch_id}?columns=1")


@blueprint.post("/<int:batch_id>/check")
def check(batch_id: int) -> Response:
    """Have everything checked; nothing is kept."""
    ctx = current()
    batch = batches.get_batch(ctx, batch_id)
    form = request.form
    mapping = {f"column:{each['column']}": _choice(each, form) for each in batch.columns}
    try:
        importing.start(
            ctx,
            batch_id,
            mapping=mapping,
            mode=form.get("mode", ""),
            key=form.get("key", ""),
            dry_run=True,
            clear_blank="clear_blank" in form,
        )
    except Invalid as error:
        chosen = [{**each, **mapping[f"column:{each['column']}"], "reason": "given"} for each in batch.columns]
        options = {**batch.options, "columns": chosen, "mode": form.get("mode"), "key": form.get("key")}
        options["clear_blank"] = "clear_blank" in form
        return _columns_page(ctx, replace(batch, options=options), error.problems)
    return redirect_to(f"/imports/{batch_id}")


@blueprint.post("/<int:batch_id>/start")
def start(batch_id: int) -> Response:
    """Import what has been checked."""
    ctx = current()
    try:
        importing.start(ctx, batch_id)
    except Invalid as error:
        toast(" ".join(translate(each) for each in error.problems), "error")
        return redirect_to(f"/imports/{batch_id}?columns=1")
    return redirect_to(f"/imports/{batch_id}")


@blueprint.get("/<int:batch_id>/errors.xlsx")
def errors(batch_id: int) -> Response:
    """The refused rows as a workbook, bad cells marked."""
    response = Response(error_workbook(current(), batch_id, translate), mimetype=_XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="import-{batch_id}-errors.xlsx"'
    return response


@blueprint.post("/<int:batch_id>/undo")
def take_back(batch_id: int) -> Response:
    """Take the whole import back."""
    undo.start_undo(current(), batch_id)
    return redirect_to(f"/imports/{batch_id}")


def _may_start(batch: Batch) -> bool:
    return batch.state in (UPLOADED, READY) or (batch.state == FAILED and not batch.cursor)


def _choice(column: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    number = column["column"]
    return {
        "field": form.get(f"field_{number}", ""),
        "date_order": form.get(f"dates_{number}", column.get("date_order", "dmy")),
        "decimal_comma": form[f"numbers_{number}"] == "1" if f"numbers_{number}" in form else bool(column.get("decimal_comma")),
    }


def _entity_text(ctx: Context) -> Any:
    return lambda name: words.entity_text(ctx, name)


def _new_page(entity: EntityDef | None, problem: str = "") -> Response:
    return render(
        "pages/import_new.html",
        part="drop",
        status=422 if problem else 200,
        entity=entity,
        entity_text=entity_label(entity, plural=True) if entity else "",
        problem=problem,
        entities=[] if entity else creatable(),
    )


def _frame(ctx: Context, batch: Batch) -> dict[str, Any]:
    entity = ctx.catalog.find(batch.entity)
    return {
        "batch": batch,
        "entity_text": words.entity_text(ctx, batch.entity),
        "list_url": links.entity_url(batch.entity) if entity is not None else None,
        "words": words,
    }


def _progress_page(ctx: Context, batch: Batch) -> Response:
    return render("pages/import_progress.html", part="progress", **_frame(ctx, batch))


def _columns_page(ctx: Context, batch: Batch, problems: tuple[Problem, ...] | list[Problem] = ()) -> Response:
    entity = importing.importable_entity(ctx, batch.entity)
    fields = importable_fields(ctx, entity)
    guesses = [ColumnGuess(**{**each, "samples": tuple(each["samples"])}) for each in batch.columns]
    read = dict(batch.options.get("read", {}))
    return render(
        "pages/import_columns.html",
        part="columns",
        status=422 if problems else 200,
        entity=entity,
        rows=[words.column_row(fields, each) for each in guesses],
        fields=words.field_options(ctx, entity),
        keys=[(key, label_of(each)) for key, each in fields.items() if each.column is not None],
        modes=words.mode_options(ctx, entity),
        read={**read, "encoding": _CODECS.get(read.get("encoding", ""), read.get("encoding", ""))},
        problems=[_problem_text(entity, each) for each in problems],
        may_create=access.rights(ctx, entity).may_create,
        **_frame(ctx, batch),
    )


def _problem_text(entity: EntityDef, problem: Problem) -> str:
    """The sentence, with the field's label in place of its key."""
    definition = entity.fields.get(str(problem.params.get("field", "")))
    if definition is None:
        return translate(problem)
    return translate(replace(problem, params={**problem.params, "field": label_of(definition)}))


def _result_page(ctx: Context, batch: Batch) -> Response:
    kept = list((batch.options.get("undo") or {}).get("kept", ()))[:_SHOWN_KEPT]
    try:
        names = titles(ctx, batch.entity, [each["id"] for each in kept]) if kept else {}
    except NotFound:
        names = {}
    return render(
        "pages/import_result.html",
        errors=words.error_lines(ctx, batch, _SHOWN_ERRORS),
        kept=kept,
        titles=names,
        may_start=_may_start(batch),
        **_frame(ctx, batch),
    )
