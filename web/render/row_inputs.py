"""Tables of rows as they are drawn: an input in every cell, totals below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from builder.formulas import read_formula
from runtime import access
from runtime.context import Context
from runtime.records.defaults import default_values
from runtime.records.draft import Draft
from runtime.records.evaluate import Evaluator
from runtime.records.plan import plan_of
from runtime.records.values import readers_of
from runtime.tables import FieldDef
from web.i18n import current_language
from web.render.controls import Control, control, form_value
from web.render.row_tables import Row, RowSource
from web.render.values import entity_label, label_of, shown_type

BLANK = "__n__"
NUMERIC = ("number", "money", "percent")


@dataclass(frozen=True)
class ShownColumn:
    """total: the sum below the column, None without one."""

    key: str
    label: str
    numeric: bool
    required: bool
    total: str | None = None
    decimals: int = 0
    help: str = ""


@dataclass(frozen=True)
class ShownRow:
    """number: the place of the row in the names of its inputs. cells stand in the order of the columns."""

    number: str
    id: int
    version: int
    cells: tuple[Control, ...]
    gone: bool = False
    may_delete: bool = True
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShownRows:
    """A table of rows. blank: what a new row looks like. more: how many rows are not shown."""

    key: str
    name: str
    label: str
    columns: tuple[ShownColumn, ...]
    rows: tuple[ShownRow, ...]
    blank: ShownRow | None
    minimum: int = 0
    maximum: int = 0
    more: int = 0
    errors: tuple[str, ...] = ()
    list_entity: str = ""
    problems: int = 0

    @property
    def has_totals(self) -> bool:
        return any(column.total is not None for column in self.columns)


def shown_rows(
    ctx: Context,
    source: RowSource,
    rows: Sequence[Row],
    errors: Mapping[str, list[str]],
    *,
    saved: Sequence[Row] = (),
    more: int = 0,
    prefix: str = "",
) -> ShownRows:
    """The table with its inputs. rows: what is in them; saved: the rows as they are in the database, for what cannot be changed."""
    known = {row.id: row for row in saved if row.id}
    full = [replace(row, values={**(known[row.id].values if row.id in known else {}), **row.values}) for row in rows]
    versions = {row.id: row.version for row in saved if row.id}
    drawer = _Drawer(ctx, source, full, errors, prefix)
    changeable = _permitted(ctx, source, [row.id for row in rows if row.id])
    shown = [drawer.row(str(number), row, changeable, versions.get(row.id, row.version)) for number, row in enumerate(full)]
    blank = None
    if source.may_create:
        blank = drawer.row(BLANK, Row(0, 0, default_values(ctx, source.entity)), changeable, 0)
    name, table = prefix + source.key, source.item.rows
    return ShownRows(
        key=source.key,
        name=name,
        label=table.label.in_language(current_language()) or entity_label(source.entity, plural=True),
        columns=tuple(_column(source, each, full, complete=not more) for each in source.columns),
        rows=tuple(shown),
        blank=blank,
        minimum=table.minimum,
        maximum=table.maximum,
        more=more,
        errors=tuple(errors.get(source.key, ())),
        list_entity=source.entity.name,
        problems=sum(key == source.key or key.startswith(f"{source.key}.") for key in errors),
    )


class _Drawer:
    """Draws rows; what selects offer is looked up once for all of them."""

    def __init__(
        self, ctx: Context, source: RowSource, rows: Sequence[Row], errors: Mapping[str, list[str]], prefix: str
    ) -> None:
        self._source, self._errors, self._prefix = source, errors, prefix
        self._inputs = {True: source.inputs(new=True), False: source.inputs(new=False)}
        self._models = {each.key: control(ctx, each, _all(each, rows)) for each in source.columns}

    def row(self, number: str, row: Row, changeable: Mapping[int, frozenset[str]], version: int) -> ShownRow:
        source = self._source
        here = f"{self._prefix}{source.key}.{number}."
        may = changeable.get(row.id, frozenset())
        inputs = self._inputs[True] if not row.id else self._inputs[False] if "update" in may else {}
        cells = tuple(self._cell(each, row, number, here, each.key in inputs) for each in source.columns)
        return ShownRow(number, row.id, version, cells, row.gone, not row.id or "delete" in may, tuple(self._rest(number)))

    def _cell(self, definition: FieldDef, row: Row, number: str, here: str, open_: bool) -> Control:
        model = self._models[definition.key]
        value = form_value(definition, row.values.get(definition.key))
        chosen = set(value) if isinstance(value, list) else {value}
        choices = tuple(each for each in model.choices if each[0] in chosen) if model.source else model.choices
        return replace(
            model,
            key=here + definition.key,
            value=value,
            choices=choices,
            required=definition.field.required and open_,
            read_only=not open_,
            errors=tuple(self._errors.get(f"{self._source.key}.{number}.{definition.key}", ())),
        )

    def _rest(self, number: str) -> Iterable[str]:
        """Problems of the row as a whole, and of fields that are no column here."""
        here, shown = f"{self._source.key}.{number}", {each.key for each in self._source.columns}
        yield from self._errors.get(here, ())
        for path, messages in self._errors.items():
            key = path.removeprefix(f"{here}.")
            if path.startswith(f"{here}.") and key not in shown:
                label = label_of(self._source.entity.fields[key]) if key in self._source.entity.fields else key
                yield from (f"{label}: {message}" for message in messages)


def computed_cells(ctx: Context, source: RowSource, rows: Sequence[Row], saved: Sequence[Row] = ()) -> dict[str, str]:
    """What the formulas of the rows give for the present inputs, by the names of their cells without a prefix."""
    formulas = [each for each in source.columns if each.kind in ("stored", "computed")]
    if not formulas:
        return {}
    plan = plan_of(ctx.catalog, source.entity.name)
    reading = readers_of(ctx, plan, "create" if source.may_create else "update", many=True)
    known = {row.id: row.values for row in saved}
    drafts = [Draft(new={**known.get(row.id, {}), **reading.read(row.values)[0]}) for row in rows]
    evaluator = Evaluator(ctx, plan, drafts)
    found = {}
    for row, draft in zip(rows, drafts, strict=True):
        for each in formulas:
            value = evaluator.compute(read_formula(str(each.field.options.get("expression", ""))), draft)
            kind, declared = shown_type(each)
            if isinstance(value, Decimal | int) and not isinstance(value, bool) and kind.display in NUMERIC:
                places = int(declared.options.get("decimals", 2 if kind.display == "money" else 0) or 0)
                value = Decimal(value).quantize(Decimal(1).scaleb(-places))
            found[f"{source.key}.{row.number}.{each.key}"] = form_value(each, value) if value is not None else ""
    return found


def _all(definition: FieldDef, rows: Sequence[Row]) -> list[Any] | Any:
    """All values of a column, for looking up their names at once."""
    if not definition.target:
        return None
    values = [row.values.get(definition.key) for row in rows]
    return [one for each in values for one in (each if isinstance(each, tuple | list) else [each]) if one not in (None, "")]


def _permitted(ctx: Context, source: RowSource, ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """Which of update and delete the actor may do with each row."""
    rights = access.rights(ctx, source.entity)
    if not ids or not rights.may_read:
        return {}
    table = source.entity.table
    columns = [rights.row_filter(verb).label(verb) for verb in ("update", "delete")]
    wanted = table.c.id == sa.any_(sa.bindparam("row_ids", list(ids), sa.ARRAY(sa.BigInteger)))
    rows = ctx.connection.execute(sa.select(table.c.id, *columns).where(wanted, rights.row_filter("read"))).mappings()
    return {row["id"]: frozenset(verb for verb in ("update", "delete") if row[verb]) for row in rows}


def _column(source: RowSource, definition: FieldDef, rows: Sequence[Row], *, complete: bool) -> ShownColumn:
    kind, declared = shown_type(definition)
    numeric = kind.display in NUMERIC
    wanted = any(column.key == definition.key and column.total for column in source.item.rows.columns)
    decimals = int(declared.options.get("decimals", 2 if kind.display == "money" else 0) or 0)
    total = None
    if numeric and wanted and complete:
        found = sum((number_of(row.values.get(definition.key)) for row in rows if not row.gone), Decimal(0))
        total = f"{found:.{decimals}f}"
    required = definition.field.required and definition.is_writable
    return ShownColumn(
        definition.key,
        label_of(definition),
        numeric,
        required,
        total,
        decimals,
        definition.field.help.in_language(current_language()),
    )


def number_of(value: Any) -> Decimal:
    """A value, parsed or as it was typed, as a number for adding up; 0 when it is none."""
    try:
        found = Decimal(str(value).replace(",", "").strip()) if value not in (None, "") else Decimal(0)
    except ArithmeticError:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)
