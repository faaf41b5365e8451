"""What a condition inside an automation may name beside the fields of its record: before the change, items, steps, settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.acts.base import find
from builder.fields import FIELD_TYPES
from builder.keys import qualified
from runtime.context import Context
from runtime.drafts import Desk
from web.i18n import gettext as _
from web.render.automations.panel_inputs import label_of_entity
from web.render.automations.panel_place import Place, earlier_at, item_at
from web.render.automations.words import label_text


def place_of(ctx: Context, desk: Desk, pick: str) -> Place | None:
    """The picked card of an automation."""
    parts = pick.split("/")
    path = "/".join(parts[:2])
    raw = find(desk.document, path) if parts[0] == "automations" and len(parts) > 2 else None
    return Place(ctx, desk, raw, path, pick) if isinstance(raw, Mapping) else None


def settings_of(place: Place) -> list[dict[str, str]]:
    """`[{"key", "label", "type"}]` of the automation's settings."""
    return [
        {"key": str(each["key"]), "label": label_text(each.get("label")) or str(each["key"]), "type": str(each.get("type"))}
        for each in place.raw.get("settings") or ()
    ]


def roots_of(place: Place) -> list[dict[str, str]]:
    """`[{"key", "label", "target"}]`: other records that paths may begin with."""
    found = []
    own = place.own
    if own is not None and (place.raw.get("trigger") or {}).get("type") == "change":
        found.append({"key": "before", "label": _("Before the change"), "target": own.name})
    item = item_at(place)
    if item is not None:
        found.append({"key": "item", "label": _("This one of the loop"), "target": item.name})
    for step in earlier_at(place).steps:
        entity = place.ctx.catalog.find(qualified(place.app, str(step.get("entity", ""))))
        if step.get("type") == "find" and entity is not None:
            name = _("%(name)s: the first one found", name=label_of_entity(entity))
            found.append({"key": f"steps.{step.get('key')}.first", "label": name, "target": entity.name})
    return found


def step_fields(place: Place) -> list[dict[str, Any]]:
    """Numbers that earlier steps leave, as fields of the rule builder."""
    found = []
    for step in earlier_at(place).steps:
        if step.get("type") in ("find", "update"):
            entity = place.ctx.catalog.find(qualified(place.app, str(step.get("entity", ""))))
            what = _("number found") if step["type"] == "find" else _("number changed")
            name = f"{label_of_entity(entity) if entity else step.get('key')}: {what}"
            found.append(_number(f"steps.{step.get('key')}.count", name))
    return found


def _number(key: str, label: str) -> dict[str, Any]:
    return {"key": key, "label": label, "kind": "number", "operators": list(FIELD_TYPES.get("number").operators)}
