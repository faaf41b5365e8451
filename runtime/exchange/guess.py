"""What the columns of a file mean: where the heading is, which field each column belongs to, in which order dates are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from itertools import islice
from typing import Any

from builder.errors import Problem
from runtime import access
from runtime.context import Context
from runtime.exchange.cells import DAY_FIRST, DMY, name_of, read_moment, storable
from runtime.exchange.sheet import Cells, Sheet, column_letter, is_blank
from runtime.exchange.synonyms import GROUPS, TYPE_GROUPS, plain_name
from runtime.exchange.watchers import DateWatcher, NumberWatcher
from runtime.tables import EntityDef, FieldDef

_HEADING_ROWS = 20
_SAMPLE = 200
_NEAR = 0.85
_MOSTLY = 0.9
_NUMERIC = re.compile(r"^[-+]?[\d.,]+%?$")
_PHONE = re.compile(r"^[+\d][\d\s()-]{6,20}$")


@dataclass(frozen=True)
class ColumnGuess:
    """One column. field: key of the field it belongs to, empty for none. score 0…1 and reason (`name`, `synonym`, `similar`,
    `values`, `given`) say how sure that is. ambiguous_dates: nothing in the column tells day and month apart."""

    column: int
    letter: str
    header: str
    field: str = ""
    score: float = 0.0
    reason: str = ""
    date_order: str = DMY
    ambiguous_dates: bool = False
    decimal_comma: bool = False
    shares: bool = False
    samples: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the options of a batch keep it."""
        return {**asdict(self), "samples": list(self.samples)}


@dataclass(frozen=True)
class Examination:
    """What a file holds. header_row 0: it has no heading. total: rows with something in them below the heading."""

    header_row: int
    columns: tuple[ColumnGuess, ...]
    total: int


def importable_fields(ctx: Context, entity: EntityDef) -> dict[str, FieldDef]:
    """The fields that a column may go to: those that the actor may fill, and `id` and numbers as keys of existing records."""
    rights = access.rights(ctx, entity)
    open_to_me = rights.creatable_fields | rights.writable_fields
    found = {
        key: each for key, each in entity.fields.items() if key in open_to_me and each.is_writable and each.kind != "one_to_many"
    }
    keys = {
        key: each
        for key, each in entity.fields.items()
        if key in rights.readable_fields and each.field.type in ("auto_number", "id")
    }
    return {**found, **keys}


def examine(ctx: Context, entity: EntityDef, sheet: Sheet) -> Examination:
    """Reads the file once. Raises Invalid when it cannot be read."""
    fields = importable_fields(ctx, entity)
    names = field_names(fields)
    first = list(islice(sheet.rows(), _HEADING_ROWS + _SAMPLE))
    header_row, header = find_header([(number, cells) for number, cells in first[:_HEADING_ROWS]], names)
    sample = [cells for number, cells in first if number > header_row and not is_blank(cells)][:_SAMPLE]
    columns = guess_mapping(ctx, fields, header, sample)
    rows = ((number, cells) for number, cells in sheet.rows() if number > header_row and not is_blank(cells))
    looked, total = look_at_columns(ctx, fields, rows, columns)
    return Examination(header_row, tuple(looked), total)


def field_names(fields: Mapping[str, FieldDef]) -> dict[str, str]:
    """Key of the field by each of its plain names: its key and its labels in all languages."""
    found: dict[str, str] = {}
    for key, definition in fields.items():
        for text in (*(text for _, text in definition.field.label.texts), key):
            found.setdefault(plain_name(text), key)
    return found


def find_header(rows: Sequence[tuple[int, Cells]], names: Mapping[str, str]) -> tuple[int, Cells]:
    """Number and cells of the heading: the row that names the most fields, else the first full row of different texts.

    (0, letters) when there is none.
    """
    filled = [(number, cells) for number, cells in rows if not is_blank(cells)]
    if not filled:
        return 0, []
    width = max(len(cells) for _, cells in filled)
    known = [
        (sum(plain_name(str(cell)) in names for cell in cells if isinstance(cell, str)), -number) for number, cells in filled
    ]
    best, at = max(known)
    if best >= 2 or (best == 1 and width <= 2):
        return next((number, cells) for number, cells in filled if number == -at)
    for number, cells in filled:
        texts = [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]
        if len(texts) >= max(1, 0.6 * width) and len(set(texts)) == len(texts) and not any(map(_looks_like_data, texts)):
            return number, cells
    return 0, [column_letter(number) for number in range(width)]


def _looks_like_data(text: str) -> bool:
    return bool(
        _NUMERIC.match(text) or _PHONE.match(text) or "@" in text or DAY_FIRST.match(text) or re.match(r"\d{4}[-/年]", text)
    )


