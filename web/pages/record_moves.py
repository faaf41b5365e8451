"""Moving a record to another stage, and pressing the buttons of automations; what they need is asked in a dialog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from builder.label import Label
from runtime.automations.button import Pressed, buttons_on, press
from runtime.automations.plans import Plan
from runtime.context import Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.pipelines import Move, moves_from
from runtime.records import read, write
from runtime.tables import EntityDef
from web import links
from web.i18n import current_language, translate
from web.i18n import gettext as _
from web.pages.record import entity_or_404
from web.render import close_dialog, render, toast
from web.render.controls import control, submitted
from web.render.forms import errors_of
from web.render.page import trigger
from web.render.values import pill_of
from web.request_context import current

blueprint = Blueprint("record_moves", __name__, url_prefix="/records/<entity_name>/<int:record_id>")


@blueprint.get("/move/<to>")
def ask_move(entity_name: str, record_id: int, to: str) -> Response:
    """The dialog of a move: what must be filled in for it, or why it cannot be made."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    record = read.get(ctx, entity_name, record_id)
    return _move_dialog(ctx, entity, record, to, field=_ruled(ctx, entity))


@blueprint.post("/move/<to>")
def move(entity_name: str, record_id: int, to: str) -> Response:
    """Make the move with the values from the dialog; also sent by the board when a card is dropped."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    record = read.get(ctx, entity_name, record_id)
    field = _ruled(ctx, entity)
    raw = submitted(request.form, {key: entity.fields[key] for key in _asked(ctx, entity, record, to, field)})
    try:
        write.move(ctx, entity_name, record_id, to, raw, field=field)
    except Invalid as error:
        return _move_dialog(ctx, entity, record, to, raw, error.problems, field=field)
    trigger("record-changed")
    trigger("record-moved")
    toast(_("Moved to %(stage)s.", stage=_stage_text(entity, to, field)))
    return close_dialog()


@blueprint.get("/press/<automation>")
def ask_press(entity_name: str, record_id: int, automation: str) -> Response:
    """The dialog before a button: its question and its inputs."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    return _press_dialog(ctx, entity, record_id, _button(ctx, entity_name, record_id, automation))


