"""The problem report: the rows of a list that have problems, as a spreadsheet for its officer.

The officer's own columns stay as they are, in their order, between the row's number in the list
and what is wrong with it. Faulty cells are coloured. A cell that a spreadsheet program could take
for a formula gets an apostrophe in front, so that it stays text even when saved as CSV.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any, Final

from shared.platform.spreadsheet_cells import neutral
from shared.recipients.model.problems import CODES, Problem

__all__ = ["write_report"]

FaultyRow = tuple[int, Sequence[str], Sequence[Problem]]

_SHEET: Final = "Baris bermasalah"
_GUIDE: Final = "Petunjuk"
_FRONT: Final = "Baris"
_BEHIND: Final = ("Masalah", "Yang perlu dilakukan")
_MOST_COLUMNS: Final = 1_000
_NO_HEADER: Final = "(tanpa judul)"
_MOST_COMMENTS: Final = 2_000
_KIND: Final = {"error": "Salah: tidak masuk", "warning": "Perhatian: tetap masuk"}
_ADVICE: Final = (
    "Lembar ini memuat data pribadi. Jangan dibagikan, dan hapus sesudah selesai.",
    "Perbaiki daftar aslinya menurut kolom Masalah, lalu unggah daftar itu lagi seluruhnya.",
    "Kolom Baris adalah nomor baris pada daftar asli.",
    "Baris yang salah tidak masuk; baris dengan perhatian tetap masuk.",
)


def write_report(
    path: Path | IO[bytes],
    columns: Sequence[str],
    rows: Iterable[FaultyRow],
    *,
    scratch: Path | None = None,
) -> int:
    """Write the report as .xlsx; return how many rows it has.

    `columns`: the officer's headers. A row: its number in the list, its cells, its problems.
    A file that is made is readable by its owner alone. `scratch`: a private folder for what lies
    on disk meanwhile (without it, the system's).
    """
    import xlsxwriter

    if isinstance(path, Path):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    target = str(path) if isinstance(path, Path) else path
    aside = {} if scratch is None else {"tmpdir": str(scratch)}
    book: Any = xlsxwriter.Workbook(target, {"constant_memory": True, **aside})
    in_order = sorted(rows, key=lambda each: each[0])
    widest = min(max((len(cells) for _, cells, _ in in_order), default=0), _MOST_COLUMNS)
    more = max(0, widest - len(columns))  # a row that its file gave more cells than headers
    report = _Report(book, (*columns, *(_NO_HEADER,) * more))
    try:
        for row in in_order:
            report.add(*row)
        report.finish()
    finally:
        book.close()
    return report.rows


def _parted(problem: Problem) -> tuple[str, str]:
    """Return what is wrong, and what to do about it: the first sentence, and the others."""
    what, point, then = problem.message.partition(". ")
    return (what + point.rstrip(), then) if then else (what, what)


class _Report:
    def __init__(self, book: Any, columns: Sequence[str]) -> None:
        self._columns = columns
        self._at: dict[str, int] = {}
        for index, header in enumerate(columns):
            self._at.setdefault(header, index)
        self._counts: Counter[str] = Counter()
        self._comments = 0
        self.rows = 0
        self._head = book.add_format({"bold": True, "bg_color": "#E7E6E6", "text_wrap": True})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._marks = {
            "error": book.add_format({"bg_color": "#F8CBAD"}),
            "warning": book.add_format({"bg_color": "#FFE699"}),
        }
        self._numbers = {
            kind: book.add_format({"bg_color": mark.bg_color, "num_format": "0"})
            for kind, mark in self._marks.items()
        }
        self._sheet = book.add_worksheet(_SHEET)
        self._guide = book.add_worksheet(_GUIDE)
        self._sheet.set_column(0, 0, 7)
        self._sheet.set_column(1, max(1, len(columns)), 18)
        self._sheet.set_column(len(columns) + 1, len(columns) + 2, 48)
        self._sheet.freeze_panes(1, 1)
        for place, header in enumerate((_FRONT, *columns, *_BEHIND)):
            self._sheet.write_string(0, place, neutral(header), self._head)

    def add(self, number: int, cells: Sequence[str], problems: Sequence[Problem]) -> None:
        """Write the next row of the report."""
        self.rows += 1
        self._counts.update(problem.code for problem in problems)
        by_column: dict[int, list[Problem]] = {}
        for problem in problems:
            if problem.column is not None and problem.column in self._at:
                by_column.setdefault(self._at[problem.column], []).append(problem)
        self._sheet.write_string(self.rows, 0, str(number))
        for index in range(len(self._columns)):
            cell = cells[index] if index < len(cells) else ""
            self._cell(index + 1, str(cell), by_column.get(index, ()))
        parts = [(problem, *_parted(problem)) for problem in problems]
        what = [f"{self._place(problem)}{said} [{problem.code}]" for problem, said, _ in parts]
        then = [todo for _, _, todo in parts]
        for place, texts in enumerate((what, then), len(self._columns) + 1):
            self._sheet.write_string(self.rows, place, neutral("\n".join(texts)), self._wrapped)

    def _cell(self, place: int, text: str, problems: Sequence[Problem]) -> None:
        if not problems:
            if text:
                self._sheet.write_string(self.rows, place, neutral(text))
            return
        kind = min((problem.severity for problem in problems), key=("error", "warning").index)
        lost = any(problem.code.endswith("_NUMERIC_CELL") for problem in problems)
        if lost and text.isascii() and text.isdigit():
            # as text it would look whole, and pass when the report itself is uploaded
            self._sheet.write_number(self.rows, place, int(text), self._numbers[kind])
        elif text:
            self._sheet.write_string(self.rows, place, neutral(text), self._marks[kind])
        else:
            self._sheet.write_blank(self.rows, place, None, self._marks[kind])
        if self._comments < _MOST_COMMENTS:  # Excel becomes slow with many
            self._comments += 1
            said = "\n".join(problem.message for problem in problems)
            self._sheet.write_comment(self.rows, place, said, {"x_scale": 2})

    def _place(self, problem: Problem) -> str:
        return f"{problem.column}: " if problem.column else ""

    def finish(self) -> None:
        """Add the filter over all rows, and the sheet that explains the codes."""
        self._sheet.autofilter(0, 0, self.rows, len(self._columns) + len(_BEHIND))
        self._guide.set_column(0, 0, 28)
        self._guide.set_column(1, 1, 24)
        self._guide.set_column(2, 2, 9)
        self._guide.set_column(3, 3, 90)
        for row, sentence in enumerate(_ADVICE):
            self._guide.write_string(row, 0, sentence)
        first = len(_ADVICE) + 1
        for column, header in enumerate(("Kode", "Jenis", "Jumlah", "Penjelasan")):
            self._guide.write_string(first, column, header, self._head)
        for row, (code, count) in enumerate(self._counts.most_common(), first + 1):
            severity, sentence = CODES.get(code, ("error", ""))
            self._guide.write_string(row, 0, code)
            self._guide.write_string(row, 1, _KIND.get(severity, ""))
            self._guide.write_number(row, 2, count)
            self._guide.write_string(row, 3, sentence)
