"""Periods in one canonical form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.recipients.model import entitlement_status, periods
from shared.recipients.reading.fields import birth_dates


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Tahap 3 2026", "Tahap 3 2026"),
        ("TAHAP III TAHUN 2026", "Tahap 3 2026"),
        ("Tahap 3 / 2026", "Tahap 3 2026"),
        ("Tahap 3 (Juli - September) 2026", "Tahap 3 2026"),
        ("TW III 2026", "Triwulan 3 2026"),
        ("TW.1 2026", "Triwulan 1 2026"),
        ("Q3 2026", "Triwulan 3 2026"),
        ("Semester 2 2026", "Semester 2 2026"),
        ("Januari 2026", "Januari 2026"),
        ("NOPEMBER 2026", "November 2026"),
        ("2026-03", "Maret 2026"),
        ("2026-03-01", "Maret 2026"),
        ("2026-03-01 00:00:00", "Maret 2026"),
        ("03/2026", "Maret 2026"),
        ("01/03/2026", "Maret 2026"),
        ("202603", "Maret 2026"),
        ("46082", "Maret 2026"),
        ("Jan-Mar 2026", "Januari-Maret 2026"),
        ("JANUARI S/D MARET 2026", "Januari-Maret 2026"),
        ("Januari s.d. Maret 2026", "Januari-Maret 2026"),
        ("Jan, Feb, Mar 2026", "Januari-Maret 2026"),
        ("3", "Tahap 3"),
        ("III", "Tahap 3"),
        ("2026", "2026"),
        ("", ""),
        ("  ", ""),
        ("belum jelas", None),
        ("Triwulan 7 2026", None),
        ("Tahap 3 2025 2026", None),
        ("2026-13", None),
        ("99", None),
        ("x" * 100, None),
    ],
)
def test_a_period_has_one_form(text: str, canonical: str | None) -> None:
    assert periods.canonical(text) == canonical


@given(st.text(max_size=30))
def test_a_canonical_period_stays_as_it_is(text: str) -> None:
    once = periods.canonical(text)
    assert once is None or periods.canonical(once) == once


def test_a_title_can_name_the_period() -> None:
    assert periods.found_in("PENERIMA PKH TAHAP 3 TAHUN 2026") == "Tahap 3 2026"
    assert periods.found_in("DATA BPNT JANUARI - MARET 2026") == "Januari-Maret 2026"
    assert periods.found_in("DAFTAR PENERIMA 2026") == ""


@pytest.mark.parametrize(
    ("text", "state"),
    [("AKTIF", "aktif"), ("Non-Aktif", "berhenti"), ("Sudah Transaksi", "disalurkan"),
     ("Gagal Salur", "ditangguhkan"), ("hamil 7 bulan", ""), ("", "")],
)  # fmt: skip
def test_a_status_is_one_of_ours_or_nothing(text: str, state: str) -> None:
    assert entitlement_status.canonical(text) == state


@pytest.mark.parametrize(
    ("text", "date"),
    [("12/08/1980", "120880"), ("1980-08-12", "120880"), ("12 Agustus 1980", "120880"),
     ("Bandung, 12-08-1980", "120880"), ("29445", "120880"), ("12-Agt-1980", "120880"),
     ("8/12/80", "081280"), ("08/13/1980", "130880"), ("entah", ""), ("", ""), ("45/45/1980", "")],
)  # fmt: skip
def test_a_birth_date_is_read_as_a_nik_writes_it(text: str, date: str) -> None:
    assert birth_dates.ddmmyy(text) == date