@blueprint.post("/press/<automation>")
def do_press(entity_name: str, record_id: int, automation: str) -> Response:
    """Press it: the steps run now."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    plan = _button(ctx, entity_name, record_id, automation)
    asked = {str(each["field"]): entity.fields[str(each["field"])] for each in plan.trigger.get("ask") or ()}
    raw = submitted(request.form, asked)
    try:
        pressed = press(ctx, automation, record_id, raw)
    except Invalid as error:
        return _press_dialog(ctx, entity, record_id, plan, raw, error.problems)
    except (Conflict, Forbidden) as error:
        toast(translate(error.message), "error")
        return close_dialog()
    _tell(plan, pressed)
    trigger("record-changed")
    trigger("record-moved")
    return close_dialog()


@blueprint.post("/drop/<to>")
def drop(entity_name: str, record_id: int, to: str) -> Response:
    """A card was dropped on another column: 204 when it moved, 422 with the dialog of what the move needs."""
    ctx = current()
    entity = entity_or_404(ctx, entity_name)
    key = request.args.get("field", "")
    try:
        if ctx.catalog.pipeline_on(entity_name, key) is not None:
            write.move(ctx, entity_name, record_id, to, field=key)
        else:
            write.update(ctx, entity_name, record_id, {key: to})
    except Invalid as error:
        if ctx.catalog.pipeline_on(entity_name, key) is None:
            return render("pages/problem_dialog.html", status=422, problems=[translate(each) for each in error.problems])
        return _refused_drop(ctx, entity, read.get(ctx, entity_name, record_id), to, error, key)
    return Response(status=204)


def _ruled(ctx: Context, entity: EntityDef) -> str:
    """The field of the pipeline that is meant: the one that the address names, or the first. Raises NotFound."""
    fields = [pipeline.field for _app, pipeline in ctx.catalog.pipelines_of(entity.name)]
    named = request.args.get("field", "")
    if not fields:
        raise NotFound
    return named if named in fields else fields[0]


def _refused_drop(ctx: Context, entity: EntityDef, record: Mapping[str, Any], to: str, error: Invalid, field: str) -> Response:
    if _move(ctx, entity, record, to, field) is None:
        return render("pages/problem_dialog.html", status=422, problems=[translate(each) for each in error.problems])
    return _move_dialog(ctx, entity, record, to, None, error.problems, field=field)


def _tell(plan: Plan, pressed: Pressed) -> None:
    name = plan.automation.label.in_language(current_language())
    if pressed.state == "failed":
        toast(_("“%(button)s” did not work: %(reason)s", button=name, reason=translate(pressed.reason or "")), "error")
    elif pressed.state == "stopped":
        toast(translate(pressed.reason or "") or _("“%(button)s” stopped without doing anything.", button=name), "warning")
    elif pressed.state in ("waiting", "pending"):
        toast(_("“%(button)s” goes on in the background.", button=name), "info")
    else:
        toast(_("Done: %(button)s", button=name))


def _move_dialog(
    ctx: Context,
    entity: EntityDef,
    record: Mapping[str, Any],
    to: str,
    raw: Mapping[str, Any] | None = None,
    problems: Sequence[Any] = (),
    *,
    field: str,
) -> Response:
    wanted = _move(ctx, entity, record, to, field)
    if wanted is None:
        raise NotFound
    keys = [*wanted.missing, *(each.path for each in problems if each.path in entity.fields and each.path not in wanted.missing)]
    keys = [key for key in keys if key != field]
    errors = errors_of(problems, keys)
    controls = [
        control(ctx, entity.fields[key], (raw or record).get(key), required=True, errors=tuple(errors.get(key, ())))
        for key in keys
    ]
    label = wanted.label.in_language(current_language())
    return render(
        "pages/record_move.html",
        status=422 if problems else 200,
        heading=label or _stage_text(entity, to, field),
        text=_("This stage needs some more information.")
        if controls
        else _("Move to %(stage)s?", stage=_stage_text(entity, to, field)),
        reason=wanted.reason,
        controls=controls,
        errors=errors,
        submit=label or _("Move"),
        action=f"{links.record_url(entity.name, record['id'])}/move/{to}?field={field}",
    )


def _move(ctx: Context, entity: EntityDef, record: Mapping[str, Any], to: str, field: str) -> Move | None:
    moves = [each for each in moves_from(ctx, entity, record, field) if each.to == to]
    return next((each for each in moves if not each.reason), moves[0] if moves else None)


def _asked(ctx: Context, entity: EntityDef, record: Mapping[str, Any], to: str, field: str) -> list[str]:
    wanted = _move(ctx, entity, record, to, field)
    on_form = [key for key in request.form if key in entity.fields and key != field]
    return list(dict.fromkeys([*(wanted.missing if wanted else ()), *on_form]))


def _stage_text(entity: EntityDef, stage: str, field: str) -> str:
    return pill_of(entity.fields[field].field, stage).text


def _button(ctx: Context, entity_name: str, record_id: int, automation: str) -> Plan:
    for plan in buttons_on(ctx, entity_name, record_id):
        if plan.name == automation:
            return plan
    raise NotFound


def _press_dialog(
    ctx: Context,
    entity: EntityDef,
    record_id: int,
    plan: Plan,
    raw: Mapping[str, Any] | None = None,
    problems: Sequence[Any] = (),
) -> Response:
    asked = {str(each["field"]): bool(each.get("required")) for each in plan.trigger.get("ask") or ()}
    record = read.get(ctx, entity.name, record_id)
    errors = errors_of(problems, asked)
    controls = [
        control(ctx, entity.fields[key], (raw or record).get(key), required=required, errors=tuple(errors.get(key, ())))
        for key, required in asked.items()
    ]
    name = plan.automation.label.in_language(current_language())
    confirm = Label.of(plan.trigger.get("confirm")).in_language(current_language())
    return render(
        "pages/record_move.html",
        status=422 if problems else 200,
        heading=name,
        text=confirm or plan.automation.description.in_language(current_language()),
        reason="",
        controls=controls,
        errors=errors,
        submit=name,
        action=f"{links.record_url(entity.name, record_id)}/press/{plan.name}",
    )
