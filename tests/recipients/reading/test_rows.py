"""Row reading: every problem code, its column, and which rows are valid."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path
from typing import Any

import pytest

from shared.recipients.model.problems import CODES
from tests.recipients import sheets
from tests.recipients.sheets import TAMANSARI, nik, person, read

CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("NIK_MISSING", "NIK", {"nik": ""}),
    ("NIK_MISSING", "NIK", {"nik": "-"}),
    ("NIK_MISSING", "NIK", {"nik": "0"}),
    ("NIK_MISSING", "NIK", {"nik": "nihil"}),
    ("NIK_LENGTH", "NIK", {"nik": nik()[:15]}),
    ("NIK_LENGTH", "NIK", {"nik": nik() + "1"}),
    ("NIK_NOT_DIGITS", "NIK", {"nik": nik().replace("0", "O", 1)}),
    ("NIK_NOT_DIGITS", "NIK", {"nik": "٣" + nik()[1:]}),
    ("NIK_NUMERIC_CELL", "NIK", {"nik": "3.27309E+15"}),
    ("NIK_NUMERIC_CELL", "NIK", {"nik": "3,27309E+15"}),
    ("NIK_PROVINCE", "NIK", {"nik": nik(prefix="997309")}),
    ("NIK_REGION", "NIK", {"nik": nik(prefix="320009")}),
    ("NIK_DATE", "NIK", {"nik": nik(date="310290")}),
    ("NIK_SERIAL", "NIK", {"nik": nik(0)}),
    ("NAME_MISSING", "Nama", {"nama": ""}),
    ("NAME_MISSING", "Nama", {"nama": "-"}),
    ("NAME_MISSING", "Nama", {"nama": "12345"}),
    ("PROGRAMME_MISSING", "Program", {"program": ""}),
    ("PROGRAMME_MISSING", "Program", {"program": "NIHIL"}),
    ("PROGRAMME_UNKNOWN", "Program", {"program": "BANTUAN ANGIN"}),
    ("PROGRAMME_UNKNOWN", "Program", {"program": "PKH, BANTUAN ANGIN"}),
    ("RW_UNKNOWN", "RW", {"rw": "87"}),
    ("RW_UNKNOWN", "RW", {"rw": "MAWAR"}),
    ("RW_UNKNOWN", "RW", {"rw": "2026-07-03"}),
    ("RW_UNKNOWN", "RW", {"rw": "03/07/2026", "rt": ""}),
    ("NIK_TEMPORARY", "NIK", {"nik": "0327309100212345"}),
    ("NIK_ELSEWHERE", "NIK", {"nik": nik(prefix="320409")}),
    ("NIK_NUMERIC_CELL", "NIK", {"nik": "3.273.090.101.900.001"}),
    ("NIK_NUMERIC_CELL", "NIK", {"nik": "3,273,090,101,900,001"}),
    ("NIK_NUMERIC_CELL", "NIK", {"nik": "3.273.090.101.900.001,00"}),
    ("NAME_NOT_SEARCHABLE", "Nama", {"nama": "王秀英"}),
    ("KK_INVALID", "No KK", {"no_kk": nik(2)}),
    ("KK_NUMERIC_CELL", "No KK", {"no_kk": "3.273.090.101.150.001"}),
    ("KK_INVALID", "No KK", {"no_kk": "327309010115001"}),
    ("KK_INVALID", "No KK", {"no_kk": "3273094002150001"}),
    ("KK_NUMERIC_CELL", "No KK", {"no_kk": "3.27309E+15"}),
    ("RW_MISSING", "RW", {"rw": ""}),
    ("RW_MISSING", "RW", {"rw": "-"}),
    ("PERIOD_UNREADABLE", "Periode", {"periode": "belum jelas"}),
]


@pytest.mark.parametrize(("code", "column", "changes"), CASES)
def test_each_fault_has_its_code_and_column(
    tmp_path: Path, code: str, column: str, changes: dict[str, Any]
) -> None:
    outcome = read(tmp_path, person(1), person(2, **changes))
    assert outcome.places == [(3, column, code)]
    severity = CODES[code][0]
    assert outcome.reader.problems[0].severity == severity
    goes_in = [2] if severity == "error" else [2, 3]
    assert [row.number for row in outcome.rows] == goes_in
    assert outcome.reader.people == len(goes_in)
    assert outcome.reader.error_rows == 2 - len(goes_in)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"nik": "32.73.09.010190.0002"}, []),
        ({"nik": "3273.0901.0190.0002"}, []),
        ({"nik": "'" + nik(2)}, []),
        ({"nik": f"\u00a0{nik(2)[:8]}\u200b-{nik(2)[8:]} "}, []),
        ({"no_kk": ""}, []),
        ({"no_kk": "-"}, []),
        ({"periode": ""}, []),
        ({"periode": "-"}, []),
        ({"rw": "3"}, []),
        ({"rw": "RW. 003"}, []),
        ({"rw": "3.0"}, []),
        ({"rw": "XVI"}, []),
        ({"program": "PKH Tahap 3 2026", "periode": ""}, []),
        ({"program": "BPNT/SEMBAKO"}, []),
        ({"program": "BPNT (Sembako)"}, []),
        ({"program": "program keluarga  harapan"}, []),
        ({"program": "Kartu Sembako"}, []),
        ({"program": "PKH dan BPNT"}, []),
        ({"nama": "H. WARGA, S.PD"}, []),
    ],
)
def test_what_can_be_understood_is_no_fault(
    tmp_path: Path, changes: dict[str, Any], codes: list[str]
) -> None:
    outcome = read(tmp_path, person(2, **changes))
    assert outcome.codes == codes
    assert outcome.rows[0].nik == nik(2)


def test_all_faults_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    row = person(1, nik="12", nama="", no_kk="1", rw="99", program="x", periode="entah")
    assert sorted(read(tmp_path, row).codes) == sorted(
        ["KK_INVALID", "NAME_MISSING", "NIK_LENGTH", "PERIOD_UNREADABLE", "PROGRAMME_UNKNOWN",
         "RW_UNKNOWN"]
    )  # fmt: skip


def test_a_numeric_cell_is_quarantined_and_never_repaired(tmp_path: Path) -> None:
    rows = [sheets.HEADER, person(1, nik=int(nik(1)), no_kk=int(sheets.kk(1)))]
    outcome = sheets.Outcome(sheets.write_xlsx(tmp_path / "a.xlsx", rows))
    assert outcome.places == [(2, "No KK", "KK_NUMERIC_CELL"), (2, "NIK", "NIK_NUMERIC_CELL")]
    assert outcome.rows == []


@pytest.mark.parametrize(
    ("header", "cell", "rw", "rt"),
    [
        ("RT/RW", "07/03", "03", "07"),
        ("RT/RW", "007 / 003", "03", "07"),
        ("RT/RW", "RT 07 RW 03", "03", "07"),
        ("RT/RW", "rw 03 rt 07", "03", "07"),
        ("RT/RW", "RW.03/RT.07", "03", "07"),
        ("RT/RW", "RT/RW 07/03", "03", "07"),
        ("RT/RW", "RW/RT : 03/07", "03", "07"),
        ("RT/RW", "RT07RW03", "03", "07"),
        ("RT/RW", "VII/III", "03", "07"),
        ("RT/RW", "07.03", "03", "07"),
        ("RT/RW", "07 dan 03", "03", "07"),
        ("RT/RW", "07/03 Taman Sari", "03", "07"),
        ("RT/RW", "III", "03", ""),
        ("RW/RT", "03/07", "03", "07"),
        ("RW/RT", "RT 07 / RW 03", "03", "07"),
        ("RW", "07/03", "03", "07"),
        ("RW", "RW 03 RT 07", "03", "07"),
        ("RW", "03", "03", ""),
        ("Alamat", "GG. X NO. 1 RT 07 RW 03", "03", "07"),
        ("Alamat", "GG. X RT.07/RW.03 KEL. TAMAN SARI", "03", "07"),
        ("Alamat", "JL. X RW 03", "03", ""),
        ("Alamat", "jl. x r.t. 007 / r.w. 003, bandung", "03", "07"),
        ("Alamat", "RW 03 RT 07 GG. X", "03", "07"),
        ("Alamat", "JL. RTX 5 RT/RW 07/03", "03", "07"),
    ],
)
def test_rw_and_rt_are_found_wherever_they_stand(
    tmp_path: Path, header: str, cell: str, rw: str, rt: str
) -> None:
    outcome = read(
        tmp_path, [nik(), "WARGA A", "PKH", cell], header=["NIK", "Nama", "Program", header]
    )
    assert outcome.codes == []
    assert (outcome.rows[0].rw, outcome.rows[0].rt) == (rw, rt)


@pytest.mark.parametrize("header", ["RT/RW", "RW/RT", "RW", "RT"])
@pytest.mark.parametrize("cell", [datetime.date(2026, 7, 3), "2026-07-03"])
def test_a_place_that_excel_turned_into_a_date_is_not_guessed(
    tmp_path: Path, header: str, cell: sheets.Cell
) -> None:
    rows = [["NIK", "Nama", "Program", header], [nik(), "WARGA A", "PKH", cell]]
    outcome = sheets.Outcome(sheets.write_xlsx(tmp_path / "a.xlsx", rows))
    assert (outcome.rows, outcome.codes) == ([], ["RW_UNKNOWN"])
    assert "tanggal" in outcome.reader.problems[0].message


@pytest.mark.parametrize(
    "cell", ["03/07/2026", "3-7-26", "2026/07", "3 Jul 05", "7.1", "46206", "GG. 5 NO 3"]
)
def test_a_text_that_is_no_pair_names_no_rw(tmp_path: Path, cell: str) -> None:
    row = [nik(), "WARGA A", "PKH", cell]
    outcome = read(tmp_path, row, header=["NIK", "Nama", "Program", "RT/RW"])
    assert outcome.places == [(2, "RT/RW", "RW_UNKNOWN")]


def test_a_column_for_the_rt_goes_before_one_for_both(tmp_path: Path) -> None:
    header = ["NIK", "Nama", "Program", "RT/RW", "RT", "RW"]
    row = [nik(), "WARGA A", "PKH", "07/03", "08", ""]
    [read_row] = read(tmp_path, row, header=header).rows
    assert (read_row.rw, read_row.rt) == ("03", "08")


def test_an_rw_of_another_place_in_an_address_is_not_claimed(tmp_path: Path) -> None:
    row = [nik(), "WARGA A", "PKH", "JL. X RT 01 RW 88"]
    outcome = read(tmp_path, row, header=["NIK", "Nama", "Program", "Alamat"])
    assert outcome.places == [(2, None, "RW_MISSING")]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"kode_kel": "3273091002"}, None),
        ({"kode_kel": "32.73.09.1002"}, None),
        ({"kode_kel": "3273200001"}, None),
        ({"kode_kel": "3273091003"}, "kode_kel"),
        ({"kode_kel": "3206092001", "nama_kel": "TAMANSARI"}, "kode_kel"),
        ({"kode_kel": "3273091002", "nama_kel": "CIHAPIT"}, None),
        ({"kode_kel": "001"}, None),
        ({"kode_kec": "327310"}, "kode_kec"),
        ({"kode_kec": "3273200"}, None),
        ({"nama_kel": "TAMAN SARI"}, None),
        ({"nama_kel": "Kel. Tamansari"}, None),
        ({"nama_kel": "TAMANSRI"}, None),
        ({"nama_kel": "CIHAPIT"}, "nama_kel"),
        ({"nama_kel": "TAMBAKSARI"}, "nama_kel"),
        ({"nama_kel": "-"}, None),
        ({"nama_kel": "TAMANSARI", "nama_kec": "TAMANSARI", "nama_kab": "KAB. BOGOR"}, "nama_kec"),
        ({"nama_kel": "TAMANSARI", "nama_kec": "TAMANSARI"}, "nama_kec"),
        ({"nama_kel": "TAMANSARI", "nama_kec": "TAMANSARI", "kode_kab": "3273"}, None),
        ({"nama_kel": "TAMANSARI", "nama_kec": "Kec. Bandung Wetan"}, None),
        ({"nama_kel": "TAMANSARI", "nama_kec": "BDG WETAN"}, None),
        ({"nama_kel": "TAMANSARI", "nama_kec": "-"}, None),
        ({"nama_kec": "CIDADAP"}, "nama_kec"),
        ({"nama_kel": "TAMANSARI", "nama_kec": "BDG WETAN", "nama_kab": "BANDUNG"}, None),
    ],
)
def test_another_kelurahan_is_told_by_its_code_first(
    tmp_path: Path, changes: dict[str, str], column: str | None
) -> None:
    names = ["kode_kel", "nama_kel", "kode_kec", "nama_kec", "nama_kab", "kode_kab"]
    cells = [changes.get(name, "") for name in names]
    outcome = read(
        tmp_path,
        [nik(), "WARGA A", "03", "PKH", *cells],
        header=["nik", "nama", "rw", "program", *names],
    )
    assert outcome.places == ([(2, column, "OTHER_KELURAHAN")] if column else [])


WIDE = ["NIK", "Nama", "RW", "PKH", "periode_PKH", "BPNT", "status_BPNT"]


@pytest.mark.parametrize(
    ("cells", "given", "codes"),
    [
        (["YA", "Tahap 1 2026", "TIDAK", ""], [("pkh", "Tahap 1 2026", "")], []),
        (["1", "", "0", ""], [("pkh", "", "")], []),
        (["X", "", "-", ""], [("pkh", "", "")], []),
        (["√", "-", "✓", "Aktif"], [("pkh", "", ""), ("bpnt", "", "aktif")], []),
        (["SUDAH", "", "BELUM", ""], [("pkh", "", "")], []),
        (["600.000", "", "Rp 0", ""], [("pkh", "", "")], []),
        (["Tahap 2 2026", "", "", ""], [("pkh", "Tahap 2 2026", "")], []),
        (["PKH", "", "", ""], [("pkh", "", "")], []),
        (["YA", "entah", "", ""], [("pkh", "", "")], ["PERIOD_UNREADABLE"]),
        (["TIDAK", "-", "TIDAK", ""], [], ["NO_PROGRAMME"]),
        (["Tidak Layak", "", "TDK TERIMA", ""], [], ["NO_PROGRAMME"]),
        (["Tidak Eligible", "", "Tidak  memenuhi syarat", ""], [], ["NO_PROGRAMME"]),
        (["Non Aktif", "", "TIDAK", ""], [("pkh", "", "berhenti")], []),
        (["Tidak aktif", "", "", ""], [("pkh", "", "berhenti")], []),
        (["2", "", "YA", ""], [], ["PROGRAMME_MARK_UNKNOWN"]),
        (["9", "", "", ""], [], ["PROGRAMME_MARK_UNKNOWN"]),
        (["x", "", "√", ""], [], ["PROGRAMME_MARK_UNKNOWN"]),
        (["X", "", "ya", ""], [], ["PROGRAMME_MARK_UNKNOWN"]),
        (["x", "", "X", ""], [("pkh", "", ""), ("bpnt", "", "")], []),
        (["x", "", "TIDAK", ""], [("pkh", "", "")], []),
        (["", "", "", ""], [], ["PROGRAMME_MISSING"]),
        (["mungkin", "", "YA", ""], [], ["PROGRAMME_MARK_UNKNOWN"]),
    ],
)
def test_a_wide_sheet_has_a_column_for_each_programme(
    tmp_path: Path, cells: list[str], given: list[tuple[str, str, str]], codes: list[str]
) -> None:
    outcome = read(tmp_path, [nik(), "WARGA A", "03", *cells], header=WIDE)
    assert outcome.codes == codes
    assert [list(map(tuple, row.entitlements)) for row in outcome.rows] == (
        [given] if given else []
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_cross_is_asked_about_where_the_sheet_has_ticks_further_down(
    tmp_path: Path, kind: str
) -> None:
    rows = [WIDE, *([nik(n), "WARGA A", "03", "x", "", "", ""] for n in range(1, 4))]
    write = sheets.write_csv if kind == "csv" else sheets.write_xlsx
    assert sheets.Outcome(write(tmp_path / f"a.{kind}", rows)).codes == []
    rows.append([nik(4), "WARGA B", "03", "v", "", "", ""])
    outcome = sheets.Outcome(write(tmp_path / f"b.{kind}", rows))
    assert outcome.places == [(row, "PKH", "PROGRAMME_MARK_UNKNOWN") for row in (2, 3, 4)]
    assert [row.nik for row in outcome.rows] == [nik(4)]


def test_a_row_that_is_declined_everything_adds_nobody_and_is_no_error(tmp_path: Path) -> None:
    rows = [
        [nik(1), "WARGA A", "03", "TIDAK", "", "TIDAK", ""],
        [nik(2), "WARGA B", "03", "TIDAK", "", "YA", ""],
        [nik(2), "WARGA B", "03", "TIDAK", "", "TIDAK", ""],
        [nik(3), "王", "03", "TIDAK", "", "TIDAK", ""],
    ]
    outcome = read(tmp_path, *rows, header=WIDE)
    reader = outcome.reader
    assert [row.nik for row in outcome.rows] == [nik(2)]
    assert outcome.codes.count("NO_PROGRAMME") == 3
    assert (reader.people, reader.entitlement_count, reader.error_rows) == (1, 1, 0)
    assert reader.held == set()


def test_stages_have_columns_of_their_own(tmp_path: Path) -> None:
    header = ["NIK", "Nama", "RW", "Tahun", "PKH", "PKH TAHAP 1", "PKH TAHAP 2", "penerima_bst"]
    outcome = read(
        tmp_path,
        [nik(1), "WARGA A", "03", "2026", "YA", "YA", "600.000", "TIDAK"],
        [nik(2), "WARGA B", "03", "2026", "YA", "TIDAK", "TIDAK", "YA"],
        header=header,
    )
    assert outcome.codes == []
    assert [row.entitlements for row in outcome.rows] == [
        (("pkh", "Tahap 1 2026", ""), ("pkh", "Tahap 2 2026", "")),
        (("pkh", "2026", ""), ("bst", "2026", "")),
    ]


@pytest.mark.parametrize("is_merged", [True, False])
def test_stages_can_stand_under_the_programme(tmp_path: Path, is_merged: bool) -> None:
    rows = [
        ["NIK", "Nama", "RW", "PKH", "", "BPNT", ""],
        ["", "", "", "TAHAP 1", "TAHAP 2", "TAHAP 1", "TAHAP 2"],
        [nik(1), "WARGA A", "03", "YA", "YA", "TIDAK", "YA"],
    ]
    merged = [(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2), (0, 3, 0, 4), (0, 5, 0, 6)]
    path = sheets.write_xlsx(tmp_path / "a.xlsx", rows, merged=merged if is_merged else [])
    outcome = sheets.Outcome(path)
    assert (outcome.table.header_row, outcome.codes) == (2, [])
    assert outcome.rows[0].entitlements == (
        ("pkh", "Tahap 1", ""),
        ("pkh", "Tahap 2", ""),
        ("bpnt", "Tahap 2", ""),
    )


def test_a_list_names_its_programme_and_period_in_its_title(tmp_path: Path) -> None:
    rows = [
        ["DAFTAR PENERIMA PROGRAM KELUARGA HARAPAN TAHAP 3 TAHUN 2026"],
        ["NIK", "Nama", "RW"],
        [nik(), "WARGA A", "03"],
    ]
    outcome = sheets.Outcome(sheets.write_csv(tmp_path / "a.csv", rows))
    assert outcome.codes == []
    assert outcome.rows[0].entitlements == (("pkh", "Tahap 3 2026", ""),)


@pytest.mark.parametrize("name", ["penerima_bpnt_2026.csv", "daftar.csv"])
def test_a_list_can_name_its_programme_by_its_file(tmp_path: Path, name: str) -> None:
    path = sheets.write_csv(
        tmp_path / name, [["PENERIMA"], ["NIK", "Nama", "RW"], [nik(), "WARGA A", "03"]]
    )
    codes = sheets.Outcome(path).codes
    assert codes == ([] if "bpnt" in name else ["PROGRAMME_MISSING"])


def test_a_title_with_two_programmes_names_none(tmp_path: Path) -> None:
    rows = [["PENERIMA PKH DAN BPNT"], ["NIK", "Nama", "RW"], [nik(), "WARGA A", "03"]]
    outcome = sheets.Outcome(sheets.write_csv(tmp_path / "a.csv", rows))
    assert outcome.codes == ["PROGRAMME_MISSING"]


def test_stage_and_year_can_stand_in_two_columns(tmp_path: Path) -> None:
    header = ["NIK", "Nama", "RW", "Bansos", "Tahap", "Tahun"]
    outcome = read(tmp_path, [nik(), "WARGA A", "03", "PKH", "3", "2026"], header=header)
    assert outcome.rows[0].entitlements[0].period == "Tahap 3 2026"


FACTS = ["NIK", "No KK", "Nama", "RW", "Program", "Tanggal Lahir", "Jenis Kelamin"]


@pytest.mark.parametrize(
    ("number", "card", "born", "sex", "codes"),
    [
        (nik(date="120880"), "", "12/08/1980", "L", []),
        (nik(date="520880"), "", "12 Agustus 1980", "P", []),
        (nik(date="120880"), "", "29445", "Laki-laki", []),
        (nik(date="120880"), "", "13/08/1980", "", ["NIK_BIRTH_DATE_DIFFERS"]),
        (nik(date="120880"), "", "", "P", ["NIK_SEX_DIFFERS"]),
        (nik(date="120880"), "", "tidak tahu", "?", []),
        (sheets.kk(), nik(date="120880"), "12/08/1980", "L", ["NIK_KK_SWAPPED"]),
        (sheets.kk(), nik(date="520880"), "", "", ["NIK_KK_SWAPPED"]),
        (sheets.kk(), "3273 0952 0880 0001", "", "", ["NIK_KK_SWAPPED"]),
        (sheets.kk(), nik(date="120880"), "", "", []),
        (nik(date="120880"), nik(date="520880"), "", "L", []),
        (nik(date="120880"), nik(date="530880"), "12/08/1980", "", []),
        (nik(date="520880"), nik(date="530880"), "", "", []),
    ],
)
def test_a_nik_is_held_against_the_rows_own_facts(
    tmp_path: Path, number: str, card: str, born: str, sex: str, codes: list[str]
) -> None:
    outcome = read(tmp_path, [number, card, "WARGA A", "03", "PKH", born, sex], header=FACTS)
    assert [code for code in outcome.codes if code != "KK_INVALID"] == codes


def test_a_district_that_is_not_on_the_kelurahans_list_is_told(tmp_path: Path) -> None:
    known = dataclasses.replace(
        TAMANSARI, nik_districts=tuple(f"3273{number:02d}" for number in range(1, 31))
    )
    rows = [
        person(1),
        person(2, nik=nik(2, prefix="327330")),
        person(3, nik=nik(3, prefix="327331")),
    ]
    rows.append(person(4, nik=nik(4, prefix="320499")))
    assert read(tmp_path, *rows, kelurahan=known).places == [
        (3, "NIK", "NIK_ELSEWHERE"),
        (4, "NIK", "NIK_DISTRICT_UNKNOWN"),
        (4, "NIK", "NIK_ELSEWHERE"),
        (5, "NIK", "NIK_ELSEWHERE"),
    ]
    unknown = dataclasses.replace(TAMANSARI, nik_districts=())
    assert "NIK_DISTRICT_UNKNOWN" not in read(tmp_path, *rows, kelurahan=unknown).codes


def test_a_person_whose_numbers_are_swapped_is_held_under_both(tmp_path: Path) -> None:
    woman = nik(7, date="520880")
    outcome = read(tmp_path, person(1, nik=sheets.kk(1), no_kk=woman), person(2))
    assert sorted(outcome.codes) == ["KK_INVALID", "NIK_KK_SWAPPED"]
    assert outcome.reader.held == {woman, sheets.kk(1)}


def test_people_whose_row_leaves_their_assistance_open_are_held(tmp_path: Path) -> None:
    outcome = read(
        tmp_path,
        person(1, nama=""),
        person(2, program="?"),
        person(3, rw="99"),
        person(4, nik="1"),
        person(5, rw="99", nama=""),
        person(6),
    )
    assert outcome.reader.held == {nik(1), nik(2), nik(3), nik(5)}


def test_a_person_who_is_declined_everything_is_not_held(tmp_path: Path) -> None:
    rows = [[nik(1), "WARGA A", "03", "TIDAK", "", "TIDAK", ""], [nik(2), "WARGA B", "03"]]
    assert read(tmp_path, *rows, header=WIDE).reader.held == {nik(2)}


@pytest.mark.parametrize("field", ["nik", "no_kk", "nama", "rw", "rt", "program", "periode"])
def test_a_cell_of_endless_spaces_takes_no_time(tmp_path: Path, field: str) -> None:
    outcome = read(tmp_path, person(1), person(2, **{field: "1" + " " * 100_000 + "x"}))
    assert outcome.reader.row_count == 2


def test_a_person_of_another_kelurahan_is_not_held(tmp_path: Path) -> None:
    header = ["nik", "nama", "rw", "program", "nama_kel"]
    outcome = read(tmp_path, [nik(), "WARGA A", "99", "PKH", "CIHAPIT"], header=header)
    assert (outcome.rows, outcome.reader.held) == ([], set())


def test_an_office_can_add_its_own_names_for_programmes(tmp_path: Path) -> None:
    own = dataclasses.replace(TAMANSARI, programme_aliases={"bpnt": ("Kartu Biru",)})
    outcome = read(tmp_path, person(1, program="KARTU BIRU"), kelurahan=own)
    assert outcome.rows[0].entitlements[0].programme == "bpnt"


def test_no_sentence_holds_a_value_and_every_code_has_one() -> None:
    for code, (severity, sentence) in CODES.items():
        assert severity in ("error", "warning", "file")
        assert sentence.endswith("."), code
        assert "{" not in sentence
