"""The formula editor: what is wrong while typing and where, what comes out for a record, and help for every function."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify, request

from builder.acts.base import find
from builder.automations.placeholders import Placeholder, parse_template, unclosed_at
from builder.automations.scope import ExpressionScope, StepScope
from builder.check.automations import DirectorySurroundings
from builder.check.values import misfit
from builder.directory import Directory
from builder.expressions import FUNCTIONS
from builder.expressions.infer import infer
from builder.expressions.nodes import Node
from builder.expressions.parser import parse
from builder.expressions.printer import print_expression
from builder.expressions.problems import MESSAGES, ExpressionProblem, problem
from builder.expressions.types import unify
from builder.fields import FIELD_TYPES
from builder.keys import SYSTEM_FIELDS, qualified
from builder.model import Field
from runtime import drafts
from runtime.automations.names import Names, StepFailure
from runtime.automations.places import environment
from runtime.automations.records import Records
from runtime.automations.templating import render as render_text
from runtime.context import Context
from runtime.drafts import Desk
from runtime.errors import NotFound
from runtime.queries.listing import ListQuery, list_records
from runtime.records.read import titles
from web.i18n import current_language, translate
from web.i18n import gettext as _
from web.pages.guard import admin
from web.render import render
from web.render.automations.panel_inputs import Chip, chips_of
from web.render.automations.panel_place import Place, names_at, scope_at
from web.render.expression_words import ARGUMENTS
from web.render.formats import exact_time, local_date, number
from web.render.values import path_end

_MOST_PATHS = 50
blueprint = Blueprint("design_formula", __name__, url_prefix="/design/<app>")


@blueprint.post("/formula")
def formula(app: str) -> Response:
    """`{"entity", "expression", "result"? or "field"?, "pick"?, "record"?}` → `{"problems": [{"position", "length", "message"}], "type", "value"?, "note"?,
    "record"?: {"id", "title"}}`. pick: the card of an automation whose names may be used; field: the path of
    what is to hold the outcome. With `template` in place of `expression` the
    same for a text with fields. With `{"entity", "pick"?, "paths"}` → `{"labels"}`."""
    ctx = admin()
    body = request.get_json(silent=True) or {}
    desk = drafts.open_desk(ctx, app)
    looked = drafts.looking(ctx, desk)
    name = qualified(app, str(body.get("entity", "")))
    if isinstance(body.get("paths"), list):
        return jsonify({"labels": _labels(looked, name, [str(each) for each in body["paths"][:_MOST_PATHS]])})
    if isinstance(body.get("template"), str):
        scope = _scope(looked, desk, name, str(body.get("pick", "")))
        return jsonify(_checked_text(ctx, scope, name, body["template"], body.get("record")))
    node = parse(str(body.get("expression", "")))
    if isinstance(node, ExpressionProblem):
        return jsonify({"problems": [_problem(node)], "type": ""})
    scope = _scope(looked, desk, name, str(body.get("pick", "")))
    found, problems = infer(node, scope.names)
    shown = [_problem(each) for each in problems]
    wanted = _wanted(body.get("result"))
    if not problems and wanted is not None and unify(found, wanted) is None:
        message = _("The formula gives %(found)s, but the field holds %(wanted)s.", found=found.value, wanted=wanted.value)
        shown.append({"position": 0, "length": 0, "message": message})
    declared = find(desk.document, str(body.get("field") or "")) if body.get("field") else None
    if not problems and isinstance(declared, Mapping) and declared.get("type") in FIELD_TYPES.names():
        field = Field(str(declared["key"]), str(declared["type"]), options=declared.get("options") or {})
        mistake = misfit(field, found)
        shown += [_problem(mistake)] if mistake is not None else []
    return jsonify({"problems": shown, "type": found.value, **({} if shown else _outcome(ctx, name, node, body.get("record")))})


def _checked_text(ctx: Context, scope: StepScope, name: str, text: str, record: Any) -> dict[str, Any]:
    """The problems of a text with fields; what it says for a record when there are fields in it."""
    problems = list(scope.text_problems(text))
    start = unclosed_at(text)
    if start is not None:
        problems.append(problem("unclosed_placeholder", start, len(text) - start))
    shown = [_problem(each) for each in problems]
    has_fields = any(isinstance(each, Placeholder) for each in parse_template(text)[0])
    return {"problems": shown, "type": "text", **({} if shown or not has_fields else _outcome(ctx, name, text, record))}


@blueprint.get("/formula/names")
def names(app: str) -> Response:
    """`{"fields": [{"path", "label"}], "functions": [{"name", "other", "written", "help", "examples"}]}` for completions and chips."""
    ctx = admin()
    desk = drafts.open_desk(ctx, app)
    looked = drafts.looking(ctx, desk)
    entity, pick = qualified(app, request.args.get("entity", "")), request.args.get("pick", "")
    raw = _automation(desk, pick)
    if raw is not None:
        chips = names_at(Place(looked, desk, raw, "/".join(pick.split("/")[:2]), pick))
    else:
        chips = [
            each for each in chips_of(looked, looked.catalog.find(entity), [], app, None, False) if "record." not in each.text
        ]
    fields = [{"path": each.text, "label": each.label} for each in sorted(chips, key=_rank)]
    return jsonify({"fields": fields, "functions": _functions()})


@blueprint.get("/functions")
def functions(app: str) -> Response:  # noqa: ARG001  (the app is in the address of every designer)
    """Every function: how it is written, what it does, an example with its result."""
    admin()
    return render("pages/design/functions.html", rows=_functions())


def _rank(chip: Chip) -> int:
    """Fields of the record first, what every record has last."""
    return 1 if chip.text.startswith("record.") or chip.text in SYSTEM_FIELDS else 0


def _functions() -> list[dict[str, Any]]:
    chinese = current_language().startswith("zh")
    return [
        {
            "name": each.chinese if chinese else each.name,
            "other": each.name if chinese else each.chinese,
            "help": each.help_zh if chinese else each.help_en,
            "written": _written(each, each.chinese if chinese else each.name),
            "insert": f"{each.chinese if chinese else each.name}()",
            "examples": [(_example(text, chinese), result) for text, result in each.examples[:2]],
        }
        for each in FUNCTIONS.values()
    ]


def _written(function: Any, name: str) -> str:
    arguments = (_(ARGUMENTS.get(one.name, one.name)) + ("…" if one.repeats else "") for one in function.params)
    return f"{name}({', '.join(arguments)})"


def _example(text: str, chinese: bool) -> str:
    node = parse(text) if chinese else None
    return print_expression(node, chinese=True) if isinstance(node, Node) else text


def _labels(ctx: Context, entity: str, paths: list[str]) -> dict[str, str]:
    """Labels of paths over relations; of those that lead somewhere."""
    start = ctx.catalog.find(entity)
    found = {path: path_end(ctx, start, path.removeprefix("before.")) for path in paths} if start else {}
    return {path: end.label.replace(" · ", " › ") for path, end in found.items() if end is not None}


def _automation(desk: Desk, pick: str) -> Mapping[str, Any] | None:
    parts = pick.split("/")
    raw = find(desk.document, "/".join(parts[:2])) if parts[0] == "automations" and len(parts) > 2 else None
    return raw if isinstance(raw, Mapping) else None


def _scope(ctx: Context, desk: Desk, entity: str, pick: str) -> StepScope:
    raw = _automation(desk, pick)
    if raw is not None:
        return scope_at(Place(ctx, desk, raw, "/".join(pick.split("/")[:2]), pick))
    if ctx.catalog.find(entity) is None:
        raise NotFound
    directory = Directory(ctx.catalog.apps)
    return StepScope(desk.app, entity, DirectorySurroundings(directory), ExpressionScope(directory.scope(entity)))


def _wanted(result: Any) -> Any:
    if not result:
        return None
    return FIELD_TYPES.get("formula").expression_type(
        Field("result", "formula", options={"result": str(result), "expression": ""})
    )


def _outcome(ctx: Context, name: str, what: Node | str, record: Any) -> dict[str, Any]:
    """What comes out of a formula or text for a record: the named one, or the newest."""
    entity = ctx.catalog.find(name)
    if entity is None:
        return {}
    number_of = record if isinstance(record, int) else None
    if number_of is None:
        newest = list_records(ctx, name, ListQuery(sort=("-id",), fields=("id",), limit=1)).records
        if not newest:
            return {"note": _("There is no record yet to compute it for.")}
        number_of = int(newest[0]["id"])
    records = Records(ctx, environment(ctx, ctx.actor.user_id))
    row = records.get(entity, number_of)
    if row is None:
        return {"note": _("There is no record yet to compute it for.")}
    known = {"record": {"id": number_of, "title": titles(ctx, name, [number_of]).get(number_of) or f"#{number_of}"}}
    names = Names(records, entity, row)
    try:
        return {**known, "value": render_text(what, names) if isinstance(what, str) else _text(names.evaluate(what))}
    except StepFailure as error:
        return {
            **known,
            "note": _("It can be computed when it runs, or when the new fields are published.")
            if isinstance(what, str)
            else str(error),
        }
    except (LookupError, sa.exc.SQLAlchemyError):
        return {**known, "note": _("It can be computed when it runs, or when the new fields are published.")}


def _text(value: Any) -> str:
    if value is None or value == "":
        return _("empty")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal | int | float):
        return str(number(value))
    if isinstance(value, datetime):
        return str(exact_time(value))
    if isinstance(value, date):
        return str(local_date(value))
    return ", ".join(_text(each) for each in value) if isinstance(value, tuple | list) else str(value)


def _problem(found: ExpressionProblem) -> dict[str, Any]:
    message = translate(MESSAGES.get(found.code, found.message), found.params)
    return {"position": found.position, "length": found.length, "message": message}
