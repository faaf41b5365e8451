"""The designer of an entity: its fields in order, and what can be set of each."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request

from builder.acts.base import find
from builder.structure import MISSING
from runtime import drafts
from runtime.context import Context
from runtime.drafts import Desk
from web.i18n import gettext as _
from web.links import app_url
from web.pages.guard import admin
from web.render import render
from web.render.design import design_of, text_of, texts_of
from web.render.design_role import LEVEL_NAMES, levels_on
from web.render.design_table import field_rows, rule_rows, speed_rows
from web.render.field_panel import choice_colours, field_panel, palette
from web.render.icons import choosable_icons

blueprint = Blueprint("design_entity", __name__, url_prefix="/design/<app>/entities/<key>")


@blueprint.get("")
def page(app: str, key: str) -> Response:
    """The fields; `?pick=entities/lead/fields/name` opens one of them."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    looked = drafts.looking(ctx, desk)
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
        fields=field_rows(desk, f"entities/{key}"),
        rules=rule_rows(looked, desk, f"entities/{key}"),
        rule=_picked_rule(looked, desk, key, pick),
        speed=speed_rows(looked, desk, f"entities/{key}"),
        palette=palette(),
        panel=field_panel(looked, desk, pick) if pick.startswith(f"entities/{key}/fields/") else None,
        settings=_settings(entity),
        levels=levels_on(desk, key),
        level_names=[(name, _(text)) for name, text in LEVEL_NAMES.items()],
        colours=choice_colours(),
        icons=choosable_icons(),
    )


def _picked_rule(looked: Context, desk: Desk, key: str, pick: str) -> dict[str, Any] | None:
    """The rule that is picked, with the fields that its message can stand at."""
    path = f"entities/{key}"
    if not pick.startswith(f"{path}/rules/"):
        return None
    found = next((each for each in rule_rows(looked, desk, path) if each["path"] == pick), None)
    fields = [(each["key"], text_of(each.get("label"), each["key"])) for each in find(desk.document, path).get("fields") or ()]
    return {**found, "fields": [("", _("Above the form")), *fields]} if found else None


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
