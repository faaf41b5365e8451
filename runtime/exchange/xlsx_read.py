"""Workbooks. The reader is written in Rust and hands out one row at a time."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from runtime.exchange.sheet import MAX_COLUMNS, Cells, ReadOptions, Sheet, unreadable

#: What a workbook may unpack to, and how much denser than usual it may be: a few kilobytes must not fill the memory.
_MAX_UNPACKED = 1_500_000_000
_MAX_RATIO = 200
_SUSPICIOUS = 50_000_000


class XlsxSheet:
    """One worksheet of a workbook."""

    def __init__(self, path: Path, worksheet: str) -> None:
        from python_calamine import CalamineError, CalamineWorkbook

        try:
            self._book = CalamineWorkbook.from_path(str(path))
            names = self._book.sheet_names
            if not names:
                raise unreadable("no_worksheet", "The workbook has no worksheet.")
            if worksheet and worksheet not in names:
                raise unreadable("no_worksheet", "There is no worksheet “{name}”.", name=worksheet[:60])
            self.worksheets = names
            self.worksheet = worksheet or _first_filled(self._book, names)
            self._sheet = self._book.get_sheet_by_name(self.worksheet)
        except (CalamineError, OSError, ValueError) as error:
            raise unreadable("broken_file", "The workbook cannot be read. Save it again and try once more.") from error

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Rows with the numbers that Excel shows; columns to the left of the table are kept as empty cells."""
        if self._sheet.start is None:
            return
        left = [""] * self._sheet.start[1]
        for number, cells in enumerate(self._sheet.iter_rows(), 1):
            if len(cells) > MAX_COLUMNS:
                raise unreadable("too_many_columns", "A row has more than {max} columns.", max=MAX_COLUMNS)
            yield number, [*left, *(_plain(cell) for cell in cells)]

    def describe(self) -> dict[str, Any]:
        return {"format": "xlsx", "worksheet": self.worksheet, "worksheets": list(self.worksheets)}

    def close(self) -> None:
        self._book.close()


def open_workbook(path: Path, options: ReadOptions) -> Sheet:
    """Opens a worksheet: the one that is named, or the first with something in it. Raises Invalid."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise unreadable("broken_file", "The workbook cannot be read. Save it again and try once more.") from error
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if unpacked > _MAX_UNPACKED or len(entries) > 10_000 or (unpacked > _SUSPICIOUS and unpacked / packed > _MAX_RATIO):
        raise unreadable("too_large", "The workbook is too large.")
    return XlsxSheet(path, options.worksheet)


def _first_filled(book: Any, names: list[str]) -> str:
    for name in names:
        if book.get_sheet_by_name(name).total_height > 0:
            return name
    return names[0]


def _plain(cell: Any) -> Any:
    if isinstance(cell, timedelta):
        minutes, seconds = divmod(int(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return cell
