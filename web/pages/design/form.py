"""The form designer: fields, texts and sections on a canvas that is the real form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request

from builder.acts.base import find
from builder.keys import qualified
from builder.structure import MISSING
from runtime import drafts
from runtime.context import Context
from runtime.drafts import Desk
from runtime.errors import Invalid, NotFound
from runtime.records.defaults import default_values
from runtime.tables import EntityDef
from web.i18n import current_language, translate
from web.i18n import gettext as _
from web.links import app_url
from web.pages.guard import admin
from web.render import redirect_to, render, toast
from web.render.controls import Control, control
from web.render.design import design_of, text_of, texts_of
from web.render.field_panel import choice_colours, field_panel, palette
from web.render.filled_form import TAB, Filled, filled_form, read_form, trial_turn
from web.render.form_view import form_view

blueprint = Blueprint("design_form", __name__, url_prefix="/design/<app>/forms")


@blueprint.get("/new")
def new(app: str) -> Response:
    """For which entity, and what it is called."""
    return _new_dialog(drafts.open_desk(admin(), app), {})


@blueprint.post("/new")
def create(app: str) -> Response:
    """A form with all fields of an entity."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    entity = find(desk.document, f"entities/{request.form.get('entity', '')}")
    label = request.form.get("label", "").strip()
    if entity is MISSING or not label:
        return _new_dialog(desk, {"label": [_("Give it a name.")]} if not label else {"entity": [_("Choose one.")]})
    items = [{"key": each["key"], "field": each["key"]} for each in entity.get("fields") or ()]
    section = {"key": "basic", "label": {}, "columns": 2, "items": items}
    value = {"entity": entity["key"], "label": {current_language(): label}, "sections": [section]}
    act = {"op": "new_item", "list": "forms", "base": f"{entity['key'][:30]}_form", "value": value}
    try:
        made = drafts.change(ctx, app, [act]).made
    except Invalid as error:
        return _new_dialog(desk, {"": [translate(each) for each in error.problems]})
    return redirect_to(f"{app_url(app)}/{made}")


@blueprint.get("/<key>")
def page(app: str, key: str) -> Response:
    """The canvas; `?pick=forms/lead_form/sections/basic/items/name` opens what can be set of that place."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    form = find(desk.document, f"forms/{key}")
    if form is MISSING:
        return redirect(app_url(app), 303)  # type: ignore[return-value]
    pick, path = request.args.get("pick", ""), f"forms/{key}"
    looked = drafts.looking(ctx, desk)
    entity = looked.catalog.find(qualified(app, str(form.get("entity"))))
    sections = [_section(looked, desk, entity, path, each) for each in form.get("sections") or ()]
    return render(
        "pages/design/form.html",
        part="work",
        design=design_of(desk, pick),
        form=form,
        path=path,
        label=text_of(form.get("label"), key),
        entity_key=str(form.get("entity")),
        sections=sections,
        spare=_spare(desk, form),
        palette=palette(),
        colours=choice_colours(),
        **_picked(desk, form, path, pick),
        settings=_settings(desk, form),
    )


@blueprint.get("/<key>/preview")
def preview(app: str, key: str) -> Response:
    """The form of the draft as people will fill it in; its rules work, saving does nothing."""
    ctx, desk, entity, form = _looked(app, key)
    filled = filled_form(ctx, entity, app, form, default_values(ctx, entity), verb="create")
    return _preview(ctx, desk, filled, open_page=request.args.get(TAB, ""))


@blueprint.post("/<key>/form-state")
def form_state(app: str, key: str) -> Response:
    """What the rules of the draft's form say about the inputs of the preview."""
    ctx, _desk, entity, form = _looked(app, key)
    states = read_form(ctx, entity, app, form, request.form, verb="create").states
    return jsonify({name: {"shown": s.shown, "required": s.required, "read_only": s.read_only} for name, s in states.items()})


@blueprint.post("/<key>/preview")
def try_out(app: str, key: str) -> Response:
    """The next step of the preview, or what is wrong with the entries; nothing is saved from a preview."""
    ctx, desk, entity, form = _looked(app, key)
    filled = read_form(ctx, entity, app, form, request.form, verb="create")
    turn = trial_turn(ctx, filled)
    if turn.save:
        toast(_("This is a preview: nothing was saved."), "info")
        return redirect_to(f"{app_url(app)}/forms/{key}/preview")
    return _preview(ctx, desk, filled, turn.problems, open_page=turn.page, turned=True)


def _preview(ctx: Context, desk: Desk, filled: Filled, problems: Any = (), **how: Any) -> Response:
    return render(
        "pages/design/form_preview.html",
        part="form",
        status=422 if problems else 200,
        design=design_of(desk),
        view=form_view(ctx, filled, problems, **how),
        path=f"forms/{filled.form.key}",
        label=filled.form.label.in_language(current_language()) or filled.form.key,
    )


