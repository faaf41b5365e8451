"""Entities and their fields: keys, types, options, references."""

from __future__ import annotations

from collections.abc import Iterator

from builder.check.place import Place, sortable, unknown_field
from builder.check.unique_keys import duplicate
from builder.check.values import value_problems
from builder.directory import EntityInfo
from builder.errors import Problem
from builder.fields import FIELD_TYPES
from builder.fields.link import MANY_TO_ONE, ONE_TO_MANY, relation_kind
from builder.keys import RESERVED_FIELDS, qualified
from builder.model import Entity, Field

_TITLE_TYPES = ("text", "auto_number", "formula", "email", "phone", "long_text")
_NOT_UNIQUE = ("boolean", "multi_select", "formula", "long_text")


def check(place: Place) -> Iterator[Problem]:
    """Problems of all entities and extensions of the app."""
    for entity in place.app.entities:
        info = place.entity(entity.key)
        if info is not None:
            yield from _entity(place, entity, info)
    taken: dict[str, set[str]] = {}
    for extension in place.app.extends:
        path = f"extends/{extension.key}"
        info = place.entity(extension.entity)
        if info is None:
            yield place.missing_entity(f"{path}/entity", extension.entity)
        elif info.app.key == place.app.key:
            yield Problem(
                f"{path}/entity", "own_entity", "An app extends entities of other apps; add the field to the entity itself."
            )
        else:
            # Several extensions may add to one entity; their fields stand side by side there.
            declared = taken.setdefault(info.name, {field.key for field in info.entity.fields})
            yield from _clashes(place, declared, extension.fields, path)
            yield from _fields(place, info, extension.fields, path)


def _clashes(place: Place, declared: set[str], fields: tuple[Field, ...], path: str) -> Iterator[Problem]:
    added = {f"{place.app.key}_{field.key}" for field in fields}
    for field in fields:
        if f"{place.app.key}_{field.key}" in declared:
            yield duplicate(f"{path}/fields/{field.key}", field.key)
    declared |= added


def _entity(place: Place, entity: Entity, info: EntityInfo) -> Iterator[Problem]:
    path = f"entities/{entity.key}"
    if "__" in entity.key:
        yield Problem(path, "bad_key", "A key may not hold two underscores in a row.")
    yield from _fields(place, info, entity.fields, path)
    if entity.title_field:
        yield from _typed(
            f"{path}/title_field",
            info,
            entity.title_field,
            _TITLE_TYPES,
            "The title must be a text, an automatic number or a formula.",
        )
    if entity.owner_field:
        yield from _typed(f"{path}/owner_field", info, entity.owner_field, ("person",), "The owner must be a person field.")
    yield from place.paths(f"{path}/search_fields", info, entity.search_fields, own=True)
    for index in entity.indexes:
        yield from _index(f"{path}/indexes/{index.key}/fields", info, index.fields)
    for rule in entity.rules:
        yield from place.tree(f"{path}/rules/{rule.key}/condition", rule.condition, info.name)
        if rule.field:
            yield from place.paths(f"{path}/rules/{rule.key}/field", info, (rule.field,), own=True)


def _index(path: str, info: EntityInfo, keys: tuple[str, ...]) -> Iterator[Problem]:
    for key in keys:
        field = info.fields.get(key)
        if field is None:
            yield unknown_field(path, key)
        elif not sortable(field):
            yield Problem(path, "not_sortable", "One cannot sort by “{name}”.", {"name": key})


def _typed(path: str, info: EntityInfo, key: str, types: tuple[str, ...], message: str) -> Iterator[Problem]:
    field = info.fields.get(key)
    if field is None:
        yield unknown_field(path, key)
    elif field.type not in types:
        yield Problem(path, "wrong_field_type", message)


def _fields(place: Place, info: EntityInfo, fields: tuple[Field, ...], path: str) -> Iterator[Problem]:
    for field in fields:
        here = f"{path}/fields/{field.key}"
        if field.key in RESERVED_FIELDS:
            yield Problem(here, "reserved_key", "The key “{key}” is taken by the system; choose another one.", {"key": field.key})
        kind = FIELD_TYPES.get(field.type)
        yield from (problem.under(here) for problem in kind.check_options(field))
        if field.unique and (field.type in _NOT_UNIQUE or kind.column_type(field) is None):
            yield Problem(f"{here}/unique", "not_unique", "Values of this type cannot be unique.")
        yield from _default(place, field, here, info)
        if field.type == "relation":
            yield from _relation(place, field, here, info)


def _default(place: Place, field: Field, here: str, info: EntityInfo) -> Iterator[Problem]:
    if field.default is None:
        return
    if not FIELD_TYPES.get(field.type).writable:
        yield Problem(f"{here}/default", "no_default", "A field of this type has no default.")
        return
    yield from value_problems(place, info, field, field.default, f"{here}/default", typed=False)


def _relation(place: Place, field: Field, here: str, info: EntityInfo) -> Iterator[Problem]:
    reference = field.options["to"]
    target = place.entity(reference)
    if target is None:
        yield place.missing_entity(f"{here}/options/to", reference)
        return
    owner = target.app.key
    if owner != place.app.key and owner not in {need.app for need in place.app.needs}:
        yield Problem(f"{here}/options/to", "missing_need", "The app must list “{app}” under its needs.", {"app": owner})
    inverse = field.options.get("inverse")
    if relation_kind(field) == ONE_TO_MANY and inverse:
        back = target.fields.get(inverse)
        points_here = back is not None and back.type == "relation" and relation_kind(back) == MANY_TO_ONE
        if not points_here or target.target(inverse) != qualified(place.app.key, info.name):
            yield Problem(
                f"{here}/options/inverse",
                "bad_inverse",
                "“{name}” is not a field over there that points here.",
                {"name": inverse},
            )
