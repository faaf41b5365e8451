"""Making automations, and giving them another trigger: the steps come along, into the ladder or out of it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from builder.acts.base import Act, BadAct, Document, Done, find, first_text, free_key, item_at, keys_in, slug, texts
from builder.acts.steps import new_step, steps_in, with_free_keys
from builder.automations import TRIGGER_TYPES
from builder.automations.settings import is_setting
from builder.operations import apply_operations
from builder.structure import MISSING

Operations = list[Mapping[str, Any]]
_MOMENTS = ("date", "datetime")


def new_automation(document: Document, act: Act, published: Document) -> Done:
    """{"label", "type", "entity"?}: an automation with a trigger and no steps yet; a date has one rung."""
    label, kind = texts(act.get("label")), str(act.get("type") or "change")
    taken = {*keys_in(document, "automations"), *keys_in(published, "automations")}
    wanted = slug(first_text(label))
    key = free_key(wanted, taken) if wanted else free_key("automation", taken, numbered=True)
    entity = str(act.get("entity") or "")
    value: dict[str, Any] = {"key": key, "label": label, "enabled": True}
    if TRIGGER_TYPES.get(kind).needs_entity:
        value["entity"] = entity or _first_entity(document)
    value["trigger"] = _trigger(document, kind, str(value.get("entity", "")))
    value |= {"ladder": [{"key": "step_1", "after": "1d", "steps": []}]} if TRIGGER_TYPES.get(kind).has_ladder else {"steps": []}
    return Done([{"op": "add", "path": "automations", "value": value}], f"automations/{key}")


def new_stage_automation(document: Document, act: Act, published: Document) -> Done:
    """{"path": stage, "label", "step"?: type of its first step}: an automation that begins when a record comes to the stage."""
    pipeline, _, stage = str(act["path"]).rpartition("/stages/")
    found = item_at(document, pipeline)
    item_at(document, str(act["path"]))
    made = new_automation(document, {**act, "type": "change", "entity": found.get("entity")}, published)
    value = dict(made.operations[0]["value"])
    value["condition"] = {"field": found.get("field"), "op": "is", "value": stage}
    operations: Operations = [{"op": "add", "path": "automations", "value": value}]
    if act.get("step"):
        after = apply_operations(document, operations)
        first = new_step(after, {"list": f"{made.made}/steps", "type": act["step"]}, published)
        return Done([*operations, *first.operations], first.made)
    return Done(operations, made.made)


def set_trigger(document: Document, act: Act, published: Document) -> Done:
    """{"path": of the automation, "type"}: another trigger with its usual options."""
    path, kind = str(act["path"]), str(act["type"])
    automation, wanted = item_at(document, path), TRIGGER_TYPES.get(kind)
    entity = str(automation.get("entity") or (_first_entity(document) if wanted.needs_entity else ""))
    operations: Operations = []
    if wanted.needs_entity and not automation.get("entity"):
        operations.append({"op": "set", "path": f"{path}/entity", "value": entity})
    if not wanted.needs_entity:
        operations += [{"op": "remove", "path": f"{path}/{name}"} for name in ("entity", "condition") if name in automation]
    operations.append({"op": "set", "path": f"{path}/trigger", "value": _trigger(document, kind, entity)})
    if wanted.has_ladder and not automation.get("ladder"):
        rung = {"key": "step_1", "after": "1d", "steps": copy.deepcopy(automation.get("steps") or [])}
        operations.append({"op": "set", "path": f"{path}/ladder", "value": [rung]})
        operations += [{"op": "remove", "path": f"{path}/steps"}] if "steps" in automation else []
    elif not wanted.has_ladder and "ladder" in automation:
        operations.append({"op": "set", "path": f"{path}/steps", "value": _flat(automation)})
        operations.append({"op": "remove", "path": f"{path}/ladder"})
    return Done(operations, f"{path}/trigger")


def new_rung(document: Document, act: Act, published: Document) -> Done:
    """{"path": of the automation, "label"?}: one more step of the ladder, later than the last."""
    place = f"{act['path']}/ladder"
    key = free_key("step", keys_in(document, place), numbered=True)
    number = len(keys_in(document, place)) + 1
    value = {"key": key, "after": f"{number}d", **({"label": act["label"]} if act.get("label") else {}), "steps": []}
    return Done([{"op": "add", "path": place, "value": value}], f"{place}/{key}")


def make_setting(document: Document, act: Act, published: Document) -> Done:
    """{"path": of a value in an automation, "type", "label", "choices"?}: people in charge can change the value from now on."""
    path, label = str(act["path"]), texts(act.get("label"))
    owner = "/".join(path.split("/")[:2])
    value = find(document, path)
    several = value if isinstance(value, list) else [value]
    if value is MISSING or any(is_setting(each) for each in several):
        raise BadAct("there is no such value")
    place = f"{owner}/settings"
    taken = {*keys_in(document, place), *keys_in(published, place)}
    wanted = slug(first_text(label))
    key = free_key(wanted, taken) if wanted else free_key("setting", taken, numbered=True)
    setting = {"key": key, "type": str(act.get("type") or "duration"), "label": label, "default": copy.deepcopy(value)}
    if act.get("choices"):
        setting["choices"] = copy.deepcopy(act["choices"])
    # A list of people goes on being a list, to which others can be added.
    use = [{"setting": key}] if isinstance(value, list) else {"setting": key}
    operations: Operations = [{"op": "add", "path": place, "value": setting}, {"op": "set", "path": path, "value": use}]
    return Done(operations, f"{place}/{key}")


def rename_setting(document: Document, act: Act, published: Document) -> Done:
    """{"path": of the setting, "value": its new key}: what uses it follows. A published setting keeps its key."""
    path, new = str(act["path"]), slug(str(act.get("value") or ""))
    place, _slash, old = path.rpartition("/")
    owner = place.rpartition("/")[0]
    if find(published, path) is not MISSING or not new:
        raise BadAct("the key cannot be changed to this")
    new = free_key(new, [each for each in keys_in(document, place) if each != old])
    automation = item_at(document, owner)
    used = [name for name in ("trigger", "condition", "ladder", "steps") if name in automation]
    operations: Operations = [{"op": "set", "path": f"{path}/key", "value": new}]
    operations += [{"op": "set", "path": f"{owner}/{name}", "value": _with_setting(automation[name], old, new)} for name in used]
    return Done(operations, "", {path: f"{place}/{new}"})


def _with_setting(data: Any, old: str, new: str) -> Any:
    if is_setting(data):
        return {"setting": new} if data["setting"] == old else data
    if isinstance(data, Mapping):
        return {key: _with_setting(value, old, new) for key, value in data.items()}
    return [_with_setting(each, old, new) for each in data] if isinstance(data, list) else data


def _flat(automation: Mapping[str, Any]) -> list[dict[str, Any]]:
    taken: set[str] = {str(each.get("key")) for each in steps_in(automation)}
    steps: list[dict[str, Any]] = list(copy.deepcopy(automation.get("steps") or []))
    for rung in automation.get("ladder") or ():
        steps += [with_free_keys(each, taken, keep=True) for each in rung.get("steps") or ()]
    return steps


def _trigger(document: Document, kind: str, entity: str) -> dict[str, Any]:
    if kind == "date":
        fields = find(document, f"entities/{entity}/fields")
        moments = [each["key"] for each in fields if each.get("type") in _MOMENTS] if isinstance(fields, list) else []
        return {"type": kind, "field": moments[0] if moments else "created_at"}
    return {"type": kind, "cron": "0 9 * * 1-5"} if kind == "schedule" else {"type": kind}


def _first_entity(document: Document) -> str:
    return next((str(each["key"]) for each in document.get("entities") or ()), "")
