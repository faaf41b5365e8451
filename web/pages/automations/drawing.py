"""Runs, trials and explanations drawn on the cards of their automation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from runtime.automations.plans import Plan, pinned_plan
from runtime.context import Context
from runtime.platform.changes import Change
from runtime.records.history import people_names
from web.i18n import gettext as _
from web.i18n import mark
from web.render.automations.causes import cause_sentence, waiting_text
from web.render.automations.facts import TraceLink, field_texts, value_text
from web.render.automations.flow import flow_view
from web.render.automations.reasons import reason_text
from web.render.automations.trace import DONE, FAILED, LATER, SKIPPED, Told, TraceView
from web.render.automations.words import Speaker, label_text
from web.render.formats import exact_time

OUTCOMES = {
    "run": mark("Done"),
    "superseded": mark("Left out: a later step was due, too"),
    "skipped": mark("Left out: too late"),
}
OPERATIONS = {
    "create": mark("created"),
    "update": mark("changed"),
    "delete": mark("deleted"),
    "restore": mark("restored"),
    "purge": mark("deleted for good"),
}
_MOST_FACTS = 12


def speaker_of_run(ctx: Context, plan: Plan, run: Mapping[str, Any]) -> Speaker:
    """Speaks about the automation as it was when the run began; as it is now when that version is gone."""
    found = pinned_plan(ctx.connection, ctx.catalog, plan.name, run["app_version"], run["settings"], plan.state)
    return Speaker(ctx, found or plan)


def drawn_run(ctx: Context, plan: Plan, run: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    """What the page of a run shows. names: of the people who set runs off."""
    speaker = speaker_of_run(ctx, plan, run)
    people = people_names(ctx, [each["user_id"] for each in run["notifications"]])
    view = TraceView(speaker, flow_view(speaker), run, people)
    change = _change(ctx, speaker, run)
    facts = [(name, f"{before} → {after}") for name, before, after in (change or {}).get("differences", ())]
    facts += field_texts(speaker, speaker.entity, run["cause"].get("inputs") or {})
    links_of = [TraceLink(_("the run that changed it"), f"/automations/runs/{change['run']}")] if change and change["run"] else []
    told = Told(DONE, cause_sentence(speaker, run, names), tuple(facts), tuple(links_of))
    return {
        "flow": view.flow(told),
        "cause": told.note,
        "change": change,
        "reason": reason_text(run["reason"], view.names),
        "waiting": waiting_text(run),
        "effects": [{**each, "error": reason_text(each["error"])} for each in run["effects"]],
        "older_version": run["app_version"] != ctx.catalog.versions.get(speaker.plan.app),
    }


def drawn_trial(ctx: Context, plan: Plan, result: Mapping[str, Any], record_id: int | None, rung: str) -> dict[str, Any]:
    """What a trial shows. ctx and plan: those that were played."""
    speaker = Speaker(ctx, plan)
    ladder = [each.key for each in plan.automation.ladder]
    cause = {"kind": "test", "rung": rung if rung in ladder else next(iter(ladder), "")}
    run = {**result, "cause": cause, "due_at": None, "record_id": record_id}
    people = people_names(ctx, [each["user_id"] for each in result["notifications"]])
    condition = result["condition"]
    if condition is not None and plan.automation.condition:
        run["steps"] = [_condition_row(condition), *(each for each in result["steps"] if each["step"] != "condition")]
    view = TraceView(speaker, flow_view(speaker), run, people, is_trial=True)
    return {
        "run": run,
        "flow": view.flow(Told(DONE, _("Played as if it were set off now."))),
        "holds": condition is None or condition["holds"],
        "changes": [_changed(ctx, speaker, each) for each in result["changes"]],
        "told": people,
        "reason": reason_text(result["reason"], view.names),
    }


def drawn_explanation(ctx: Context, plan: Plan, found: Mapping[str, Any], fires: bool, reason: str) -> Any:
    """The cards of an automation with what is in the way for a record."""
    speaker = Speaker(ctx, plan)
    steps = [_condition_row(found["condition"])] if plan.automation.condition else []
    run = {"steps": steps, "state": "would" if fires else "none", "cause": {}, "record_id": found["record"]}
    view = TraceView(
        speaker, flow_view(speaker), run, unreached=_("It would be done.") if fires else _("Not reached."), is_trial=True
    )
    return view.flow(_told(found, fires, reason), {each["rung"]: _rung_note(each) for each in found["dates"]})


def _told(found: Mapping[str, Any], fires: bool, reason: str) -> Told:
    facts = [
        (
            f"{_(OPERATIONS.get(each['op'], each['op']))} {exact_time(each['at'])}",
            _("It fired.") if each["fires"] else each["reason"],
        )
        for each in found["changes"][:_MOST_FACTS]
    ]
    is_fine = fires or (not found["changes"] and found["condition"]["holds"] is False)
    return Told(DONE if is_fine else SKIPPED, "" if is_fine else reason, tuple(facts))


def _rung_note(each: Mapping[str, Any]) -> tuple[str, str]:
    """State and words of one step of a ladder."""
    due = str(exact_time(each["due"])) if each["due"] else _("never")
    if each["outcome"]:
        return (DONE if each["outcome"] == "run" else SKIPPED), _(OUTCOMES.get(each["outcome"], each["outcome"]))
    if each["next"] == "run":
        return LATER, _("Due now")
    if each["next"]:
        return SKIPPED, _(OUTCOMES.get(each["next"], each["next"]))
    return LATER, _("due %(moment)s", moment=due)


def _condition_row(condition: Mapping[str, Any]) -> dict[str, Any]:
    state = FAILED if condition["holds"] is None else DONE if condition["holds"] else SKIPPED
    return {"step": "condition", "type": "condition", "state": state, "detail": {"leaves": condition["leaves"]}, "at": None}


def _change(ctx: Context, speaker: Speaker, run: Mapping[str, Any]) -> dict[str, Any] | None:
    """The change behind the run: what was changed, when, and by which other run."""
    number = run["cause"].get("change")
    if number is None:
        return None
    columns = (Change.at, Change.run_id, Change.automation, Change.before, Change.after)
    row = ctx.connection.execute(sa.select(*columns).where(Change.id == number, Change.workspace_id == ctx.workspace.id)).first()
    if row is None:
        return None
    keys = [key for key in (speaker.entity.fields if speaker.entity else ()) if key in row.before or key in row.after]
    differences = [
        (speaker.path(key), _text(speaker, key, row.before.get(key)), _text(speaker, key, row.after.get(key))) for key in keys
    ]
    return {"at": row.at, "run": row.run_id, "automation": row.automation, "differences": differences[:_MOST_FACTS]}


def _changed(ctx: Context, speaker: Speaker, change: dict[str, Any]) -> dict[str, Any]:
    entity = ctx.catalog.find(change["entity"])
    return {**change, "entity_def": entity, "values": field_texts(speaker, entity, change["after"])}


def _text(speaker: Speaker, key: str, value: Any) -> str:
    return value_text(speaker, speaker.entity, key, value)


def rung_names(plan: Plan) -> dict[str, str]:
    """The steps of the ladder by key."""
    return {rung.key: label_text(rung.label) or rung.key for rung in plan.automation.ladder}
