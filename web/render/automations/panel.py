"""What can be set of the card that is picked: the trigger, the condition, a rung, a way, a step, a setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.acts.base import find
from builder.automations import STEP_TYPES, TRIGGER_TYPES
from builder.structure import MISSING
from web.i18n import gettext as _
from web.render.automations import design_words as words
from web.render.automations.panel_inputs import as_json, duration_input, people_options
from web.render.automations.panel_place import Place, entity_options, moments_of
from web.render.automations.panel_step import step_panel
from web.render.automations.words import label_text
from web.render.design import texts_of
from web.render.options import option_inputs
from web.render.values import label_of, shown_type

# What has an input of its own in components/design_automation_panel.html.
_DRAWN = {
    "on", "fields", "fire", "field", "at", "calendar", "late", "cron", "roles", "ask", "confirm", "icon", "place", "entity",
}  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """kind: automation, trigger, condition, rung, way, setting or the type of a step. item: what is set; more: inputs by name."""

    kind: str
    path: str
    item: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)


def panel_of(place: Place) -> Panel:
    """The panel of what is picked; of the automation itself when that is nothing."""
    inner = place.pick.removeprefix(f"{place.path}/") if place.pick.startswith(f"{place.path}/") else ""
    item = find(place.desk.document, place.pick) if inner else None
    if inner == "trigger":
        return Panel("trigger", place.pick, place.raw.get("trigger") or {}, _trigger(place))
    if inner == "condition":
        trigger = place.raw.get("trigger") or {}
        fire = str(trigger.get("fire") or "becomes") if trigger.get("type") == "change" else ""
        more = {"tree": place.raw.get("condition"), "entity": place.raw.get("entity", ""), "fire": fire}
        return Panel("condition", place.pick, {}, more)
    if not isinstance(item, Mapping):
        return Panel("automation", place.path, place.raw, _automation(place))
    parts = place.pick.split("/")
    if parts[-2] == "ladder":
        more = {
            "after": duration_input(place.raw, f"{place.pick}/after", item.get("after")),
            "label": texts_of(item.get("label")),
        }
        return Panel("rung", place.pick, item, more)
    if parts[-2] == "arms":
        more = {"label": texts_of(item.get("label")), "tree": item.get("condition"), "entity": place.raw.get("entity", "")}
        return Panel("way", place.pick, item, more)
    if parts[-2] == "settings":
        return Panel("setting", place.pick, item, _setting(place, item))
    if item.get("type") in STEP_TYPES.names():
        return Panel(str(item["type"]), place.pick, item, step_panel(place, item))
    return Panel("automation", place.path, place.raw, _automation(place))


def _automation(place: Place) -> dict[str, Any]:
    raw = place.raw
    settings = [
        {
            "path": f"{place.path}/settings/{each['key']}",
            "key": each["key"],
            "label": label_text(each.get("label")) or each["key"],
            "type": _(words.SETTINGS.get(str(each.get("type")), "")),
        }
        for each in raw.get("settings") or ()
    ]
    return {
        "label": texts_of(raw.get("label")),
        "description": texts_of(raw.get("description")),
        "enabled": raw.get("enabled", True),
        "modes": words.options(words.MODES),
        "settings": settings,
        "setting_types": words.options(words.SETTINGS),
    }


def _trigger(place: Place) -> dict[str, Any]:
    trigger, own = place.raw.get("trigger") or {}, place.own
    kind = str(trigger.get("type"))
    fields = (
        [
            (key, label_of(each))
            for key, each in own.fields.items()
            if each.kind not in ("one_to_many",) and key not in ("id", "version")
        ]
        if own
        else []
    )
    found = TRIGGER_TYPES.find(kind)
    roles = [(each.key, label_text(each.label) or each.key) for each in place.ctx.catalog.apps[place.app].roles]
    return {
        "types": [
            (each.name, _(words.TRIGGERS[each.name][0]), _(words.TRIGGERS[each.name][1]), each.icon)
            if each.name in words.TRIGGERS
            else (each.name, each.title, "", each.icon)
            for each in TRIGGER_TYPES
        ],
        "needs_entity": found.needs_entity if found else True,
        "entities": entity_options(place),
        "entity": place.raw.get("entity", ""),
        "has_condition": bool(place.raw.get("condition")),
        "operations": words.options(words.OPERATIONS),
        "chosen": list(trigger.get("on") or ("create", "update")),
        "fields": [(as_json(key), label) for key, label in fields],
        "chosen_fields": [as_json(each) for each in trigger.get("fields") or ()],
        "moments": moments_of(own),
        "is_day": own is not None
        and trigger.get("field") in own.fields
        and shown_type(own.fields[str(trigger["field"])])[0].name == "date",
        "calendars": words.options(words.CALENDARS),
        "late": words.options(words.LATE),
        "crons": words.options(words.CRONS),
        "roles": roles,
        "confirm": texts_of(trigger.get("confirm")),
        "asked": [str(each.get("field")) for each in trigger.get("ask") or ()],
        "ask_names": dict(fields),
        "options": option_inputs(found.options_schema, trigger, f"{place.path}/trigger", without=_DRAWN) if found else [],
    }


def _setting(place: Place, item: Mapping[str, Any]) -> dict[str, Any]:
    default, kind = item.get("default"), str(item.get("type"))
    chosen = [as_json(each) for each in default] if isinstance(default, list) else []
    roles = [
        (f"{app}.{role.key}", label_text(role.label) or role.key)
        for app, each in place.ctx.catalog.apps.items()
        for role in each.roles
    ]
    return {
        "label": texts_of(item.get("label")),
        "help": texts_of(item.get("help")),
        "is_new": find(place.desk.published, place.pick) is MISSING,
        "types": words.options(words.SETTINGS),
        "duration": duration_input({}, f"{place.pick}/default", default) if kind == "duration" else None,
        "people": people_options(place.ctx, {}, place.own, place.app, default if isinstance(default, list) else ())
        if kind == "people"
        else [],
        "chosen": chosen,
        "roles": roles,
        "choices": item.get("choices") or [],
    }
