"""One app: its entities and how they hang together; making, naming, copying and taking away entities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request

from builder.acts.base import texts
from builder.fields.choice import COLORS
from builder.quick_fields import read_fields
from runtime import drafts
from runtime.context import Context
from runtime.drafts import Desk
from runtime.errors import Invalid, NotFound
from runtime.queries.counting import count_records
from runtime.queries.listing import ListQuery
from web.i18n import current_language, translate
from web.i18n import gettext as _
from web.links import app_url
from web.pages.guard import admin
from web.render import redirect_to, render
from web.render.design import design_of, text_of
from web.render.design_words import TYPES, type_name
from web.render.icons import choosable_icons

blueprint = Blueprint("design_app", __name__, url_prefix="/design/<app>")


@blueprint.get("")
def page(app: str) -> Response:
    """The entities, as cards and as a picture."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    entities = [_card(ctx, desk, each) for each in desk.document.get("entities") or ()]
    return render(
        "pages/design/app.html",
        part="work",
        design=design_of(desk),
        entities=entities,
        boxes=[*entities, *_outside(desk)],
        links_of=_links(desk),
    )


@blueprint.get("/settings")
def settings(app: str) -> Response:
    """Name, icon and colour of the app, in the side panel."""
    desk = drafts.open_desk(admin(), app)
    return render(
        "pages/design/app_settings.html", design=design_of(desk), document=desk.document, colours=COLORS, icons=choosable_icons()
    )


@blueprint.get("/entities/new")
def new(app: str) -> Response:
    """What a new entity is called."""
    return _new_dialog(drafts.open_desk(admin(), app), {}, {})


@blueprint.post("/entities/new")
def create(app: str) -> Response:
    """A new entity with a form, a list and an entry of the menu."""
    ctx = admin()
    label = request.form.get("label", "").strip()
    act: dict[str, Any] = {"op": "new_entity", "label": {current_language(): label}, "icon": request.form.get("icon") or "table"}
    act["roles"] = request.form.getlist("roles") or ({current_language(): _("Users")} if request.form.get("new_role") else [])
    if lines := request.form.get("fields", "").strip():
        act["fields"] = _fields(drafts.open_desk(ctx, app), lines)
    errors: dict[str, list[str]] = {}
    if not label:
        errors["label"] = [_("Give it a name.")]
    else:
        try:
            made = drafts.change(ctx, app, [act]).made
            return redirect_to(f"{app_url(app)}/{made}")
        except Invalid as error:
            errors[""] = [translate(each) for each in error.problems]
    return _new_dialog(drafts.open_desk(ctx, app), request.form, errors)


def _new_dialog(desk: Desk, values: Mapping[str, Any], errors: dict[str, list[str]]) -> Response:
    roles = desk.document.get("roles") or ()
    return render(
        "pages/design/entity_new.html",
        status=422 if errors else 200,
        design=design_of(desk),
        errors=errors,
        values=values,
        roles=[(each["key"], text_of(each.get("label"), each["key"])) for each in roles],
        chosen=request.form.getlist("roles"),
    )


def _fields(desk: Desk, lines: str) -> list[dict[str, Any]]:
    """The fields that a person wrote down, one a line."""
    types = {word.casefold(): kind for kind in TYPES for word in (kind, TYPES[kind][0], type_name(kind))}
    entities = {
        text.casefold(): each["key"]
        for each in desk.document.get("entities") or ()
        for text in texts(each.get("label")).values()
        if text
    }
    title = {"en": "Name", "zh-Hans": "名称", "zh-Hant": "名稱"}
    return read_fields(lines, current_language(), types, entities, title)


@blueprint.get("/preview")
def preview(app: str) -> Response:
    """Where the app can be seen: its first list; a new app only has its forms in the designer."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    form = next((each["key"] for each in desk.document.get("forms") or ()), None)
    return redirect(f"{app_url(app)}/forms/{form}/preview" if form else app_url(app))  # type: ignore[return-value]


def _card(ctx: Context, desk: Desk, entity: dict[str, Any]) -> dict[str, Any]:
    name = f"{desk.app}.{entity['key']}"
    published = ctx.catalog.find(name)
    count = count_records(ctx, name, ListQuery(count="estimate")) if published is not None else None
    path = f"entities/{entity['key']}"
    return {
        "key": entity["key"],
        "path": path,
        "label": text_of(entity.get("label"), entity["key"]),
        "icon": entity.get("icon", "table"),
        "fields": len(entity.get("fields") or ()),
        "records": count,
        "is_new": published is None,
        "url": f"{app_url(desk.app)}/{path}",
        "problems": sum(each.path.startswith(f"{path}/") or each.path == path for each in desk.problems),
    }


def _links(desk: Desk) -> list[dict[str, str]]:
    """Relations between the entities: `{"from", "to", "label", "kind"}`; those to other apps by full name."""
    found = []
    for entity in desk.document.get("entities") or ():
        for field in entity.get("fields") or ():
            options = field.get("options") or {}
            if field.get("type") == "relation" and options.get("kind") != "one_to_many" and options.get("to"):
                to = str(options["to"]).removeprefix(f"{desk.app}.")
                label = text_of(field.get("label"), field["key"])
                found.append({"from": entity["key"], "to": to, "label": label, "kind": options.get("kind", "many_to_one")})
    return found


def _outside(desk: Desk) -> list[dict[str, Any]]:
    """The entities of other apps that relations lead to, for the picture."""
    found = {}
    for link in _links(desk):
        app, _dot, key = link["to"].partition(".")
        entity = next((each for each in desk.others[app].entities if each.key == key), None) if app in desk.others else None
        if entity is not None:
            found[link["to"]] = {
                "key": link["to"],
                "label": entity.label.in_language(current_language()) or key,
                "url": "",
                "fields": 0,
            }
    return list(found.values())


@blueprint.get("/uses/<path:path>")
def uses(app: str, path: str) -> Response:
    """What names a field or an entity of the draft, before it is taken away: `{"uses": ["Form “Lead”", …]}`."""
    from runtime.schema.usage import users_of_entity, users_of_field
    from web.render.plan_words import item_name

    desk = drafts.open_desk(admin(), app)
    parts = path.split("/")
    documents = {app: desk.document}
    if len(parts) == 4 and parts[2] == "fields":
        found = users_of_field(documents, f"{app}.{parts[1]}", parts[3])
    elif len(parts) == 2:
        found = users_of_entity(documents, f"{app}.{parts[1]}")
    else:
        raise NotFound
    return jsonify({"uses": [item_name(desk.document, each.partition("/")[2]) for each in found]})
