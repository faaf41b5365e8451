"""A published form, and which of an entity's fields strangers may be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from builder.keys import qualified
from builder.model import Form
from runtime.catalog import Catalog
from runtime.records.plan import WritePlan
from runtime.tables import EntityDef

_NEVER_ASKED = frozenset({"person", "team", "relation", "auto_number"})


@dataclass(frozen=True)
class Place:
    """A published form with its entity."""

    app: str
    form: Form
    entity: EntityDef


def find_place(catalog: Catalog, app: str, form: str) -> Place | None:
    """The published form; None when there is none, or its entity is gone."""
    found = catalog.apps.get(app)
    definition = next((each for each in found.forms if each.key == form), None) if found else None
    entity = catalog.find(qualified(app, definition.entity)) if definition else None
    return Place(app, definition, entity) if definition and entity else None


def is_harmless(plan: WritePlan, key: str) -> bool:
    """Whether a field shows nothing of other records or people when strangers are asked for it."""
    definition = plan.writable.get(key)
    return definition is not None and definition.field.type not in _NEVER_ASKED and key not in plan.pipelines


def needed_fields(plan: WritePlan) -> list[str]:
    """Fields without which no record can be made: required ones, and those of the first stage."""
    keys = [each.key for each in plan.required]
    for _app, pipeline in plan.pipelines.values():
        keys += pipeline.stages[0].require if pipeline.stages else ()
    return list(dict.fromkeys(key for key in keys if key in plan.writable))


def has_default(plan: WritePlan, key: str) -> bool:
    """Whether a new record gets a value of this field by itself, whoever makes it."""
    default: Any = plan.writable[key].field.default
    is_me = isinstance(default, dict) and default.get("var") in ("me", "my_team")  # a visitor is nobody
    return key in plan.pipelines or (default is not None and not is_me)
