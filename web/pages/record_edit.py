"""Creating and changing a record: the whole form, or one field in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify, request

from builder.errors import Problem
from runtime import access
from runtime.context import Context
from runtime.errors import Forbidden, Invalid, NotFound, Stale
from runtime.records import read, write
from runtime.records.defaults import default_values
from runtime.records.rows import save_with_rows
from runtime.tables import EntityDef
from web import links
from web.i18n import gettext as _
from web.pages.record import entity_or_404
from web.render import redirect_to, render, toast
from web.render.controls import control, submitted
from web.render.filled_form import TAB, Filled, filled_form, live_states, read_form, save_filled, with_fills
from web.render.form_fill import fill_items
from web.render.form_turns import next_turn
from web.render.form_view import form_view
from web.render.forms import errors_of
from web.render.page import close_dialog, is_fragment, trigger
from web.render.record_form import form_fields, form_with_app, readable_values
from web.render.row_tables import as_set, copied_rows, count_problems, row_sources, submitted_rows
from web.render.values import Values, entity_label, label_of
from web.request_context import current

blueprint = Blueprint("record_edit", __name__, url_prefix="/records/<entity_name>")


@blueprint.get("/new")
def new(entity_name: str) -> Response:
    """The empty form; query parameters fill fields in advance."""
    ctx = current()
    entity = _creatable(ctx, entity_name)
    app, form = form_with_app(ctx, entity)
    fields = form_fields(ctx, entity, form, verb="create")
    given = readable_values(ctx, entity, {key: value for key, value in request.args.items() if key in fields}, "create")
    values = {**default_values(ctx, entity), **given}
    filled = filled_form(ctx, entity, app, form, values, verb="create")
    filled = replace(filled, untouched=frozenset(fill_items(form, fields)) - set(given))  # a default gives way to a rule
    return _page(ctx, with_fills(ctx, filled), open_page=request.args.get(TAB, ""))


@blueprint.post("/new")
def create(entity_name: str) -> Response:
    """A record from the form, or its next step."""
    ctx = current()
    entity = _creatable(ctx, entity_name)
    filled = read_form(ctx, entity, *form_with_app(ctx, entity), request.form, verb="create")
    turn = next_turn(ctx, filled)
    if not turn.save:
        return _page(ctx, with_fills(ctx, filled), turn.problems, open_page=turn.page, turned=True)
    try:
        written = save_filled(ctx, filled)
    except Invalid as error:
        return _page(ctx, filled, error.problems)
    toast(_("Saved."))
    if request.form.get("then") == "another":
        return redirect_to(links.new_record_url(entity_name))
    if is_fragment() and request.headers.get("HX-Target") == "dialog":
        trigger("record-changed")
        return close_dialog()
    return redirect_to(links.record_url(entity_name, written.id))


@blueprint.post("/form-state")
def form_state(entity_name: str) -> Response:
    """What the form's rules say about the present inputs: `{"section/item": {"shown", "required", "read_only"}}`."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    record_id = request.form.get("record_id", 0, type=int)
    record = read.get(ctx, entity_name, record_id) if record_id else None
    verb = "update" if record else "create"
    filled = read_form(ctx, entity, *form_with_app(ctx, entity), request.form, verb=verb, record=record)
    return jsonify(live_states(ctx, filled))


@blueprint.get("/<int:record_id>/edit")
def edit(entity_name: str, record_id: int) -> Response:
    """The form with the record in it."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    record = read.get(ctx, entity_name, record_id)
    filled = filled_form(ctx, entity, *form_with_app(ctx, entity), record, verb="update", record=record)
    return _page(ctx, with_fills(ctx, filled), open_page=request.args.get(TAB, ""))


@blueprint.post("/<int:record_id>/edit")
def save(entity_name: str, record_id: int) -> Response:
    """The changed form."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    record = read.get(ctx, entity_name, record_id)
    filled = read_form(ctx, entity, *form_with_app(ctx, entity), request.form, verb="update", record=record)
    version = request.form.get("version", type=int)
    try:
        save_filled(ctx, filled, version)
    except Invalid as error:
        return _page(ctx, filled, error.problems)
    except Stale:
        changed = Problem(
            "", "stale", "Somebody else saved this record meanwhile. Your entries are below; saving again overwrites theirs."
        )
        return _page(ctx, filled, [changed])
    toast(_("Saved."))
    return redirect_to(links.record_url(entity_name, record_id))


@blueprint.get("/<int:record_id>/rows/<key>")
def rows(entity_name: str, record_id: int, key: str) -> Response:
    """One table of rows of a record, to be changed in a dialog."""
    ctx = current()
    return _rows_page(ctx, _with_rows(ctx, entity_name, record_id, key), key)


@blueprint.post("/<int:record_id>/rows/<key>")
def save_rows(entity_name: str, record_id: int, key: str) -> Response:
    """The rows of one table, without the rest of the record."""
    ctx = current()
    filled = _with_rows(ctx, entity_name, record_id, key)
    source = filled.sources[key]
    sent = submitted_rows(request.form, source) or []
    filled = replace(filled, rows={key: sent})
    problems = count_problems(source, sent)
    if problems:
        return _rows_page(ctx, filled, key, problems)
    try:
        save_with_rows(ctx, entity_name, record_id, {}, [as_set(source, sent)])
    except Invalid as error:
        return _rows_page(ctx, filled, key, error.problems)
    trigger("record-changed")
    trigger("record-moved")
    toast(_("Saved."))
    return close_dialog()


