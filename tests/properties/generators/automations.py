"""Acts on automations and their steps."""

from __future__ import annotations

from builder.automations import STEP_TYPES, TRIGGER_TYPES
from tests.properties.hand import Act, Hand, walk

_TRIGGERS = [each.name for each in TRIGGER_TYPES]
_STEPS = [each.name for each in STEP_TYPES]


def new_automation(hand: Hand) -> Act:
    return {"op": "new_automation", "label": hand.label(), "type": hand.pick(_TRIGGERS), "entity": hand.entity()}


def set_trigger(hand: Hand) -> Act:
    return {"op": "set_trigger", "path": hand.path_in("automations"), "type": hand.pick(_TRIGGERS)}


def new_rung(hand: Hand) -> Act:
    path = hand.pick([f"automations/{each['key']}" for each in hand.items("automations") if each.get("ladder")])
    return {"op": "new_rung", "path": path, **({"label": hand.label()} if hand.maybe() else {})}


def make_setting(hand: Hand) -> Act:
    """Of a waiting time, a word or a number somewhere in an automation."""
    places = [
        path
        for path, value in walk(hand.document)
        if path.startswith("automations/") and path.endswith(("/after", "/for", "/limit"))
    ]
    return {"op": "make_setting", "path": hand.pick(places), "type": hand.pick(("duration", "number")), "label": hand.label()}


def rename_setting(hand: Hand) -> Act:
    paths = [
        f"automations/{each['key']}/settings/{one['key']}"
        for each in hand.items("automations")
        for one in each.get("settings") or ()
    ]
    return {"op": "rename_setting", "path": hand.pick(paths), "value": hand.pick(("days", "Wait for", "人", "first"))}


def new_step(hand: Hand) -> Act:
    place = hand.pick(hand.step_lists())
    return {"op": "new_step", "list": place, "type": hand.pick(_STEPS), **hand.after(place)}


def copy_step(hand: Hand) -> Act:
    return {"op": "copy_step", "path": hand.pick(hand.steps())}
