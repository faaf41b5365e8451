"""Acts on any item of any list: set a property, make, copy, carry to another list."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from builder.acts.base import LIST_LABELS, Act, BadAct, Document, Done, find, first_text, free_key, item_at, keys_in, slug
from builder.acts.choices import rekeyed_choice
from builder.acts.rekey import rekeyed
from builder.formula_result import result_of
from builder.structure import MISSING

_FORMULA = re.compile(r"^entities/[^/]+/fields/[^/]+/options/expression$")
_PROVISIONAL = re.compile(r"^(?:field|choice|stage|table)_\d+$")


def set_value(document: Document, act: Act, published: Document) -> Done:
    """Sets a property. null takes it away; what is missing on the way is made; a text that was for all languages becomes one by
    language. A new thing gets its key from its first label."""
    path, value = str(act["path"]), act.get("value")
    parent = path.rpartition("/")[0]
    if value is None:
        return Done([{"op": "remove", "path": path}] if find(document, path) is not MISSING else [])
    operations: list[Mapping[str, Any]] = []
    parts = parent.split("/") if parent else []
    for depth in range(1, len(parts) + 1):
        place = "/".join(parts[:depth])
        found = find(document, place)
        if found is MISSING:
            operations.append({"op": "set", "path": place, "value": {}})
        elif isinstance(found, str) and parts[depth - 1] in LIST_LABELS:
            operations.append({"op": "set", "path": place, "value": {"en": found}})
    operations.append({"op": "set", "path": path, "value": value})
    if _FORMULA.match(path) and isinstance(value, str):
        operations += _result(document, path, value)
    if len(parts) > 1 and parts[-1] == "label" and isinstance(value, str):
        return _named(document, "/".join(parts[:-1]), value, operations, published)
    return Done(operations)


def _result(document: Document, path: str, expression: str) -> list[Mapping[str, Any]]:
    """What comes out of a field's formula follows the formula."""
    place = path.removesuffix("expression") + "result"
    now = find(document, place)
    before = "text" if now is MISSING else str(now)
    wanted = result_of(expression, find(document, path.split("/fields/")[0] + "/fields"), before)
    return [] if wanted == before else [{"op": "set", "path": place, "value": wanted}]


def _named(document: Document, path: str, label: str, operations: list[Mapping[str, Any]], published: Document) -> Done:
    """A thing that is nowhere in force yet gets the key of its first name."""
    parent, _, key = path.rpartition("/")
    wanted = slug(label)
    if not _PROVISIONAL.match(key) or not wanted or find(published, path) is not MISSING:
        return Done(operations)
    if parent.startswith("entities/") and parent.endswith("/options/choices"):
        return rekeyed_choice(document, published, path, wanted, operations)
    new = free_key(wanted, [each for each in keys_in(document, parent) if each != key])
    return rekeyed(document, path, new, operations)


def new_item(document: Document, act: Act, published: Document) -> Done:
    """{"list": path, "value": {…}, "base": key to begin with, "after"?}: an item with a free key."""
    place, value = str(act["list"]), dict(act.get("value") or {})
    base = str(act.get("base") or slug(first_text(value.get("label"))) or "item")
    taken = {*keys_in(document, place), *keys_in(published, place)}
    key = free_key(base, taken, numbered=bool(act.get("numbered")))
    return Done([*_missing_list(document, place), _addition(place, {"key": key, **value}, act)], f"{place}/{key}")


def copy_item(document: Document, act: Act, published: Document) -> Done:
    """{"path"}: the same item once more, behind the first."""
    path = str(act["path"])
    place, _, key = path.rpartition("/")
    new = free_key(f"{key[:34]}_copy", {*keys_in(document, place), *keys_in(published, place)})
    value = {**copy.deepcopy(item_at(document, path)), "key": new}
    return Done([{"op": "add", "path": place, "value": value, "after": key}], f"{place}/{new}")


def place(document: Document, act: Act, published: Document) -> Done:
    """{"path", "list", "after"?}: carries an item into another list, or to another place in its own."""
    path, target = str(act["path"]), str(act["list"])
    source, _, key = path.rpartition("/")
    if source == target:
        move = {"op": "move", "path": path, **({"after": act["after"]} if "after" in act else {})}
        return Done([] if act.get("after", MISSING) == key else [move], path)
    if target.startswith(f"{path}/"):
        raise BadAct("an item cannot go into itself")
    item = copy.deepcopy(item_at(document, path))
    item["key"] = free_key(key, keys_in(document, target))
    made = f"{target}/{item['key']}"
    operations = [{"op": "remove", "path": path}, *_missing_list(document, target), _addition(target, item, act)]
    return Done(operations, made, {path: made})


def _addition(place: str, value: Mapping[str, Any], act: Act) -> dict[str, Any]:
    return {"op": "add", "path": place, "value": value, **({"after": act["after"]} if "after" in act else {})}


def _missing_list(document: Document, place: str) -> list[Mapping[str, Any]]:
    """Objects on the way to a list that is not there yet."""
    parts = place.split("/")[:-1]
    places = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
    return [{"op": "set", "path": each, "value": {}} for each in places if find(document, each) is MISSING]