def _with_rows(ctx: Context, entity_name: str, record_id: int, key: str) -> Filled:
    entity = entity_or_404(ctx, entity_name)
    record = read.get(ctx, entity_name, record_id)
    filled = filled_form(ctx, entity, *form_with_app(ctx, entity), record, verb="update", record=record)
    if key not in filled.sources:
        raise NotFound
    return filled


def _rows_page(ctx: Context, filled: Filled, key: str, problems: Any = ()) -> Response:
    view = form_view(ctx, filled, problems)
    sections = [section for page in view.pages for section in page.sections]
    table = next(item.rows for section in sections for item in section.items if item.rows and item.rows.key == key)
    url = f"{links.record_url(filled.entity.name, filled.record_id)}/rows/{key}"
    return render(
        "pages/record_rows.html",
        status=422 if problems else 200,
        table=table,
        errors=view.errors,
        action=url,
        record_id=filled.record_id,
        state=f"/records/{filled.entity.name}/form-state",
    )


@blueprint.get("/<int:record_id>/fields/<key>")
def field(entity_name: str, record_id: int, key: str) -> Response:
    """One field as an input in its place, or with `?show` as a value again."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    record = read.get(ctx, entity_name, record_id)
    if "show" in request.args:
        return _value(ctx, entity, record, key)
    return _input(ctx, entity, record, key, record.get(key))


@blueprint.post("/<int:record_id>/fields/<key>")
def save_field(entity_name: str, record_id: int, key: str) -> Response:
    """One field, changed in its place."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    if key not in entity.fields:
        raise NotFound
    raw = submitted(request.form, {key: entity.fields[key]})
    try:
        write.update(ctx, entity_name, record_id, raw)
    except Invalid as error:
        record = read.get(ctx, entity_name, record_id)
        return _input(ctx, entity, record, key, raw.get(key), error.problems)
    trigger("record-changed", {"field": key})
    return _value(ctx, entity, read.get(ctx, entity_name, record_id), key)


def _creatable(ctx: Context, entity_name: str) -> EntityDef:
    entity = ctx.catalog.find(entity_name)
    if entity is None:
        raise NotFound
    rights = access.rights(ctx, entity)
    if not rights.may_create:
        raise Forbidden if rights.may_read else NotFound
    return entity


def _page(ctx: Context, filled: Filled, problems: Any = (), *, open_page: str = "", turned: bool = False) -> Response:
    """The form's page; with problems its status is 422."""
    entity, record = filled.entity, filled.record
    if record:  # what the browser sent stands over what is there
        filled = replace(filled, raw={**record, **filled.raw})
    return render(
        "pages/record_form.html",
        part="form",
        status=422 if problems else 200,
        entity=entity,
        entity_text=entity_label(entity),
        plural_text=entity_label(entity, plural=True),
        view=form_view(ctx, filled, problems, open_page=open_page, turned=turned),
        record=record,
        in_dialog=request.headers.get("HX-Target") == "dialog",
        action=f"{links.record_url(entity.name, filled.record_id)}/edit" if record else links.new_record_url(entity.name),
    )


def _input(ctx: Context, entity: EntityDef, record: Mapping[str, Any], key: str, value: Any, problems: Any = ()) -> Response:
    rights = access.rights(ctx, entity)
    if key not in entity.fields or key not in rights.writable_fields & rights.readable_fields:
        raise NotFound
    errors = errors_of(problems, [key])
    found = [*errors.get(key, ()), *errors.get("", ())]
    shown = control(ctx, entity.fields[key], value, errors=tuple(found))
    status = 422 if problems else 200
    return render("pages/record_field_input.html", status=status, control=shown, url=links.record_url(entity.name, record["id"]))


def _value(ctx: Context, entity: EntityDef, record: Mapping[str, Any], key: str) -> Response:
    if key not in access.rights(ctx, entity).readable_fields:
        raise NotFound
    values = Values(ctx, entity, [record], [key])
    return render(
        "pages/record_field_value.html",
        key=key,
        label=label_of(entity.fields[key]),
        cell=values.cell(record, key),
        may_edit=True,
        url=links.record_url(entity.name, record["id"]),
    )


@blueprint.get("/<int:record_id>/copy")
def copy(entity_name: str, record_id: int) -> Response:
    """The empty form with the values of a record in it."""
    ctx = current()
    entity = _creatable(ctx, entity_name)
    record = read.get(ctx, entity_name, record_id)
    unique = {key for key, each in entity.fields.items() if each.field.unique}
    values = {key: value for key, value in record.items() if key not in unique}
    app, form = form_with_app(ctx, entity)
    copied = {key: copied_rows(ctx, source, record_id) for key, source in row_sources(ctx, app, form).items()}
    filled = filled_form(ctx, entity, app, form, values, verb="create", rows=copied)
    return _page(ctx, with_fills(ctx, filled))
