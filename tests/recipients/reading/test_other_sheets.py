"""A workbook with one sheet for each RW: what isn't read must not be lost in silence."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from shared.recipients.model.batch import State
from tests.recipients.office import HEADERS, Office, row


def _workbook(path: Path, sheets: dict[str, list[list[str]]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
    return path


def test_sheets_that_were_not_read_hold_the_batch(office: Office) -> None:
    path = _workbook(
        office.folder / "per-rw.xlsx",
        {f"RW {n}": [HEADERS, *(row(n * 10 + each) for each in range(3))] for n in range(3)},
    )
    batch = office.sync.prepare(path, path.name, office.operator)
    assert (batch.state, batch.people) == (State.BLOCKED, 3)
    assert batch.blocked_for == ("OTHER_SHEETS_UNREAD",)


def test_a_sheet_without_a_list_holds_nothing(office: Office) -> None:
    path = _workbook(
        office.folder / "satu.xlsx",
        {"Petunjuk": [["Isi lembar kedua"]], "Data": [HEADERS, row(1)], "Rekap": [["PKH", "1"]]},
    )
    assert office.sync.prepare(path, path.name, office.operator).state is State.WAITING
