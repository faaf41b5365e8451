"""Acts on views: making them, their columns, their sort order, their type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.acts import steps
from builder.acts.base import Act, BadAct, Document, Done, find, first_text, free_key, item_at, keys_in, slug, texts
from builder.views import VIEW_TYPES

_MAX_SORT = 3
_CARD = "/options/card"
Operations = list[Mapping[str, Any]]


def new_view(document: Document, act: Act, published: Document) -> Done:
    """{"entity", "label", "type"?}: a view with the first columns of the entity; a kanban has its first choice field as columns."""
    entity = str(act["entity"])
    label = texts(act.get("label"))
    taken = {*keys_in(document, "views"), *keys_in(published, "views")}
    base = slug(first_text(label))
    key = free_key(base, taken) if base else free_key(f"{entity[:30]}_view", taken, numbered=True)
    kind = str(act.get("type") or "table")
    value: dict[str, Any] = {"key": key, "entity": entity, "type": kind, "label": label}
    value["columns"] = [{"key": each} for each in _short_fields(document, entity)]
    options = _starting_options(document, entity, kind)
    if options:
        value["options"] = options
    return Done([{"op": "add", "path": "views", "value": value}], f"views/{key}")


def remove_view(document: Document, act: Act, published: Document) -> Done:
    """{"path"}: takes a view away with the entries of the menu that lead to it."""
    path = str(act["path"])
    item_at(document, path)
    key = path.rpartition("/")[2]
    operations: Operations = []
    menu = _menu_without(document.get("menu") or [], key)
    if menu != (document.get("menu") or []):
        operations.append({"op": "set", "path": "menu", "value": menu})
    return Done([*operations, {"op": "remove", "path": path}])


def new_column(document: Document, act: Act, published: Document) -> Done:
    """{"list": columns of a view, or `…/options/card`, "key": path of a field, "after"?}: one more column, or field on the cards."""
    place, key = str(act["list"]), str(act["key"])
    if place.endswith(_CARD):
        return _card(document, place, key, act, is_new=True)
    if key in keys_in(document, place):
        raise BadAct("this column is there already")
    return Done([{"op": "add", "path": place, "value": {"key": key}, **_after(act)}], f"{place}/{key}")


def place_in_view(document: Document, act: Act, published: Document) -> Done:
    """As for other items; `…/options/card/amount` is a field on the cards of a board, another place in their order."""
    path = str(act["path"])
    place, _, key = path.rpartition("/")
    if not place.endswith(_CARD):
        return steps.place(document, act, published)
    if act.get("list") != place:
        raise BadAct("a field of the cards stays on them")
    return _card(document, place, key, act)


def remove_card_field(document: Document, act: Act, published: Document) -> Done:
    """{"path": `…/options/card/amount`}: takes a field off the cards."""
    place, _, key = str(act["path"]).rpartition("/")
    fields = _card_fields(document, place)
    if key not in fields:
        raise BadAct("this field is not on the cards")
    rest = [each for each in fields if each != key]
    return Done([{"op": "set", "path": place, "value": rest} if rest else {"op": "remove", "path": place}])


def _card(document: Document, place: str, key: str, act: Act, *, is_new: bool = False) -> Done:
    """The fields on the cards with one of them behind another; without `after` it comes last when it is new, else first."""
    fields = _card_fields(document, place)
    if is_new == (key in fields):
        raise BadAct("this field is on the cards already" if is_new else "this field is not on the cards")
    rest = [each for each in fields if each != key]
    after = act.get("after")
    if after is None:
        position = len(rest) if is_new and "after" not in act else 0
    elif after in rest:
        position = rest.index(str(after)) + 1
    else:
        raise BadAct("there is no such field on the cards")
    return Done([{"op": "set", "path": place, "value": [*rest[:position], key, *rest[position:]]}], f"{place}/{key}")


def _card_fields(document: Document, place: str) -> list[str]:
    item_at(document, place.removesuffix(_CARD))
    found = find(document, place)
    return [str(each) for each in found] if isinstance(found, list) else []


def set_sort(document: Document, act: Act, published: Document) -> Done:
    """{"path": view, "number", "part": "field" or "direction", "value"}: one of up to three sort keys; an empty field takes it away."""
    path, number = str(act["path"]), int(act["number"])
    sort = [str(each) for each in item_at(document, path).get("sort") or ()]
    if not 0 <= number <= min(len(sort), _MAX_SORT - 1):
        raise BadAct("there is no such sort key")
    old = sort[number] if number < len(sort) else ""
    value = str(act.get("value") or "")
    if act.get("part") == "direction":
        new = ("-" if value == "down" else "") + old.lstrip("-")
    else:
        new = ("-" if old.startswith("-") else "") + value if value else ""
    sort[number : number + 1] = [new] if new.lstrip("-") else []
    return Done([{"op": "set", "path": f"{path}/sort", "value": sort}])


def set_view_type(document: Document, act: Act, published: Document) -> Done:
    """{"path", "value"}: another type; options that it does not know go, those that it needs come."""
    path, kind = str(act["path"]), str(act["value"])
    found = VIEW_TYPES.find(kind)
    if found is None:
        raise BadAct("there is no such view type")
    view = item_at(document, path)
    known = found.options_schema["properties"]
    kept = {name: value for name, value in (view.get("options") or {}).items() if name in known}
    fits = {name: value for name, value in kept.items() if _type_fits(document, view, found.field_options.get(name, ()), value)}
    options = {**_starting_options(document, str(view.get("entity")), kind), **fits}
    return Done(
        [{"op": "set", "path": f"{path}/type", "value": kind}, {"op": "set", "path": f"{path}/options", "value": options}]
    )


def _type_fits(document: Document, view: Mapping[str, Any], types: tuple[str, ...], value: Any) -> bool:
    if not types or not isinstance(value, str):
        return True
    fields = _fields(document, str(view.get("entity")))
    return any(each["key"] == value and each.get("type") in types for each in fields)


def _fields(document: Document, entity: str) -> list[Mapping[str, Any]]:
    entities: list[Mapping[str, Any]] = list(document.get("entities") or ())
    found = next((each for each in entities if each.get("key") == entity), {})
    return list(found.get("fields") or ())


def _short_fields(document: Document, entity: str) -> list[str]:
    short = [
        each["key"]
        for each in _fields(document, entity)
        if each.get("type") not in ("long_text", "multi_select") and not _is_list(each)
    ]
    return short[:6] or ["created_at"]


def _is_list(field: Mapping[str, Any]) -> bool:
    return str((field.get("options") or {}).get("kind", "many_to_one")) != "many_to_one"


def _starting_options(document: Document, entity: str, kind: str) -> dict[str, Any]:
    """The options that a view of this type cannot be without."""
    found = VIEW_TYPES.find(kind)
    if found is None:
        raise BadAct("there is no such view type")
    options: dict[str, Any] = {}
    for name in found.options_schema.get("required", ()):
        types = found.field_options.get(name, ())
        options[name] = next((each["key"] for each in _fields(document, entity) if each.get("type") in types), "")
    if any(not each for each in options.values()):
        raise BadAct("a board needs a field with choices")
    return options


def _menu_without(items: list[Any], view: str) -> list[Any]:
    found = []
    for item in items:
        if item.get("items"):
            rest = _menu_without(item["items"], view)
            if rest:
                found.append({**item, "items": rest})
        elif item.get("view") != view:
            found.append(item)
    return found


def _after(act: Act) -> dict[str, Any]:
    return {"after": act["after"]} if "after" in act else {}
