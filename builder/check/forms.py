"""Forms show fields of their entity, tables of rows and lists that point at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from builder.check.place import Place, unknown_field
from builder.check.unique_keys import duplicate
from builder.check.values import value_problems
from builder.directory import EntityInfo
from builder.errors import Problem
from builder.fields import FIELD_TYPES
from builder.fields.link import MANY_TO_ONE, relation_kind
from builder.keys import qualified
from builder.model import Field, Form, FormItem, RelatedList, RowTable


def check(place: Place) -> Iterator[Problem]:
    """Problems of all forms."""
    for form in place.app.forms:
        path = f"forms/{form.key}"
        info = place.entity(form.entity)
        if info is None:
            yield place.missing_entity(f"{path}/entity", form.entity)
            continue
        yield from place.roles(f"{path}/roles", form.roles)
        yield from _pages(place, info, form, path)
        for section in form.sections:
            here = f"{path}/sections/{section.key}"
            yield from place.tree(f"{here}/show_when", section.show_when, info.name)
            for item in section.items:
                yield from _item(place, info, item, f"{here}/items/{item.key}")
        yield from _row_keys(form, path)
        for related in form.related:
            yield from _related(place, info, related, f"{path}/related/{related.key}")


def _pages(place: Place, info: EntityInfo, form: Form, path: str) -> Iterator[Problem]:
    known = {page.key for page in form.pages}
    for page in form.pages:
        yield from place.tree(f"{path}/pages/{page.key}/show_when", page.show_when, info.name)
    placed = [(f"sections/{each.key}", each.page) for each in form.sections]
    placed += [(f"related/{each.key}", each.page) for each in form.related]
    for here, key in placed:
        if key and key not in known:
            yield Problem(f"{path}/{here}/page", "unknown_page", "The form has no page “{name}”.", {"name": key})


def _item(place: Place, info: EntityInfo, item: FormItem, here: str) -> Iterator[Problem]:
    shows = [bool(item.field), bool(item.text or item.heading), bool(item.rows.entity)]
    if sum(shows) != 1:
        yield Problem(here, "field_or_text", "A form item shows either a field, a text or a table of rows.")
    if item.field and item.field not in info.fields:
        yield unknown_field(f"{here}/field", item.field)
    if item.rows.entity:
        yield from _rows(place, info, item.rows, f"{here}/rows")
    for name in ("show_when", "require_when", "read_only_when"):
        yield from place.tree(f"{here}/{name}", getattr(item, name), info.name)
    yield from _fill(place, info, item, f"{here}/fill")


def _fill(place: Place, info: EntityInfo, item: FormItem, here: str) -> Iterator[Problem]:
    field = info.fields.get(item.field)
    if item.fill and (not item.field or (field is not None and not _is_fillable(field))):
        yield Problem(here, "not_fillable", "Rules cannot fill this in.")
        return
    for rule in item.fill:
        yield from place.tree(f"{here}/{rule.key}/when", rule.when, info.name)
        if field is not None:
            yield from value_problems(place, info, field, rule.value, f"{here}/{rule.key}/value", typed=True)


def _is_fillable(field: Field) -> bool:
    return FIELD_TYPES.get(field.type).writable and (field.type != "relation" or relation_kind(field) == MANY_TO_ONE)


def _row_keys(form: Form, path: str) -> Iterator[Problem]:
    """What is sent for a table of rows has the item's key as its name: it must be free in the whole form."""
    items = [(section.key, item) for section in form.sections for item in section.items]
    fields = {item.field for _, item in items}
    seen: set[str] = set()
    for section, item in items:
        if not item.rows.entity:
            continue
        if item.key in seen or item.key in fields:
            yield duplicate(f"{path}/sections/{section}/items/{item.key}", item.key)
        seen.add(item.key)


def _rows(place: Place, info: EntityInfo, rows: RowTable, here: str) -> Iterator[Problem]:
    other = place.entity(rows.entity)
    if other is None:
        yield place.missing_entity(f"{here}/entity", rows.entity)
        return
    astray = list(_points_here(info, other, rows.field, f"{here}/field"))
    yield from astray
    names = Counter(column.key for column in rows.columns)
    for column in rows.columns:
        field = other.fields.get(column.key)
        if field is None:
            yield unknown_field(f"{here}/columns/{column.key}", column.key)
        elif (column.key == rows.field and not astray) or (
            field.type == "relation" and relation_kind(field) not in (MANY_TO_ONE, "many_to_many")
        ):
            yield Problem(
                f"{here}/columns/{column.key}", "not_a_column", "“{name}” cannot be a column here.", {"name": column.key}
            )
        if names[column.key] > 1:
            yield duplicate(f"{here}/columns/{column.key}", column.key)
            names[column.key] = 1
    if not rows.columns:
        yield Problem(f"{here}/columns", "no_columns", "A table of rows needs at least one column.")
    if rows.maximum and rows.minimum > rows.maximum:
        yield Problem(f"{here}/minimum", "out_of_range", "The least number of rows is greater than the greatest.")


def _points_here(info: EntityInfo, other: EntityInfo, field: str, path: str) -> Iterator[Problem]:
    if field not in other.fields:
        yield unknown_field(path, field)
    elif other.target(field) != info.name or relation_kind(other.fields[field]) != MANY_TO_ONE:
        yield Problem(path, "not_pointing_here", "“{name}” does not point at this entity.", {"name": field})


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
    yield from place.sort(f"{here}/sort", other, related.sort)
    yield from place.tree(f"{here}/filter", related.filter, other.name)
