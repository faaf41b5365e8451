"""People and teams as ends of a path: `owner.name`, `team.name`. They are open to every member."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from builder.fields import FIELD_TYPES
from builder.model import Entity, Field
from runtime.platform.people import Team, User
from runtime.tables import VALUE, EntityDef, FieldDef


def _entity(name: str, table: sa.Table, keys: tuple[str, ...]) -> EntityDef:
    kind = FIELD_TYPES.get("text")
    fields = {key: FieldDef(Field(key, "text"), kind, VALUE, "", table.c[key]) for key in keys}
    identity = FieldDef(Field("id", "id"), FIELD_TYPES.get("id"), VALUE, "", table.c.id)
    entity = Entity(name, title_field="name")
    return EntityDef(name, "", entity, table, {"id": identity, **fields})


PEOPLE = _entity("person", cast("sa.Table", User.__table__), ("name", "email"))
TEAMS = _entity("team", cast("sa.Table", Team.__table__), ("name",))


def platform_target(field: FieldDef) -> EntityDef | None:
    """Where a person or team field leads, or None for other fields."""
    kind = field.type.expression_type(field.field).value
    return {"person": PEOPLE, "team": TEAMS}.get(kind)
