"""Acts on entities and fields, and what can be set of a field."""

from __future__ import annotations

from typing import Any

from builder.fields import FIELD_TYPES
from tests.properties.hand import Act, Hand, NothingToDo

FIELD_KINDS = [each.name for each in FIELD_TYPES if not each.name.startswith(("created", "changed", "id", "version"))]
_ACROSS = ("text", "long_text", "number", "currency", "percent", "date", "datetime", "boolean", "select", "multi_select", "email")


def new_entity(hand: Hand) -> Act:
    return {"op": "new_entity", "label": hand.label(), **({"icon": "box"} if hand.maybe() else {})}


def copy_entity(hand: Hand) -> Act:
    return {"op": "copy_entity", "path": hand.path_in("entities")}


def remove_entity(hand: Hand) -> Act:
    return {"op": "remove_entity", "path": hand.path_in("entities")}


def new_field(hand: Hand) -> Act:
    entity = hand.entity()
    kind = hand.pick(FIELD_KINDS)
    act: Act = {"op": "new_field", "entity": entity, "type": kind, "label": hand.label()}
    if hand.maybe(0.3):
        act["named"] = hand.pick(("Total", "备注", "name", "id", "created_at"))
    act |= {"options": options} if (options := options_of(hand, kind, entity)) and hand.maybe(0.7) else {}
    sections = [
        f"forms/{form['key']}/sections/{section['key']}/items"
        for form in hand.items("forms")
        if form.get("entity") == entity
        for section in form.get("sections") or ()
    ]
    if sections and hand.maybe(0.3):
        place = hand.pick(sections)
        return {**act, "list": place, **hand.after(place)}
    return {**act, **hand.after(f"entities/{entity}/fields")}


def copy_field(hand: Hand) -> Act:
    return {"op": "copy_field", "path": hand.field_path()}


def remove_field(hand: Hand) -> Act:
    return {"op": "remove_field", "path": hand.field_path()}


def change_type(hand: Hand) -> Act:
    return {"op": "change_type", "path": hand.field_path(), "type": hand.pick(FIELD_KINDS)}


def new_extension(hand: Hand) -> Act:
    return {"op": "new_extension", "entity": hand.pick(("base.company", "base.nowhere", "studio.box"))}


def new_index(hand: Hand) -> Act:
    entity = hand.entity()
    return {"op": "new_index", "entity": entity, "value": hand.pick(hand.fields(entity))}


def widen_index(hand: Hand) -> Act:
    entity = hand.entity()
    return {"op": "widen_index", "path": hand.path_in(f"entities/{entity}/indexes"), "value": hand.pick(hand.fields(entity))}


def new_table_rule(hand: Hand) -> Act:
    return {"op": "new_table_rule", "entity": hand.entity()}


def type_by_hand(hand: Hand) -> list[Act]:
    """Another type without the act for it, and the options that the new type cannot be without."""
    path = hand.field_path()
    kind = hand.pick(_ACROSS if hand.maybe(0.7) else FIELD_KINDS)
    acts: list[Act] = [{"op": "set", "path": f"{path}/{name}", "value": None} for name in ("options", "default")]
    acts.append({"op": "set", "path": f"{path}/type", "value": kind})
    options = options_of(hand, kind, path.split("/")[1])
    return [*acts, {"op": "set", "path": f"{path}/options", "value": options}] if options else acts


def options_of(hand: Hand, kind: str, entity: str) -> dict[str, Any]:
    """Options of a field of this type, some of them needed."""
    if kind in ("select", "multi_select"):
        keys = hand.chance.sample(("draft", "active", "web", "fair", "x", "yes", "n12"), 3)
        return {"choices": [{"key": key, "label": key.title()} for key in keys]}
    if kind == "relation":
        names = [str(each["key"]) for each in hand.items("entities")]
        return {"to": hand.pick(names), **({"kind": "many_to_many"} if hand.maybe(0.3) else {})}
    if kind == "formula":
        texts = hand.fields(entity, "text")
        return {"expression": f"UPPER({{{hand.pick(texts)}}})" if texts else "1 + 1", "result": "text" if texts else "number"}
    if kind in ("number", "currency", "percent"):
        return hand.pick(({}, {"decimals": 0}, {"decimals": 2}, {"min": 0}, {"min": 0, "max": 100}))
    if kind in ("text", "long_text"):
        return hand.pick(({}, {"max_length": 5}, {"max_length": 100}))
    return {"pattern": hand.pick(("N-{000}", "{YYYY}-{00}"))} if kind == "auto_number" else {}


def field_setting(hand: Hand) -> list[Act]:
    """One of the switches and inputs of the field panel."""
    path = hand.field_path()
    kind = hand.chance.randrange(6)
    if kind == 0:
        return [{"op": "set", "path": f"{path}/required", "value": hand.pick((True, None))}]
    if kind == 1:
        return [{"op": "set", "path": f"{path}/unique", "value": hand.pick((True, None))}]
    if kind == 2:
        return [{"op": "set", "path": f"{path}/label/{hand.pick(('en', 'zh-Hans'))}", "value": hand.pick(("New name", "新名称"))}]
    if kind == 3:
        return [
            {"op": "set", "path": f"{path}/default", "value": hand.pick(("x", 3, True, None, {"var": "me"}, {"expr": "TODAY()"}))}
        ]
    if kind == 4:
        return _choice(hand)
    numbers = hand.field_path("number", "currency", "percent")
    return [{"op": "set", "path": f"{numbers}/options/decimals", "value": hand.pick((0, 1, 2, 4, None))}]


def _choice(hand: Hand) -> list[Act]:
    place = f"{hand.field_path('select', 'multi_select')}/options/choices"
    if not hand.items(place):
        raise NothingToDo
    if hand.maybe():
        return [{"op": "remove", "path": hand.path_in(place)}]
    return [{"op": "new_item", "list": place, "base": "choice", "numbered": True, "value": {"label": hand.label()}}]
