"""Acts on one property of a tile: what it measures, by what it groups, its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.acts.base import Act, BadAct, Document, Done, item_at

_OPERATIONS = ("count", "sum", "avg", "min", "max")
_UNITS = ("day", "week", "month", "quarter", "year")


def set_measure(document: Document, act: Act, published: Document) -> Done:
    """{"path", "part": "op" or "field", "value", "first"?: the field for an operation that had none}."""
    path, value = str(act["path"]), str(act.get("value") or "")
    measure = dict(item_at(document, path).get("measure") or {"op": "count"})
    if act.get("part") == "field":
        measure["field"] = value
    elif value not in _OPERATIONS:
        raise BadAct("there is no such measure")
    elif value == "count":
        measure = {"op": "count"}
    else:
        measure = {"op": value, "field": measure.get("field") or str(act.get("first") or "")}
        if not measure["field"]:
            raise BadAct("there is no number to measure")
    return Done([{"op": "set", "path": f"{path}/measure", "value": measure}])


def set_group(document: Document, act: Act, published: Document) -> Done:
    """{"path", "number": 0 or 1, "part": "field" or "by", "value"}: `created_at@month` groups a date by month; empty: no group."""
    path, number, value = str(act["path"]), int(act["number"]), str(act.get("value") or "")
    groups = list(item_at(document, path).get("group") or ())
    if not 0 <= number <= min(len(groups), 1):
        raise BadAct("there is no such group")
    if act.get("part") == "by":
        if value not in _UNITS or number >= len(groups) or not isinstance(groups[number], Mapping):
            raise BadAct("there is no such group")
        groups[number] = {**groups[number], "by": value}
    else:
        name, _, unit = value.partition("@")
        new: list[Any] = [{"field": name, "by": unit} if unit in _UNITS else name] if name else []
        groups[number : number + 1] = new
    return Done([{"op": "set", "path": f"{path}/group", "value": groups}])


def set_compare(document: Document, act: Act, published: Document) -> Done:
    """{"path", "part": "field" or "period", "value"}: an empty field compares with nothing."""
    path, value = str(act["path"]), str(act.get("value") or "")
    tile = item_at(document, path)
    compare = dict(tile.get("compare") or {"period": "month"})
    if act.get("part") == "period":
        if value not in _UNITS or "field" not in compare:
            raise BadAct("there is no such period")
        compare["period"] = value
    elif not value:
        return Done([{"op": "remove", "path": f"{path}/compare"}] if tile.get("compare") else [])
    else:
        compare["field"] = value
    return Done([{"op": "set", "path": f"{path}/compare", "value": compare}])


def set_tile_column(document: Document, act: Act, published: Document) -> Done:
    """{"path", "do": "add", "remove", "before" or "after", "value": path of a field}: the columns of a list, in their order."""
    path, do, value = str(act["path"]), act.get("do"), str(act.get("value") or "")
    columns = [str(each) for each in item_at(document, path).get("columns") or ()]
    if do == "add" and value:
        columns += [value] if value not in columns else []
    elif value not in columns:
        raise BadAct("there is no such column")
    elif do == "remove":
        columns.remove(value)
    elif do in ("before", "after"):
        place = columns.index(value) + (1 if do == "after" else -1)
        columns.remove(value)
        columns.insert(min(max(place, 0), len(columns)), value)
    else:
        raise BadAct("columns are added, removed or moved")
    return Done([{"op": "set", "path": f"{path}/columns", "value": columns}])


def set_home(document: Document, act: Act, published: Document) -> Done:
    """{"path": "home" or a role's dashboards, "do": "first", "add" or "remove", "value": dashboard}: what is seen first."""
    path, do, value = str(act["path"]), act.get("do"), str(act.get("value") or "")
    parts = path.split("/")
    if path != "home" and not (len(parts) == 3 and parts[0] == "roles" and parts[2] == "dashboards"):
        raise BadAct("there is no such list of dashboards")
    holder = document if path == "home" else item_at(document, "/".join(parts[:2]))
    boards = [str(each) for each in holder.get(parts[-1]) or ()]
    if do == "first":
        boards = [*([value] if value else []), *(each for each in boards[0 if value else 1 :] if each != value)]
    elif do == "add" and value:
        boards += [value] if value not in boards else []
    elif do == "remove" and value in boards:
        boards.remove(value)
    else:
        raise BadAct("a dashboard is put first, added or removed")
    return Done([{"op": "set", "path": path, "value": boards}])
