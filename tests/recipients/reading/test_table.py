"""Files of every kind that a clerk saves, and tables out of them."""

from __future__ import annotations

import dataclasses
import datetime
import gc
from pathlib import Path

import pytest

from shared.platform.errors import FileRejected
from shared.recipients.reading import table as reading
from shared.recipients.reading.sheets.cell_kinds import DateText, NumericText
from shared.recipients.reading.sheets.workbook import Workbook
from tests.recipients import sheets
from tests.recipients.sheets import HEADER, TAMANSARI, Outcome, person, table

ROWS = [HEADER, person(1), person(2)]


def _write(path: Path, rows: list[list[sheets.Cell]]) -> Path:
    kind = path.suffix
    if kind == ".xlsx":
        return sheets.write_xlsx(path, rows)
    if kind == ".xls":
        return sheets.write_xls(path, rows)
    if kind == ".ods":
        return sheets.write_ods(path, rows)
    return sheets.write_csv(path, rows, delimiter="\t" if kind == ".tsv" else ",")


@pytest.mark.parametrize("kind", [".xlsx", ".xls", ".ods", ".csv", ".tsv"])
def test_every_kind_of_file_says_the_same(tmp_path: Path, kind: str) -> None:
    outcome = Outcome(_write(tmp_path / f"daftar{kind}", ROWS))
    assert outcome.codes == []
    assert [row.number for row in outcome.rows] == [2, 3]
    first = outcome.rows[0]
    assert (first.nik, first.kk, first.name) == (sheets.nik(1), sheets.kk(1), "WARGA B")
    assert (first.rw, first.rt, first.address) == ("03", "07", "JL. CONTOH NO. 1")
    assert first.entitlements == (("pkh", "Tahap 3 2026", ""),)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_of_every_encoding_and_delimiter_is_read(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    rows = [["DAFTAR, PENERIMA; 2026"], [], HEADER, person(1, nama="JOSÉ ÁVILA, S.PD")]
    path = sheets.write_csv(tmp_path / "a.csv", rows, delimiter=delimiter, encoding=encoding)
    outcome = Outcome(path)
    assert outcome.rows[0].name == "JOSÉ ÁVILA, S.PD"
    assert outcome.table.header_row == 3


def test_the_delimiter_that_excel_declares_is_used(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\nNIK;Nama;Program\n" + f"{sheets.nik()};WARGA, A;PKH\n")
    assert Outcome(path).rows[0].name == "WARGA, A"


def test_the_name_of_a_file_says_nothing_of_its_kind(tmp_path: Path) -> None:
    text_as_xls = sheets.write_csv(tmp_path / "a.xls", ROWS, delimiter="\t")
    book_as_csv = sheets.write_xlsx(tmp_path / "a.xlsx", ROWS).rename(tmp_path / "b.csv")
    assert len(Outcome(text_as_xls).rows) == len(Outcome(book_as_csv).rows) == 2


def test_titles_blanks_totals_and_notes_are_passed_over_and_counted(tmp_path: Path) -> None:
    rows = [
        ["DAFTAR PENERIMA"],
        [],
        ["Kelurahan", "Taman Sari"],
        HEADER,
        list(range(1, 9)),
        person(1),
        [],
        ["RW 04"],
        person(2),
        HEADER,
        person(3),
        ["", "", "JUMLAH", "3"],
        ["Grand Total", "", "", "", "", "3"],
        ["*) data per 24 November 2026"],
        [" ", "\u00a0"],
    ]
    for path in (
        sheets.write_csv(tmp_path / "a.csv", rows),
        sheets.write_xlsx(tmp_path / "a.xlsx", rows),
    ):
        outcome = Outcome(path)
        assert [row.number for row in outcome.rows] == [6, 9, 11]
        assert outcome.codes == []
        assert outcome.table.header_row == 4
        assert outcome.table.passed_over == 3 + 8


def test_a_total_row_in_the_column_of_the_nik_is_passed_over(tmp_path: Path) -> None:
    outcome = sheets.read(tmp_path, person(1), ["JUMLAH SELURUH PENERIMA", "1"])
    assert (outcome.codes, outcome.table.passed_over) == ([], 1)


def test_a_row_with_a_name_alone_beside_its_number_is_a_row(tmp_path: Path) -> None:
    outcome = sheets.read(tmp_path, person(1), ["", "", "UJANG", "03"])
    assert "NIK_MISSING" in outcome.codes


SIGNATURE = [
    [],
    ["", "", "", "", "", "Bandung, 24 November 2026"],
    ["Mengetahui,", "", "", "", "", "Yang membuat,"],
    ["LURAH TAMAN SARI", "", "", "", "", "Operator SIKS-NG"],
    [],
    ["", "", "KOSASIH, S.STP", "", "", "KARTIKA"],
    ["", "", "NIP. 19800101 200501 1 001"],
    ["NIP 198001012005011001"],
]


def test_signatures_below_the_data_are_passed_over_and_counted(tmp_path: Path) -> None:
    rows = [HEADER, person(1), *SIGNATURE]
    for path in (
        sheets.write_csv(tmp_path / "a.csv", rows),
        sheets.write_xlsx(tmp_path / "a.xlsx", rows),
    ):
        outcome = Outcome(path)
        assert outcome.codes == []
        assert outcome.table.passed_over == len(SIGNATURE)


@pytest.mark.parametrize(
    "cells",
    [
        ["Sub-total", "", "", "", "", "", "2", ""],
        ["", "", "SUB TOTAL RW 02", "", "", "", "", ""],
        ["RW 02", "", "", "", "", "", "2 KPM", ""],
        ["", "", "RW 02", "", "", "", "", "2 KPM"],
        ["", "", "Jumlah RW 02", "", "", "", "2", ""],
        ["RW 02 Jumlah 2 KPM", "", "", "", "", "", "", ""],
        ["No. KTP", "Nomor KK", "Nama Lengkap", "RW", "RT", "Alamat", "Bansos", "Tahap"],
        ["", "", "", "RW", "RT", "", "", ""],
        ["", "", "Catatan: data sementara", "", "", "", "", ""],
    ],
)
def test_rows_between_the_parts_of_a_list_are_passed_over(tmp_path: Path, cells: list[str]) -> None:
    outcome = sheets.read(tmp_path, person(1), cells, person(2))
    assert outcome.codes == []
    assert ([row.number for row in outcome.rows], outcome.table.passed_over) == ([2, 4], 1)


@pytest.mark.parametrize("first", ["1", "a", "A", "(1)"])
@pytest.mark.parametrize("is_repeated", [False, True])
def test_a_row_that_numbers_the_columns_is_passed_over(
    tmp_path: Path, first: str, is_repeated: bool
) -> None:
    start = first.strip("()")
    numbers = [first.replace(start, chr(ord(start) + at)) for at in range(8)]
    rows = [person(1), HEADER, numbers] if is_repeated else [numbers, person(1)]
    outcome = sheets.read(tmp_path, *rows, person(2))
    assert (outcome.codes, len(outcome.rows)) == ([], 2)


@pytest.mark.parametrize(
    "cells",
    [
        ["", "", "UJANG", "", "", "", "", ""],
        ["", "", "UJANG", "03", "", "", "", ""],
        ["", "", "UJANG", "03", "07", "JL. X", "PKH", ""],
        ["", "", "UJANG", "03", "07", "KEPALA DUSUN", "PKH", ""],
        ["-", "", "UJANG", "", "", "", "PKH", ""],
        ["", sheets.kk(1), "", "", "", "", "", ""],
        ["", "", "LURAH", "03", "07", "", "PKH", ""],
        ["", "", "", "03", "07", "JL. X", "PKH", ""],
    ],
)
def test_whoever_has_no_nik_is_never_passed_over(tmp_path: Path, cells: list[str]) -> None:
    for rows in ([person(1), cells, person(2)], [cells], [person(1), *SIGNATURE, person(3), cells]):
        outcome = sheets.read(tmp_path, *rows)
        assert (rows.index(cells) + 2, "NIK", "NIK_MISSING") in outcome.places


@pytest.mark.parametrize(
    "text",
    ["RW 1" + " " * 60_000 + "x", "1" + "." * 60_000 + "x", "BANDUNG," + " ." * 30_000 + "x"],
)
def test_an_endless_text_takes_no_time(tmp_path: Path, text: str) -> None:
    row = ["", "", text, "", "07/03", "", "", ""]
    header = [*HEADER[:4], "RT/RW", *HEADER[5:]]
    places = person(1)
    places[4] = text
    outcome = sheets.read(tmp_path, row, places, header=header)
    assert "NIK_MISSING" in outcome.codes


def test_a_persons_row_right_below_a_signature_is_a_row(tmp_path: Path) -> None:
    outcome = sheets.read(tmp_path, ["Mengetahui,"], ["", "", "UJANG", "03", "", "", "PKH"])
    assert "NIK_MISSING" in outcome.codes


def test_names_in_the_first_column_are_rows_too(tmp_path: Path) -> None:
    header = ["Nama Penerima", "NIK", "RW", "Program"]
    rows = [["RW 03"], ["UJANG", "", "", ""], ["UJANG A", sheets.nik(1), "03", "PKH"], ["JUMLAH"]]
    outcome = sheets.read(tmp_path, *rows, header=header)
    assert [row for row, _, code in outcome.places if code == "NIK_MISSING"] == [3]
    assert outcome.table.passed_over == 2


def test_merged_cells_hold_for_every_row_they_span(tmp_path: Path) -> None:
    rows = [
        ["DAFTAR PENERIMA", "", "", ""],
        ["NIK", "Nama", "RW", "Program"],
        [sheets.nik(1), "WARGA A", "03", "PKH"],
        ["", "", "", "BPNT"],
        [sheets.nik(2), "WARGA B", "", "PKH"],
    ]
    path = sheets.write_xlsx(
        tmp_path / "a.xlsx", rows, merged=[(0, 0, 0, 3), (2, 0, 3, 0), (2, 1, 3, 1), (2, 2, 4, 2)]
    )
    outcome = Outcome(path)
    assert outcome.codes == []
    assert [(row.rw, row.entitlements[0].programme) for row in outcome.rows] == [
        ("03", "pkh"),
        ("03", "bpnt"),
        ("03", "pkh"),
    ]
    assert outcome.reader.people == 2


@pytest.mark.parametrize("is_merged", [True, False])
def test_a_header_can_be_two_rows_tall(tmp_path: Path, is_merged: bool) -> None:
    rows = [
        ["NIK", "Nama", "Alamat", "", "", "Bantuan", ""],
        ["", "", "Jalan", "RT", "RW", "PKH", "BPNT"],
        [sheets.nik(1), "WARGA A", "JL. X", "07", "03", "YA", "TIDAK"],
    ]
    merged = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 0, 4), (0, 5, 0, 6)] if is_merged else []
    outcome = Outcome(sheets.write_xlsx(tmp_path / "a.xlsx", rows, merged=merged))
    assert (outcome.table.header_row, outcome.codes) == (2, [])
    row = outcome.rows[0]
    assert (row.number, row.rw, row.rt, row.entitlements) == (3, "03", "07", (("pkh", "", ""),))


