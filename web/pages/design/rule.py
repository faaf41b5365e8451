"""What the rule builder asks while a condition is built: names, problems with their places, sentences for what it cannot edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from builder.automations.scope import ExpressionScope
from builder.automations.settings import resolve
from builder.directory import Directory
from builder.expressions.condition_values import Operands
from builder.expressions.conditions import from_json
from builder.expressions.problems import MESSAGES
from builder.keys import qualified
from runtime import drafts
from runtime.context import Context
from runtime.errors import NotFound
from runtime.tables import EntityDef
from web.i18n import translate
from web.pages.guard import admin
from web.render.automations.draft import draft_plan
from web.render.automations.panel_place import Place, scope_at
from web.render.automations.rule_names import place_of, roots_of, settings_of, step_fields
from web.render.automations.words import Speaker
from web.render.condition_fields import condition_fields, relations_of
from web.render.sentences import condition_as_sentence

blueprint = Blueprint("design_rule", __name__, url_prefix="/design/<app>")
_WHERE = "where"


@blueprint.get("/rules.json")
def names(app: str) -> Response:
    """`{"fields", "relations", "roots", "settings", "entity"}` of `?entity=`; with `&pick=` what a card of an automation brings.

    `&inner=1`: behind a relation, where only fields count. `&side=where`: the left side is a record that is searched.
    """
    ctx, place, entity = _asked(app, request.args)
    found: dict[str, Any] = {
        "fields": condition_fields(ctx, entity),
        "relations": relations_of(ctx, entity),
        "roots": [],
        "settings": [],
        "entity": entity.name,
    }
    if place is not None:
        found["settings"] = settings_of(place)
        if not request.args.get("inner") and request.args.get("side") != _WHERE:
            found["roots"] = roots_of(place)
            found["fields"] += step_fields(place)
    return jsonify(found)


@blueprint.post("/rule")
def rule(app: str) -> Response:
    """`{"entity", "tree", "pick"?, "side"?}` → `{"problems": [{"path", "message"}]}`; with `sentence` instead of `tree`: `{"sentence"}`."""
    body = request.get_json(silent=True)
    given: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    ctx, place, entity = _asked(app, given)
    if "sentence" in given:
        return jsonify({"sentence": _sentence(ctx, place, entity, given["sentence"])})
    tree = given.get("tree")
    if not isinstance(tree, Mapping) or not tree:
        return jsonify({"problems": []})
    return jsonify({"problems": _problems(ctx, place, entity, tree, str(given.get("side", "")))})


def _asked(app: str, given: Mapping[str, Any]) -> tuple[Context, Place | None, EntityDef]:
    desk = drafts.open_desk(admin(), app)
    ctx = drafts.looking(admin(), desk)
    entity = ctx.catalog.find(qualified(app, str(given.get("entity") or "")))
    if entity is None:
        raise NotFound
    return ctx, place_of(ctx, desk, str(given.get("pick") or "")), entity


def _problems(ctx: Context, place: Place | None, entity: EntityDef, tree: Any, side: str) -> list[dict[str, str]]:
    record = Directory(ctx.catalog.apps).scope(entity.name)
    if place is None:
        found = from_json(tree, record)[1]
    else:
        plan = draft_plan(place.app, place.raw)
        tree = _resolved(tree, plan.settings)
        names_here = scope_at(place).names
        if place.pick.endswith("/condition") and place.pick.count("/") == 2:
            names_here = ExpressionScope(record, record)
        found = from_json(tree, record, Operands(names_here))[1] if side == _WHERE else from_json(tree, names_here)[1]
    return [{"path": each.path, "message": translate(MESSAGES.get(each.code, each.message), each.params)} for each in found]


def _resolved(tree: Any, settings: Mapping[str, Any]) -> Any:
    try:
        return resolve(tree, settings)
    except KeyError:
        return tree


def _sentence(ctx: Context, place: Place | None, entity: EntityDef, tree: Any) -> str:
    if place is not None:
        return Speaker(ctx, draft_plan(place.app, place.raw)).condition(tree, entity)
    return condition_as_sentence(ctx, entity, tree)
