"""Acts on views, pipelines and roles."""

from __future__ import annotations

from builder.acts.roles import LEVELS
from builder.views import VIEW_TYPES
from tests.properties.hand import Act, Hand

_KINDS = [each.name for each in VIEW_TYPES]


def new_view(hand: Hand) -> Act:
    return {
        "op": "new_view",
        "entity": hand.entity(),
        "label": hand.label(),
        **({"type": hand.pick(_KINDS)} if hand.maybe() else {}),
    }


def remove_view(hand: Hand) -> Act:
    return {"op": "remove_view", "path": hand.path_in("views")}


def new_column(hand: Hand) -> Act:
    view = hand.item("views")
    place = f"views/{view['key']}/columns"
    return {"op": "new_column", "list": place, "key": hand.pick(hand.fields(str(view["entity"]))), **hand.after(place)}


def set_sort(hand: Hand) -> Act:
    view = hand.item("views")
    number = hand.chance.randrange(len(view.get("sort") or ()) + 1)
    direction = {"part": "direction", "value": hand.pick(("up", "down"))}
    field = {"part": "field", "value": hand.pick(["", *hand.fields(str(view["entity"]), "text", "date", "number", "currency")])}
    return {"op": "set_sort", "path": f"views/{view['key']}", "number": number, **hand.pick((direction, field))}


def set_view_type(hand: Hand) -> Act:
    return {"op": "set_view_type", "path": hand.path_in("views"), "value": hand.pick(_KINDS)}


def remove_card_field(hand: Hand) -> Act:
    paths = [
        f"views/{view['key']}/options/card/{key}"
        for view in hand.items("views")
        for key in (view.get("options") or {}).get("card") or ()
    ]
    return {"op": "remove_card_field", "path": hand.pick(paths)}


def new_pipeline(hand: Hand) -> Act:
    _, entity, _, field = hand.field_path("select").split("/")
    return {"op": "new_pipeline", "entity": entity, "field": field, "label": hand.label()}


def new_stage(hand: Hand) -> Act:
    return {"op": "new_stage", "path": hand.path_in("pipelines"), "label": hand.label()}


def use_choice(hand: Hand) -> Act:
    pipeline = hand.item("pipelines")
    used = {each["key"] for each in pipeline["stages"]}
    choices = hand.items(f"entities/{pipeline['entity']}/fields/{pipeline['field']}/options/choices")
    free = [str(each["key"]) for each in choices if each["key"] not in used]
    return {"op": "use_choice", "path": f"pipelines/{pipeline['key']}", "key": hand.pick(free)}


def remove_stage(hand: Hand) -> Act:
    return {"op": "remove_stage", "path": hand.path_in(f"{hand.path_in('pipelines')}/stages")}


def new_transition(hand: Hand) -> Act:
    pipeline = hand.item("pipelines")
    keys = [str(each["key"]) for each in pipeline["stages"]]
    ends = {"from": hand.pick(keys), "to": hand.pick(keys)}
    return {"op": "new_transition", "path": f"pipelines/{pipeline['key']}", **ends, "label": hand.label()}


def new_stage_automation(hand: Hand) -> Act:
    stage = hand.path_in(f"{hand.path_in('pipelines')}/stages")
    return {"op": "new_stage_automation", "path": stage, "label": hand.label(), **({"step": "set"} if hand.maybe() else {})}


def new_role(hand: Hand) -> Act:
    return {"op": "new_role", "label": hand.label()}


def set_right(hand: Hand) -> Act:
    verb = hand.pick(("create", "export", "read", "update", "delete"))
    value = hand.maybe() if verb in ("create", "export") else hand.pick((["all"], ["own"], ["team", "own"], []))
    return {"op": "set_right", "path": hand.path_in("roles"), "entity": hand.entity(), "verb": verb, "value": value}


def set_level(hand: Hand) -> Act:
    return {
        "op": "set_level",
        "path": hand.path_in("roles"),
        "entity": hand.entity(),
        "value": hand.pick((*LEVELS, "none of them")),
    }


def set_rule(hand: Hand) -> Act:
    entity, rule = hand.entity(), hand.pick(("all", "own", "team", "condition"))
    value = hand.maybe() if rule != "condition" else hand.pick((hand.rule(entity), None))
    verb = hand.pick(("read", "update", "delete"))
    return {"op": "set_rule", "path": hand.path_in("roles"), "entity": entity, "verb": verb, "rule": rule, "value": value}


def set_mask(hand: Hand) -> Act:
    entity = hand.entity()
    masks = {"field": hand.pick(hand.fields(entity)), "value": hand.pick(("", "hidden", "read_only"))}
    return {"op": "set_mask", "path": hand.path_in("roles"), "entity": entity, **masks}
