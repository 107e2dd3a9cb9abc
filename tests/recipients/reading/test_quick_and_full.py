"""The quick way and the schema say the same of every row."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.recipients.reading.rows import RowReader
from shared.recipients.reading.sheets.cell_kinds import DateText, NumericText
from shared.recipients.reading.sheets.headers import Headers
from shared.recipients.reading.table import Table
from shared.samples.layout_writer import write
from shared.samples.layouts import LAYOUTS
from shared.samples.sample import make
from tests.recipients import sheets
from tests.recipients.sheets import CATALOGUE, TAMANSARI

TALL = [
    *("nik", "no_kk", "nama", "rw", "rt", "alamat", "program", "periode", "tahun", "status"),
    *("tanggal_lahir", "jenis_kelamin", "kode_kel", "nama_kel", "desil"),
]
WIDE = [
    *("nik", "no_kk", "nama", "rt/rw", "alamat"),
    *("pkh", "periode_pkh", "bpnt", "status_bpnt", "atm beras", "bst tahap 1"),
]
COUNTS = (
    "problems",
    "held",
    "conflicted",
    "error_rows",
    "row_count",
    "people",
    "entitlement_count",
)

_SERIAL = st.integers(1, 4)
_NIKS = st.one_of(
    st.builds(sheets.nik, _SERIAL),
    st.builds(sheets.nik, _SERIAL, date=st.sampled_from(["410190", "290200", "310290", "720190"])),
    st.builds(sheets.nik, _SERIAL, prefix=st.sampled_from(["327301", "997309", "320009"])),
    st.builds("'{}".format, st.builds(sheets.nik, _SERIAL)),
    st.builds("0327309100212345".format),
    st.builds(NumericText, st.builds(sheets.nik, _SERIAL)),
    st.sampled_from(["", "-", "0", "NIHIL", "3.27309E+15", "327309O101900001", "32730901019000"]),
    st.sampled_from(["3.273.090.101.900.001", "3273 0901 0115 0001", sheets.kk(1)]),
)
_KKS = st.one_of(
    st.builds(sheets.kk, _SERIAL),
    st.builds(sheets.nik, _SERIAL, date=st.just("450190")),
    st.builds(NumericText, st.builds(sheets.kk, _SERIAL)),
    st.sampled_from(["", "-", "0", "3,27E+15", "327309010115000", "3273.0901.0115.0001"]),
    st.sampled_from([sheets.nik(1), sheets.nik(2), "3273 0945 0190 0001"]),
)
_NAMES = st.sampled_from(
    ["ASEP SAEPUDIN", "H. ASEP SAEPUDIN", "asep  saepudin", "UJANG", "", "-", "Tidak ada", "NIHIL",
     "12345", "SITI\u00a0AMINAH", " SITI AMINAH ", "Sa'adah Nur", "X", "TIDAK ADA NAMA",
     "王秀英", "李秀英"]
)  # fmt: skip
_PERIODS = st.sampled_from(["", "-", "Tahap 3 2026", "TW III", "2026-03", "belum jelas", "3"])
_ANY = st.text(max_size=6)
_CELLS: dict[str, Any] = {
    "nik": _NIKS,
    "no_kk": _KKS,
    "nama": _NAMES,
    "rw": st.sampled_from(["03", "3", "RW 03", "99", "", "-", "03/07", "X"]) | _ANY,
    "rt": st.sampled_from(["07", "7", "", "-"]) | _ANY,
    "rt/rw": st.sampled_from(["07/03", "07/99", "", "03", "RT 07 RW 03", "2026-07-03"]) | _ANY,
    "alamat": st.sampled_from(["", "JL. A NO. 1", "GG. B RT 01 RW 02", "RW 99", "RT.2/RW.3"]),
    "program": st.sampled_from(["PKH", "BPNT", "pkh, bpnt", "BPNT & ATM Beras", "", "-", "LAIN"]),
    "periode": _PERIODS,
    "tahun": st.sampled_from(["", "2026", "-", "x"]),
    "status": st.sampled_from(["", "Aktif", "Graduasi", "apa saja"]),
    "tanggal_lahir": st.sampled_from(["", "01/01/1990", "1990-01-01", "2 Januari 1990", "45"]),
    "jenis_kelamin": st.sampled_from(["", "L", "P", "Perempuan", "?"]),
    "kode_kel": st.sampled_from(["", "3273091002", "32.73.09.1002", "3273200001", "3273091003"]),
    "nama_kel": st.sampled_from(["", "TAMANSARI", "Taman Sari", "CIHAPIT", "-"]),
    "desil": st.sampled_from(["", "1", "10", "11", "x"]),
    "pkh": st.sampled_from(["YA", "TIDAK", "", "1", "0", "-", "600.000", "Aktif", "x", "2"]),
    "periode_pkh": _PERIODS,
    "bpnt": st.sampled_from(["YA", "TIDAK", "", "√", "Tahap 1 2026"]),
    "status_bpnt": st.sampled_from(["", "Aktif"]),
    "atm beras": st.sampled_from(["YA", "TIDAK", ""]),
    "bst tahap 1": st.sampled_from(["TIDAK", "Tidak layak", "x"]),
}


def _rows(header: list[str]) -> st.SearchStrategy[list[list[str]]]:
    row = st.tuples(*(_CELLS[name] for name in header)).map(list)
    return st.lists(row | row.map(lambda cells: [*cells, "lebih"]), min_size=1, max_size=8)


def _table(header: list[str], rows: list[list[str]]) -> Table:
    columns = Headers({}, CATALOGUE.aliases).columns(header)
    assert all(column.field for column in columns)
    return Table("x.csv", None, 1, columns, ("", "x.csv"), _records=lambda: iter([header, *rows]))


def _said(table: Table, is_quick: bool) -> dict[str, Any]:
    reader = RowReader(table, TAMANSARI, CATALOGUE, is_quick=is_quick)
    rows = list(reader)
    return {"rows": rows, **{name: getattr(reader, name) for name in (*COUNTS, "faulty")}}


def _run(table: Table) -> dict[str, Any]:
    reader = RowReader(table, TAMANSARI, CATALOGUE)
    reader.run()
    return {name: getattr(reader, name) for name in COUNTS}


@pytest.mark.parametrize("header", [TALL, WIDE], ids=["tall", "wide"])
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_both_ways_agree_on_every_row(header: list[str], data: st.DataObject) -> None:
    rows = data.draw(_rows(header))
    quick, full = _said(_table(header, rows), True), _said(_table(header, rows), False)
    assert quick == full
    run = _run(_table(header, rows))
    assert run == {name: full[name] for name in run}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(max_size=8), min_size=9, max_size=9), min_size=1, max_size=5))
def test_both_ways_agree_on_any_text(rows: list[list[str]]) -> None:
    header = ["nik", "no_kk", "nama", "rw", "alamat", "program", "periode", "nama_kel", "status"]
    assert _said(_table(header, rows), True) == _said(_table(header, rows), False)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_both_ways_agree_on_the_samples(layout: str) -> None:
    sample = make(TAMANSARI, households=600)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "daftar.csv"
        ledger = write(sample, path, layout=layout)
        quick, full = _said(sheets.table(path), True), _said(sheets.table(path), False)
    assert quick == full
    assert quick["row_count"] == ledger.rows
    assert quick["people"] == ledger.people
    assert quick["entitlement_count"] == ledger.entitlements


def test_a_date_cell_is_read_as_its_month() -> None:
    header = ["nik", "nama", "program", "periode"]
    row = [sheets.nik(), "WARGA A", "PKH", DateText("2026-03-01")]
    said = _said(_table(header, [row]), True)
    assert said["rows"][0].entitlements[0].period == "Maret 2026"
