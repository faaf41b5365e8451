"""Groups of a chart: what their values are called, in which order they come, and which records are behind one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from builder.expressions.types import Type
from builder.fields.choice import choices
from runtime.context import Context
from runtime.people import list_teams
from runtime.records.history import people_names
from runtime.records.read import titles
from runtime.tables import EntityDef
from web.i18n import babel_locale
from web.i18n import gettext as _
from web.render.values import path_end, pill_of, shown_type

Reader = Callable[[Any], tuple[str, str]]
Row = dict[str, Any]
_MOST_PERIODS = 120


def reader(ctx: Context, entity: EntityDef, group: Mapping[str, Any], values: set[Any]) -> Reader:
    """Gives (text, colour) of a group's value."""
    end = path_end(ctx, entity, group["field"])
    if end is None:
        return lambda value: (str(value), "")
    read = _reader_of_period(group["by"]) if "by" in group else _reader_of_values(ctx, end.field, values)
    return lambda value: (_("empty"), "gray") if value is None else read(value)


def _reader_of_period(unit: str) -> Reader:
    return lambda value: (period_text(value, unit), "")


def _reader_of_values(ctx: Context, definition: Any, values: set[Any]) -> Reader:
    kind, declared = shown_type(definition)
    if "choices" in declared.options:
        return lambda value: (pill_of(declared, value).text, pill_of(declared, value).colour)
    if kind.display == "boolean":
        return lambda value: (_("Yes") if value else _("No"), "")
    ids = {value for value in values if isinstance(value, int)}
    names: Mapping[int, str] = {}
    if kind.display == "person":
        names = people_names(ctx, ids)
    elif kind.display == "team":
        names = {team.id: team.name for team in list_teams(ctx.connection, ctx.workspace.id)}
    elif kind.display == "relation":
        names = titles(ctx, str(definition.target), ids)
    return lambda value: (names.get(value) or str(value), "")


def period_text(value: Any, unit: str) -> str:
    """A day, week, month … as people write it."""
    from babel.dates import format_date, format_skeleton

    if not isinstance(value, date):
        return _("empty")
    if unit == "year":
        return str(value.year)
    if unit in ("month", "quarter"):
        return str(format_skeleton("yMMM" if unit == "month" else "yQQQ", value, locale=babel_locale()))
    return str(format_date(value, "short", locale=babel_locale()))


def period_heading(first: date, unit: str) -> str:
    """A day, week, month … where there is room for all of it."""
    from babel.dates import format_interval, format_skeleton

    locale = babel_locale()
    if unit == "week":
        return str(format_interval(first, last_day(first, unit), "yMMMd", locale=locale))
    if unit == "year":
        return str(format_skeleton("y", first, locale=locale))
    return str(format_skeleton({"day": "yMMMEd", "month": "yMMMM", "quarter": "yQQQ"}[unit], first, locale=locale))


def ordered(ctx: Context, entity: EntityDef, group: Mapping[str, Any], rows: list[Row], name: str = "g0") -> list[Row]:
    """Choices in the order of the field, days in the order of time, everything else by size; what is empty comes last."""
    end = path_end(ctx, entity, group["field"])
    declared = shown_type(end.field)[1] if end else None
    if declared is not None and "choices" in declared.options and "by" not in group:
        order = {choice["key"]: number for number, choice in enumerate(choices(declared))}
        return sorted(rows, key=lambda row: order.get(row[name], len(order)))
    if "by" in group:
        return sorted(rows, key=lambda row: (row[name] is None, row[name] or date.min))
    return sorted(rows, key=lambda row: (row[name] is None, -float(row["value"] or 0)))


def condition(ctx: Context, entity: EntityDef, group: Mapping[str, Any], value: Any) -> Any:
    """The records behind one value of a group."""
    path = group["field"]
    if value is None:
        return {"field": path, "op": "is_empty"}
    if "by" in group:
        return {"field": path, "op": "between", "value": [value.isoformat(), last_day(value, group["by"]).isoformat()]}
    end = path_end(ctx, entity, path)
    if end is not None and end.field.type.expression_type(end.field.field) is Type.CHOICES:
        return {"field": path, "op": "has", "value": value}
    if isinstance(value, datetime | date):
        return {"field": path, "op": "is", "value": value.isoformat()}
    return {"field": path, "op": "is", "value": value if not isinstance(value, Decimal) else str(value)}


def last_day(first: date, unit: str) -> date:
    """The last day of the period that begins with `first`."""
    if unit == "day":
        return first
    if unit == "week":
        return first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1) - timedelta(days=1)


def without_gaps(rows: list[Row], unit: str) -> list[Row]:
    """Periods in which nothing happened are there too, with nothing: a line must not hide them."""
    dated = [row for row in rows if isinstance(row["g0"], date)]
    if not dated:
        return rows
    known = {row["g0"] for row in dated}
    here, end, filled = min(known), max(known), list(rows)
    for _step in range(_MOST_PERIODS):
        if here >= end:
            return filled
        here = last_day(here, unit) + timedelta(days=1)
        if here not in known:
            filled.append({**dict.fromkeys(rows[0]), "g0": here, "value": 0})
    return rows
