"""The designer of an entity: its fields in order, and what can be set of each."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request

from builder.acts.base import find
from builder.fields import FIELD_TYPES
from builder.structure import MISSING
from runtime import drafts
from runtime.drafts import Desk
from web.i18n import gettext as _
from web.links import app_url
from web.pages.guard import admin
from web.render import render
from web.render.design import design_of, entity_name, text_of, texts_of
from web.render.design_role import LEVEL_NAMES, levels_on
from web.render.design_words import type_name
from web.render.field_panel import choice_colours, field_panel, palette
from web.render.icons import choosable_icons

blueprint = Blueprint("design_entity", __name__, url_prefix="/design/<app>/entities/<key>")


@blueprint.get("")
def page(app: str, key: str) -> Response:
    """The fields; `?pick=entities/lead/fields/name` opens one of them."""
    desk = drafts.open_desk(admin(), app)
    entity = find(desk.document, f"entities/{key}")
    if entity is MISSING:
        return redirect(app_url(app), 303)  # type: ignore[return-value]
    pick = request.args.get("pick", "")
    return render(
        "pages/design/entity.html",
        part="work",
        design=design_of(desk, pick),
        entity=entity,
        path=f"entities/{key}",
        label=text_of(entity.get("label"), key),
        fields=[_row(desk, key, each) for each in entity.get("fields") or ()],
        palette=palette(),
        panel=field_panel(desk, pick) if pick.startswith(f"entities/{key}/") else None,
        settings=_settings(entity),
        levels=levels_on(desk, key),
        level_names=[(name, _(text)) for name, text in LEVEL_NAMES.items()],
        colours=choice_colours(),
        icons=choosable_icons(),
    )


def _row(desk: Desk, entity: str, field: dict[str, Any]) -> dict[str, Any]:
    path = f"entities/{entity}/fields/{field['key']}"
    known = field.get("type") in FIELD_TYPES.names()
    options = field.get("options") or {}
    note = ""
    if field.get("type") == "relation":
        note = entity_name(desk, str(options.get("to", "")))
    return {
        "path": path,
        "key": field["key"],
        "label": text_of(field.get("label"), field["key"]),
        "type": type_name(str(field.get("type"))),
        "icon": FIELD_TYPES.get(str(field["type"])).icon if known else "alert-triangle",
        "required": field.get("required"),
        "unique": field.get("unique"),
        "note": note,
        "choices": [
            (text_of(each.get("label"), each["key"]), each.get("color", "gray")) for each in options.get("choices", ())[:4]
        ],
        "is_new": find(desk.published, path) is MISSING,
        "problems": sum(each.path == path or each.path.startswith(f"{path}/") for each in desk.problems),
    }


def _settings(entity: dict[str, Any]) -> dict[str, Any]:
    """What can be set of the entity itself."""
    fields = entity.get("fields") or ()
    named = [(each["key"], text_of(each.get("label"), each["key"])) for each in fields]
    titles = {"text", "email", "phone", "auto_number", "url", "long_text"}
    return {
        "label": texts_of(entity.get("label")),
        "plural": texts_of(entity.get("plural")),
        "description": texts_of(entity.get("description")),
        "titles": [("", "–"), *(each for each, field in zip(named, fields, strict=True) if field.get("type") in titles)],
        "owners": [("", "–"), *(each for each, field in zip(named, fields, strict=True) if field.get("type") == "person")],
    }
