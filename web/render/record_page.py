"""What a record's page shows beside its fields: stages, buttons, related lists, life-line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.keys import qualified
from builder.model import Form, Pipeline, RelatedList
from runtime import access
from runtime.automations.button import buttons_on
from runtime.automations.plans import Plan
from runtime.context import Context
from runtime.pipelines import Move, moves_from
from runtime.queries.listing import ListQuery, Page, list_records
from runtime.tables import MANY_TO_ONE, EntityDef
from web.i18n import current_language
from web.render.shell import may_read
from web.render.values import PathEnd, Values, entity_label, label_of, path_end, pill_of

_RELATED_ROWS = 10
_RELATED_COLUMNS = 4


@dataclass(frozen=True)
class StageStep:
    """One stage in the bar. `move`: how to get there from here, None when one cannot."""

    key: str
    text: str
    colour: str
    is_here: bool
    is_past: bool
    move: Move | None = None


@dataclass(frozen=True)
class StageBar:
    """The stages of one pipeline. field: the one that it stands on."""

    field: str
    label: str
    steps: tuple[StageStep, ...]


@dataclass(frozen=True)
class Related:
    """A list of records that point at this one."""

    key: str
    label: str
    entity: EntityDef
    field: str
    columns: tuple[str, ...]
    may_create: bool


@dataclass(frozen=True)
class RelatedRows:
    """The first rows of such a list."""

    related: Related
    ends: list[PathEnd]
    page: Page
    values: Values


def stage_bars(ctx: Context, entity: EntityDef, record: Mapping[str, Any]) -> list[StageBar]:
    """The stages of each of the entity's pipelines that the reader may see, with the moves that are open from here."""
    readable = access.rights(ctx, entity).readable_fields
    return [
        StageBar(pipeline.field, label_of(entity.fields[pipeline.field]), _steps(ctx, entity, pipeline, record))
        for _app, pipeline in ctx.catalog.pipelines_of(entity.name)
        if pipeline.field in readable
    ]


def _steps(ctx: Context, entity: EntityDef, pipeline: Pipeline, record: Mapping[str, Any]) -> tuple[StageStep, ...]:
    here = record.get(pipeline.field)
    moves = {move.to: move for move in reversed(moves_from(ctx, entity, record, pipeline.field))}
    keys = [stage.key for stage in pipeline.stages]
    position = keys.index(here) if here in keys else -1
    steps = []
    for number, key in enumerate(keys):
        pill = pill_of(entity.fields[pipeline.field].field, key)
        steps.append(StageStep(key, pill.text, pill.colour, key == here, number < position, moves.get(key)))
    return tuple(steps)


def buttons(ctx: Context, entity: EntityDef, record_id: int) -> list[Plan]:
    """The buttons to show on the record, those meant as the main one first."""
    return sorted(buttons_on(ctx, entity.name, record_id), key=lambda plan: not plan.trigger.get("primary"))


def related_lists(ctx: Context, entity: EntityDef, form: Form, form_app: str) -> list[Related]:
    """The lists that the form names; those of other apps' relations that it does not know follow."""
    found = [made for each in form.related if (made := _declared(ctx, form_app, each))]
    known = {(each.entity.name, each.field) for each in found}
    for other, definition in ctx.catalog.references_to(entity.name):
        if definition.kind != MANY_TO_ONE or (other.name, definition.key) in known or not _open(ctx, other, definition.key):
            continue
        found.append(_related(ctx, f"{other.name}.{definition.key}", entity_label(other, plural=True), other, definition.key, ()))
    return found


def _declared(ctx: Context, app: str, each: RelatedList) -> Related | None:
    other = ctx.catalog.find(qualified(app, each.entity))
    if other is None or not _open(ctx, other, each.field):
        return None
    label = each.label.in_language(current_language()) or entity_label(other, plural=True)
    return _related(ctx, each.key, label, other, each.field, each.columns)


def _related(ctx: Context, key: str, label: str, other: EntityDef, field: str, columns: tuple[str, ...]) -> Related:
    return Related(key, label, other, field, columns or _usual_columns(ctx, other, field), access.rights(ctx, other).may_create)


def _open(ctx: Context, other: EntityDef, field: str) -> bool:
    return may_read(ctx, other.name) and field in access.rights(ctx, other).readable_fields


def _usual_columns(ctx: Context, other: EntityDef, without: str) -> tuple[str, ...]:
    readable = access.rights(ctx, other).readable_fields
    keys = [key for key, each in other.fields.items() if key in readable and each.kind in ("value", MANY_TO_ONE, "stored")]
    ordered = [other.title_field, *(key for key in keys if key not in (other.title_field, without))]
    return tuple(key for key in ordered if key in readable)[:_RELATED_COLUMNS]


def related_rows(ctx: Context, related: Related, record_id: int) -> RelatedRows:
    """The newest records of a related list."""
    ends = [end for path in related.columns if (end := path_end(ctx, related.entity, path))]
    readable = access.rights(ctx, related.entity).readable_fields
    ends = [end for end in ends if end.path.split(".")[0] in readable]
    paths = tuple(end.path for end in ends)
    tree = {"field": related.field, "op": "is", "value": record_id}
    query = ListQuery(filter=tree, sort=("-id",), fields=("id", *paths), limit=_RELATED_ROWS, count="estimate")
    page = list_records(ctx, related.entity.name, query)
    return RelatedRows(related, ends, page, Values(ctx, related.entity, page.records, paths))


def differences_text(entity: EntityDef, key: str) -> str:
    """The label of a changed field for the life-line."""
    return label_of(entity.fields[key]) if key in entity.fields else key
