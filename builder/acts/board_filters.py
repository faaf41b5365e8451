"""Acts on the filters at the top of a dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.acts import tile_fields as fields
from builder.acts.base import Act, BadAct, Document, Done, free_key, item_at, keys_in
from builder.acts.filter_tables import field_for, fits, tables_of
from builder.board_filters import FILTER_KINDS, read_values

Documents = Mapping[str, Document]
_PERIOD = {"en": "Period", "zh-Hans": "时间", "zh-Hant": "時間"}


def new_board_filter(document: Document, act: Act, published: Document, others: Documents) -> Done:
    """{"path": dashboard, "kind", "entity", "field", "label"?}: a filter that looks at this field, and in the other tables of the
    dashboard at what means the same there."""
    board, kind = str(act["path"]), str(act.get("kind"))
    entity, field = str(act["entity"]), str(act["field"])
    known = fields.with_others(document, others)
    if kind not in FILTER_KINDS or not fits(known, entity, field, kind):
        raise BadAct("a filter of this kind cannot look at this field")
    chosen = {entity: field}
    for other in tables_of(item_at(document, board)):
        found = chosen.get(other) or field_for(known, kind, chosen.items(), other)
        chosen |= {other: found} if found else {}
    place = f"{board}/filters"
    base = "period" if kind == "period" else field.rpartition(".")[2]
    key = free_key(base, {*keys_in(document, place), *keys_in(published, place)})
    label = act.get("label") or (_PERIOD if kind == "period" else fields.field_at(known, entity, field).get("label"))
    tables = [{"entity": table, "field": path} for table, path in chosen.items()]
    value = {"key": key, "kind": kind, **({"label": label} if label else {}), "tables": tables}
    return Done([{"op": "add", "path": place, "value": value}], f"{place}/{key}")


def set_filter_field(document: Document, act: Act, published: Document, others: Documents) -> Done:
    """{"path": filter, "entity", "value"}: the field of one table; empty: tiles of this table show everything."""
    path, entity, field = str(act["path"]), str(act["entity"]), str(act.get("value") or "")
    given = item_at(document, path)
    if field and not fits(fields.with_others(document, others), entity, field, str(given.get("kind"))):
        raise BadAct("a filter of this kind cannot look at this field")
    tables = [dict(each) for each in given.get("tables") or ()]
    mine = next((each for each in tables if each.get("entity") == entity), None)
    if mine is None:
        tables.append(mine := {"entity": entity})
    mine["field"] = field
    return Done([{"op": "set", "path": f"{path}/tables", "value": tables}])


def set_filter_start(document: Document, act: Act, published: Document) -> Done:
    """{"path": filter, "value": text or list of texts}: with what it begins; empty: with nothing chosen."""
    path, value = str(act["path"]), act.get("value")
    item = item_at(document, path)
    given: list[Any] = value if isinstance(value, list) else [value] if value else []
    values = read_values(str(item.get("kind")), [str(each) for each in given])
    if len(values) < len(given):
        raise BadAct("the filter cannot begin with this")
    if not values:
        return Done([{"op": "remove", "path": f"{path}/start"}] if "start" in item else [])
    return Done([{"op": "set", "path": f"{path}/start", "value": list(values)}])