def test_the_first_visible_sheet_with_a_header_is_read(tmp_path: Path) -> None:
    summary = ("Rekap", [["NO", "RW", "PKH", "BPNT"], [1, "01", 10, 20]])
    secret = ("Lama", [HEADER, person(9)])
    path = sheets.write_xlsx(
        tmp_path / "a.xlsx", ROWS, sheet="Daftar", before=[summary, secret], hidden=["Lama"]
    )
    found = table(path)
    assert (found.sheet, len(list(found.rows))) == ("Daftar", 2)


def test_other_sheets_with_a_list_are_named(tmp_path: Path) -> None:
    path = sheets.write_xlsx(
        tmp_path / "a.xlsx", ROWS, sheet="RW 02", before=[("RW 01", ROWS), ("Catatan", [["x"]])]
    )
    found = table(path)
    assert (found.sheet, found.other_sheets) == ("RW 01", ("RW 02",))


def test_cells_far_out_and_endless_texts_are_cut(tmp_path: Path) -> None:
    rows = [[*HEADER, *[""] * 2000, "x"], person(1, alamat="A" * 30000)]
    found = table(sheets.write_xlsx(tmp_path / "a.xlsx", rows))
    _, cells = next(iter(found.rows))
    assert (len(found.columns), len(cells[5])) == (len(HEADER), 500)


