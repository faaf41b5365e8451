"""The rows of an import that were refused, as a workbook to be mended and imported again: bad cells are marked and explained."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from builder.errors import Problem
from runtime.context import Context
from runtime.errors import NotFound
from runtime.exchange import batches
from runtime.exchange.cells import name_of
from runtime.exchange.importing import data_rows, read_options
from runtime.exchange.sheet import open_sheet

Translate = Callable[[str, Mapping[str, Any]], str]
_HEADING = Problem("", "heading", "What is wrong")
_WIDEST = 32_000  # characters that a cell may hold


def plain_text(message: str, params: Mapping[str, Any]) -> str:
    """A message in English with its values filled in."""
    return message.format_map(dict(params)) if params else message


def error_workbook(ctx: Context, batch_id: int, translate: Translate = plain_text) -> bytes:
    """An XLSX file: the headings, the refused rows as they were, and a last column with what is wrong.

    Raises NotFound when there are no errors, or the file is kept no longer.
    """
    import xlsxwriter

    batch = batches.get_batch(ctx, batch_id)
    by_row: dict[int, list[dict[str, Any]]] = {}
    for error in batch.errors:
        by_row.setdefault(int(error["row"]), []).append(error)
    if not by_row:
        raise NotFound
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold, bad = book.add_format({"bold": True}), book.add_format({"bg_color": "#F8D7DA", "border": 1, "border_color": "#DC3545"})
    headers = [str(each["header"] or each["letter"]) for each in batch.columns]
    places = {str(each["field"]): int(each["column"]) for each in batch.columns if each.get("field")}
    for column, header in enumerate([*headers, translate(_HEADING.message, {})]):
        sheet.write_string(0, column, header[:_WIDEST], bold)
    with batches.file_of(ctx.connection, batch_id) as path:
        source = open_sheet(path, batch.file_name, read_options(batch))
        line = 0
        for number, cells in data_rows(source.rows(), batch):
            errors = by_row.get(number)
            if errors is None:
                continue
            line += 1
            marked = {places[each["field"]] for each in errors if each["field"] in places}
            for column in range(len(headers)):
                text = name_of(cells[column]) if column < len(cells) else ""
                sheet.write_string(line, column, text[:_WIDEST], bad if column in marked else None)
            told = "; ".join(_sentence(each, translate) for each in errors)
            sheet.write_string(line, len(headers), told[:_WIDEST])
            if line == len(by_row):
                break
        source.close()
    book.close()
    return target.getvalue()


def _sentence(error: Mapping[str, Any], translate: Translate) -> str:
    text = translate(error["message"], error["params"])
    return f"{error['column']}: {text}" if error["column"] else text
