"""Records out, as CSV, XLSX or JSON lines, in a stream whose memory does not grow with the records.

What is exported is what the reader's roles that may export give: those records and those fields.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from builder.fields.base import Locale
from runtime.access import export_rights
from runtime.context import Context
from runtime.errors import Forbidden
from runtime.queries.filters import readable_entity
from runtime.queries.listing import ListQuery, build_list
from runtime.queries.output import OutputField, json_rows
from runtime.queries.problems import refuse
from runtime.queries.search import SearchText
from runtime.queries.source import Source
from runtime.queries.statement import Statement, as_sqlalchemy
from runtime.tables import MANY_TO_ONE

BATCH = 2_000
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
MAX_XLSX_ROWS = 1_048_575
_CHUNK = 64 * 1024
Progress = Callable[[int], object]
_BOM = b"\xef\xbb\xbf"  # Excel reads a CSV as UTF-8 only with it
_FORMULA_STARTS = frozenset("=+-@\t\r＝＋－＠")
_PHONE = re.compile(r"^\+\d{5,15}$")
_BLANK = " \u00a0\u3000\ufeff\u200b"


@dataclass(frozen=True)
class Export:
    """A started export: its media type, the end of a file name, and the bytes."""

    media_type: str
    file_name: str
    chunks: Iterator[bytes]


def export(ctx: Context, entity_name: str, query: ListQuery, file_format: str, progress: Progress | None = None) -> Export:
    """Starts an export of all records of a list (its limit and cursor do not count). `progress` is told of each batch's size.

    The context's connection must be in a transaction that lasts until the last chunk has been taken.
    Raises NotFound, Forbidden, BadRequest before the first chunk.
    """
    if file_format not in FORMATS:
        refuse("format", "not_a_choice", "The format is csv, xlsx or jsonl.")
    entity, _ = readable_entity(ctx, entity_name)
    if not export_rights(ctx, entity).may_export:
        raise Forbidden("Your roles do not allow to export these records.")
    makers = {"csv": _csv, "xlsx": _xlsx, "jsonl": _jsonl}
    chunks = makers[file_format](ctx, entity_name, replace(query, after=None), progress or _silent)
    first = next(chunks, b"")
    return Export(FORMATS[file_format], f"{entity.key}.{file_format}", _with_first(first, chunks))


def safe_cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula: an apostrophe goes before what looks like one.

    Phone numbers such as +8613800138000 stay: they compute nothing, and other programs must be able to read them.
    """
    start = text.lstrip(_BLANK)[:1]
    return f"'{text}" if start and start in _FORMULA_STARTS and not _PHONE.match(text) else text


def _silent(count: int) -> None:
    """The progress that nobody watches."""