def test_cells_tell_numbers_and_dates_from_texts(tmp_path: Path) -> None:
    day = datetime.date(1980, 8, 12)
    rows = [["NIK", "Nama", "Tanggal Lahir"], [3273091208800010, "WARGA A", day]]
    _, cells = next(iter(table(sheets.write_xlsx(tmp_path / "a.xlsx", rows)).rows))
    assert [type(cell) for cell in cells] == [NumericText, str, DateText]
    assert list(cells) == ["3273091208800010", "WARGA A", "1980-08-12"]


def test_rows_keep_their_numbers_where_a_sheet_begins_lower_down(tmp_path: Path) -> None:
    rows = [[], [], ["", ""], ["", "", *HEADER], ["", "", *person(1)]]
    outcome = Outcome(sheets.write_xlsx(tmp_path / "a.xlsx", rows))
    assert (outcome.table.header_row, [row.number for row in outcome.rows]) == (4, [5])
    assert outcome.table.columns[2].letter == "C"


def test_a_quoted_line_break_is_within_one_row(tmp_path: Path) -> None:
    outcome = sheets.read(tmp_path, person(1, alamat="JL. A\nNO. 1"), person(2))
    assert [row.number for row in outcome.rows] == [2, 3]
    assert outcome.rows[0].address == "JL. A NO. 1"


