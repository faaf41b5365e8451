"""What the dashboard designer shows beside the document: live tiles of the draft, and what can be set of the picked one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from builder.acts.base import find
from builder.codec import decode
from builder.expressions.types import MOMENTS, NUMBERS, Type
from builder.keys import qualified
from builder.label import Label
from builder.model import Tile
from builder.tile_grid import arranged, spot_of
from builder.tiles import TILE_TYPES, TileType
from runtime.context import Context
from runtime.drafts import Desk
from runtime.tables import MANY_TO_ONE, ONE_TO_MANY, EntityDef, FieldDef
from web.i18n import gettext as _
from web.i18n import mark, translate
from web.render.design import text_of
from web.render.design_filters import sound_filters
from web.render.design_shortcuts import shortcut_inputs
from web.render.design_view import sortable_fields
from web.render.options import OptionInput, option_inputs
from web.render.tiles import OpenFilter, ShownTile, open_filters, shown_tile, tile_label
from web.render.tiles.words import MEASURES, TILE_NAMES
from web.render.values import entity_label, label_of

UNITS = {
    "day": mark("Day"),
    "week": mark("Week"),
    "month": mark("Month"),
    "quarter": mark("Quarter"),
    "year": mark("Year"),
}
_PARTS = {
    "measure": mark("Measure"),
    "group": mark("Group"),
    "filter": mark("Filter"),
    "compare": mark("Comparison"),
    "columns": mark("Columns"),
    "sort": mark("Sort order"),
    "target": mark("Target"),
    "limit": mark("Limit"),
}


@dataclass(frozen=True)
class DraftTile:
    """A tile on the canvas."""

    path: str
    key: str
    label: str
    type: str
    place: Mapping[str, int]
    shown: ShownTile | None
    problems: tuple[str, ...] = ()


def type_choices() -> list[tuple[TileType, str, str]]:
    """(type, name, what it is for) of all tile types."""
    return [(each, _(TILE_NAMES[each.name][0]), _(TILE_NAMES[each.name][1])) for each in TILE_TYPES if each.name in TILE_NAMES]


def draft_tiles(ctx: Context, looked: Context, desk: Desk, path: str) -> list[DraftTile]:
    """The tiles of a dashboard of the draft, with what is in force as their data. ctx: published; looked: the draft."""
    documents = {each["key"]: each for each in (find(desk.document, path) or {}).get("tiles") or ()}
    filters = open_filters(ctx, desk.app, sound_filters(desk, path))
    return [
        _draft_tile(ctx, looked, desk, f"{path}/tiles/{spot.key}", documents[spot.key], spot, filters)
        for spot in arranged(spot_of(each) for each in documents.values())
    ]


def _draft_tile(
    ctx: Context, looked: Context, desk: Desk, path: str, document: Mapping[str, Any], spot: Any, filters: list[OpenFilter]
) -> DraftTile:
    place = {"x": spot.x, "y": spot.y, "w": spot.w, "h": spot.h}
    problems = tuple(
        dict.fromkeys(translate(each) for each in desk.problems if each.path == path or each.path.startswith(f"{path}/"))
    )
    key, kind = spot.key, str(document.get("type"))
    label = text_of(document.get("label"), key)
    if problems:
        return DraftTile(path, key, label, kind, place, None, problems)
    tile = decode(Tile, document)
    label = tile_label(looked, desk.app, tile)
    missing = _not_published(ctx, looked, desk.app, tile)
    if missing:
        return DraftTile(path, key, label, kind, place, ShownTile(tile, label, problem=missing))
    shown = shown_tile(ctx, desk.app, tile, filters)
    return DraftTile(path, key, label, kind, place, replace(shown, label=label) if shown else None)


def _not_published(ctx: Context, looked: Context, app: str, tile: Tile) -> str:
    """Why a sound tile has no data yet."""
    if not tile.entity:
        return ""
    name = qualified(app, tile.entity)
    published, drawn = ctx.catalog.find(name), looked.catalog.find(name)
    if published is None:
        return _("This table is not published yet; its figures come with publishing.")
    fields = drawn.fields if drawn else {}
    new = [label_of(fields[key]) for key in _first_steps(tile) if key in fields and key not in published.fields]
    return _("Not published yet: %(fields)s. Figures come with publishing.", fields=", ".join(new)) if new else ""


def _first_steps(tile: Tile) -> list[str]:
    groups = [each["field"] if isinstance(each, Mapping) else each for each in tile.group]
    named = [str((tile.measure or {}).get("field", "")), *groups, str((tile.compare or {}).get("field", "")), *tile.columns]
    return [each.lstrip("-").split(".")[0] for each in (*named, *tile.sort, *map(str, tile.options.values()))]


def tile_panel(looked: Context, desk: Desk, path: str) -> dict[str, Any] | None:
    """What can be set of a tile; None when it is gone."""
    document = find(desk.document, path)
    kind = TILE_TYPES.find(str(document.get("type"))) if isinstance(document, dict) else None
    if not isinstance(document, dict):
        return None
    entity = looked.catalog.find(qualified(desk.app, str(document.get("entity")))) if document.get("entity") else None
    return {
        "path": path,
        "tile": document,
        "kind": kind,
        "label": document.get("label"),
        "title": text_of(document.get("label")),
        "auto": _auto_label(looked, desk.app, document),
        "types": [(each.name, name) for each, name, _help in type_choices()],
        "entities": entity_choices(looked, desk, str(document.get("entity", ""))),
        "problems": [translate(each) for each in desk.problems if each.path == path or each.path.startswith(f"{path}/")],
        **(_of_records(looked, entity, kind, document) if entity is not None and kind is not None else {}),
        "options": _options(entity, kind, document, path),
        "links": shortcut_inputs(desk, document, path) if kind is not None and kind.name == "shortcuts" else None,
    }


def _auto_label(looked: Context, app: str, document: Mapping[str, Any]) -> str:
    """What the tile is called as long as nobody names it."""
    try:
        return tile_label(looked, app, replace(decode(Tile, document), label=Label()))
    except (TypeError, KeyError, AttributeError):
        return ""


def entity_choices(looked: Context, desk: Desk, chosen: str = "") -> list[tuple[str, str]]:
    """(reference, label) of the tables: those of the app, then those of others with the app's name."""
    found = []
    for entity in sorted(looked.catalog.entities(), key=lambda each: each.app != desk.app):
        label = entity_label(entity, plural=True)
        if entity.app == desk.app:
            found.append((entity.key, label))
        else:
            found.append((entity.name, f"{text_of(looked.catalog.documents[entity.app].get('label'), entity.app)} · {label}"))
    known = {reference for reference, _label in found}
    return [*([(chosen, chosen)] if chosen and chosen not in known else []), *found]