def _with_first(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _jsonl(ctx: Context, entity_name: str, query: ListQuery, progress: Progress) -> Iterator[bytes]:
    search = SearchText.read(query.q)
    built = build_list(ctx, entity_name, query, search, export=True)
    for rows in _batches(ctx, Statement(json_rows(built.select, built.outputs)), search, progress):
        yield "".join(f"{row[0]}\n" for row in rows).encode()


def _csv(ctx: Context, entity_name: str, query: ListQuery, progress: Progress) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    table = _Table.of(ctx, entity_name, query, progress)
    writer.writerow([safe_cell(each) for each in table.heading])
    yield _BOM + _taken(buffer)
    for rows in table.batches():
        writer.writerows([cell if number else safe_cell(cell) for cell, number in row] for row in rows)
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    found = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return found


def _xlsx(ctx: Context, entity_name: str, query: ListQuery, progress: Progress) -> Iterator[bytes]:
    import xlsxwriter

    table = _Table.of(ctx, entity_name, query, progress)
    with tempfile.TemporaryDirectory(prefix="formloom-export-") as folder:
        path = Path(folder, "export.xlsx")
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(str(path), options) as workbook:
            sheet = workbook.add_worksheet()
            bold = workbook.add_format({"bold": True})
            for column, name in enumerate(table.heading):
                sheet.write_string(0, column, name, bold)
            _fill(sheet, table)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk


def _fill(sheet: Any, table: _Table) -> None:
    line = 0
    for rows in table.batches():
        for row in rows:
            line += 1
            if line > MAX_XLSX_ROWS:
                refuse(
                    "format",
                    "too_many_rows",
                    "A sheet holds at most {max} records; narrow the filter or take CSV.",
                    max=MAX_XLSX_ROWS,
                )
            for column, (cell, number) in enumerate(row):
                if number:
                    sheet.write_number(line, column, float(cell))
                elif cell:
                    sheet.write_string(line, column, cell[:32_767])


@dataclass(frozen=True)
class _Table:
    """An export as rows of text: one column per field, people and to-one relations by their titles."""

    ctx: Context
    outputs: tuple[OutputField, ...]
    heading: list[str]
    statement: Statement
    search: SearchText
    progress: Progress

    @classmethod
    def of(cls, ctx: Context, entity_name: str, query: ListQuery, progress: Progress) -> _Table:
        search = SearchText.read(query.q)
        plain = build_list(ctx, entity_name, query, search, export=True)
        source, named = plain.source, tuple(_named(plain.source, each.name) for each in plain.outputs)
        # Once more, now with the joins that the titles need.
        built = build_list(ctx, entity_name, replace(query, fields=named), search, export=True)
        outputs, select = built.outputs, built.select
        columns = [each.value.label(f"c{number}") for number, each in enumerate(outputs)]
        statement = Statement(select.with_only_columns(*columns, maintain_column_froms=True))
        return cls(ctx, outputs, [_heading(ctx, source, each.name) for each in outputs], statement, search, progress)

    def batches(self) -> Iterator[list[list[tuple[str, bool]]]]:
        """Rows of (text, whether it is a number)."""
        locale = Locale(self.ctx.actor.language, self.ctx.workspace.zone, self.ctx.workspace.country)
        writers = [_writer(each, locale) for each in self.outputs]
        for rows in _batches(self.ctx, self.statement, self.search, self.progress):
            yield [[write(value) for write, value in zip(writers, row, strict=True)] for row in rows]


def _named(source: Source, path: str) -> str:
    """The path whose text a person can read: `company` becomes `company.title`, `owner` `owner.name`."""
    found = source.field(tuple(path.split(".")))
    if found is None or path.count(".") >= 3:
        return path
    owner, field = found
    kind = field.type.expression_type(field.field).value
    if kind in ("person", "team"):
        return f"{path}.name"
    if field.kind == MANY_TO_ONE and owner.child(field.key) is not None and source.field((*path.split("."), "title")) is not None:
        return f"{path}.title"
    return path


def _heading(ctx: Context, source: Source, path: str) -> str:
    """The label of the field that a path begins with, and of the following ones."""
    parts = path.split(".")
    labels, owner = [], source
    for number, part in enumerate(parts):
        if number and part in ("title", "name") and number == len(parts) - 1:
            break
        field = owner.entity.fields.get(part)
        if field is None:
            break
        labels.append(field.field.label.in_language(ctx.actor.language) or part)
        owner = owner.child(part) or owner
    return " / ".join(labels) or path


def _writer(output: OutputField, locale: Locale) -> Callable[[Any], tuple[str, bool]]:
    kind, field = output.type_of_value
    is_number = kind.group == "number"
    to_text = kind.to_text

    def write(value: Any) -> tuple[str, bool]:
        if value is None:
            return "", False
        if type(value) is list and value and type(value[0]) is int:
            return ", ".join(map(str, value)), False
        return to_text(field, value, locale), is_number

    return write


def _batches(ctx: Context, statement: Statement, search: SearchText, progress: Progress) -> Iterator[list[tuple[Any, ...]]]:
    """The rows through a cursor of the server, BATCH at a time."""
    raw: Any = ctx.connection.connection.driver_connection
    cursor = psycopg.RawServerCursor(raw, "formloom_export")
    try:
        cursor.itersize = BATCH
        cursor.execute(statement.sql, statement.parameters(ctx, search.parameters))
        while rows := cursor.fetchmany(BATCH):
            yield rows
            progress(len(rows))
    except psycopg.Error as error:
        raise as_sqlalchemy(statement.sql, error) from error
    finally:
        if not raw.closed:
            cursor.close()


__all__ = ["BATCH", "FORMATS", "Export", "export", "safe_cell"]
