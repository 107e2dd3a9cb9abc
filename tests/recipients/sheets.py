"""Small lists for tests, as files of every kind, and what the reader makes of them."""

from __future__ import annotations

import csv
import datetime
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from shared.kelurahan import configuration as kelurahans
from shared.programmes.catalogue import load_catalogue as load_catalogue
from shared.recipients.reading import table as reading
from shared.recipients.reading.rows import Row, RowReader
from shared.recipients.reading.table import read_table

ROOT = Path(__file__).resolve().parents[2]
TAMANSARI = kelurahans.load("tamansari", ROOT / "kelurahan")
CATALOGUE = load_catalogue()
Cell = str | int | float | datetime.date
HEADER = ("NIK", "No KK", "Nama", "RW", "RT", "Alamat", "Program", "Periode")


def nik(serial: int = 1, *, prefix: str = "327309", date: str = "010190") -> str:
    """A made-up NIK of the example's kecamatan; nobody was born so often on one day."""
    return f"{prefix}{date}{serial:04d}"


def kk(serial: int = 1) -> str:
    return f"327309010115{serial:04d}"


def person(serial: int = 1, **changes: Cell) -> list[Cell]:
    """A row under HEADER with nothing wrong with it, but for `changes` (by header, lower case)."""
    row: dict[str, Cell] = {
        "nik": nik(serial),
        "no_kk": kk(serial),
        "nama": f"WARGA {_letters(serial)}",
        "rw": "03",
        "rt": "07",
        "alamat": "JL. CONTOH NO. 1",
        "program": "PKH",
        "periode": "Tahap 3 2026",
    }
    unknown = set(changes) - set(row)
    assert not unknown, unknown
    return list({**row, **changes}.values())


def _letters(serial: int) -> str:
    return "".join(chr(65 + int(digit)) for digit in str(serial))


def write_csv(
    path: Path, rows: Iterable[Sequence[Any]], *, delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def write_xlsx(
    path: Path,
    rows: Iterable[Sequence[Cell]],
    *,
    sheet: str = "Data",
    merged: Sequence[tuple[int, int, int, int]] = (),
    before: Sequence[tuple[str, Iterable[Sequence[Cell]]]] = (),
    hidden: Sequence[str] = (),
) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, content in (*before, (sheet, rows)):
            page = book.add_worksheet(name)
            if name in hidden:
                page.hide()
            for place, row in enumerate(content):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime.date):
                        page.write_datetime(place, column, cell, day)
                    elif isinstance(cell, int | float):
                        page.write_number(place, column, cell)
                    elif cell:
                        page.write_string(place, column, cell)
            if name == sheet:
                for span in merged:
                    value = list(map(list, content))[span[0]][span[1]]
                    page.merge_range(*span, value)
    return path


def write_xls(path: Path, rows: Iterable[Sequence[Cell]]) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(place, column, cell)
    book.save(str(path))
    return path


def write_ods(path: Path, rows: Iterable[Sequence[Cell]]) -> Path:
    document = OpenDocumentSpreadsheet()
    table = Table(name="Data")
    for row in rows:
        line = TableRow()
        for cell in row:
            if isinstance(cell, int | float):
                line.addElement(TableCell(valuetype="float", value=str(cell)))
            else:
                box = TableCell(valuetype="string")
                box.addElement(P(text=str(cell)))
                line.addElement(box)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    document.save(str(path))
    return path


def table(path: Path, **options: Any) -> reading.Table:
    return read_table(path, limits=options.pop("limits", TAMANSARI.limits), **options)


class Outcome:
    """What the reader says of a file."""

    def __init__(self, path: Path, *, is_quick: bool = True, kelurahan: Any = TAMANSARI) -> None:
        self.table = table(path, aliases=kelurahan.column_aliases)
        self.reader = RowReader(self.table, kelurahan, CATALOGUE, is_quick=is_quick)
        self.rows: list[Row] = list(self.reader)

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.reader.problems]

    @property
    def places(self) -> list[tuple[int, str | None, str]]:
        return [(each.row, each.column, each.code) for each in self.reader.problems]


def read(
    folder: Path, *rows: Sequence[Any], header: Sequence[str] = HEADER, **options: Any
) -> Outcome:
    """The outcome for a CSV of these rows under a header."""
    return Outcome(write_csv(folder / "daftar.csv", [header, *rows]), **options)


def with_merged(path: Path, *ranges: str) -> Path:
    """The workbook with other merged ranges ("A2:A9") in its first sheet, however they overlap."""
    name = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as book:
        parts = {part: book.read(part) for part in book.namelist()}
    merged = "".join(f'<mergeCell ref="{each}"/>' for each in ranges)
    content = re.sub(rb"<mergeCells.*</mergeCells>", b"", parts[name], flags=re.DOTALL)
    head, tail = content.split(b"</sheetData>")
    added = f'</sheetData><mergeCells count="{len(ranges)}">{merged}</mergeCells>'.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for part, old in parts.items():
            book.writestr(part, head + added + tail if part == name else old)
    return path
