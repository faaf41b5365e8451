"""The view designer: columns, filter, sort order, who sees it; the real records below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request

from builder.acts.base import find
from builder.keys import qualified
from builder.structure import MISSING
from builder.views import VIEW_TYPES
from runtime import drafts
from runtime.context import Context
from runtime.drafts import Desk
from runtime.errors import Invalid
from runtime.tables import EntityDef
from web.i18n import current_language, translate
from web.i18n import gettext as _
from web.links import app_url
from web.pages.guard import admin
from web.render import redirect_to, render
from web.render.design import design_of, text_of, texts_of
from web.render.design_view import (
    VIEW_NAMES,
    colour_rules,
    column_label,
    preview,
    sortable_fields,
    spare_fields,
    summaries_for,
    view_options,
)
from web.render.field_panel import choice_colours

blueprint = Blueprint("design_view", __name__, url_prefix="/design/<app>/views")


@blueprint.get("")
def page(app: str) -> Response:
    """All views, by the entity whose records they show."""
    desk = drafts.open_desk(admin(), app)
    groups = [_group(desk, each, name) for each, name in _entities(desk)]
    return render("pages/design/views.html", part="work", design=design_of(desk), groups=[each for each in groups if each])


@blueprint.get("/new")
def new(app: str) -> Response:
    """For which entity, of what type, and what it is called."""
    return _new_dialog(drafts.open_desk(admin(), app), {})


@blueprint.post("/new")
def create(app: str) -> Response:
    """A view with the first fields of an entity."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    label = request.form.get("label", "").strip()
    entity, kind = request.form.get("entity", ""), request.form.get("type") or "table"
    if not label:
        return _new_dialog(desk, {"label": [_("Give it a name.")]})
    if find(desk.document, f"entities/{entity}") is MISSING:
        return _new_dialog(desk, {"entity": [_("Choose one.")]})
    act = {"op": "new_view", "entity": entity, "label": {current_language(): label}, "type": kind}
    try:
        made = drafts.change(ctx, app, [act]).made
    except Invalid as error:
        if kind != "table":
            return _new_dialog(desk, {"type": [_("This table has no field with choices, which a board needs.")]})
        return _new_dialog(desk, {"": [translate(each) for each in error.problems]})
    return redirect_to(f"{app_url(app)}/{made}")


