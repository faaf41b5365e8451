"""Making, copying and taking away entities, together with what shows them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from builder.acts import filter_tables
from builder.acts.base import Act, Document, Done, first_text, free_key, item_at, keys_in, slug, texts
from builder.acts.forms import without_entity
from builder.acts.roles import LEVELS

_NAME = {"en": "Name", "zh-Hans": "名称", "zh-Hant": "名稱"}
_BASICS = {"en": "Details", "zh-Hans": "基本信息", "zh-Hant": "基本資訊"}
_ALL = {"en": "All", "zh-Hans": "全部", "zh-Hant": "全部"}
Operations = list[Mapping[str, Any]]


def new_entity(document: Document, act: Act, published: Document) -> Done:
    """{"label", "icon"?, "fields"?, "roles"?}: an entity with a name, a form, a list and an entry of the menu; with `fields`,
    those. roles: keys of the roles that may do everything with it; a label instead makes such a role."""
    label = texts(act.get("label"))
    taken = {*keys_in(document, "entities"), *keys_in(published, "entities")}
    wanted = slug(first_text(label))
    key = free_key(wanted, taken) if wanted else free_key("table", taken, numbered=True)
    fields = list(act.get("fields") or [{"key": "name", "type": "text", "label": _NAME, "required": True}])
    title = next((each["key"] for each in fields if each["type"] in ("text", "auto_number", "email", "phone")), "")
    entity = {"key": key, "label": label, "plural": label, "icon": act.get("icon") or "table", "fields": fields}
    if title:
        entity["title_field"] = title
    form: dict[str, Any] = {"key": free_key(f"{key}_form", keys_in(document, "forms")), "entity": key, "label": label}
    items = [{"key": each["key"], "field": each["key"]} for each in fields]
    form["sections"] = [{"key": "basic", "label": _BASICS, "columns": 2, "items": items}]
    shown = [each["key"] for each in fields if each["type"] != "long_text"][:8]
    columns = [{"key": each} for each in (*shown, "created_at")]
    view = {"key": free_key(f"all_{key}", keys_in(document, "views")), "entity": key, "label": _ALL, "columns": columns}
    operations: Operations = [
        {"op": "add", "path": "entities", "value": entity},
        {"op": "add", "path": "forms", "value": form},
        {"op": "add", "path": "views", "value": view},
        {"op": "add", "path": "menu", "value": {"key": free_key(key, keys_in(document, "menu")), "entity": key}},
    ]
    return Done([*operations, *_grants(document, act.get("roles") or (), key, published)], f"entities/{key}")


def _grants(document: Document, roles: Any, entity: str, published: Document) -> Operations:
    """Everything on a new entity for these roles."""
    grant = {"entity": entity, **copy.deepcopy(dict(LEVELS["all"]))}
    if isinstance(roles, Mapping):
        taken = {*keys_in(document, "roles"), *keys_in(published, "roles")}
        return [
            {"op": "add", "path": "roles", "value": {"key": free_key("user", taken), "label": texts(roles), "grants": [grant]}}
        ]
    return [{"op": "add", "path": f"roles/{each}/grants", "value": grant} for each in roles if each in keys_in(document, "roles")]


def copy_entity(document: Document, act: Act, published: Document) -> Done:
    """{"path"}: the entity once more, with its own forms, lists and an entry of the menu; without records."""
    path = str(act["path"])
    old = path.rpartition("/")[2]
    entity = copy.deepcopy(item_at(document, path))
    key = free_key(f"{old[:34]}_copy", {*keys_in(document, "entities"), *keys_in(published, "entities")})
    words = {"en": "{} copy", "zh-Hans": "{} 副本", "zh-Hant": "{} 副本"}
    for name in ("label", "plural"):
        if entity.get(name):
            entity[name] = {lang: words.get(lang, "{}").format(text) for lang, text in texts(entity[name]).items()}
    gone = {each["key"] for each in entity.get("fields", ()) if (each.get("options") or {}).get("kind") == "one_to_many"}
    entity |= {"key": key, "fields": [each for each in entity.get("fields", ()) if each["key"] not in gone]}
    operations: Operations = [{"op": "add", "path": "entities", "value": entity, "after": old}]
    for section in ("forms", "views"):
        taken = set(keys_in(document, section))
        for each in document.get(section) or ():
            if each.get("entity") == old:
                twin = {**copy.deepcopy(each), "key": free_key(f"{each['key'][:34]}_copy", taken), "entity": key}
                taken.add(twin["key"])
                operations.append({"op": "add", "path": section, "value": _without(twin, gone)})
    operations.append({"op": "add", "path": "menu", "value": {"key": free_key(key, keys_in(document, "menu")), "entity": key}})
    for role in document.get("roles") or ():
        grant = next((each for each in role.get("grants") or () if each.get("entity") == old), None)
        if grant is not None:
            operations.append(
                {"op": "add", "path": f"roles/{role['key']}/grants", "value": {**copy.deepcopy(grant), "entity": key}}
            )
    return Done(operations, f"entities/{key}")


def remove_entity(document: Document, act: Act, published: Document) -> Done:
    """{"path"}: takes the entity away with its forms, lists, pipelines, entries of the menu and rights."""
    path = str(act["path"])
    item_at(document, path)
    key = path.rpartition("/")[2]
    operations: Operations = []
    views = {each["key"] for each in document.get("views") or () if each.get("entity") == key}
    for section in ("forms", "views", "pipelines"):
        for each in document.get(section) or ():
            if each.get("entity") == key:
                operations.append({"op": "remove", "path": f"{section}/{each['key']}"})
    operations += without_entity(document, key)
    operations += filter_tables.without_entity(document, key)
    menu = _menu_without(document.get("menu") or [], key, views)
    if menu != (document.get("menu") or []):
        operations.append({"op": "set", "path": "menu", "value": menu})
    for role in document.get("roles") or ():
        if any(grant.get("entity") == key for grant in role.get("grants") or ()):
            operations.append({"op": "remove", "path": f"roles/{role['key']}/grants/{key}"})
    return Done([*operations, {"op": "remove", "path": path}])


def _menu_without(items: list[Any], entity: str, views: set[str]) -> list[Any]:
    found = []
    for item in items:
        if item.get("items"):
            rest = _menu_without(item["items"], entity, views)
            if rest:
                found.append({**item, "items": rest})
        elif item.get("entity") != entity and item.get("view") not in views:
            found.append(item)
    return found


def _without(item: dict[str, Any], fields: set[str]) -> dict[str, Any]:
    """A form or view without some fields; what points at the first entity does not point at its copy."""
    item.pop("related", None)
    if "columns" in item:
        item["columns"] = [each for each in item["columns"] if each["key"] not in fields]
    for section in item.get("sections") or ():
        section["items"] = [
            each for each in section.get("items") or () if each.get("field") not in fields and not each.get("rows")
        ]
    return item
