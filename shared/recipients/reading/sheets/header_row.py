"""Detection of a sheet's header row: below titles and blank rows, sometimes two rows tall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shared.recipients.model import periods
from shared.recipients.reading.sheets.headers import REQUIRED, Column, Headers

ROWS_SEARCHED = 100


class HeaderRow(NamedTuple):
    """A header: the number of its (lower) row, its columns, and the texts above it."""

    number: int
    columns: tuple[Column, ...]
    preamble: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether all the columns are there that reading a row requires."""
        return not self.missing

    @property
    def missing(self) -> tuple[str, ...]:
        """The required fields for which there is no column."""
        fields = {column.field for column in self.columns}
        return tuple(name for name in REQUIRED if name not in fields)


def find(rows: Sequence[tuple[int, Sequence[str]]], headers: Headers) -> HeaderRow | None:
    """Find the header among a sheet's first rows: the row in which most fields are known.

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
            both = _combined(cells, below, headers)
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


def _combined(upper: Sequence[str], lower: Sequence[str], headers: Headers) -> list[str] | None:
    """Return two header rows as one, the lower text winning; None where the lower holds data.

    An upper text holds for the blank cells to its right, since it may be merged over them.
    """
    if any(any(map(str.isdigit, cell)) and not _names_a_stage(cell) for cell in lower):
        return None
    if sum(1 for cell in upper if cell.strip()) < 2:
        return None  # a title
    width = max(len(upper), len(lower))
    above = [*upper, *[""] * (width - len(upper))]
    below = [*lower, *[""] * (width - len(lower))]
    both, over = [], ""
    for high, low in zip(above, below, strict=True):
        over = high if high.strip() else over
        both.append(headers.under(over, low) if low.strip() else high)
    return both


def _names_a_stage(cell: str) -> bool:
    return any(map(str.isalpha, cell)) and bool(periods.canonical(cell))
