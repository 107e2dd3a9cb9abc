"""Where a sheet's header is: below titles and blank rows, and sometimes two rows tall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shared.recipients.sheets.headers import REQUIRED, Column, Headers

ROWS_SEARCHED = 100


class HeaderRow(NamedTuple):
    """A header: the number of its (lower) row, its columns, and the texts above it."""

    number: int
    columns: tuple[Column, ...]
    preamble: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every column is there without which no row can be read."""
        return not self.missing

    @property
    def missing(self) -> tuple[str, ...]:
        """The required fields for which there is no column."""
        fields = {column.field for column in self.columns}
        return tuple(name for name in REQUIRED if name not in fields)


def find(rows: Sequence[tuple[int, Sequence[str]]], headers: Headers) -> HeaderRow | None:
    """The header among the first rows of a sheet, or None: the row in which most fields are known.

    Where a second row below names more of them (ALAMAT over RT and RW), both are the header.
    """
    best, best_score, best_number, best_index = None, 0, 0, 0
    for index, (number, cells) in enumerate(rows[:ROWS_SEARCHED]):
        single = headers.columns(cells)
        score = headers.score(single)
        if score > best_score:
            best, best_score, best_number, best_index = single, score, number, index
        if score and index + 1 < len(rows):
            below_number, below = rows[index + 1]
            both = _combined(cells, below)
            if both is None:
                continue
            double = headers.columns(both)
            score = headers.score(double)
            if score > best_score and below_number == number + 1:
                best, best_score, best_number, best_index = double, score, below_number, index
    if best is None:
        return None
    above = tuple(cell.strip() for _, cells in rows[:best_index] for cell in cells if cell.strip())
    return HeaderRow(best_number, best, tuple(dict.fromkeys(above)))


def _combined(upper: Sequence[str], lower: Sequence[str]) -> list[str] | None:
    """Two header rows as one, the lower text winning; None where the lower row holds data."""
    if any(any(char.isdigit() for char in cell) for cell in lower):
        return None
    width = max(len(upper), len(lower))
    above = [*upper, *[""] * (width - len(upper))]
    below = [*lower, *[""] * (width - len(lower))]
    return [low if low.strip() else high for high, low in zip(above, below, strict=True)]
