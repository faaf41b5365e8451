"""Runs of automations over HTTP: what happened, step by step, and trying again."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from flask_smorest import Blueprint

from builder.errors import Problem
from runtime.automations import button, control, effects, runs
from runtime.automations.explain import explain
from runtime.automations.runs import RunQuery
from runtime.automations.trial import backtest, try_on
from runtime.errors import BadRequest, NotFound
from web.api.body import json_object, only
from web.api.caller import caller
from web.api.idempotency import idempotent
from web.api.parameters import parameters, whole

blueprint = Blueprint("runs", __name__, url_prefix="/api/v1", description="Automations at work")

JSON = "application/json"


@blueprint.get("/runs")
def list_of_runs() -> Response:
    """Runs, newest first: `?automation=crm.overdue&record=crm.lead:5&state=failed&before=<id>&limit=50`."""
    given = parameters(("automation", "record", "state", "before", "limit"))
    query = RunQuery(
        automation=given.get("automation") or None,
        record=_record(given["record"]) if given.get("record") else None,
        state=given.get("state") or None,
        before=whole(given, "before", 0) or None,
        limit=whole(given, "limit", 50),
    )
    found = runs.list_runs(caller(), query)
    following = found[-1]["id"] if len(found) == min(query.limit, runs.MAX_LIMIT) else None
    return _json({"runs": found, "next": following})


@blueprint.get("/runs/<int:run_id>")
def one_run(run_id: int) -> Response:
    """One run with its trace, its mails and its notifications."""
    return _json(runs.get_run(caller(), run_id))


@blueprint.post("/runs/<int:run_id>/retry")
@idempotent
def retry_run(run_id: int) -> Response:
    """A failed run goes on from the step that failed."""
    ctx = caller()
    runs.retry(ctx, run_id)
    return _json(runs.get_run(ctx, run_id), 202)


@blueprint.post("/runs/<int:run_id>/cancel")
@idempotent
def cancel_run(run_id: int) -> Response:
    """A run that waits is given up."""
    ctx = caller()
    runs.cancel(ctx, run_id)
    return _json(runs.get_run(ctx, run_id))


@blueprint.post("/effects/<int:effect_id>/retry")
@idempotent
def retry_effect(effect_id: int) -> Response:
    """A mail that could not be sent is tried again at once."""
    return _effect(effect_id, effects.retry_effect)


@blueprint.post("/effects/<int:effect_id>/done")
@idempotent
def finish_effect(effect_id: int) -> Response:
    """Somebody has seen to it by hand."""
    return _effect(effect_id, effects.mark_done)


@blueprint.get("/automations/<automation>/explain")
def explain_automation(automation: str) -> Response:
    """Why it did or did not fire: `?record=5`."""
    given = parameters(("record",))
    record_id = whole(given, "record", 0)
    if record_id <= 0:
        raise BadRequest([Problem("record", "required", "Name a record.")])
    return _json(explain(caller(), automation, record_id))


@blueprint.post("/automations/<automation>/test")
@idempotent
def test_automation(automation: str) -> Response:
    """A dry run on a record, all of it undone: `{"record": 5, "rung": "remind", "inputs": {…}}`."""
    body = json_object()
    only(body, ("record", "rung", "inputs"))
    record = body.get("record")
    return _json(try_on(caller(), automation, record, rung=str(body.get("rung") or ""), inputs=body.get("inputs") or {}))


@blueprint.post("/automations/<automation>/backtest")
@idempotent
def backtest_automation(automation: str) -> Response:
    """How often it would have fired: `{"days": 30}`."""
    body = json_object()
    only(body, ("days",))
    days = body.get("days", 30)
    if not isinstance(days, int) or isinstance(days, bool):
        raise BadRequest([Problem("days", "not_a_number", "Enter a number.")])
    return _json(backtest(caller(), automation, days))


@blueprint.post("/automations/<automation>/press")
@idempotent
def press_button(automation: str) -> Response:
    """Presses a button: `{"record": 5, "inputs": {…}}`. With state `failed` nothing was changed, and `reason` says why."""
    body = json_object()
    only(body, ("record", "inputs"))
    record = body.get("record")
    if not isinstance(record, int) or isinstance(record, bool):
        raise BadRequest([Problem("record", "required", "Name a record.")])
    pressed = button.press(caller(), automation, record, body.get("inputs") or {})
    return _json(vars(pressed))


@blueprint.patch("/automations/<automation>")
def change_automation(automation: str) -> Response:
    """Switches it, changes its settings, or lets a paused one go on: `{"enabled": true, "settings": {…}, "paused": false}`."""
    body = json_object()
    only(body, ("enabled", "settings", "paused"))
    ctx = caller()
    if isinstance(body.get("settings"), dict):
        control.save_settings(ctx, automation, body["settings"])
    if isinstance(body.get("enabled"), bool):
        control.set_enabled(ctx, automation, body["enabled"])
    if body.get("paused") is False:
        control.resume(ctx, automation)
    return _json(control.status(ctx, automation))


@blueprint.get("/automations")
def list_of_automations() -> Response:
    """All automations with their state: on, off, paused or broken, and why."""
    return _json({"automations": control.statuses(caller())})


def _effect(effect_id: int, verb: Any) -> Response:
    ctx = caller()
    runs.require_admin(ctx)
    if not verb(ctx.connection, ctx.workspace.id, effect_id, ctx.now):
        raise NotFound
    return Response(status=204)


def _record(text: str) -> tuple[str, int]:
    """`crm.lead:5`."""
    entity, _, number = text.rpartition(":")
    if not entity or not number.isdigit() or len(number) > 18:
        raise BadRequest([Problem("record", "bad_record", "Write the record as app.entity:id.")])
    return entity, int(number)


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value, default=str), status=status, mimetype=JSON)
