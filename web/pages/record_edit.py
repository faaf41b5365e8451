"""Creating and changing a record: the whole form, or one field in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from builder.errors import Problem
from builder.model import Form
from runtime import access
from runtime.context import Context
from runtime.errors import Forbidden, Invalid, NotFound, Stale
from runtime.records import read, write
from runtime.records.defaults import default_values
from runtime.tables import EntityDef
from web import links
from web.i18n import gettext as _
from web.pages.record import entity_or_404
from web.render import redirect_to, render, toast
from web.render.controls import control, submitted
from web.render.forms import errors_of
from web.render.page import close_dialog, is_fragment, trigger
from web.render.record_form import form_fields, form_of, missing, off_form, readable_values, shown_form, states_of
from web.render.values import Values, entity_label, label_of
from web.request_context import current

blueprint = Blueprint("record_edit", __name__, url_prefix="/records/<entity_name>")


@blueprint.get("/new")
def new(entity_name: str) -> Response:
    """The empty form; query parameters fill fields in advance."""
    ctx = current()
    entity = _creatable(ctx, entity_name)
    form = form_of(ctx, entity)
    fields = form_fields(ctx, entity, form, verb="create")
    given = readable_values(ctx, entity, {key: value for key, value in request.args.items() if key in fields}, "create")
    return _page(ctx, entity, form, {**default_values(ctx, entity), **given}, verb="create")


@blueprint.post("/new")
def create(entity_name: str) -> Response:
    """A record from the form."""
    ctx = current()
    entity = _creatable(ctx, entity_name)
    form = form_of(ctx, entity)
    fields = form_fields(ctx, entity, form, verb="create")
    raw = submitted(request.form, fields)
    states = states_of(ctx, entity, form, readable_values(ctx, entity, raw, "create"))
    raw = {key: value for key, value in raw.items() if key not in off_form(form, states)}
    problems = missing(form, states, readable_values(ctx, entity, raw, "create"))
    try:
        written = _save(lambda: write.create(ctx, entity_name, raw), problems)
    except Invalid as error:
        return _page(ctx, entity, form, raw, verb="create", problems=error.problems)
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
    form = form_of(ctx, entity)
    record_id = request.form.get("record_id", 0, type=int)
    verb = "update" if record_id else "create"
    base = read.get(ctx, entity_name, record_id) if record_id else {}
    raw = submitted(request.form, form_fields(ctx, entity, form, verb=verb))
    states = states_of(ctx, entity, form, {**base, **readable_values(ctx, entity, raw, verb)}, record_id)
    return jsonify(
        {key: {"shown": each.shown, "required": each.required, "read_only": each.read_only} for key, each in states.items()}
    )


@blueprint.get("/<int:record_id>/edit")
def edit(entity_name: str, record_id: int) -> Response:
    """The form with the record in it."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    record = read.get(ctx, entity_name, record_id)
    return _page(ctx, entity, form_of(ctx, entity), record, verb="update", record=record)


@blueprint.post("/<int:record_id>/edit")
def save(entity_name: str, record_id: int) -> Response:
    """The changed form."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    form = form_of(ctx, entity)
    record = read.get(ctx, entity_name, record_id)
    raw = submitted(request.form, form_fields(ctx, entity, form, verb="update"))
    states = states_of(ctx, entity, form, {**record, **readable_values(ctx, entity, raw, "update")}, record_id)
    raw = {key: value for key, value in raw.items() if key not in off_form(form, states)}
    problems = missing(form, states, {**record, **readable_values(ctx, entity, raw, "update")})
    version = request.form.get("version", type=int)
    try:
        _save(lambda: write.update(ctx, entity_name, record_id, raw, version), problems)
    except Invalid as error:
        return _page(ctx, entity, form, {**record, **raw}, verb="update", record=record, problems=error.problems)
    except Stale:
        changed = Problem(
            "", "stale", "Somebody else saved this record meanwhile. Your entries are below; saving again overwrites theirs."
        )
        return _page(ctx, entity, form, {**record, **raw}, verb="update", record=record, problems=[changed])
    toast(_("Saved."))
    return redirect_to(links.record_url(entity_name, record_id))


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


def _save(act: Any, problems: list[Problem]) -> Any:
    """Saves, and tells the form's own problems together with those of the write path."""
    if not problems:
        return act()
    try:
        act()
    except Invalid as error:
        known = {each.path for each in error.problems}
        raise Invalid([*error.problems, *(each for each in problems if each.path not in known)]) from None
    raise Invalid(problems)


def _creatable(ctx: Context, entity_name: str) -> EntityDef:
    entity = ctx.catalog.find(entity_name)
    if entity is None:
        raise NotFound
    rights = access.rights(ctx, entity)
    if not rights.may_create:
        raise Forbidden if rights.may_read else NotFound
    return entity


def _page(
    ctx: Context,
    entity: EntityDef,
    form: Form,
    values: Mapping[str, Any],
    *,
    verb: str,
    record: Mapping[str, Any] | None = None,
    problems: Any = (),
) -> Response:
    """The form's page; with problems its status is 422."""
    fields = form_fields(ctx, entity, form, verb=verb)
    record_id = int(record["id"]) if record else 0
    parsed = {**(record or {}), **readable_values(ctx, entity, {k: v for k, v in values.items() if k in fields}, verb)}
    states = states_of(ctx, entity, form, parsed, record_id)
    errors = errors_of(problems, [item.field for section in form.sections for item in section.items])
    return render(
        "pages/record_form.html",
        part="form",
        status=422 if problems else 200,
        entity=entity,
        entity_text=entity_label(entity),
        plural_text=entity_label(entity, plural=True),
        sections=shown_form(ctx, entity, form, states, values, fields, errors),
        errors=errors,
        record=record,
        in_dialog=request.headers.get("HX-Target") == "dialog",
        action=f"{links.record_url(entity.name, record_id)}/edit" if record else links.new_record_url(entity.name),
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
    return _page(ctx, entity, form_of(ctx, entity), values, verb="create")
