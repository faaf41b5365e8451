"""Acts on roles: rights on entities, rules for records, masks on fields."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from builder.acts.base import Act, BadAct, Document, Done, find, first_text, free_key, item_at, keys_in, slug, texts
from builder.structure import MISSING

RULE_VERBS = ("read", "update", "delete")
SWITCHES = ("create", "export")
_MASKS = ("hidden", "read_only")
_WORDS = ("all", "own", "team")


LEVELS: Mapping[str, Mapping[str, Any]] = {
    "none": {},
    "read": {"read": ["all"]},
    "own": {"read": ["own"], "create": True, "update": ["own"]},
    "work": {"read": ["all"], "create": True, "update": ["all"]},
    "all": {"read": ["all"], "create": True, "update": ["all"], "delete": ["all"], "export": True},
}
"""Usual rights on one table, from nothing to everything."""


def new_role(document: Document, act: Act, published: Document) -> Done:
    """{"label", "like"?}: a role that may do nothing yet; like: the key of another role, or a level for all tables of the app."""
    label, like = texts(act.get("label")), str(act.get("like") or "none")
    taken = {*keys_in(document, "roles"), *keys_in(published, "roles")}
    base = slug(first_text(label))
    key = free_key(base, taken) if base else free_key("role", taken, numbered=True)
    value: dict[str, Any] = {"key": key, "label": label, "grants": []}
    if like in keys_in(document, "roles"):
        model = item_at(document, f"roles/{like}")
        value |= copy.deepcopy({name: model[name] for name in ("grants", "dashboards") if name in model})
    elif like in LEVELS:
        tables = keys_in(document, "entities") if LEVELS[like] else []
        value["grants"] = [{"entity": each, **copy.deepcopy(dict(LEVELS[like]))} for each in tables]
    else:
        raise BadAct("there is no such role")
    return Done([{"op": "add", "path": "roles", "value": value}], f"roles/{key}")


def set_level(document: Document, act: Act, published: Document) -> Done:
    """{"path": role, "entity", "value": a level}: the usual rights of that level; masks of fields stay."""
    level = str(act.get("value"))
    if level not in LEVELS:
        raise BadAct("there is no such right")
    if level == "none":
        return _changed(document, act, dict.fromkeys((*RULE_VERBS, *SWITCHES, *_MASKS)))
    return _changed(document, act, {**dict.fromkeys((*RULE_VERBS, *SWITCHES)), **copy.deepcopy(dict(LEVELS[level]))})


def level_of(grant: Mapping[str, Any]) -> str:
    """The level that a grant is; empty when it is like none of them."""
    said = {name: grant.get(name) for name in (*RULE_VERBS, *SWITCHES) if grant.get(name)}
    return next((name for name, level in LEVELS.items() if dict(level) == said), "")


def set_right(document: Document, act: Act, published: Document) -> Done:
    """{"path": role, "entity", "verb", "value"}: for create and export true or false, else a list of rules."""
    verb, value = str(act["verb"]), act.get("value")
    if verb in SWITCHES:
        return _changed(document, act, {verb: bool(value)})
    if verb not in RULE_VERBS or not isinstance(value, list):
        raise BadAct("there is no such right")
    return _changed(document, act, {verb: value})


def set_rule(document: Document, act: Act, published: Document) -> Done:
    """{"path": role, "entity", "verb", "rule": "all", "own", "team" or "condition", "value"}: one rule on or off; for a condition
    the value is its tree, an empty one takes it away."""
    verb, rule, value = str(act["verb"]), str(act["rule"]), act.get("value")
    grant = grant_of(document, str(act["path"]), str(act["entity"]))
    rules = [copy.deepcopy(each) for each in grant.get(verb) or ()]
    if rule == "condition":
        rest = [each for each in rules if not isinstance(each, Mapping)]
        rules = [*rest, *([value] if isinstance(value, Mapping) and value else [])]
    elif rule in _WORDS and verb in RULE_VERBS:
        rules = [each for each in rules if each != rule]
        rules = [rule, *rules] if value else rules
    else:
        raise BadAct("there is no such rule")
    return _changed(document, act, {verb: rules})


def set_mask(document: Document, act: Act, published: Document) -> Done:
    """{"path": role, "entity", "field", "value": "", "read_only" or "hidden"}: what the role may see of a field."""
    field, value = str(act["field"]), str(act.get("value") or "")
    if value not in ("", *_MASKS):
        raise BadAct("there is no such mask")
    grant = grant_of(document, str(act["path"]), str(act["entity"]))
    masks = {name: [each for each in grant.get(name) or () if each != field] for name in _MASKS}
    if value:
        masks[value].append(field)
    return _changed(document, act, masks)


def grant_of(document: Document, role: str, entity: str) -> dict[str, Any]:
    """What the role may do with the entity; an empty grant when nothing. Raises BadAct when there is no such role."""
    item_at(document, role)
    found = find(document, f"{role}/grants/{entity}")
    return dict(found) if isinstance(found, Mapping) else {"entity": entity}


def _changed(document: Document, act: Act, changes: Mapping[str, Any]) -> Done:
    """The grant with changes; what says nothing is not written down, a grant that says nothing goes."""
    role, entity = str(act["path"]), str(act["entity"])
    path = f"{role}/grants/{entity}"
    grant = {**grant_of(document, role, entity), **changes}
    grant = {name: value for name, value in grant.items() if name == "entity" or value not in (False, None, [])}
    there = find(document, path) is not MISSING
    if len(grant) == 1:
        return Done([{"op": "remove", "path": path}] if there else [], path)
    if there:
        return Done([{"op": "set", "path": path, "value": grant}], path)
    return Done([{"op": "add", "path": f"{role}/grants", "value": grant}], path)
