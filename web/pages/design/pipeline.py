"""The pipeline designer: stages in a row, the moves between them, who is stuck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request

from builder.acts.base import find
from builder.keys import qualified
from builder.structure import MISSING
from runtime import drafts
from runtime.drafts import Desk
from runtime.errors import Invalid
from runtime.tables import EntityDef
from web.i18n import gettext as _
from web.i18n import translate
from web.links import app_url
from web.pages.guard import admin
from web.render import redirect_to, render
from web.render.design import design_of, text_of, texts_of
from web.render.design_pipeline import KINDS, field_choices, move_lines, stage_cards
from web.render.field_panel import choice_colours

blueprint = Blueprint("design_pipeline", __name__, url_prefix="/design/<app>/pipelines")


@blueprint.get("/new")
def new(app: str) -> Response:
    """For which field with choices."""
    return _new_dialog(drafts.open_desk(admin(), app), {})


@blueprint.post("/new")
def create(app: str) -> Response:
    """A pipeline whose stages are the choices of a field; every move is allowed at first."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    entity, _dot, field = request.form.get("field", "").partition(".")
    if (entity, field) not in {(each["entity"], each["field"]) for each in _open_fields(desk)}:
        return _new_dialog(desk, {"field": [_("Choose one.")]})
    try:
        made = drafts.change(ctx, app, [{"op": "new_pipeline", "entity": entity, "field": field}]).made
    except Invalid as error:
        return _new_dialog(desk, {"": [translate(each) for each in error.problems]})
    return redirect_to(f"{app_url(app)}/{made}")


@blueprint.get("/<key>")
def page(app: str, key: str) -> Response:
    """One pipeline; `?pick=pipelines/stages/stages/won` opens a stage, `…/transitions/win` a move."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    document = find(desk.document, f"pipelines/{key}")
    if document is MISSING:
        return redirect(app_url(app), 303)  # type: ignore[return-value]
    path, pick = f"pipelines/{key}", request.args.get("pick", "")
    looked = drafts.looking(ctx, desk)
    entity = looked.catalog.find(qualified(app, str(document.get("entity"))))
    stages = stage_cards(ctx, desk, document, path)
    moves = move_lines(desk, document, path, {each.key: (each.label, each.colour) for each in stages})
    return render(
        "pages/design/pipeline.html",
        part="work",
        design=design_of(desk, pick),
        pipeline=document,
        path=path,
        label=text_of(document.get("label"), key),
        entity_key=str(document.get("entity")),
        stages=stages,
        moves=moves,
        stage=next((each for each in stages if each.path == pick), None),
        move=next((each for each in moves if each["path"] == pick), None),
        kinds=[(each, _(text)) for each, text in KINDS.items()],
        kind_names={each: _(text) for each, text in KINDS.items()},
        colours=choice_colours(),
        fields=field_choices(entity),
        names=dict(field_choices(entity)),
        unused=_unused(desk, document),
        settings=_settings(desk, document, entity),
    )


def _settings(desk: Desk, document: Mapping[str, Any], entity: EntityDef | None) -> dict[str, Any]:
    return {
        "label": texts_of(document.get("label")),
        "roles": [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("roles") or ()],
        "types": {key: each.field.type for key, each in entity.fields.items()} if entity else {},
    }


def _unused(desk: Desk, document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Choices of the field that are no stage."""
    place = f"entities/{document.get('entity')}/fields/{document.get('field')}/options/choices"
    choices = find(desk.document, place)
    stages = {each["key"] for each in document.get("stages") or ()}
    found = choices if isinstance(choices, list) else []
    return [(each["key"], text_of(each.get("label"), each["key"])) for each in found if each["key"] not in stages]


def _open_fields(desk: Desk) -> list[dict[str, str]]:
    """Fields with one choice that no pipeline stands on."""
    used = {(each.get("entity"), each.get("field")) for each in desk.document.get("pipelines") or ()}
    found = []
    for entity in desk.document.get("entities") or ():
        for field in entity.get("fields") or ():
            if field.get("type") == "select" and (entity["key"], field["key"]) not in used:
                name = f"{text_of(entity.get('label'), entity['key'])} · {text_of(field.get('label'), field['key'])}"
                found.append({"entity": entity["key"], "field": field["key"], "name": name})
    return found


def _new_dialog(desk: Desk, errors: dict[str, list[str]]) -> Response:
    options = [(f"{each['entity']}.{each['field']}", each["name"]) for each in _open_fields(desk)]
    values = request.form or request.args
    status = 422 if errors else 200
    return render(
        "pages/design/pipeline_new.html", status=status, design=design_of(desk), options=options, errors=errors, values=values
    )
