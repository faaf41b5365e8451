"""The colours of rows and cards: by the rules of the view, else by the choice that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runtime import access
from runtime.context import Context
from runtime.errors import BadRequest
from runtime.queries.listing import MAX_LIMIT, ListQuery, list_records
from runtime.tables import EntityDef
from web.render.open_view import OpenView
from web.render.values import pill_of


def colour_field(ctx: Context, entity: EntityDef, view: OpenView) -> str:
    """The choice field whose colours the view takes; empty when there is none, or the reader may not see it."""
    return known_option(ctx, entity, view, "color_by")


def known_option(ctx: Context, entity: EntityDef, view: OpenView, name: str) -> str:
    """The field that an option of the view names; empty when it is hidden, has gone, or has nothing to sort by."""
    key = str(view.options.get(name) or "")
    field = entity.fields.get(key)
    known = field is not None and field.column is not None and field.type.sortable
    return key if known and key in access.rights(ctx, entity).readable_fields and not view.trash else ""


def row_colours(ctx: Context, entity: EntityDef, view: OpenView, records: Sequence[Mapping[str, Any]], by: str) -> dict[int, str]:
    """Colour by record id. by: the field of `colour_field`, whose values the records hold. One question for each rule."""
    found: dict[int, str] = {}
    rest = [int(each["id"]) for each in records]
    for rule in view.tab.view.colors if not view.trash else ():
        if not rest or rule.when is None:
            continue
        for hit in _fitting(ctx, entity, rule.when, rest):
            found[hit] = rule.color
        rest = [each for each in rest if each not in found]
    if by:
        declared = entity.fields[by].field
        for record in records:
            if record["id"] not in found and record.get(by) is not None:
                found[int(record["id"])] = pill_of(declared, record[by]).colour
    return found


def _fitting(ctx: Context, entity: EntityDef, when: Any, ids: list[int]) -> list[int]:
    """Those of the records for which a rule holds; none when it does not fit the fields any more."""
    hits: list[int] = []
    try:
        for start in range(0, len(ids), MAX_LIMIT):
            part = ids[start : start + MAX_LIMIT]
            tree = {"all": [{"field": "id", "op": "in", "value": part}, when]}
            page = list_records(ctx, entity.name, ListQuery(tree, fields=("id",), limit=len(part)))
            hits += [int(each["id"]) for each in page.records]
    except BadRequest:
        return []
    return hits
