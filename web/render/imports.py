"""Imports in words: how a file was read, what each column means, how far an import is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime import access
from runtime.context import Context
from runtime.exchange import batches
from runtime.exchange.batches import Batch
from runtime.exchange.guess import ColumnGuess, importable_fields
from runtime.tables import EntityDef, FieldDef
from web.i18n import gettext as _
from web.i18n import translate
from web.render.values import entity_label, label_of

_DATES = ("date", "datetime")
_NUMBERS = ("number", "currency", "percent")
_LINKED = ("relation", "person", "people", "team")
COLOURS = {
    batches.UPLOADED: "gray",
    batches.CHECKING: "blue",
    batches.READY: "yellow",
    batches.RUNNING: "blue",
    batches.DONE: "green",
    batches.FAILED: "red",
    batches.UNDOING: "blue",
    batches.UNDONE: "gray",
}


@dataclass(frozen=True)
class ColumnRow:
    """One column of the file in the table of columns. `notes`: what was recognised; `warning`: what a person should look at."""

    guess: ColumnGuess
    notes: tuple[str, ...]
    warning: str
    is_date: bool
    is_number: bool


def state_text(state: str) -> str:
    """The state of an import."""
    return {
        batches.UPLOADED: _("Uploaded"),
        batches.CHECKING: _("Being checked"),
        batches.READY: _("Checked"),
        batches.RUNNING: _("Being imported"),
        batches.DONE: _("Imported"),
        batches.FAILED: _("Failed"),
        batches.UNDOING: _("Being undone"),
        batches.UNDONE: _("Undone"),
    }[state]


def encodings() -> list[tuple[str, str]]:
    """The encodings to choose from."""
    return [
        ("utf-8", _("Unicode (UTF-8)")),
        ("gb18030", _("Simplified Chinese (GB18030, GBK)")),
        ("big5hkscs", _("Traditional Chinese (Big5)")),
        ("cp1252", _("Western European (Windows)")),
        ("utf-16", _("Unicode (UTF-16)")),
    ]


def delimiters() -> list[tuple[str, str]]:
    """What may stand between the cells of a line."""
    return [(",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab")), ("|", _("Vertical bar")), ("，", _("Full-width comma"))]


def with_current(options: list[tuple[str, str]], value: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The options with the value that is used now, even where it is none of them."""
    value = names.get(value, value)
    return options if any(value == each for each, _text in options) else [(value, value), *options]


def field_options(ctx: Context, entity: EntityDef) -> list[tuple[str, str]]:
    """The fields that a column may go to, by their labels; required ones are marked."""
    return [
        (key, label_of(each) + (" *" if each.field.required and each.is_writable else ""))
        for key, each in importable_fields(ctx, entity).items()
    ]


def column_row(fields: Mapping[str, FieldDef], guess: ColumnGuess) -> ColumnRow:
    """A column with what is said about it."""
    definition = fields.get(guess.field)
    if definition is None:
        return ColumnRow(guess, (), "", is_date=False, is_number=False)
    kind = definition.field.type
    is_date, is_number = kind in _DATES, kind in _NUMBERS
    notes = [*_reason(guess), *_meaning(definition, guess)]
    warning = _("Nothing tells day and month apart: please check.") if is_date and guess.ambiguous_dates else ""
    return ColumnRow(guess, tuple(notes), warning, is_date, is_number)


def _reason(guess: ColumnGuess) -> Sequence[str]:
    known = {
        "name": _("Same name"),
        "synonym": _("Name with the same meaning"),
        "similar": _("Similar name"),
        "values": _("Recognised by its values"),
    }
    return [known[guess.reason]] if guess.reason in known else []


def _meaning(definition: FieldDef, guess: ColumnGuess) -> Sequence[str]:
    name = definition.field.type
    if name in _NUMBERS and guess.shares:
        return [_("0.25 is read as 25 %%")]
    if definition.target is not None or name in _LINKED:
        return [_("Records are found by their title, number or e-mail")]
    if name in ("select", "multi_select"):
        return [_("Options are found by their name")]
    return []


def date_orders() -> list[tuple[str, str]]:
    """How dates may be written."""
    return [("dmy", _("day/month/year")), ("mdy", _("month/day/year")), ("ymd", _("year/month/day"))]


def decimal_marks() -> list[tuple[str, str]]:
    """How numbers may be written."""
    return [("", "1,234.56"), ("1", "1.234,56")]


def mode_options(ctx: Context, entity: EntityDef) -> list[tuple[str, str, str]]:
    """(mode, name, what it does) of what the person may do here."""
    rights = access.rights(ctx, entity)
    found = []
    if rights.may_create:
        found.append(("create", _("Add new records"), _("Every row becomes a new record.")))
    if rights.may_update:
        found.append(("update", _("Change existing records"), _("Rows that are not found are reported.")))
    if rights.may_create and rights.may_update:
        found.append(("upsert", _("Add and change"), _("Rows that are found change records; the others become new ones.")))
    return found


def entity_text(ctx: Context, name: str) -> str:
    """What the records of an import are called, also when their app is gone."""
    entity = ctx.catalog.find(name)
    return entity_label(entity, plural=True) if entity is not None else name


def error_lines(ctx: Context, batch: Batch, limit: int) -> list[dict[str, Any]]:
    """The errors of a batch with their sentences."""
    return [
        {
            "row": each["row"],
            "column": each["column"] or _field_text(ctx, batch, str(each["field"])),
            "value": each["value"],
            "text": translate(each["message"], each["params"]),
        }
        for each in batch.errors[:limit]
    ]


def _field_text(ctx: Context, batch: Batch, key: str) -> str:
    entity = ctx.catalog.find(batch.entity)
    definition = entity.fields.get(key) if entity is not None else None
    return label_of(definition) if definition is not None else ""
