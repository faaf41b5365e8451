"""Views name fields that exist and can do what the view asks of them."""

from __future__ import annotations

from collections.abc import Iterator

from builder.check.place import Place, unknown_field
from builder.directory import EntityInfo
from builder.errors import Problem
from builder.fields.choice import choices
from builder.model import View
from builder.views import VIEW_TYPES


def check(place: Place) -> Iterator[Problem]:
    """Problems of all views."""
    for view in place.app.views:
        path = f"views/{view.key}"
        info = place.entity(view.entity)
        if info is None:
            yield place.missing_entity(f"{path}/entity", view.entity)
            continue
        yield from place.paths(f"{path}/columns", info, (column.key for column in view.columns))
        yield from place.tree(f"{path}/filter", view.filter, info.name)
        yield from place.sort(f"{path}/sort", info, view.sort)
        for rule in view.colors:
            yield from place.tree(f"{path}/colors/{rule.key}/when", rule.when, info.name)
        yield from place.roles(f"{path}/roles", view.roles)
        yield from place.roles(f"{path}/opens_for", view.opens_for)
        yield from _options(place, view, info, path)


def _options(place: Place, view: View, info: EntityInfo, path: str) -> Iterator[Problem]:
    kind = VIEW_TYPES.find(view.type)
    if kind is None:
        yield Problem(f"{path}/type", "unknown_view_type", "There is no view type “{name}”.", {"name": view.type})
        return
    for name, types in kind.field_options.items():
        key = view.options.get(name)
        field = place.directory.field(info.name, key) if key else None
        if key and field is None:
            yield unknown_field(f"{path}/options/{name}", key)
        elif field is not None and types and field.type not in types:
            yield Problem(
                f"{path}/options/{name}", "wrong_field_type", "“{name}” has a type that does not fit here.", {"name": key}
            )
    yield from place.paths(f"{path}/options/card", info, view.options.get("card", ()))
    group = info.fields.get(str(view.options.get("group")))
    known = {str(each["key"]) for each in choices(group)} if group else set()
    for key in view.options.get("hidden", ()):
        if known and key not in known:
            yield Problem(f"{path}/options/hidden", "unknown_choice", "“{key}” is not one of the choices.", {"key": key})
