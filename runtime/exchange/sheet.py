"""A table from a file: rows of cells, one after the other, whatever the format. Rows are never all in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from builder.errors import Problem
from runtime.errors import Invalid

Cells = list[Any]
"""Of a CSV file always text; of a workbook text, float, bool, date, datetime, time. Empty cells are ''."""

MAX_COLUMNS = 1_000


class Sheet(Protocol):
    """An opened file. `describe` says how it was read, for the options of the import."""

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """(row number as a spreadsheet shows it, cells) of every row from the top; can be asked again."""

    def describe(self) -> dict[str, Any]:
        """Encoding and delimiter, or name of the worksheet."""

    def close(self) -> None:
        """Lets the file go."""


@dataclass(frozen=True)
class ReadOptions:
    """What is known about a file beforehand; empty values are guessed."""

    encoding: str = ""
    delimiter: str = ""
    worksheet: str = ""


def open_sheet(path: Path, file_name: str, options: ReadOptions | None = None) -> Sheet:
    """Opens a CSV or XLSX file by its content, not by its name. Raises Invalid for anything else, broken or dangerous."""
    from runtime.exchange.csv_read import open_csv
    from runtime.exchange.xlsx_read import open_workbook

    chosen = options or ReadOptions()
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise unreadable("empty_file", "The file is empty.")
    if start.startswith(b"PK\x03\x04"):
        return open_workbook(path, chosen)
    if start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")):
        raise unreadable("unknown_format", "Save the table as .xlsx or .csv; “{name}” cannot be read.", name=file_name[:100])
    return open_csv(path, chosen)


def unreadable(code: str, message: str, **params: object) -> Invalid:
    """The refusal of a whole file."""
    return Invalid([Problem("file", code, message, params)])


def is_blank(cells: Cells) -> bool:
    """Whether nothing stands in a row."""
    return not any(cell != "" and cell is not None and (not isinstance(cell, str) or cell.strip()) for cell in cells)


def column_letter(number: int) -> str:
    """0 is A, 26 is AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