def _of_records(looked: Context, entity: EntityDef, kind: TileType, document: Mapping[str, Any]) -> dict[str, Any]:
    measure, compare = document.get("measure") or {"op": "count"}, document.get("compare") or {}
    numbers = fields_of(entity, NUMBERS)
    sort = [str(each) for each in document.get("sort") or ()][:3]
    return {
        "measures": [(name, _(text)) for name, text in MEASURES.items() if name == "count" or numbers],
        "measure": measure,
        "numbers": with_chosen(numbers, measure.get("field")),
        "groups": _groups(looked, entity, kind, document),
        "units": [(name, _(text)) for name, text in UNITS.items()],
        "moments": with_chosen(fields_of(entity, MOMENTS), compare.get("field")),
        "compare": compare,
        "columns": [(each, _label(looked, entity, each)) for each in document.get("columns") or ()],
        "spare": [each for each in column_choices(looked, entity) if each[0] not in (document.get("columns") or ())],
        "sort": [(each.lstrip("-"), each.startswith("-")) for each in sort] + ([("", False)] if len(sort) < 3 else []),
        "sortable": sortable_fields(entity),
    }


def _groups(looked: Context, entity: EntityDef, kind: TileType, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The group inputs: one more than there are groups, as far as the type can show them."""
    choices = group_choices(looked, entity)
    given = list(document.get("group") or ())
    found = []
    for number in range(min(len(given) + 1, kind.groups)):
        group = given[number] if number < len(given) else ""
        name = group["field"] if isinstance(group, Mapping) else group
        unit = group.get("by", "") if isinstance(group, Mapping) else ""
        value = next((each for each, _text in choices if each.partition("@")[0] == name), name)
        found.append({"number": number, "value": value, "by": unit, "choices": with_chosen(choices, value)})
    return found


def group_choices(looked: Context, entity: EntityDef) -> list[tuple[str, str]]:
    """(path, label) of what records can be grouped by; dates begin with months."""
    found = []
    for path, label, definition in reachable_fields(looked, entity):
        kind = definition.type.expression_type(definition.field)
        if (
            kind in (Type.REFS, Type.ANY)
            or definition.field.type in ("long_text", "id", "version")
            or definition.key in ("id", "version")
        ):
            continue
        found.append((f"{path}@month" if kind in MOMENTS else path, label))
    return found


def column_choices(looked: Context, entity: EntityDef) -> list[tuple[str, str]]:
    """(path, label) of what can be a column of a list."""
    return [
        (path, label)
        for path, label, definition in reachable_fields(looked, entity)
        if definition.kind != ONE_TO_MANY and definition.key != "version"
    ]


def fields_of(entity: EntityDef, kinds: frozenset[Type]) -> list[tuple[str, str]]:
    """(key, label) of the entity's own fields with such values."""
    return [
        (each.key, label_of(each))
        for each in sorted(entity.fields.values(), key=lambda one: one.kind == "system")
        if each.type.expression_type(each.field) in kinds and each.key not in ("id", "version")
    ]


def reachable_fields(looked: Context, entity: EntityDef) -> list[tuple[str, str, FieldDef]]:
    """Fields of the entity, declared ones first, then those one step away."""
    own = sorted(entity.fields.values(), key=lambda each: each.kind == "system")
    found = [(each.key, label_of(each), each) for each in own]
    for relation in own:
        other = looked.catalog.find(relation.target) if relation.target and relation.kind == MANY_TO_ONE else None
        there = [each for each in other.fields.values() if each.kind != "system"] if other else []
        found += [(f"{relation.key}.{each.key}", f"{label_of(relation)} · {label_of(each)}", each) for each in there]
    return found


def _label(looked: Context, entity: EntityDef, path: str) -> str:
    return next((label for known, label, _field in reachable_fields(looked, entity) if known == path), path)


def with_chosen(choices: list[tuple[str, str]], chosen: str | None) -> list[tuple[str, str]]:
    """The choices, and what is chosen even when it is none of them: it must not look like the first one."""
    return [*([(chosen, chosen)] if chosen and chosen not in dict(choices) else []), *choices]


def _options(entity: EntityDef | None, kind: TileType | None, document: Mapping[str, Any], path: str) -> list[OptionInput]:
    if kind is None:
        return []
    found = []
    for each in option_inputs(kind.options_schema, document.get("options") or {}, f"{path}/options", without=("links", "text")):
        kinds = kind.field_options.get(each.name)
        if kinds is not None and entity is not None:
            fits = [
                (one.key, label_of(one))
                for one in sorted(entity.fields.values(), key=lambda one: one.kind == "system")
                if one.type.expression_type(one.field) in kinds
            ]
            none = () if each.required else (("", "–"),)
            found.append(replace(each, kind="choice", choices=(*none, *with_chosen(fits, each.value))))
        else:
            found.append(each)
    return found


def told_words(names: str) -> list[str]:
    """What an act had to take away, in words."""
    return [_(_PARTS.get(each, mark("Options"))) for each in names.split(",") if each]