def _looked(app: str, key: str) -> tuple[Context, Desk, EntityDef, Any]:
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    looked = drafts.looking(ctx, desk)
    form = next((each for each in looked.catalog.apps[app].forms if each.key == key), None)
    entity = looked.catalog.find(qualified(app, form.entity)) if form else None
    if form is None or entity is None:
        raise NotFound
    return looked, desk, entity, form


def _new_dialog(desk: Desk, errors: dict[str, list[str]]) -> Response:
    entities = [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("entities") or ()]
    status = 422 if errors else 200
    values = request.form or request.args
    return render(
        "pages/design/form_new.html", status=status, design=design_of(desk), entities=entities, errors=errors, values=values
    )


def _section(ctx: Context, desk: Desk, entity: EntityDef | None, path: str, section: Mapping[str, Any]) -> dict[str, Any]:
    here = f"{path}/sections/{section['key']}"
    items = [_item(ctx, desk, entity, here, each) for each in section.get("items") or ()]
    return {
        "path": here,
        "key": section["key"],
        "label": text_of(section.get("label")),
        "columns": max(1, int(section.get("columns", 2) or 2)),
        "collapsed": bool(section.get("collapsed")),
        "rule": bool(section.get("show_when")),
        "places": items,
    }


def _item(ctx: Context, desk: Desk, entity: EntityDef | None, place: str, item: Mapping[str, Any]) -> dict[str, Any]:
    path = f"{place}/items/{item['key']}"
    definition = entity.fields.get(str(item.get("field"))) if entity and item.get("field") else None
    shown: Control | None = None
    if definition is not None:
        shown = control(ctx, definition, None, required=definition.field.required, read_only=bool(item.get("read_only")))
    return {
        "path": path,
        "key": item["key"],
        "field": item.get("field"),
        "control": shown,
        "text": text_of(item.get("text")),
        "span": int(item.get("span", 1) or 1),
        "rules": [name for name in ("show_when", "require_when", "read_only_when") if item.get(name)],
        "problems": sum(each.path == path or each.path.startswith(f"{path}/") for each in desk.problems),
    }


def _spare(desk: Desk, form: Mapping[str, Any]) -> list[dict[str, str]]:
    """Fields of the entity that are not on the form."""
    from builder.fields import FIELD_TYPES

    used = {item.get("field") for section in form.get("sections") or () for item in section.get("items") or ()}
    entity = find(desk.document, f"entities/{form.get('entity')}")
    fields = entity.get("fields") or () if isinstance(entity, dict) else ()
    icons = {each.name: each.icon for each in FIELD_TYPES}
    return [
        {"key": each["key"], "label": text_of(each.get("label"), each["key"]), "icon": icons.get(each.get("type"), "forms")}
        for each in fields
        if each["key"] not in used
    ]


def _picked(desk: Desk, form: Mapping[str, Any], path: str, pick: str) -> dict[str, Any]:
    """The item, section and field that the panel is about."""
    none: dict[str, Any] = {"item": None, "section": None, "panel": None, "item_columns": 1}
    if not pick.startswith(f"{path}/sections/"):
        return none
    found = find(desk.document, pick)
    if not isinstance(found, dict):
        return none
    if "/items/" in pick:
        section = find(desk.document, pick.rpartition("/items/")[0])
        panel = field_panel(desk, f"entities/{form.get('entity')}/fields/{found.get('field')}") if found.get("field") else None
        return {**none, "item": found, "panel": panel, "item_columns": int(section.get("columns", 2) or 2)}
    return {**none, "section": found, "section_texts": texts_of(found.get("label"))}


def _settings(desk: Desk, form: Mapping[str, Any]) -> dict[str, Any]:
    """What can be set of the form itself."""
    roles = [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("roles") or ()]
    there = {(each.get("entity"), each.get("field")) for each in form.get("related") or ()}
    spare = [each for each in _pointing(desk, str(form.get("entity"))) if (each["entity"], each["field"]) not in there]
    return {"label": texts_of(form.get("label")), "roles": roles, "related": form.get("related") or [], "spare_related": spare}


def _pointing(desk: Desk, entity: str) -> Iterator[dict[str, Any]]:
    """Related lists that the form could have: the fields of other entities that lead here."""
    for other in desk.document.get("entities") or ():
        for each in other.get("fields") or ():
            options = each.get("options") or {}
            leads_here = qualified(desk.app, str(options.get("to"))) == qualified(desk.app, entity)
            if each.get("type") == "relation" and leads_here and options.get("kind", "many_to_one") == "many_to_one":
                yield {
                    "name": f"{text_of(other.get('label'), other['key'])} · {text_of(each.get('label'), each['key'])}",
                    "entity": other["key"],
                    "field": each["key"],
                    "label": other.get("plural") or other.get("label") or {},
                    "columns": [one["key"] for one in other.get("fields") or () if one["key"] != each["key"]][:4],
                }
