"""Lists of records that point at a record, below its fields: those that its form names, and those that no form knows."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from builder.keys import qualified
from builder.model import Form, RelatedList, RowTable
from runtime import access
from runtime.context import Context
from runtime.queries.listing import ListQuery, Page, list_records
from runtime.tables import MANY_TO_ONE, EntityDef
from web import links
from web.i18n import current_language
from web.render.shell import may_read
from web.render.values import PathEnd, Values, entity_label, path_end

ROWS = 10
_RELATED_COLUMNS = 4


@dataclass(frozen=True)
class Related:
    """A list of records that point at this one. page: the tab on which it stands; empty: below all of them."""

    key: str
    label: str
    entity: EntityDef
    field: str
    columns: tuple[str, ...]
    may_create: bool
    sort: tuple[str, ...] = ()
    filter: Any = None
    limit: int = ROWS
    page: str = ""

    def condition(self, record_id: int) -> dict[str, Any]:
        """The condition of the records in the list of one record."""
        mine = {"field": self.field, "op": "is", "value": record_id}
        return {"all": [mine, self.filter]} if self.filter else mine


@dataclass(frozen=True)
class RelatedRows:
    """The first rows of such a list. all_url: the whole list."""

    related: Related
    ends: list[PathEnd]
    page: Page
    values: Values
    all_url: str


def related_lists(ctx: Context, entity: EntityDef, form: Form, form_app: str) -> list[Related]:
    """The lists that the form names; those of other apps' relations that it does not know follow."""
    found = [made for each in form.related if (made := _declared(ctx, form_app, each))]
    named = [(each.entity, each.field) for each in form.related] + [(each.entity, each.field) for each in _tables(form)]
    known = {(qualified(form_app, name), field) for name, field in named}
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
    made = _related(ctx, each.key, label, other, each.field, each.columns)
    return replace(made, sort=each.sort, filter=each.filter, limit=each.limit, page=each.page)


def _tables(form: Form) -> list[RowTable]:
    """What is on the form as a table of rows needs no list of its own."""
    return [item.rows for section in form.sections for item in section.items if item.rows.entity]


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
    """The first records of a related list; the newest where it has no order of its own."""
    ends = [end for path in related.columns if (end := path_end(ctx, related.entity, path))]
    readable = access.rights(ctx, related.entity).readable_fields
    ends = [end for end in ends if end.path.split(".")[0] in readable]
    paths = tuple(end.path for end in ends)
    sort = tuple(each for each in related.sort if each.lstrip("-").split(".")[0] in readable) or ("-id",)
    condition = related.condition(record_id)
    query = ListQuery(filter=condition, sort=sort, fields=("id", *paths), limit=related.limit, count="estimate")
    page = list_records(ctx, related.entity.name, query)
    all_url = links.entity_url(related.entity.name, None, filter=json.dumps(condition, ensure_ascii=False))
    return RelatedRows(related, ends, page, Values(ctx, related.entity, page.records, paths), all_url)
