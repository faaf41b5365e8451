"""Tables of rows to be read, on the page of a record; and the pages of its form as tabs there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from builder.model import Form
from runtime import access
from runtime.context import Context
from runtime.tables import FieldDef
from web.i18n import current_language
from web.render.form_view import ShownPage
from web.render.record_form import ItemState, ShownSection
from web.render.row_inputs import NUMERIC, number_of
from web.render.row_tables import Row, RowSource, saved_rows
from web.render.values import Cell, Values, entity_label, label_of, shown_type


@dataclass(frozen=True)
class ListColumn:
    """total: the sum as a value to be shown; None without one."""

    key: str
    label: str
    numeric: bool
    total: Cell | None = None


@dataclass(frozen=True)
class RowList:
    """The rows of a record. more: how many are not shown; may_change: whether the actor may change any of it."""

    label: str
    entity: str
    columns: tuple[ListColumn, ...]
    records: Sequence[Mapping[str, Any]]
    values: Values
    may_change: bool
    more: int

    @property
    def has_totals(self) -> bool:
        return any(column.total is not None for column in self.columns)


def row_list(ctx: Context, source: RowSource, record_id: int, *, may_update: bool) -> RowList:
    """The rows of one table. may_update: whether the record itself may be changed."""
    rows, more = saved_rows(ctx, source, record_id)
    readable = access.rights(ctx, source.entity).readable_fields
    shown = [each for each in source.columns if each.key in readable]
    records = [{**row.values, "id": row.id} for row in rows]
    rights = access.rights(ctx, source.entity)
    return RowList(
        label=source.item.rows.label.in_language(current_language()) or entity_label(source.entity, plural=True),
        entity=source.entity.name,
        columns=tuple(_column(source, each, rows, complete=not more) for each in shown),
        records=records,
        values=Values(ctx, source.entity, records, [each.key for each in shown]),
        may_change=may_update and (source.may_create or rights.may_update or rights.may_delete),
        more=more,
    )


def _column(source: RowSource, definition: FieldDef, rows: Sequence[Row], *, complete: bool) -> ListColumn:
    kind, declared = shown_type(definition)
    numeric = kind.display in NUMERIC
    wanted = any(column.key == definition.key and column.total for column in source.item.rows.columns)
    total = None
    if numeric and wanted and complete and rows:
        found = sum((number_of(row.values.get(definition.key)) for row in rows), Decimal(0))
        total = Cell(kind.display, found, None, declared.options)
    return ListColumn(definition.key, label_of(definition), numeric, total)


def detail_pages(
    form: Form,
    states: Mapping[str, ItemState],
    visible: Collection[str],
    row_keys: Collection[str],
    wanted: str,
    related: Collection[str] = (),
) -> list[ShownPage]:
    """The pages of the form as tabs of the record's page; empty when there is nothing to choose from. related: pages on which
    related lists stand."""
    filled = set(related) | {
        form.page_of(section)
        for section in form.sections
        if states[section.key].shown
        and any(
            states[f"{section.key}/{item.key}"].shown
            and (item.text or item.heading or item.field in visible or item.key in row_keys)
            for item in section.items
        )
    }
    shown = [page for page in form.pages if page.key in filled and states[f"/{page.key}"].shown]
    if len(shown) < 2:
        return []
    keys = [page.key for page in shown]
    here = wanted if wanted in keys else keys[0]
    some = (ShownSection("", "", 1, False, False, ()),)
    language = current_language()
    return [
        ShownPage(page.key, page.label.in_language(language) or page.key, place, False, page.key == here, False, 0, some)
        for place, page in enumerate(shown, 1)
    ]
