"""File formats of samples: .xlsx (xlsxwriter, row by row) and .csv."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from shared.samples.clerk_entry import Cell
from shared.samples.layouts import Layout

_CREATED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


class Sheet(Protocol):
    """A file that takes rows from top to bottom."""

    def title(self, text: str) -> None:
        """Write a row above the header that holds one text, over the whole width."""

    def row(self, cells: Sequence[Cell]) -> None:
        """Write the next row: text stays text, a number stays a number."""

    def close(self) -> None:
        """Finish the file."""


def open_sheet(path: Path, layout: Layout) -> Sheet:
    """Open a new file of its suffix's kind; raises ValueError for a suffix that isn't supported."""
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        return _Xlsx(path, layout)
    if suffix == ".csv":
        return _Csv(path, layout)
    raise ValueError("only .xlsx and .csv are written")


class _Xlsx:
    def __init__(self, path: Path, layout: Layout) -> None:
        import xlsxwriter

        self._book: Any = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        self._book.set_properties({"created": _CREATED.replace(tzinfo=None)})
        self._sheet = self._book.add_worksheet(layout.sheet)
        self._bold = self._book.add_format({"bold": True})
        self._width = len(layout.header)
        self._next = 0

    def title(self, text: str) -> None:
        if text:
            self._sheet.merge_range(self._next, 0, self._next, self._width - 1, text, self._bold)
        self._next += 1

    def row(self, cells: Sequence[Cell]) -> None:
        text, number, place = self._sheet.write_string, self._sheet.write_number, self._next
        for column, cell in enumerate(cells):
            if isinstance(cell, int):
                number(place, column, cell)
            elif cell:
                text(place, column, cell)
        self._next += 1

    def close(self) -> None:
        self._book.close()


class _Csv:
    def __init__(self, path: Path, layout: Layout) -> None:
        self._file = path.open("w", encoding=layout.encoding, newline="")
        self._write = csv.writer(self._file, delimiter=layout.delimiter).writerow
        self._width = len(layout.header)
        self._comma = "," if layout.delimiter == ";" else "."

    def title(self, text: str) -> None:
        self._write([text] + [""] * (self._width - 1))

    def row(self, cells: Sequence[Cell]) -> None:
        self._write([self._shown(cell) if isinstance(cell, int) else cell for cell in cells])

    def close(self) -> None:
        self._file.close()

    def _shown(self, number: int) -> str:
        """Return what Excel saves for a number: from 12 digits on, six significant ones and E."""
        if number < 10**11:
            return str(number)
        return f"{number:.5E}".replace(".", self._comma)