def guess_mapping(
    ctx: Context, fields: Mapping[str, FieldDef], header: Cells, sample: Sequence[Cells]
) -> tuple[ColumnGuess, ...]:
    """Which field each column belongs to: by its name first, then by what stands in it. Every field is given away once."""
    width = max([len(header), *(len(cells) for cells in sample)], default=0)
    texts = [storable(str(header[number])).strip()[:200] if number < len(header) else "" for number in range(width)]
    values = [
        [cells[number] for cells in sample if number < len(cells) and cells[number] not in ("", None)] for number in range(width)
    ]
    scores = [
        (score, number, key, reason)
        for number in range(width)
        for key, definition in fields.items()
        for score, reason in [_name_score(texts[number], key, definition)]
        if score > 0
    ]
    chosen: dict[int, tuple[str, float, str]] = {}
    for score, number, key, reason in sorted(scores, key=lambda each: (-each[0], each[1])):
        if number not in chosen and all(key != taken for taken, _, _ in chosen.values()):
            chosen[number] = (key, score, reason)
    _by_values(ctx, fields, values, chosen)
    return tuple(
        ColumnGuess(
            number, column_letter(number), texts[number], *chosen.get(number, ("", 0.0, "")), samples=_samples(values[number])
        )
        for number in range(width)
    )


def _samples(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(storable(name_of(value)[:80]) for value in values[:20]))[:3]


def _name_score(header: str, key: str, definition: FieldDef) -> tuple[float, str]:
    wanted = plain_name(header)
    if not wanted:
        return 0.0, ""
    names = [plain_name(text) for text in (*(text for _, text in definition.field.label.texts), key)]
    if wanted in names:
        return 1.0, "name"
    group = GROUPS.get(wanted)
    if group is not None and group in {GROUPS.get(name) for name in names}:
        return 0.8, "synonym"
    if group is not None and TYPE_GROUPS.get(definition.field.type) == group:
        return 0.7, "synonym"
    nearest = max(SequenceMatcher(None, wanted, name).ratio() for name in names)
    return (nearest * 0.7, "similar") if nearest >= _NEAR else (0.0, "")


def _by_values(
    ctx: Context, fields: Mapping[str, FieldDef], values: Sequence[Sequence[Any]], chosen: dict[int, tuple[str, float, str]]
) -> None:
    """Gives columns without a telling name to fields by what stands in them, where only one field of that kind is left."""
    for number, column in enumerate(values):
        if number in chosen or len(column) < 2:
            continue
        taken = {key for key, _, _ in chosen.values()}
        fitting = [key for key, definition in fields.items() if key not in taken and _fits(ctx, definition, column)]
        if len(fitting) == 1:
            chosen[number] = (fitting[0], 0.5, "values")


def _fits(ctx: Context, definition: FieldDef, values: Sequence[Any]) -> bool:
    """Whether nearly all values are of a kind that only such a field has."""
    kind, field = definition.type, definition.field
    looks: dict[str, Callable[[Any], bool]] = {
        "phone": lambda value: bool(_PHONE.match(name_of(value))) and len(re.sub(r"\D", "", name_of(value))) >= 8,
        "email": lambda value: "@" in str(value),
        "url": lambda value: bool(re.match(r"(?i)https?://|www\.", str(value).strip())),
        "select": bool,
        "multi_select": bool,
        "date": _is_day,
        "datetime": _is_day,
    }
    look = looks.get(field.type)
    if look is None:
        return False
    good = 0
    for value in values:
        raw = read_moment(value) if field.type in ("date", "datetime") else name_of(value)
        try:
            good += look(value) and not isinstance(kind.parse(field, raw, ctx.locale), Problem)
        except (ValueError, OverflowError, ArithmeticError, TypeError):
            continue
    return good >= _MOSTLY * len(values)


def _is_day(value: Any) -> bool:
    return isinstance(value, date) or bool(re.match(r"\d{1,4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]", str(value).strip()))


def look_at_columns(
    ctx: Context, fields: Mapping[str, FieldDef], rows: Iterable[tuple[int, Cells]], columns: Sequence[ColumnGuess]
) -> tuple[list[ColumnGuess], int]:
    """Counts the rows, and looks at every date and number of the file, since a single one may tell how all are written."""
    dates = {
        each.column: DateWatcher() for each in columns if each.field and fields[each.field].field.type in ("date", "datetime")
    }
    numbers = {
        each.column: NumberWatcher()
        for each in columns
        if each.field and fields[each.field].field.type in ("number", "currency", "percent")
    }
    watched: list[tuple[int, DateWatcher | NumberWatcher]] = [*dates.items(), *numbers.items()]
    total = 0
    for _, cells in rows:
        total += 1
        for column, watcher in watched:
            if column < len(cells):
                watcher.add(cells[column])
    found = []
    for each in columns:
        if each.column in dates:
            order, ambiguous = dates[each.column].order(ctx.workspace.country)
            each = replace(each, date_order=order, ambiguous_dates=ambiguous)
        elif each.column in numbers:
            seen = numbers[each.column]
            shares = fields[each.field].field.type == "percent" and seen.shares
            each = replace(each, decimal_comma=seen.comma > 0 and not seen.point, shares=shares)
        found.append(each)
    return found, total
