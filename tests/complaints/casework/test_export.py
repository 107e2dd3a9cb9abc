"""Export of complaints, opened by three programs: text as typed, and no active formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from shared.complaints.casework.export import COLUMNS, ENDINGS, write_export
from shared.complaints.casework.service import Filter
from shared.complaints.model.case import Case, Words
from shared.complaints.model.lifecycle import Outcome, State, Step
from shared.platform.errors import Invalid
from shared.platform.spreadsheet_cells import neutral, neutral_in_csv
from tests.complaints.office import NIK, Office

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)  # the 25th in Bandung
TEXTS = [
    "Bantuan belum saya terima \U0001f641\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u0644\u0645 \u0623\u0633\u062a\u0644\u0645 \u0627\u0644\u0645\u0633\u0627\u0639\u062f\u0629",
    "Abdi teu acan nampi bantosan, kumaha ieu t\u00e9h?",
    "Baris satu\nbaris dua; dengan \"kutip\", koma,\tdan 'petik'",
    "<script>alert('x')</script> & <b>tebal</b>",
    "a" * 4_000,
    "\U0001f641" * 4_000,
    "_x0041_ dan &amp; tetap begitu",
]
FORMULAS = [
    '=HYPERLINK("http://contoh.example";"klik")',
    "=cmd|' /C calc'!A0",
    "+62812 3456 7890 tidak menjawab",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    "\uff1d1+1",
]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def _case(**changed: Any) -> Case:
    values: dict[str, Any] = {
        "id": "a" * 26,
        "ticket": "TS26-0000-0000-0",
        "kind": "service",
        "state": State.CLOSED,
        "received_at": NOW,
        "clock_started_at": NOW,
        "verify_by": NOW + timedelta(days=1),
        "resolve_by": NOW + timedelta(days=7),
        "due_at": None,
        "updated_at": NOW,
        "outcome": Outcome.PARTLY,
        "rw": "03",
        "handler": "op1",
    }
    return Case(**{**values, **changed})


def _written(complaints: Iterable[tuple[Case, Words]], ending: str) -> bytes:
    file = io.BytesIO()
    write_export(
        file,
        ending,
        complaints,
        titles={"service": "Layanan"},
        timezone="Asia/Jakarta",
        days_late=lambda case: 0,
        promised_on=lambda due_at: (due_at + timedelta(hours=7)).date(),
        officers={"op1": "Rina Operator"},
    )
    assert not file.closed
    return file.getvalue()


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("handler", "name"), [("op1", "Rina Operator"), ("gone", "petugas lama"), ("", "")]
)
def test_whoever_handles_a_complaint_is_told_by_name(ending: str, handler: str, name: str) -> None:
    content = _written([(_case(handler=handler), Words("Belum menerima."))], ending)
    head, told = (_by_csv if ending == ".csv" else _by_openpyxl)(content)
    assert told[head.index("Petugas")] == name


def _texts(texts: Iterable[str]) -> list[tuple[Case, Words]]:
    return [(_case(), Words(text, "Euis Karlina", NIK, "+6281234567890")) for text in texts]


def _by_openpyxl(content: bytes) -> list[list[str]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert all(cell.data_type in ("s", "inlineStr", "n") for row in sheet.rows for cell in row)
    assert not any(
        cell.data_type == "n" and cell.value is not None for r in sheet.rows for cell in r
    )
    return [[unescape(cell.value or "") for cell in row] for row in sheet.rows]


def _by_calamine(content: bytes) -> list[list[str]]:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert all(isinstance(cell, str) for row in rows for cell in row)
    return [[str(cell) for cell in row] for row in rows]


def _by_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return [*csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))]


READERS = [(".csv", _by_csv), (".xlsx", _by_openpyxl), (".xlsx", _by_calamine)]
SAFE = {".csv": neutral_in_csv, ".xlsx": neutral}
_with = pytest.mark.parametrize(("ending", "read"), READERS, ids=["csv", "openpyxl", "calamine"])


@_with
def test_a_text_comes_back_as_it_was_typed(ending: str, read: Any) -> None:
    rows = read(_written(_texts(TEXTS), ending))
    assert rows[0] == [*COLUMNS]
    assert [row[-1] for row in rows[1:]] == TEXTS


@_with
def test_a_formula_comes_back_as_a_text(ending: str, read: Any) -> None:
    rows = read(_written(_texts(FORMULAS), ending))
    told = [row[-1] for row in rows[1:]]
    assert [text.replace("\r", "\n") for text in told] == [
        SAFE[ending](text).replace("\r", "\n") for text in FORMULAS
    ]
    assert {text[0] for text in told} == {"'"}
    assert not any(cell.lstrip(" ").startswith(_FORMULA) for row in rows for cell in row)


@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=50))
@settings(deadline=None, max_examples=60)
def test_any_text_comes_back_as_a_text(text: str) -> None:
    xlsx, table = _written(_texts([text]), ".xlsx"), _written(_texts([text]), ".csv")
    assert _by_csv(table)[1][-1] == neutral_in_csv(text)
    parts = zipfile.ZipFile(io.BytesIO(xlsx))
    assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    assert len(_by_openpyxl(xlsx)) == len(_by_calamine(xlsx)) == 2


@_with
def test_no_cell_tells_who_complains(ending: str, read: Any) -> None:
    told = str(read(_written(_texts(TEXTS), ending)))
    for said in ("Euis", "Karlina", NIK, "81234567890"):
        assert said not in told
    assert not re.search(
        "nama|nik|kontak|telepon", " ".join(COLUMNS).replace("Tanpa nama", ""), re.I
    )


@_with
def test_days_are_those_of_the_kelurahan(ending: str, read: Any) -> None:
    due = _case(state=State.NEW, outcome=None, due_at=NOW + timedelta(days=1))
    rows = read(_written([(_case(), Words("x")), (due, Words("x"))], ending))
    first, second = (dict(zip(rows[0], row, strict=True)) for row in rows[1:])
    assert first["Diterima"] == "2026-11-25 03:00"
    assert (first["Keadaan"], first["Hasil"], first["Jenis"]) == (
        *("selesai", "terbukti sebagian"),
        "Layanan",
    )
    assert (first["Tenggat sekarang"], second["Tenggat sekarang"]) == ("", "2026-11-26")
    assert (second["Keadaan"], second["Hasil"], second["RW"]) == ("baru", "", "03")


@_with
def test_nothing_found_is_a_sheet_with_its_head(ending: str, read: Any) -> None:
    assert read(_written([], ending)) == [[*COLUMNS]]


def test_another_ending_is_refused() -> None:
    for ending in ("", ".xls", ".ods", ".XLSX"):
        assert ending not in ENDINGS
        with pytest.raises(Invalid):
            _written([], ending)


@_with
def test_what_a_resident_wrote_is_exported_from_the_store(
    office: Office, ending: str, read: Any
) -> None:
    office.hire("operator")
    for text in (*TEXTS, *FORMULAS):
        office.later(seconds=1)
        office.receive(text=text.ljust(12, "."))
    closed = office.receive(text="Yang ini sudah selesai.").case
    office.take("operator", closed, Step.VERIFY)
    office.take("operator", closed, Step.CLOSE, outcome=Outcome.REFERRED)
    files = office.work.files(office.staff["operator"], Filter(is_open=True), "Laporan bulanan")
    rows = read(_written(files, ending))
    told = {row[-1] for row in rows[1:]}
    assert told == {SAFE[ending](text.ljust(12, ".").strip()) for text in (*TEXTS, *FORMULAS)}
