"""Groups and measures of an aggregate: what may be asked, and its SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from builder.expressions.types import MOMENTS, NUMBERS, Type
from builder.fields import FIELD_TYPES
from builder.keys import is_key
from builder.model import Field, Json
from runtime.queries.output import MAX_PARTS
from runtime.queries.problems import refuse, unknown_field
from runtime.queries.source import Source
from runtime.tables import VALUE, FieldDef

UNITS = ("day", "week", "month", "quarter", "year")
OPERATIONS = ("count", "count_distinct", "sum", "avg", "min", "max")
MAX_GROUPS, MAX_MEASURES = 4, 20
_AVERAGE_DECIMALS = 6


@dataclass(frozen=True)
class Group:
    """One grouping: its name in the rows, the field, its value, and the calendar unit for dates.

    `elements`: the value is a list, and a record counts once for each element.
    """

    name: str
    field: FieldDef
    value: sa.ColumnElement[Any]
    elements: bool = False


@dataclass(frozen=True)
class Measure:
    """One figure: its name in the rows, the operation, and what it works on (nothing for a plain count)."""

    name: str
    operation: str
    field: FieldDef | None
    value: sa.ColumnElement[Any] | None


def read_group(source: Source, raw: Json, number: int) -> Group:
    """A group from its JSON: a path, or `{"field", "by"?, "as"?}`. Raises BadRequest."""
    place = f"group/{number}"
    given: Mapping[str, Any] = {"field": raw} if isinstance(raw, str) else _object(raw, place, ("field", "by", "as"))
    path, field, value = _value(source, given.get("field"), place)
    kind = field.type.expression_type(field.field)
    unit = given.get("by")
    name = _name(given, path, place)
    if unit is not None:
        if unit not in UNITS or kind not in MOMENTS:
            refuse(f"{place}/by", "not_a_choice", "Dates can be grouped by day, week, month, quarter or year.")
        return Group(name, _day_field(path), _bucket(source, value, kind, str(unit)))
    if kind is Type.REFS or field.field.type == "long_text":
        refuse(f"{place}/field", "not_groupable", "Records cannot be grouped by “{name}”.", name=path)
    return Group(name, field, value, kind is Type.CHOICES)


def read_measure(source: Source, raw: Json, number: int) -> Measure:
    """A measure from its JSON: `{"op", "field"?, "as"?}`. Raises BadRequest."""
    place = f"measures/{number}"
    given = _object(raw, place, ("op", "field", "as"))
    operation = given.get("op")
    if operation not in OPERATIONS:
        refuse(f"{place}/op", "not_a_choice", "A measure is count, count_distinct, sum, avg, min or max.")
    if given.get("field") is None:
        if operation != "count":
            refuse(f"{place}/field", "required", "This measure needs a field.")
        return Measure(_name(given, "count", place), "count", None, None)
    path, field, value = _value(source, given["field"], place)
    kind = field.type.expression_type(field.field)
    if (operation in ("sum", "avg") and kind not in NUMBERS) or (
        operation in ("min", "max") and kind not in NUMBERS | MOMENTS | {Type.TEXT}
    ):
        refuse(f"{place}/op", "not_measurable", "“{name}” has no {op}.", name=path, op=operation)
    return Measure(_name(given, f"{operation}_{path}".replace(".", "_"), place), str(operation), field, value)


def figure(measure: Measure, operand: sa.ColumnElement[Any] | None) -> sa.ColumnElement[Any]:
    """The aggregate call over the operand column."""
    if operand is None:
        return sa.func.count()
    match measure.operation:
        case "count":
            return sa.func.count(operand)
        case "count_distinct":
            return sa.func.count(sa.distinct(operand))
        case "avg":
            rounded = sa.func.round(sa.func.avg(operand), _AVERAGE_DECIMALS, type_=sa.Numeric())
            return sa.func.trim_scale(rounded, type_=sa.Numeric())
    return getattr(sa.func, measure.operation)(operand)  # type: ignore[no-any-return]


def figure_json(measure: Measure, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The figure as it stands in JSON: decimals that could lose digits as text."""
    if measure.field is None or measure.operation.startswith("count"):
        return value
    if measure.operation == "avg":
        return sa.cast(value, sa.Text)
    return measure.field.type.json_column(measure.field.field, value)


def _object(raw: Json, place: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping) or any(key not in known for key in raw):
        refuse(place, "not_an_object", "Give an object with {names}.", names=", ".join(known))
    return raw


def _value(source: Source, raw: Any, place: str) -> tuple[str, FieldDef, sa.ColumnElement[Any]]:
    parts = tuple(raw.split(".")) if isinstance(raw, str) else ()
    found = source.field(parts) if 0 < len(parts) <= MAX_PARTS else None
    if found is None:
        unknown_field(f"{place}/field", raw)
    owner, field = found
    return str(raw), field, owner.own_value(field)


def _name(given: Mapping[str, Any], default: str, place: str) -> str:
    name = given.get("as", default)
    if name != default and not (isinstance(name, str) and is_key(name)):
        refuse(f"{place}/as", "bad_name", "A name is lower-case letters, digits and _.")
    return str(name)


def _bucket(source: Source, value: sa.ColumnElement[Any], kind: Type, unit: str) -> sa.ColumnElement[Any]:
    """The first day of the unit, in the workspace's zone."""
    local = value if kind is Type.DATE else sa.func.timezone(source.ctx.workspace.zone.key, value)
    return sa.cast(sa.func.date_trunc(unit, local), sa.Date)


def _day_field(path: str) -> FieldDef:
    return FieldDef(Field(path, "date"), FIELD_TYPES.get("date"), VALUE, "")
