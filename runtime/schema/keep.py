"""What an upgrade must not take away: entities and fields that hold data or that somebody here has built on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from runtime.context import Context
from runtime.schema.usage import users_of_entity, users_of_field
from runtime.tables import FieldDef


def kept_items(ctx: Context, app: str, base: Mapping[str, Any]) -> Callable[[str], bool]:
    """Whether the item at a path of this app's document stays although its template no longer has it."""
    shipped = {key: document for key, document in ctx.catalog.documents.items() if key != app} | {app: base}

    def keeps(path: str) -> bool:
        parts = path.split("/")
        if parts[0] not in ("entities", "extends") or len(parts) not in (2, 4):
            return False
        if len(parts) == 2 and parts[0] == "entities":
            return _entity_in_use(ctx, f"{app}.{parts[1]}", shipped)
        if len(parts) == 4 and parts[2] == "fields":
            return _field_in_use(ctx, app, parts, shipped)
        return False

    return keeps


def _entity_in_use(ctx: Context, name: str, shipped: Mapping[str, Any]) -> bool:
    entity = ctx.catalog.find(name)
    if entity is None:
        return False
    if ctx.connection.scalar(sa.select(sa.literal(1)).select_from(entity.table).limit(1)):
        return True
    return bool(set(users_of_entity(ctx.catalog.documents, name)) - set(users_of_entity(shipped, name)))


def _field_in_use(ctx: Context, app: str, parts: list[str], shipped: Mapping[str, Any]) -> bool:
    for entity in ctx.catalog.entities():
        for field in entity.fields.values():
            own = entity.name == f"{app}.{parts[1]}" and field.key == parts[3] and parts[0] == "entities"
            added = parts[0] == "extends" and field.app == app and field.key == f"{app}_{parts[3]}" and entity.app != app
            if own or added:
                here = users_of_field(ctx.catalog.documents, entity.name, field.key)
                return _has_values(ctx, field) or bool(set(here) - set(users_of_field(shipped, entity.name, field.key)))
    return False


def _has_values(ctx: Context, field: FieldDef) -> bool:
    if field.link is not None:
        return bool(ctx.connection.scalar(sa.select(sa.literal(1)).select_from(field.link).limit(1)))
    if field.column is None or field.is_formula:
        return False
    return bool(ctx.connection.scalar(sa.select(sa.literal(1)).where(field.column.is_not(None)).limit(1)))
