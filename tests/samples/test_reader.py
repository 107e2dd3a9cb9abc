"""The reader of lists, held against the ledger of the generator: every defect found, no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdfTable
from odf.table import TableCell, TableRow
from odf.text import P

from shared import samples
from shared.kelurahan import configuration
from shared.programmes.catalogue import load_catalogue
from shared.recipients.reading.rows import RowReader
from shared.recipients.reading.table import read_table

TAMANSARI = configuration.load("tamansari", Path("kelurahan"))


@pytest.fixture(scope="module")
def sample() -> samples.Sample:
    return samples.make(TAMANSARI, people=400, seed=11)


def _rows(path: Path) -> Iterator[tuple[Any, ...]]:
    """The cells of an .xlsx; None where there is nothing."""
    yield from openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)


def _as_xls(path: Path) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    for row, cells in enumerate(_rows(path)):
        for column, cell in enumerate(cells):
            if cell is not None:
                sheet.write(row, column, cell)
    book.save(str(path.with_suffix(".xls")))
    return path.with_suffix(".xls")


def _as_ods(path: Path) -> Path:
    book = OpenDocumentSpreadsheet()
    table = OdfTable(name="Data")
    for cells in _rows(path):
        row = TableRow()
        for cell in cells:
            if isinstance(cell, int):
                made = TableCell(valuetype="float", value=cell)
            else:
                made = TableCell(**({} if cell is None else {"valuetype": "string"}))
            if cell is not None:
                made.addElement(P(text=str(cell)))
            row.addElement(made)
        table.addElement(row)
    book.spreadsheet.addElement(table)
    book.save(str(path.with_suffix(".ods")))
    return path.with_suffix(".ods")


@pytest.mark.parametrize("kind", [".csv", ".xlsx", ".xls", ".ods"])
@pytest.mark.parametrize("layout", list(samples.LAYOUTS))
def test_the_reader_finds_what_the_ledger_says(
    sample: samples.Sample, tmp_path: Path, layout: str, kind: str
) -> None:
    path = tmp_path / f"list{'.csv' if kind == '.csv' else '.xlsx'}"
    ledger = samples.write(sample, path, layout=layout)
    path = {".xls": _as_xls, ".ods": _as_ods}.get(kind, lambda same: same)(path)

    table = read_table(path, limits=TAMANSARI.limits)
    reader = RowReader(table, TAMANSARI, load_catalogue())
    rows = list(reader)
    found: dict[int, list[str]] = {}
    for problem in reader.problems:
        found.setdefault(problem.row, []).append(problem.code)

    assert table.header_row == ledger.header_row
    assert table.passed_over == ledger.passed_over
    assert reader.row_count == ledger.rows
    assert {row: sorted(codes) for row, codes in found.items()} == {
        row: sorted(codes) for row, codes in ledger.expected.items()
    }
    assert (reader.people, reader.entitlement_count) == (ledger.people, ledger.entitlements)
    known = {row.nik for row in rows} - reader.conflicted
    assert known == {person.nik for person in ledger.through}


@pytest.mark.parametrize("layout", list(samples.LAYOUTS))
def test_a_clean_list_has_nothing_to_report(
    sample: samples.Sample, tmp_path: Path, layout: str
) -> None:
    path = tmp_path / "list.csv"
    ledger = samples.write(sample, path, layout=layout, defects=False)
    reader = RowReader(read_table(path, limits=TAMANSARI.limits), TAMANSARI, load_catalogue())
    rows = list(reader)
    assert reader.problems == []
    assert reader.people == ledger.people == len(sample.people)
    places = {(row.nik, row.rw, row.rt) for row in rows}
    assert places == {(p.nik, p.family.rw, p.family.rt) for p in sample.people}