@blueprint.get("/<key>")
def view(app: str, key: str) -> Response:
    """One view; `?pick=views/all_leads/columns/name` opens what can be set of that column."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    document = find(desk.document, f"views/{key}")
    if document is MISSING:
        return redirect(f"{app_url(app)}/views", 303)  # type: ignore[return-value]
    path, pick = f"views/{key}", request.args.get("pick", "")
    looked = drafts.looking(ctx, desk)
    name = qualified(app, str(document.get("entity")))
    entity = looked.catalog.find(name)
    model = (
        next((each for each in looked.catalog.apps[app].views if each.key == key), None) if app in looked.catalog.apps else None
    )
    place, keys = _shown(document, path)
    columns = [_column(looked, desk, entity, place, each) for each in keys]
    rules = colour_rules(looked, entity, document, path)
    own, steps = spare_fields(looked, entity, {each["key"] for each in columns}) if entity else ([], [])
    return render(
        "pages/design/view.html",
        part="work",
        design=design_of(desk, pick),
        view=document,
        path=path,
        label=text_of(document.get("label"), key),
        entity_key=str(document.get("entity")),
        entity_label=text_of((find(desk.document, f"entities/{document.get('entity')}") or {}).get("label"), name)
        if entity
        else name,
        kind=VIEW_TYPES.find(str(document.get("type") or "table")),
        columns=columns,
        place=place,
        on_cards=place.endswith("/card") or document.get("type") == "kanban",
        rules=rules,
        rule=next((each for each in rules if each["path"] == pick), None),
        colours=choice_colours(),
        spare=own,
        steps=[each for each in steps if each[1]],
        column=next((each for each in columns if each["path"] == pick), None),
        settings=_settings(desk, document, entity, path),
        preview=preview(ctx, looked, name, model),
    )


def _shown(document: Mapping[str, Any], path: str) -> tuple[str, list[Mapping[str, Any]]]:
    """Where the columns, or the fields on the cards of a board, stand in the document; and these."""
    card = (document.get("options") or {}).get("card")
    if document.get("type") == "kanban" and card:
        return f"{path}/options/card", [{"key": key} for key in card]
    return f"{path}/columns", list(document.get("columns") or ())


def _column(ctx: Context, desk: Desk, entity: EntityDef | None, place: str, column: Mapping[str, Any]) -> dict[str, Any]:
    here = f"{place}/{column['key']}"
    label = column_label(ctx, entity, column["key"])
    figures = summaries_for(ctx, entity, column["key"])
    return {
        **column,
        "path": here,
        "label": label,
        "figures": figures,
        "problems": sum(each.path.startswith(here) for each in desk.problems),
    }


def _settings(desk: Desk, document: Mapping[str, Any], entity: EntityDef | None, path: str) -> dict[str, Any]:
    """What can be set of the view itself."""
    sort = [str(each) for each in document.get("sort") or ()][:3]
    return {
        "label": texts_of(document.get("label")),
        "types": [(each.name, _(VIEW_NAMES.get(each.name, each.name))) for each in VIEW_TYPES],
        "type": str(document.get("type") or "table"),
        "options": view_options(entity, document, path) if entity else [],
        "sort": [(each.lstrip("-"), each.startswith("-")) for each in sort] + ([("", False)] if len(sort) < 3 else []),
        "sortable": sortable_fields(entity) if entity else [],
        "roles": [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("roles") or ()],
    }


def _entities(desk: Desk) -> list[tuple[str, str]]:
    """(reference, label) of the entities that views of this app show: its own, then those of others."""
    own = [
        (each["key"], text_of(each.get("plural") or each.get("label"), each["key"]))
        for each in desk.document.get("entities") or ()
    ]
    known = {key for key, _label in own}
    others = dict.fromkeys(
        str(each.get("entity")) for each in desk.document.get("views") or () if each.get("entity") not in known
    )
    return [*own, *((each, each) for each in others)]


def _group(desk: Desk, entity: str, name: str) -> dict[str, Any]:
    views = [each for each in desk.document.get("views") or () if each.get("entity") == entity]
    return {"entity": entity, "name": name, "views": [_line(desk, each) for each in views]}


def _line(desk: Desk, document: Mapping[str, Any]) -> dict[str, Any]:
    path = f"views/{document['key']}"
    kind = VIEW_TYPES.find(str(document.get("type") or "table"))
    return {
        "path": path,
        "key": document["key"],
        "label": text_of(document.get("label"), document["key"]),
        "url": f"{app_url(desk.app)}/{path}",
        "icon": kind.icon if kind else "table",
        "type": _(VIEW_NAMES.get(kind.name, kind.name)) if kind else "",
        "columns": len(document.get("columns") or ()),
        "roles": [
            text_of((find(desk.document, f"roles/{each}") or {}).get("label"), each) for each in document.get("roles") or ()
        ],
        "opens_for": [
            text_of((find(desk.document, f"roles/{each}") or {}).get("label"), each) for each in document.get("opens_for") or ()
        ],
        "is_new": find(desk.published, path) is MISSING,
        "problems": sum(each.path == path or each.path.startswith(f"{path}/") for each in desk.problems),
    }


def _new_dialog(desk: Desk, errors: dict[str, list[str]]) -> Response:
    entities = [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("entities") or ()]
    types = [(each.name, _(VIEW_NAMES.get(each.name, each.name))) for each in VIEW_TYPES]
    return render(
        "pages/design/view_new.html",
        status=422 if errors else 200,
        design=design_of(desk),
        entities=entities,
        types=types,
        errors=errors,
        values=request.form or request.args,
    )
