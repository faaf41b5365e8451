"""What the view designer shows beside the document: fields that can become columns, options, records of the preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from builder.expressions.types import MOMENTS
from builder.fields.choice import choices
from builder.model import View
from builder.views import VIEW_TYPES
from runtime.context import Context
from runtime.errors import BadRequest
from runtime.queries.listing import ListQuery, Page, list_records
from runtime.tables import MANY_TO_MANY, MANY_TO_ONE, ONE_TO_MANY, EntityDef, FieldDef
from web.i18n import gettext as _
from web.i18n import translate
from web.pages.board import board
from web.pages.view_screens import VIEW_SCREENS
from web.render.design import text_of
from web.render.open_view import OpenView, Tab
from web.render.options import OptionInput, option_inputs
from web.render.row_colours import colour_field, known_option, row_colours
from web.render.row_groups import group_page
from web.render.sentences import condition_as_sentence
from web.render.summaries import FIGURES, figures_for, summaries
from web.render.values import PathEnd, Values, label_of, path_end

PREVIEW_ROWS = 8
VIEW_NAMES = {name: each.title for name, each in VIEW_SCREENS.items()}


@dataclass(frozen=True)
class Spare:
    """A field that can become a column."""

    path: str
    label: str
    icon: str


def spare_fields(ctx: Context, entity: EntityDef, used: set[str]) -> tuple[list[Spare], list[tuple[str, list[Spare]]]]:
    """Fields of the entity that are no column yet, and, by relation, those one step away."""
    own = [_spare(each, each.key) for each in _in_order(entity) if _may_stand(each) and each.key not in used]
    steps = []
    for relation in entity.fields.values():
        other = ctx.catalog.find(relation.target) if relation.target and relation.kind == MANY_TO_ONE else None
        if other is not None:
            paths = [(each, f"{relation.key}.{each.key}") for each in _in_order(other) if _may_stand(each)]
            steps.append((label_of(relation), [_spare(each, path) for each, path in paths if path not in used]))
    return own, steps


def _in_order(entity: EntityDef) -> list[FieldDef]:
    """Declared fields first, what every record has after them."""
    return sorted(entity.fields.values(), key=lambda each: each.kind == "system")


def _may_stand(definition: FieldDef) -> bool:
    return definition.kind != ONE_TO_MANY and definition.key != "version"


def _spare(definition: FieldDef, path: str) -> Spare:
    return Spare(path, label_of(definition), getattr(definition.type, "icon", "") or "forms")


def sortable_fields(entity: EntityDef) -> list[tuple[str, str]]:
    """(key, label) of the fields that records can be sorted by."""
    return [
        (key, label_of(each))
        for key, each in ((one.key, one) for one in _in_order(entity))
        if each.type.sortable and each.column is not None
    ]


def view_options(entity: EntityDef, view: Mapping[str, Any], path: str) -> list[OptionInput]:
    """The inputs of the view type's options; those that name fields offer the fields that fit."""
    kind = VIEW_TYPES.find(str(view.get("type") or "table"))
    if kind is None:
        return []
    found = []
    group = entity.fields.get(str((view.get("options") or {}).get("group")))
    without = () if group is not None and group.type.expression_type(group.field) in MOMENTS else ("period",)
    for each in option_inputs(kind.options_schema, view.get("options") or {}, f"{path}/options", without=without):
        types = kind.field_options.get(each.name)
        if types is not None:
            fits = [(one.key, label_of(one)) for one in _in_order(entity) if _fits(one, types)]
            none = () if each.required else (("", "–"),)
            found.append(replace(each, kind="choice", choices=(*none, *fits)))
        elif each.name == "hidden":
            known = choices(group.field) if group is not None else ()
            named = [(str(one["key"]), text_of(one.get("label"), str(one["key"]))) for one in known]
            found.append(replace(each, kind="boxes", value=each.value or [], choices=tuple(named)))
        elif each.name != "card":  # those are chips on the canvas
            found.append(each)
    return found


def colour_rules(ctx: Context, entity: EntityDef | None, view: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    """The rules by which rows and cards are coloured, in words."""
    return [
        {
            **each,
            "path": f"{path}/colors/{each['key']}",
            "text": condition_as_sentence(ctx, entity, each["when"]) if entity and each.get("when") else _("no condition yet"),
        }
        for each in view.get("colors") or ()
    ]


def _fits(definition: FieldDef, types: tuple[str, ...]) -> bool:
    if definition.kind in (ONE_TO_MANY, MANY_TO_MANY) or definition.key in ("id", "version"):
        return False
    if types:
        return definition.field.type in types
    kind = definition.type.expression_type(definition.field)
    return definition.field.type in ("select", "person", "team", "boolean", "relation") or kind in MOMENTS


def preview(ctx: Context, looked: Context, name: str, view: View | None) -> dict[str, Any]:
    """The draft's view over the records that there are. What is not published yet has no values.

    ctx: with what is in force; looked: with the draft. `state` is shown, empty, new (no table yet) or broken.
    """
    entity, drawn = ctx.catalog.find(name), looked.catalog.find(name)
    if view is None or drawn is None:
        return {"state": "broken"}
    if entity is None:
        return {"state": "new"}
    sort = tuple(each for each in view.sort if each.lstrip("-") in entity.fields)
    columns = tuple(column.key for column in view.columns) or (drawn.title_field or "id",)
    opened = OpenView(
        Tab(view.key, "", "", "", view), view.type, columns, view.filter, sort, view.options, "", None, False, False
    )
    if view.type == "kanban":
        return {"state": "board", **board(ctx, entity, opened)}
    return _table(ctx, looked, entity, drawn, opened)


def _table(ctx: Context, looked: Context, entity: EntityDef, drawn: EntityDef, view: OpenView) -> dict[str, Any]:
    ends = [end for path in view.columns if (end := path_end(looked, drawn, path))]
    known = [end for path in view.columns if (end := path_end(ctx, entity, path))]
    group, colour = known_option(ctx, entity, view, "group"), colour_field(ctx, entity, view)
    paths = tuple(dict.fromkeys(["id", *(end.path for end in known), *(each for each in (group, colour) if each)]))
    grouped, problem, found = None, "", Page([])
    try:
        if group:
            grouped = group_page(ctx, entity, view, known, group, paths, 1)
            found = Page([each for one in grouped.groups if one.page for each in one.page.records], None, grouped.records)
        else:
            found = list_records(ctx, entity.name, ListQuery(view.filter, view.sort, paths, PREVIEW_ROWS, count="estimate"))
    except BadRequest as error:
        problem = " ".join(translate(each) for each in error.problems)
    return {
        "state": "shown" if found.count else "empty",
        "problem": problem,
        "ends": ends,
        "new_paths": {end.path for end in ends} - set(paths),
        "found": found,
        "groups": grouped,
        "values": Values(ctx, entity, found.records, paths),
        "shades": row_colours(ctx, entity, view, found.records, colour),
        "sums": summaries(ctx, entity, view, known) if not problem else {},
        "widths": {column.key: column.width for column in view.tab.view.columns if column.width},
    }


def summaries_for(ctx: Context, entity: EntityDef | None, path: str) -> list[tuple[str, str]]:
    """The figures that make sense under a column."""
    end = path_end(ctx, entity, path) if entity else None
    return [("", _("None")), *((key, _(FIGURES[key])) for key in (figures_for(end) if end else ()))]


def column_label(ctx: Context, entity: EntityDef | None, path: str) -> str:
    """A column's heading; its path when it leads nowhere."""
    end: PathEnd | None = path_end(ctx, entity, path) if entity else None
    return end.label if end else path
