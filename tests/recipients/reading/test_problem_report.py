"""The problem report, opened again."""

from __future__ import annotations

import io
import stat
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from shared import samples
from shared.kelurahan import configuration
from shared.platform.spreadsheet_cells import neutral
from shared.programmes.catalogue import load_catalogue
from shared.recipients.model.problems import CODES, problem
from shared.recipients.reading.problem_report import write_report
from shared.recipients.reading.rows import RowReader
from shared.recipients.reading.table import read_table

COLUMNS = ["No", "NIK", "Nama", "Ket"]
TAMANSARI = configuration.load("tamansari", Path("kelurahan"))


def _opened(source: Any) -> Any:
    return openpyxl.load_workbook(source)


def test_the_officers_columns_stay_between_row_number_and_problem(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    rows = write_report(
        path,
        COLUMNS,
        [
            (9, ["4", "", "IBU B", ""], [problem(9, "NIK", "NIK_MISSING")]),
            (7, ["2", "123", "IBU A", "x"], [problem(7, "NIK", "NIK_LENGTH"),
                                             problem(7, None, "DUPLICATE_ROW")]),
        ],
    )  # fmt: skip
    sheet = _opened(path)["Baris bermasalah"]
    values = list(sheet.iter_rows(values_only=True))
    assert rows == 2
    assert values[0] == ("Baris", *COLUMNS, "Masalah", "Yang perlu dilakukan")
    assert values[1][:5] == ("7", "2", "123", "IBU A", "x")
    assert values[2][:4] == ("9", "4", None, "IBU B")
    assert values[1][5].splitlines() == [
        "NIK: NIK tidak 16 angka. [NIK_LENGTH]",
        "Baris ini mengulang penerima, program, dan periode yang sama. [DUPLICATE_ROW]",
    ]
    assert values[1][6].splitlines() == [
        "Cocokkan dengan KTP dan tulis lengkap 16 angka.",
        "Hapus satu.",
    ]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:G3"


def test_faulty_cells_are_coloured_and_explained(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    problems = [problem(2, "NIK", "NIK_ELSEWHERE"), problem(2, "Nama", "NAME_MISSING")]
    write_report(path, COLUMNS, [(2, ["1", "5", "", ""], problems)])
    sheet = _opened(path)["Baris bermasalah"]
    colours = [sheet.cell(2, column).fill.fgColor.rgb for column in range(1, 6)]
    assert colours[2] == "FFFFE699"
    assert colours[3] == "FFF8CBAD"
    assert len({colours[0], colours[1], colours[4]}) == 1
    assert CODES["NAME_MISSING"][1] in sheet["D2"].comment.text
    assert sheet["B2"].comment is None


def test_the_guide_counts_each_code(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    rows = [(n, ["", "1", "A", ""], [problem(n, "NIK", "NIK_LENGTH")]) for n in range(2, 7)]
    rows.append((9, ["", "1", "A", ""], [problem(9, "RW", "RW_MISSING")]))
    write_report(path, COLUMNS, rows)
    values = list(_opened(path)["Petunjuk"].iter_rows(values_only=True))
    assert ("NIK_LENGTH", "Salah: tidak masuk", 5, CODES["NIK_LENGTH"][1]) in values
    assert ("RW_MISSING", "Perhatian: tetap masuk", 1, CODES["RW_MISSING"][1]) in values


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+62812", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1",
     "＝1", '=HYPERLINK("http://x")', "%0A", "|calc"],
)  # fmt: skip
def test_what_could_be_a_formula_is_text_with_an_apostrophe(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.xlsx"
    row = (2, [text, text, text, text], [problem(2, "NIK", "NIK_NOT_DIGITS")])
    write_report(path, [text, "NIK", "Nama", "Ket"], [row])
    sheet = _opened(path)["Baris bermasalah"]
    for cell in (sheet["B1"], sheet["B2"], sheet["C2"], sheet["E2"]):
        assert cell.data_type == "s"
        assert cell.value.startswith("'")
        assert unescape(cell.value)[1:].strip() == text.strip()


@pytest.mark.parametrize("text", ["-", "--", "ASEP", "0812", "'=1", "1-2", ""])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert neutral(text) == text


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=4, max_size=6))
def test_any_text_makes_a_file_that_opens_without_formulas(cells: list[str]) -> None:
    file = io.BytesIO()
    write_report(file, COLUMNS, [(2, cells, [problem(2, "NIK", "NIK_NOT_DIGITS")])])
    sheet = _opened(file)["Baris bermasalah"]
    assert all(cell.data_type in "sn" for row in sheet.iter_rows() for cell in row)
    assert all(
        not str(cell.value).startswith(("=", "+", "@")) for row in sheet.iter_rows() for cell in row
    )


def test_a_row_with_fewer_or_more_cells_than_headers_fits(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write_report(
        path,
        COLUMNS,
        [
            (2, [], [problem(2, "NIK", "NIK_MISSING")]),
            (3, ["1", "2", "3", "4", "5", "6"], [problem(3, None, "ROW_TOO_WIDE")]),
        ],
    )
    values = list(_opened(path)["Baris bermasalah"].iter_rows(values_only=True))
    assert values[0][4:7] == ("Ket", "(tanpa judul)", "(tanpa judul)")
    assert values[1][:2] == ("2", None)
    assert values[2][1:7] == ("1", "2", "3", "4", "5", "6")
    assert "ROW_TOO_WIDE" in values[2][7]


def test_a_very_long_text_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    row = (2, ["x" * 40_000, "", "", ""], [problem(2, "NIK", "NIK_MISSING")])
    write_report(path, COLUMNS, [row])
    assert len(_opened(path)["Baris bermasalah"]["B2"].value) == 32_000


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    assert write_report(path, COLUMNS, []) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _opened(path).sheetnames == ["Baris bermasalah", "Petunjuk"]


def _read(path: Path) -> RowReader:
    table = read_table(path, limits=TAMANSARI.limits)
    reader = RowReader(table, TAMANSARI, load_catalogue())
    list(reader)
    reader.headers = [column.header for column in table.columns]  # type: ignore[attr-defined]
    return reader


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_report_that_is_uploaded_as_it_is_has_the_same_errors(tmp_path: Path, kind: str) -> None:
    listed, report = tmp_path / f"list.{kind}", tmp_path / "report.xlsx"
    samples.write(samples.make(TAMANSARI, people=300, seed=3), listed)
    first = _read(listed)
    by_row: dict[int, list[Any]] = {}
    for each in first.problems:
        by_row.setdefault(each.row, []).append(each)
    faulty = first.faulty
    write_report(
        report,
        first.headers,  # type: ignore[attr-defined]
        [(row, faulty[row], problems) for row, problems in by_row.items()],
    )
    again = _read(report)
    rows = sorted(by_row)
    said = {(rows[each.row - 2], each.code) for each in again.problems if each.severity == "error"}
    errors = {(each.row, each.code) for each in first.problems if each.severity == "error"}
    assert said == errors
    assert any(code == "NIK_NUMERIC_CELL" for _, code in errors)
