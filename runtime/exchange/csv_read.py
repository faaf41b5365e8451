"""CSV in any of the encodings and with any of the separators that people's programs write."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from runtime.exchange.encoding import ENCODINGS, guess_encoding
from runtime.exchange.sheet import MAX_COLUMNS, Cells, ReadOptions, Sheet, unreadable

DELIMITERS = (",", ";", "\t", "|", "，")
_SAMPLE_LINES = 50
_SAMPLE_CHARACTERS = 200_000
#: Longest cell; what is longer is a quotation mark that was never closed.
_MAX_CELL = 500_000


class CsvSheet:
    """A CSV file on disk."""

    def __init__(self, path: Path, encoding: str, delimiter: str) -> None:
        self._path = path
        self.encoding = encoding
        self.delimiter = delimiter

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Row numbers count records, not lines: a cell may hold line breaks."""
        csv.field_size_limit(_MAX_CELL)
        with self._path.open(encoding=self.encoding, errors="replace", newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            number = 0
            try:
                for number, cells in enumerate(reader, 1):
                    if len(cells) > MAX_COLUMNS:
                        raise unreadable("too_many_columns", "A row has more than {max} columns.", max=MAX_COLUMNS)
                    yield number, cells
            except csv.Error as error:
                raise unreadable(
                    "broken_row", "Row {row} cannot be read; is a quotation mark missing?", row=number + 1
                ) from error

    def describe(self) -> dict[str, Any]:
        return {"format": "csv", "encoding": self.encoding, "delimiter": self.delimiter}

    def close(self) -> None: ...


def open_csv(path: Path, options: ReadOptions) -> Sheet:
    """Opens a CSV file; encoding and delimiter are guessed unless they are given. Raises Invalid for an unknown encoding."""
    encoding = options.encoding.lower().replace("_", "-") or guess_encoding(path)
    if encoding not in ENCODINGS:
        raise unreadable("encoding", "The encoding “{name}” is not known.", name=options.encoding[:40])
    if len(options.delimiter) > 1:
        raise unreadable("delimiter", "The separator is one character.")
    return CsvSheet(path, encoding, options.delimiter or guess_delimiter(path, encoding))


def guess_delimiter(path: Path, encoding: str) -> str:
    """The separator that cuts the first rows into the most columns of equal number."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        text = file.read(_SAMPLE_CHARACTERS)
    named = text[:5].lower()
    if named.startswith("sep=") and text[4:5] in DELIMITERS:
        return text[4]
    return max(DELIMITERS, key=lambda delimiter: _fitness(text, delimiter))


def _fitness(text: str, delimiter: str) -> float:
    try:
        rows = list(islice(csv.reader(io.StringIO(text), delimiter=delimiter), _SAMPLE_LINES))
    except csv.Error:
        return 0.0
    widths = Counter(len(row) for row in rows if row)
    if not widths:
        return 0.0
    width, count = widths.most_common(1)[0]
    return 0.0 if width < 2 else count / sum(widths.values()) * (1 + width / 100)
