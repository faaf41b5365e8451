"""Where the picked card of an automation stands, and what texts, formulas and conditions may name there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.acts.base import find
from builder.automations import STEP_TYPES, is_on
from builder.automations.scope import ExpressionScope, StepScope
from builder.check.automations import DirectorySurroundings
from builder.directory import Directory
from builder.keys import qualified
from runtime.context import Context
from runtime.drafts import Desk
from runtime.tables import EntityDef
from web.i18n import gettext as _
from web.render.automations.panel_inputs import Chip, chips_of, label_of_entity
from web.render.automations.words import label_text
from web.render.values import label_of, shown_type

_MOMENTS = ("date", "datetime", "created_at", "changed_at")


@dataclass(frozen=True)
class Place:
    """Where the picked card stands. raw: the whole automation."""

    ctx: Context
    desk: Desk
    raw: Mapping[str, Any]
    path: str
    pick: str

    @property
    def app(self) -> str:
        return self.desk.app

    def entity(self, name: Any) -> EntityDef | None:
        return self.ctx.catalog.find(qualified(self.app, str(name))) if name else None

    @property
    def own(self) -> EntityDef | None:
        """The entity of the automation's record."""
        return self.entity(self.raw.get("entity"))


@dataclass(frozen=True)
class Earlier:
    """What comes before the picked card. steps: those that are done before it; inside: the innermost repetition around it."""

    steps: tuple[Mapping[str, Any], ...]
    inside: Mapping[str, Any] | None

    @property
    def source(self) -> Mapping[str, Any]:
        """What the repetition goes through."""
        return (self.inside.get("in") or {}) if self.inside else {}


def entity_options(place: Place) -> list[tuple[str, str]]:
    """The tables of this app, then those of the apps that it needs."""
    document = place.desk.document
    own = [(str(each["key"]), label_text(each.get("label")) or str(each["key"])) for each in document.get("entities") or ()]
    needs = {str(each.get("app")) for each in document.get("needs") or ()}
    others = [
        (each.name, f"{label_text(place.ctx.catalog.apps[each.app].label)} › {label_of_entity(each)}")
        for each in place.ctx.catalog.entities()
        if each.app in needs
    ]
    return [*own, *others]


def moments_of(entity: EntityDef | None) -> list[tuple[str, str]]:
    """(key, label) of the fields that hold a day or a point in time."""
    fields = entity.fields.items() if entity is not None else ()
    return [(key, label_of(each)) for key, each in fields if shown_type(each)[0].name in _MOMENTS]


def earlier_at(place: Place) -> Earlier:
    """The steps before the picked card, without those that are skipped: they leave nothing behind."""
    parts = place.pick.split("/")
    found: list[Mapping[str, Any]] = []
    inside: Mapping[str, Any] | None = None
    for depth in range(3, len(parts)):
        siblings = find(place.desk.document, "/".join(parts[:depth]))
        if parts[depth - 1] not in ("steps", "else") or not isinstance(siblings, list):
            continue
        for step in siblings:
            if step.get("key") == parts[depth]:
                inside = step if step.get("type") == "each" and depth + 1 < len(parts) else inside
                break
            if is_on(step):
                found.append(step)
    return Earlier(tuple(found), inside)


def scope_at(place: Place) -> StepScope:
    """What expressions may name at the picked step."""
    around = DirectorySurroundings(Directory(place.ctx.catalog.apps))
    entity = qualified(place.app, str(place.raw["entity"])) if place.raw.get("entity") else ""
    record = around.scope(entity) if entity else None
    before = record if (place.raw.get("trigger") or {}).get("type") == "change" else None
    scope = StepScope(place.app, entity, around, ExpressionScope(record, before))
    earlier = earlier_at(place)
    for step in earlier.steps:
        found = STEP_TYPES.find(str(step.get("type")))
        if found is not None:
            records = scope.qualified(str(step.get("entity", ""))) if step.get("type") == "find" else ""
            scope = scope.after(str(step.get("key")), found.outputs(step, scope), records)
    if earlier.inside is not None:
        scope = next((inner for _path, _steps, inner in STEP_TYPES.get("each").inner(earlier.inside, scope)), scope)
    return scope


def item_at(place: Place, earlier: Earlier | None = None) -> EntityDef | None:
    """The entity of the item of the repetition around the picked card."""
    earlier = earlier or earlier_at(place)
    source, own = earlier.source, place.own
    if "step" in source:
        return next((place.entity(each.get("entity")) for each in earlier.steps if each.get("key") == source["step"]), None)
    if "relation" in source and own is not None:
        definition = own.fields.get(str(source["relation"]))
        return place.ctx.catalog.find(definition.target) if definition is not None and definition.target else None
    return None


def chips_at(place: Place, earlier: Earlier | None = None) -> list[Chip]:
    """What can be put into texts at the picked card."""
    earlier = earlier or earlier_at(place)
    return chips_of(
        place.ctx, place.own, list(earlier.steps), place.app, item_at(place, earlier), numbers="numbers" in earlier.source
    )


def names_at(place: Place) -> list[Chip]:
    """What texts and formulas may name at the picked card; before a change also what the record held then."""
    found, own = chips_at(place), place.own
    if own is not None and (place.raw.get("trigger") or {}).get("type") == "change":
        found += [
            Chip(f"before.{key}", _("before: %(field)s", field=label_of(each)))
            for key, each in own.fields.items()
            if each.kind in ("value", "stored", "many_to_one")
        ]
    return found
