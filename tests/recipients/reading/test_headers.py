"""Which column holds what, by the headers of the families that are met in real files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.recipients.reading.sheets import header_row
from shared.recipients.reading.sheets.headers import ALIASES, Headers, folded, letters, shown
from tests.recipients.sheets import CATALOGUE

HEADERS = Headers({}, CATALOGUE.aliases)


def fields(text: str, headers: Headers = HEADERS) -> dict[str, str]:
    """Field (and programme) -> header, of a comma-separated header."""
    columns = headers.columns([part.strip() for part in text.split(",")])
    return {
        column.field + (f":{column.programme}" if column.programme else ""): column.header
        for column in columns
        if column.field
    }


FAMILIES = {
    "bnba": (
        "id, kode_kab, kode_kec, kode_kel, nama_kab, nama_kec, nama_kel, rt, rw, alamat, nama_krt,"
        "nik, no_kk, jumlah_art_tanggungan, nomor_hp, lapangan_usaha, status_kedudukan,"
        "penghasilan_sebelum_covid19, penghasilan_setelah_covid, keterangan, Pintu Bantuan",
        {
            "nik": "nik", "kk": "no_kk", "name": "nama_krt", "rw": "rw", "rt": "rt",
            "address": "alamat", "programme": "Pintu Bantuan", "kelurahan_code": "kode_kel",
            "kelurahan_name": "nama_kel", "kecamatan_code": "kode_kec",
            "kecamatan_name": "nama_kec", "kota_code": "kode_kab", "kota_name": "nama_kab",
        },
    ),
    "siks": (
        "idsemesta, NIK, NOKK, Nama, Alamat, provinsi, kabupaten, kecamatan, desa_kelurahan,"
        "FIRST_SK, PKH, periode_PKH, BPNT, periode_BPNT, BST, periode_BST, PBI, periode_PBI",
        {
            "nik": "NIK", "kk": "NOKK", "name": "Nama", "address": "Alamat",
            "kota_name": "kabupaten", "kecamatan_name": "kecamatan",
            "kelurahan_name": "desa_kelurahan", "grant:pkh": "PKH",
            "grant_period:pkh": "periode_PKH", "grant:bpnt": "BPNT",
            "grant_period:bpnt": "periode_BPNT", "grant:bst": "BST",
            "grant_period:bst": "periode_BST", "grant:pbi": "PBI",
            "grant_period:pbi": "periode_PBI",
        },
    ),
    "dtsen": (
        "id_keluarga, no_kk, nik, nama_kepala_keluarga, alamat, rt, rw, id_wilayah, desil_nasional",
        {
            "kk": "no_kk", "nik": "nik", "name": "nama_kepala_keluarga", "address": "alamat",
            "rt": "rt", "rw": "rw", "region_id": "id_wilayah", "desil": "desil_nasional",
        },
    ),
    "dtsen members": (
        "idsemesta, nama, nik, no_kk, hub_kepala_keluarga, pekerjaan_utama",
        {"name": "nama", "nik": "nik", "kk": "no_kk"},
    ),
    "pkh": (
        "NAMA PENERIMA, NIK KTP, TAHAP, BANSOS, IDSEMESTA, NO KEL, NM PROV, NM KAB, NM KEC,"
        "NM KEL, ALAMAT",
        {
            "name": "NAMA PENERIMA", "nik": "NIK KTP", "period": "TAHAP", "programme": "BANSOS",
            "kk": "NO KEL", "kota_name": "NM KAB", "kecamatan_name": "NM KEC",
            "kelurahan_name": "NM KEL", "address": "ALAMAT",
        },
    ),
    "opensid": (
        "Peserta, No. Peserta, NIK, Nama, Tempat Lahir, Tanggal Lahir, Alamat",
        {"nik": "NIK", "name": "Nama", "birth_date": "Tanggal Lahir", "address": "Alamat"},
    ),
    "p3ke": (
        "id_kpm, nik_kk, nama_kk, nama_rt, nama_rw, desil_p3ke",
        {"nik": "nik_kk", "name": "nama_kk", "rt": "nama_rt", "rw": "nama_rw",
         "desil": "desil_p3ke"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_of_headers_is_known(family: str) -> None:
    text, expected = FAMILIES[family]
    assert fields(text) == expected


@pytest.mark.parametrize(
    "header",
    ["NIK", "nik", " N I K ", "No. NIK", "no_ktp", "NIK_KTP", "No\nKTP", "NIK (sesuai KTP)",
     "Nomor  Induk\r\nKependudukan ", "\ufeffNIK", "NIK*", "ＮＩＫ"],
)  # fmt: skip
def test_a_header_is_known_however_it_is_written(header: str) -> None:
    assert HEADERS.columns([header])[0].field == "nik"


@pytest.mark.parametrize(
    ("header", "field"),
    [("RT/RW", "rt_rw"), ("rt-rw", "rt_rw"), ("RW/RT", "rw_rt"), ("kk", "kk"), ("nokk", "kk"),
     ("No. Kartu Keluarga", "kk"), ("Jenis Bantuan", "programme"), ("nama kk", "name"),
     ("L/P", "sex"), ("TTL", "birth_date"), ("No", None), ("Nomor HP", None), ("", None)],
)  # fmt: skip
def test_other_headers_are_known_too(header: str, field: str | None) -> None:
    columns = HEADERS.columns([header, "x"])
    assert columns[0].field == field


@pytest.mark.parametrize(
    ("header", "programme", "stage"),
    [
        ("PKH TAHAP 1", "pkh", "Tahap 1"),
        ("pkh_tahap_2", "pkh", "Tahap 2"),
        ("TW III BPNT", "bpnt", "Triwulan 3"),
        ("BPNT Januari 2026", "bpnt", "Januari 2026"),
        ("Program Keluarga Harapan Tahap 3 Tahun 2026", "pkh", "Tahap 3 2026"),
        ("penerima_bst", "bst", ""),
        ("KPM BPNT", "bpnt", ""),
        ("Penerima PKH Tahap 4", "pkh", "Tahap 4"),
    ],
)
def test_a_programmes_column_can_be_for_one_stage(header: str, programme: str, stage: str) -> None:
    column = HEADERS.columns(["NIK", header])[1]
    assert (column.field, column.programme, column.period) == ("grant", programme, stage)


@pytest.mark.parametrize("header", ["PKH 1", "penerima", "Tahap 1", "Tahap", "Status PKH Tahap 1"])
def test_what_names_no_programme_and_stage_is_no_stages_column(header: str) -> None:
    assert HEADERS.columns([header])[0].field != "grant"


def test_of_two_columns_the_better_named_is_read() -> None:
    assert fields("nik_kk, nama_kk, NIK, Nama") == {"nik": "NIK", "name": "Nama"}


def test_an_office_can_add_its_own_headers() -> None:
    own = Headers({"nik": ("Nomor Identitas",), "name": ("Warga",)}, CATALOGUE.aliases)
    assert fields("Nomor Identitas, Warga", own) == {"nik": "Nomor Identitas", "name": "Warga"}


def test_no_alias_stands_for_two_fields() -> None:
    seen: dict[str, str] = {}
    for field, aliases in ALIASES.items():
        for alias in aliases:
            assert seen.setdefault(folded(alias), field) == field, alias


def test_a_header_that_is_printed_holds_no_long_number() -> None:
    assert shown("NIK\n 3273090101900001 ") == "NIK …"


def test_columns_are_lettered_as_in_a_spreadsheet() -> None:
    assert [letters(index) for index in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


def test_a_table_of_figures_is_no_header() -> None:
    rows = [(1, ["NO", "RW", "PKH", "BPNT"]), (2, ["1", "01", "10", "20"])]
    assert header_row.find(rows, HEADERS) is None


def test_the_row_that_names_most_fields_is_the_header() -> None:
    rows = [(1, ["Nama", "Kelurahan"]), (2, []), (3, ["NIK", "Nama", "RW", "Program"])]
    found = header_row.find(rows, HEADERS)
    assert found is not None
    assert (found.number, found.preamble) == (3, ("Nama", "Kelurahan"))


@given(st.lists(st.text(max_size=12), max_size=12))
def test_any_row_can_be_asked_whether_it_is_a_header(cells: list[str]) -> None:
    columns = HEADERS.columns(cells)
    fields_found = [
        (column.field, column.programme, column.period) for column in columns if column.field
    ]
    assert len(fields_found) == len(set(fields_found))
    assert HEADERS.score(columns) <= len(cells)
