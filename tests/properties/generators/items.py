"""Acts on any item of any list, and the operations that everything is made of."""

from __future__ import annotations

import copy
from typing import Any

from builder.acts.base import find
from tests.properties.generators import entities
from tests.properties.hand import Act, Hand, NothingToDo, walk

JUNK: tuple[Any, ...] = (
    None,
    3,
    -1,
    "",
    "nothing",
    [],
    {},
    True,
    ["a", "b"],
    {"key": "x"},
    [{"key": "x"}, {"key": "x"}],
    "长" * 300,
    "a\x00b",
    "\ud800",
    10**30,
    float("nan"),
    {"a/b": 1},
)
_TREES = ("filter", "condition", "show_when", "require_when", "read_only_when", "guard")


def add(hand: Hand) -> Act:
    """An item that is somewhere, once more under another key."""
    path = hand.movable()
    value = {**copy.deepcopy(find(hand.document, path)), "key": f"k{hand.chance.randrange(9)}"}
    place = path.rpartition("/")[0]
    return {"op": "add", "path": place, "value": value, **hand.after(place)}


def remove(hand: Hand) -> Act:
    """Takes away an item that others hardly lean on; the acts for the others clear up behind them."""
    paths = [path for path in (hand.movable() for _ in range(8)) if "/" in path and not path.startswith("entities")]
    return {"op": "remove", "path": hand.pick(paths)}


def move(hand: Hand) -> Act:
    path = hand.movable()
    return {"op": "move", "path": path, **hand.after(path.rpartition("/")[0])}


def set_value(hand: Hand) -> Act:
    """A property of any kind: labels, rules, words, numbers, what is not there yet."""
    kind = hand.chance.randrange(8)
    if kind == 6:
        return {"op": "set", "path": f"{hand.pick(hand.steps())}/enabled", "value": hand.pick((False, None))}
    if kind == 7:
        return _rule_of_a_form(hand)
    if kind == 0:
        return {
            "op": "set",
            "path": f"{hand.movable()}/label/{hand.pick(('en', 'zh-Hans', 'zh-Hant'))}",
            "value": hand.pick(("Text", "文字", None)),
        }
    if kind == 1:
        return _tree(hand)
    if kind == 2:
        return {
            "op": "set",
            "path": hand.pick(("label/en", "description/zh-Hans", "icon", "color")),
            "value": hand.pick(("blue", "red")),
        }
    if kind == 3:
        return {"op": "set", "path": f"entities/{hand.entity()}/title_field", "value": hand.pick((None, "name", "title"))}
    places = [(path, value) for path, value in walk(hand.document) if type(value) in (int, bool) and "/" in path]
    path, value = hand.pick(places)
    if isinstance(value, bool):
        return {"op": "set", "path": path, "value": hand.pick((not value, None))}
    return {"op": "set", "path": path, "value": hand.pick((value + 1, 0, None))}


def _tree(hand: Hand) -> Act:
    holder = hand.pick([(name, each) for name in ("views", "automations") for each in hand.items(name) if each.get("entity")])
    name = "filter" if holder[0] == "views" else "condition"
    entity = str(holder[1]["entity"])
    value = {"all": [hand.rule(entity), hand.rule(entity)]} if hand.maybe(0.8) else None
    return {"op": "set", "path": f"{holder[0]}/{holder[1]['key']}/{name}", "value": value}


def _rule_of_a_form(hand: Hand) -> Act:
    """Shows, requires, locks or fills in one of the fields of a form."""
    form = hand.item("forms")
    place = f"forms/{form['key']}/sections"
    section = hand.pick([each for each in form.get("sections") or () if each.get("items")])
    item = hand.pick(section["items"])
    name = hand.pick(("show_when", "require_when", "read_only_when", "fill"))
    rule = hand.rule(str(form["entity"]))
    value = [{"key": "one", "when": rule, "value": {"expr": "1 + 1"}}, {"key": "two", "value": None}] if name == "fill" else rule
    return {"op": "set", "path": f"{place}/{section['key']}/items/{item['key']}/{name}", "value": hand.pick((value, value, None))}


def new_item(hand: Hand) -> Act:
    """A section, an index, a rule, a menu entry: what has no act of its own."""
    entity = hand.entity()
    field = hand.pick(hand.fields(entity))
    form = hand.path_in("forms")
    value, place = hand.pick((
        ({"label": hand.label(), "columns": 1, "items": []}, f"{form}/sections"),
        ({"fields": [field]}, f"entities/{entity}/indexes"),
        ({"condition": hand.rule(entity), "message": hand.label()}, f"entities/{entity}/rules"),
        ({"entity": entity}, "menu"),
        ({"label": hand.label(), "type": "duration", "default": "2d"}, f"{hand.path_in('automations')}/settings"),
        _filling(hand),
    ))  # fmt: skip
    return {"op": "new_item", "list": place, "value": value, "base": "item", "numbered": hand.maybe(), **hand.after(place)}


def _filling(hand: Hand) -> tuple[dict[str, Any], str]:
    """A rule that fills in a place of a form: with the value of the field itself, with something of the wrong type, with nothing."""
    places = [
        (str(form["entity"]), f"forms/{form['key']}/sections/{section['key']}/items/{item['key']}/fill", item["field"])
        for form in hand.items("forms")
        for section in form.get("sections") or ()
        for item in section.get("items") or ()
        if item.get("field")
    ]
    entity, place, field = hand.pick(places)
    value = {"value": hand.pick(({"expr": f"{{{field}}}"}, {"var": "today"}, 3))} if hand.maybe(0.7) else {}
    return {**({"when": hand.rule(entity)} if hand.maybe() else {}), **value}, place


def copy_item(hand: Hand) -> Act:
    return {"op": "copy_item", "path": hand.movable()}


def place(hand: Hand) -> Act:
    """Carries an item along its own list, or into another list of the same name."""
    path = hand.movable()
    own = path.rpartition("/")[0]
    alike = [each for each in hand.lists() if each.rpartition("/")[2] == own.rpartition("/")[2]]
    target = own if hand.maybe(0.6) or not alike else hand.pick(alike)
    return {"op": "place", "path": path, "list": target, **hand.after(target)}


def illegal(hand: Hand, act: Act) -> Act:
    """The act with something wrong: a part missing, a place that is not there, a value of another kind."""
    names = [name for name in act if name != "op"]
    if not names:
        raise NothingToDo
    name = hand.pick(names)
    kind = hand.chance.randrange(3)
    if kind == 0:
        return {key: value for key, value in act.items() if key != name}
    if kind == 1 and isinstance(act[name], str):
        return {**act, name: hand.pick((f"{act[name]}/nowhere", "nowhere", f"{act[name]}x", "entities", "", "a//b"))}
    return {**act, name: copy.deepcopy(hand.pick(JUNK))}


SPECIAL = (entities.type_by_hand, entities.field_setting)
"""What panels send as several acts, or as `set` with a meaning; done more often than chance would."""