def test_a_row_with_too_many_cells_is_told(tmp_path: Path) -> None:
    outcome = sheets.read(tmp_path, [*person(1), "", ""], [*person(2), "sisa"])
    assert outcome.places == [(3, None, "ROW_TOO_WIDE")]


def test_a_remark_beside_a_workbooks_row_keeps_nobody_out(tmp_path: Path) -> None:
    rows = [HEADER, person(1), [*person(2), "", "sudah dicek"], ["", "", "", *[""] * 6, "catatan"]]
    outcome = Outcome(sheets.write_xlsx(tmp_path / "a.xlsx", rows))
    assert (outcome.codes, len(outcome.rows)) == ([], 2)
    assert outcome.table.passed_over == 1


def test_the_faulty_rows_keep_the_officers_own_cells(tmp_path: Path) -> None:
    rows = [HEADER, person(1), person(2, nik="123"), person(3, rw="99")]
    for path in (
        sheets.write_csv(tmp_path / "a.csv", rows),
        sheets.write_xlsx(tmp_path / "a.xlsx", rows),
    ):
        faulty = Outcome(path).reader.faulty
        assert {number: list(cells) for number, cells in faulty.items()} == {
            3: person(2, nik="123"),
            4: person(3, rw="99"),
        }


def test_a_workbook_is_opened_once_however_often_its_rows_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cross asks for all rows while they are still read, a faulty row for all of them again."""
    opened = []

    class Counted(Workbook):
        def __init__(self, path: Path) -> None:
            opened.append(path)
            super().__init__(path)

    monkeypatch.setattr(reading, "Workbook", Counted)
    rows: list[list[sheets.Cell]] = [["NIK", "Nama", "RW", "PKH", "BPNT"]]
    for number in range(1, 1_001):
        mark = {300: "X", 900: "V"}.get(number, "YA")
        rw = "99" if number % 7 == 0 else "03"
        rows.append([sheets.nik(number), "WARGA CONTOH", rw, mark, "TIDAK"])
    text = Outcome(sheets.write_csv(tmp_path / "a.csv", rows))
    book = Outcome(sheets.write_xlsx(tmp_path / "a.xlsx", rows))
    assert (301, "PKH", "PROGRAMME_MARK_UNKNOWN") in text.places
    assert (book.rows, book.places) == (text.rows, text.places)
    assert {n: list(cells) for n, cells in book.reader.faulty.items()} == text.reader.faulty
    assert len(opened) == 1
    book.table.close()


def test_more_rows_than_allowed_are_refused(tmp_path: Path) -> None:
    limits = dataclasses.replace(TAMANSARI.limits, max_rows=2)
    path = sheets.write_csv(tmp_path / "a.csv", [["JUDUL"], *ROWS, []])
    assert len(list(table(path, limits=limits).rows)) == 2
    path = sheets.write_csv(tmp_path / "b.csv", [["JUDUL"], *ROWS, [], person(3)])
    with pytest.raises(FileRejected) as refusal:
        list(table(path, limits=limits).rows)
    assert refusal.value.code == "FILE_TOO_LARGE"


def test_blank_rows_without_end_are_refused(tmp_path: Path) -> None:
    limits = dataclasses.replace(TAMANSARI.limits, max_rows=2)
    path = sheets.write_csv(tmp_path / "a.csv", [*ROWS, *[["", " "]] * 200])
    with pytest.raises(FileRejected) as refusal:
        list(table(path, limits=limits).rows)
    assert refusal.value.code == "FILE_TOO_LARGE"


def test_a_table_that_nobody_reads_leaves_no_process_behind(tmp_path: Path) -> None:
    found = table(sheets.write_xlsx(tmp_path / "a.xlsx", ROWS))
    del found
    gc.collect()
    children = Path("/proc/self/task").glob("*/children")
    alive = [text for path in children if (text := path.read_text().strip())]
    assert not any("workbook_process" in _command(pid) for text in alive for pid in text.split())


def _command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
