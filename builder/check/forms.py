"""Forms show fields of their entity and lists that point at it."""

from __future__ import annotations

from collections.abc import Iterator

from builder.check.place import Place, unknown_field
from builder.directory import EntityInfo
from builder.errors import Problem
from builder.keys import qualified
from builder.model import FormItem, RelatedList


def check(place: Place) -> Iterator[Problem]:
    """Problems of all forms."""
    for form in place.app.forms:
        path = f"forms/{form.key}"
        info = place.entity(form.entity)
        if info is None:
            yield place.missing_entity(f"{path}/entity", form.entity)
            continue
        yield from place.roles(f"{path}/roles", form.roles)
        for section in form.sections:
            here = f"{path}/sections/{section.key}"
            yield from place.tree(f"{here}/show_when", section.show_when, info.name)
            for item in section.items:
                yield from _item(place, info, item, f"{here}/items/{item.key}")
        for related in form.related:
            yield from _related(place, info, related, f"{path}/related/{related.key}")


def _item(place: Place, info: EntityInfo, item: FormItem, here: str) -> Iterator[Problem]:
    if bool(item.field) == bool(item.text):
        yield Problem(here, "field_or_text", "A form item shows either a field or a text.")
    if item.field and item.field not in info.fields:
        yield unknown_field(f"{here}/field", item.field)
    for name in ("show_when", "require_when", "read_only_when"):
        yield from place.tree(f"{here}/{name}", getattr(item, name), info.name)


def _related(place: Place, info: EntityInfo, related: RelatedList, here: str) -> Iterator[Problem]:
    other = place.entity(related.entity)
    if other is None:
        yield place.missing_entity(f"{here}/entity", related.entity)
        return
    if related.field not in other.fields:
        yield unknown_field(f"{here}/field", related.field)
    elif other.target(related.field) != qualified(place.app.key, info.name):
        yield Problem(f"{here}/field", "not_pointing_here", "“{name}” does not point at this entity.", {"name": related.field})
    yield from place.paths(f"{here}/columns", other, related.columns)
