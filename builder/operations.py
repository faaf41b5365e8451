"""Small changes of a document, addressed by key, as designers and the API send them.

{"op": "add",    "path": "entities/lead/fields", "value": {…}, "after": "name"}     after: null = first, absent = last
{"op": "set",    "path": "entities/lead/label/en", "value": "Lead"}
{"op": "remove", "path": "entities/lead/fields/fax"}
{"op": "move",   "path": "entities/lead/fields/phone", "after": "name"}
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from builder.diff import diff
from builder.errors import Problem
from builder.structure import MISSING, by_key, identity, is_keyed

Operation = Mapping[str, Any]


class BadOperation(ValueError):
    """An operation that does not fit the document; `problem` says which and why."""

    def __init__(self, number: int, path: str, message: str) -> None:
        super().__init__(f"operation {number} at {path!r}: {message}")
        plain = message.replace("{", "{{").replace("}", "}}")  # it may quote what was sent
        self.problem = Problem(f"operations/{number}", "operation", "At “{place}”: " + plain, {"place": path})


def apply_operations(document: Mapping[str, Any], operations: Iterable[Operation]) -> dict[str, Any]:
    """The document after all operations, in order; the given one is not changed. Raises BadOperation."""
    result = copy.deepcopy(dict(document))
    for number, operation in enumerate(operations):
        try:
            _apply(result, operation)
        except (LookupError, TypeError, ValueError) as error:
            raise BadOperation(number, str(operation.get("path", "")), str(error).strip("'\"")) from None
    return result


def operations_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Operations that turn the old document into the new one, exactly."""
    operations: list[dict[str, Any]] = []
    for each in diff(old, new):
        if each.kind == "removed":
            operations.append({"op": "remove", "path": each.path})
        elif each.kind == "changed":
            operations.append({"op": "set", "path": each.path, "value": each.after})
        elif each.kind == "added":
            operations.append(_addition(new, each.path, each.after))
    current = apply_operations(old, operations)
    return operations + _moves("", current, new)


def _addition(new: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    parent = path.rpartition("/")[0]
    siblings = _find(new, parent) if parent else MISSING
    if not isinstance(siblings, list):
        return {"op": "set", "path": path, "value": value}
    return {"op": "add", "path": parent, "value": value}


def _moves(path: str, current: Any, new: Any) -> list[dict[str, Any]]:
    """Moves that bring every keyed list below into the order of `new`; both have the same items."""
    found: list[dict[str, Any]] = []
    name = path.rpartition("/")[2]
    if isinstance(new, Mapping) and isinstance(current, Mapping):
        for key in new:
            found += _moves(f"{path}/{key}" if path else key, current.get(key), new[key])
    elif isinstance(new, list) and is_keyed(name, new) and is_keyed(name, current):
        keys, wanted = list(by_key(name, current)), list(by_key(name, new))
        if sorted(keys) == sorted(wanted):
            found += _reorder(path, keys, wanted)
            items = by_key(name, current)
            for key, item in by_key(name, new).items():
                found += _moves(f"{path}/{key}", items[key], item)
    return found


def _reorder(path: str, keys: list[str], wanted: list[str]) -> list[dict[str, Any]]:
    found = []
    for place, key in enumerate(wanted):
        if keys[place] != key:
            keys.remove(key)
            keys.insert(place, key)
            found.append({"op": "move", "path": f"{path}/{key}", "after": wanted[place - 1] if place else None})
    return found


def _apply(document: dict[str, Any], operation: Operation) -> None:
    kind, path = operation.get("op"), operation.get("path")
    if not isinstance(path, str) or not path:
        raise ValueError("a path is needed")
    if kind == "add":
        _add(document, path, operation)
    elif kind == "set":
        _set(document, path, operation["value"])
    elif kind == "remove":
        _remove(document, path)
    elif kind == "move":
        _move(document, path, operation)
    else:
        raise ValueError(f"unknown operation {kind!r}; known: add, set, remove, move")


def _add(document: dict[str, Any], path: str, operation: Operation) -> None:
    parent, _, name = path.rpartition("/")
    holder = _find(document, parent) if parent else document
    if not isinstance(holder, dict):
        raise LookupError("there is no such list")
    items = holder.setdefault(name, [])
    value = copy.deepcopy(operation["value"])
    key = value.get(identity(name)) if isinstance(value, dict) else None
    if not isinstance(items, list) or not is_keyed(name, items) or not isinstance(key, str):
        raise TypeError("only items with a key can be added, and only to a list of such items")
    if key in by_key(name, items):
        raise ValueError(f"{key} is there already")
    items.insert(_place(name, items, operation, len(items)), value)


def _set(document: dict[str, Any], path: str, value: Any) -> None:
    parent, _, name = path.rpartition("/")
    holder = _find(document, parent) if parent else document
    value = copy.deepcopy(value)
    if isinstance(holder, dict):
        holder[name] = value
    elif isinstance(holder, list):
        holder[_index(parent, holder, name)] = value
    else:
        raise LookupError("there is no such item")


def _remove(document: dict[str, Any], path: str) -> None:
    parent, _, name = path.rpartition("/")
    holder = _find(document, parent) if parent else document
    if isinstance(holder, dict):
        if name not in holder:
            raise LookupError("there is no such property")
        del holder[name]
    elif isinstance(holder, list):
        del holder[_index(parent, holder, name)]
    else:
        raise LookupError("there is no such item")


def _move(document: dict[str, Any], path: str, operation: Operation) -> None:
    parent, _, key = path.rpartition("/")
    items = _find(document, parent)
    if not isinstance(items, list):
        raise LookupError("there is no such list")
    item = items.pop(_index(parent, items, key))
    items.insert(_place(parent.rpartition("/")[2], items, operation, len(items)), item)


def _place(name: str, items: list[Any], operation: Operation, last: int) -> int:
    if "after" not in operation:
        return last
    after = operation["after"]
    if after is None:
        return 0
    keys = list(by_key(name, items))
    if after not in keys:
        raise LookupError(f"there is no {after!r} to stand behind")
    return keys.index(after) + 1


def _index(path: str, items: list[Any], key: str) -> int:
    name = path.rpartition("/")[2]
    keys = list(by_key(name, items)) if is_keyed(name, items) else []
    if key not in keys:
        raise LookupError("there is no such item")
    return keys.index(key)


def _find(document: Mapping[str, Any], path: str) -> Any:
    """The value at a path, MISSING when there is none."""
    current: Any = document
    name = ""
    for part in path.split("/"):
        if isinstance(current, Mapping):
            current = current.get(part, MISSING)
        elif isinstance(current, list) and is_keyed(name, current):
            current = by_key(name, current).get(part, MISSING)
        else:
            return MISSING
        name = part
    return current
