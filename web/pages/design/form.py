"""The form designer: fields, texts and sections on a canvas that is the real form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request

from builder.acts.base import find
from builder.keys import qualified
from builder.structure import MISSING
from runtime import drafts
from runtime.context import Context
from runtime.drafts import Desk
from runtime.errors import Invalid
from web.i18n import current_language, translate
from web.i18n import gettext as _
from web.links import app_url
from web.pages.guard import admin
from web.render import redirect_to, render
from web.render.design import design_of, entity_name, text_of, texts_of
from web.render.design_form import Canvas, column_choices, column_label, is_numeric, pointing, spare_fields
from web.render.design_view import sortable_fields
from web.render.field_panel import choice_colours, field_panel, palette
from web.render.fill_panel import fill_panel
from web.render.form_roles import who_gets_what

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
    path = f"forms/{key}"
    spot = _spot(path, request.args.get("pick", ""))
    looked = drafts.looking(ctx, desk)
    canvas = Canvas(looked, desk, form)
    pages = canvas.pages()
    return render(
        "pages/design/form.html",
        part="work",
        design=design_of(desk, spot),
        form=form,
        path=path,
        label=text_of(form.get("label"), key),
        entity_key=str(form.get("entity")),
        entity_label=entity_name(desk, str(form.get("entity"))),
        pages=pages,
        here=_page_of(pages, spot),
        lists=canvas.related(),
        spare=spare_fields(desk, form),
        palette=palette(),
        colours=choice_colours(),
        picked=_picked(looked, desk, form, spot),
        settings=_settings(looked, desk, form, canvas),
    )


def _page_of(pages: list[dict[str, Any]], spot: str) -> str:
    """The page on which something is picked; the first one otherwise. A new section goes there."""
    for page in pages:
        if page["path"] == spot or any(spot == each["path"] or spot.startswith(f"{each['path']}/") for each in page["sections"]):
            return str(page["key"])
    return str(pages[0]["key"])


def _new_dialog(desk: Desk, errors: dict[str, list[str]]) -> Response:
    entities = [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("entities") or ()]
    status = 422 if errors else 200
    values = request.form or request.args
    return render(
        "pages/design/form_new.html", status=status, design=design_of(desk), entities=entities, errors=errors, values=values
    )


def _spot(path: str, pick: str) -> str:
    """The page, section, item or related list that a path lies in; empty when it is none of this form."""
    parts = pick.split("/")
    if not pick.startswith(f"{path}/") or len(parts) < 4:
        return ""
    deep = {"pages": 4, "related": 4, "sections": 6 if parts[4:5] == ["items"] and len(parts) > 5 else 4}.get(parts[2])
    return "/".join(parts[:deep]) if deep else ""


def _picked(looked: Context, desk: Desk, form: Mapping[str, Any], spot: str) -> dict[str, Any]:
    """What the panel is about: `kind` is item, rows, text, section, page, related or form."""
    found = find(desk.document, spot) if spot else MISSING
    if not isinstance(found, dict):
        return {"kind": "form"}
    part = spot.split("/")[2]
    if part == "pages":
        return {"kind": "page", "it": found, "texts": texts_of(found.get("label"))}
    if part == "related":
        return {"kind": "related", "it": found, "related": _related_panel(looked, desk, found, spot)}
    if "/items/" not in spot:
        return {"kind": "section", "it": found, "texts": texts_of(found.get("label"))}
    section = find(desk.document, spot.rpartition("/items/")[0])
    shared = {"it": found, "item_columns": int(section.get("columns", 2) or 2)}
    if "rows" in found:
        return {**shared, "kind": "rows", "rows": _rows_panel(looked, desk, found["rows"], f"{spot}/rows")}
    if not found.get("field"):
        return {**shared, "kind": "text", "text": texts_of(found.get("text")), "heading": texts_of(found.get("heading"))}
    entity = str(form.get("entity"))
    panel = field_panel(looked, desk, f"entities/{entity}/fields/{found['field']}")
    return {**shared, "kind": "item", "panel": panel, "fill": fill_panel(looked, desk, entity, found, spot)}


def _rows_panel(looked: Context, desk: Desk, rows: Mapping[str, Any], path: str) -> dict[str, Any]:
    """What can be set of a table of rows."""
    reference = str(rows.get("entity"))
    entity = looked.catalog.find(qualified(desk.app, reference))
    columns = [
        {**each, "label": column_label(entity, each["key"]), "numeric": is_numeric(entity, each["key"])}
        for each in rows.get("columns") or ()
    ]
    gone = {each["key"] for each in columns} | {str(rows.get("field"))}
    return {
        "path": path,
        "entity": entity_name(desk, reference),
        "url": f"{app_url(desk.app)}/entities/{reference}" if "." not in reference else "",
        "texts": texts_of(rows.get("label")),
        "columns": columns,
        "spare": column_choices(entity, without=gone, inputs=True),
        "problems": [each for each in desk.problems if each.path.startswith(f"{path}/") or each.path == path],
    }


def _related_panel(looked: Context, desk: Desk, related: Mapping[str, Any], path: str) -> dict[str, Any]:
    """What can be set of a related list."""
    reference = str(related.get("entity"))
    entity = looked.catalog.find(qualified(desk.app, reference))
    keys = [str(each) for each in related.get("columns") or ()]
    sort = [(str(each).lstrip("-"), str(each).startswith("-")) for each in related.get("sort") or ()]
    return {
        "path": path,
        "reference": reference,
        "entity": entity_name(desk, reference),
        "field": column_label(entity, str(related.get("field"))),
        "texts": texts_of(related.get("label")),
        "columns": [{"key": key, "label": column_label(entity, key)} for key in keys],
        "spare": column_choices(entity, without={*keys, str(related.get("field"))}),
        "sort": [*sort, ("", False)][:3],
        "sortable": sortable_fields(entity) if entity else [],
        "problems": [each for each in desk.problems if each.path.startswith(f"{path}/") or each.path == path],
    }


def _settings(looked: Context, desk: Desk, form: Mapping[str, Any], canvas: Canvas) -> dict[str, Any]:
    """What can be set of the form itself, and what can be added to it."""
    roles = [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("roles") or ()]
    points = pointing(looked, desk, canvas.entity)
    listed = {(each.get("entity"), each.get("field")) for each in form.get("related") or ()}
    items = [item for section in form.get("sections") or () for item in section.get("items") or ()]
    tables = {(each["rows"].get("entity"), each["rows"].get("field")) for each in items if isinstance(each.get("rows"), dict)}
    siblings = [each for each in desk.document.get("forms") or () if each.get("entity") == form.get("entity")]
    return {
        "label": texts_of(form.get("label")),
        "roles": roles,
        "spare_related": [each for each in points if (each["entity"], each["field"]) not in listed],
        "spare_rows": [each for each in points if (each["entity"], each["field"]) not in tables],
        "siblings": [{"key": each["key"], "label": text_of(each.get("label"), each["key"])} for each in siblings],
        "whose": who_gets_what(looked, canvas.entity) if canvas.entity else [],
    }
