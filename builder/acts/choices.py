"""A new choice gets its real key from its first label, and what names it follows: stages, moves, boards, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.acts.base import Document, Done, find, free_key, item_at, keys_in
from builder.acts.filter_tables import with_other_choice

Operations = list[Mapping[str, Any]]
_BY_ENTITY = ("forms", "views", "automations", "dashboards")


def rekeyed_choice(document: Document, published: Document, path: str, wanted: str, before: Operations) -> Done:
    """The operations `before`, then the choice at `path` (entities/…/options/choices/<key>) under the key `wanted`, if it is free."""
    place, _, old = path.rpartition("/")
    options = place.removesuffix("/choices")
    gone = item_at(document, options).get("retired") or {}
    taken = {*keys_in(document, place), *keys_in(published, place), *gone} - {old}
    new = free_key(wanted, taken)
    renamed = {path: f"{place}/{new}"}
    operations = [*before, {"op": "set", "path": f"{path}/key", "value": new}]
    _, entity, _, field = options.split("/")[:4]
    default = find(document, f"entities/{entity}/fields/{field}/default")
    if (other := _instead(default, old, new)) != default:
        operations.append({"op": "set", "path": f"entities/{entity}/fields/{field}/default", "value": other})
    if old in gone.values():
        heirs = {key: new if heir == old else heir for key, heir in gone.items()}
        operations.append({"op": "set", "path": f"{options}/retired", "value": heirs})
    for pipeline in document.get("pipelines") or ():
        if (pipeline.get("entity"), pipeline.get("field")) == (entity, field):
            operations += _in_pipeline(pipeline, old, new, renamed)
    for section in _BY_ENTITY:
        for item in document.get(section) or ():
            operations += _in_item(f"{section}/{item['key']}", item, entity, field, old, new)
    operations += with_other_choice(document, entity, field, old, new)
    for role in document.get("roles") or ():
        for grant in role.get("grants") or ():
            operations += _in_item(f"roles/{role['key']}/grants/{grant.get('entity')}", grant, entity, field, old, new)
    rules = item_at(document, f"entities/{entity}").get("rules")
    if (other := _exchanged(rules, field, old, new)) != rules:
        operations.append({"op": "set", "path": f"entities/{entity}/rules", "value": other})
    return Done(operations, "", renamed)


def _in_pipeline(pipeline: Mapping[str, Any], old: str, new: str, renamed: dict[str, str]) -> Operations:
    place = f"pipelines/{pipeline['key']}"
    found: Operations = []
    if any(each.get("key") == old for each in pipeline.get("stages") or ()):
        found.append({"op": "set", "path": f"{place}/stages/{old}/key", "value": new})
        renamed[f"{place}/stages/{old}"] = f"{place}/stages/{new}"
    for each in pipeline.get("transitions") or ():
        here = f"{place}/transitions/{each['key']}"
        if each.get("to") == old:
            found.append({"op": "set", "path": f"{here}/to", "value": new})
        if old in (each.get("from") or ()):
            found.append({"op": "set", "path": f"{here}/from", "value": [new if one == old else one for one in each["from"]]})
        if (guard := _exchanged(each.get("guard"), str(pipeline["field"]), old, new)) != each.get("guard"):
            found.append({"op": "set", "path": f"{here}/guard", "value": guard})
    return found


def _in_item(path: str, item: Mapping[str, Any], entity: str, field: str, old: str, new: str) -> Operations:
    """Conditions on the field in a form, a view, an automation or a dashboard, and columns of boards that are not shown."""
    found: Operations = []
    for name, value in item.items():
        about = item.get("entity") == entity
        other = _exchanged(value, field, old, new) if about or name == "tiles" else value
        if name == "options" and about and isinstance(other, Mapping) and other.get("group") == field:
            hidden = other.get("hidden")
            if isinstance(hidden, list) and old in hidden:
                other = {**other, "hidden": [new if each == old else each for each in hidden]}
        if other != value:
            found.append({"op": "set", "path": f"{path}/{name}", "value": other})
    return found


def _exchanged(tree: Any, field: str, old: str, new: str) -> Any:
    """The same with the new key wherever a condition compares the field with the old one, or a step gives it."""
    if isinstance(tree, list):
        return [_exchanged(each, field, old, new) for each in tree]
    if not isinstance(tree, Mapping):
        return tree
    found = {name: _exchanged(each, field, old, new) for name, each in tree.items()}
    for name in ("values", "set"):
        if isinstance(given := found.get(name), Mapping) and given.get(field) == old:
            found[name] = {**given, field: new}
    if str(found.get("field", "")).rpartition(".")[2] == field and "value" in found:
        found["value"] = _instead(found["value"], old, new)
    if found.get("field") == field and isinstance(rules := found.get("fill"), list):
        found["fill"] = [{**each, "value": _instead(each["value"], old, new)} if "value" in each else each for each in rules]
    return found


def _instead(value: Any, old: str, new: str) -> Any:
    """One choice or several, with the new key."""
    if isinstance(value, list):
        return [new if each == old else each for each in value]
    return new if value == old else value
