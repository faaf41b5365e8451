"""The pipeline designer: stages in a row, the moves between them, who is stuck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request

from builder.acts.base import find
from builder.keys import qualified
from builder.quick_ways import read_ways
from builder.structure import MISSING
from runtime import drafts
from runtime.context import Context
from runtime.drafts import Desk
from runtime.errors import Invalid, NotFound
from runtime.pipeline_simulation import simulate
from runtime.tables import EntityDef
from web.i18n import current_language, translate
from web.i18n import gettext as _
from web.links import app_url
from web.pages.guard import admin
from web.render import redirect_to, render, toast
from web.render.design import design_of, entity_name, text_of, texts_of
from web.render.design_pipeline import (
    KINDS,
    GivenValues,
    arrows,
    automations_of,
    field_choices,
    given_values,
    list_link,
    move_lines,
    stage_cards,
    table_view,
)
from web.render.field_panel import choice_colours

blueprint = Blueprint("design_pipeline", __name__, url_prefix="/design/<app>/pipelines")


@blueprint.get("/new")
def new(app: str) -> Response:
    """For which field with choices."""
    return _new_dialog(drafts.open_desk(admin(), app), {})


@blueprint.post("/new")
def create(app: str) -> Response:
    """A pipeline whose stages are the choices of a field; every move is allowed until ways are written."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    entity, _dot, field = request.form.get("field", "").partition(".")
    if (entity, field) not in {(each["entity"], each["field"]) for each in _open_fields(desk)}:
        return _new_dialog(desk, {"field": [_("Choose one.")]})
    ways, errors = _ways(desk, entity, field)
    if errors:
        return _new_dialog(desk, {"ways": errors})
    try:
        made = drafts.change(ctx, app, [{"op": "new_pipeline", "entity": entity, "field": field, "ways": ways}]).made
    except Invalid as error:
        return _new_dialog(desk, {"": [translate(each) for each in error.problems]})
    return redirect_to(f"{app_url(app)}/{made}")


@blueprint.get("/<key>")
def page(app: str, key: str) -> Response:
    """One pipeline; `?pick=pipelines/stages/stages/won` opens a stage, `…/transitions/win` a move, `?layout=graph` draws a graph."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    document = find(desk.document, f"pipelines/{key}")
    if document is MISSING:
        return redirect(app_url(app), 303)  # type: ignore[return-value]
    path, pick = f"pipelines/{key}", request.args.get("pick", "")
    looked = drafts.looking(ctx, desk)
    name = qualified(app, str(document.get("entity")))
    entity, published = looked.catalog.find(name), ctx.catalog.find(name)
    simulation = simulate(ctx, published, document)
    stages = stage_cards(desk, document, path, simulation)
    names = {each.key: (each.label, each.colour) for each in stages}
    moves = move_lines(desk, document, path, names)
    stage = next((each for each in stages if each.path == pick), None)
    move = next((each for each in moves if each["path"] == pick), None)
    view = table_view(ctx, published)
    return render(
        "pages/design/pipeline.html",
        part="work",
        design=design_of(desk, pick),
        pipeline=document,
        path=path,
        label=text_of(document.get("label"), key),
        entity_key=str(document.get("entity")),
        entity_label=entity_name(desk, str(document.get("entity"))),
        layout="graph" if request.args.get("layout") == "graph" else "line",
        stages=stages,
        simulation=simulation,
        list_link=lambda counted: list_link(published, counted, view),
        moves=moves,
        arrows=arrows(moves, names, pick),
        stage=stage,
        move=move,
        given=_given(looked, entity, document, pick) if stage or move else None,
        automations=automations_of(desk, document, stage.key) if stage else [],
        kinds=[(each, _(text)) for each, text in KINDS.items()],
        kind_names={each: _(text) for each, text in KINDS.items()},
        colours=choice_colours(),
        fields=field_choices(entity),
        names=dict(field_choices(entity)),
        unused=_unused(desk, document),
        settings=_settings(desk, document),
    )


@blueprint.get("/<key>/remove/<stage>")
def ask_removal(app: str, key: str, stage: str) -> Response:
    """Where the records of a stage go when it is taken away."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    document = find(desk.document, f"pipelines/{key}")
    if document is MISSING:
        raise NotFound
    simulation = simulate(ctx, ctx.catalog.find(qualified(app, str(document.get("entity")))), document)
    cards = stage_cards(desk, document, f"pipelines/{key}", simulation)
    gone = next((each for each in cards if each.key == stage), None)
    if gone is None:
        raise NotFound
    return render(
        "pages/design/pipeline_remove.html",
        stage=gone,
        others=[(each.key, each.label) for each in cards if each.key != stage],
        action=f"{app_url(app)}/pipelines/{key}/remove/{stage}",
    )


@blueprint.post("/<key>/remove/<stage>")
def remove(app: str, key: str, stage: str) -> Response:
    """Takes a stage away; its records go to another one when this is published."""
    heir = request.form.get("heir", "")
    act = {"op": "remove_stage", "path": f"pipelines/{key}/stages/{stage}", **({"heir": heir} if heir else {})}
    try:
        drafts.change(admin(), app, [act])
    except Invalid as error:
        toast(translate(error.problems[0]), "error")
    return redirect_to(f"{app_url(app)}/pipelines/{key}")


def _given(looked: Context, entity: EntityDef | None, document: Mapping[str, Any], pick: str) -> GivenValues:
    """The values that the picked stage or move gives."""
    item = find({"pipelines": [document]}, pick)
    values = item.get("set") if isinstance(item, Mapping) else None
    return given_values(looked, entity, document, f"{pick}/set", values or {})


def _settings(desk: Desk, document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "label": texts_of(document.get("label")),
        "roles": [(each["key"], text_of(each.get("label"), each["key"])) for each in desk.document.get("roles") or ()],
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


def _ways(desk: Desk, entity: str, field: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The ways that are written in the dialog, and what cannot be understood. Stages answer to their name in every language."""
    choices = find(desk.document, f"entities/{entity}/fields/{field}/options/choices")
    listed = choices if isinstance(choices, list) else []
    stages = {name.casefold(): str(each["key"]) for each in listed for name in texts_of(each.get("label")).values()}
    found = read_ways(request.form.get("ways", ""), current_language(), stages)
    if found.unknown:
        known = _(", ").join(text_of(each.get("label"), each["key"]) for each in listed)
        return [], [_("There is no stage “%(name)s”. There are: %(known)s.", name=each, known=known) for each in found.unknown]
    problem = _("“%(line)s” is no way. Write it like this: From → To: words on the button")
    return list(found.ways), [problem % {"line": each} for each in found.lines]


def _new_dialog(desk: Desk, errors: dict[str, list[str]]) -> Response:
    options = [(f"{each['entity']}.{each['field']}", each["name"]) for each in _open_fields(desk)]
    values = request.form or request.args
    status = 422 if errors else 200
    return render(
        "pages/design/pipeline_new.html", status=status, design=design_of(desk), options=options, errors=errors, values=values
    )
