"""Repeated rows, one NIK with two names, and programmes that exclude each other."""

from __future__ import annotations

from pathlib import Path

from tests.recipients.sheets import nik, person, read


def test_the_same_programme_and_period_twice_is_a_warning_and_counts_once(tmp_path: Path) -> None:
    outcome = read(tmp_path, person(1), person(2), person(1))
    assert outcome.places == [(4, None, "DUPLICATE_ROW")]
    assert (outcome.reader.people, outcome.reader.entitlement_count) == (2, 2)
    assert outcome.rows[2].entitlements == ()


def test_another_programme_or_period_is_no_repetition(tmp_path: Path) -> None:
    outcome = read(
        tmp_path, person(1), person(1, program="BPNT"), person(1, periode="Tahap 4 2026")
    )
    assert outcome.codes == []
    assert (outcome.reader.people, outcome.reader.entitlement_count) == (1, 3)


def test_a_nik_with_two_names_keeps_all_its_rows_out(tmp_path: Path) -> None:
    outcome = read(
        tmp_path, person(1), person(2), person(1, program="BPNT"), person(1, nama="ORANG LAIN")
    )
    assert outcome.places == [(row, "NIK", "DUPLICATE_CONFLICT") for row in (2, 4, 5)]
    reader = outcome.reader
    assert reader.conflicted == reader.held == {nik(1)}
    assert (reader.people, reader.entitlement_count, reader.error_rows) == (1, 1, 3)


def test_titles_and_spelling_of_spaces_make_no_other_person(tmp_path: Path) -> None:
    outcome = read(
        tmp_path,
        person(1, nama="ASEP NURHAYAT"),
        person(1, nama="H. Asep Nur Hayat, S.Pd", program="BPNT"),
        person(1, nama="asep  nurhayat (alm)", program="PBI"),
    )
    assert outcome.codes == []
    assert outcome.reader.people == 1


def test_the_same_number_written_in_two_ways_is_one_person(tmp_path: Path) -> None:
    outcome = read(tmp_path, person(1), person(1, nik=f"'{nik(1)[:6]}.{nik(1)[6:]}"))
    assert outcome.codes == ["DUPLICATE_ROW"]


def test_a_row_that_stays_out_still_tells_two_names_apart(tmp_path: Path) -> None:
    outcome = read(tmp_path, person(1), person(1, nama="ORANG LAIN", rw="99"))
    assert sorted(outcome.codes) == ["DUPLICATE_CONFLICT", "DUPLICATE_CONFLICT", "RW_UNKNOWN"]
    assert outcome.reader.people == 0


def test_a_row_that_stays_out_is_repeated_by_none(tmp_path: Path) -> None:
    outcome = read(tmp_path, person(1, rw="99"), person(1))
    assert outcome.codes == ["RW_UNKNOWN"]
    assert outcome.rows[0].entitlements
    assert outcome.reader.people == 1


def test_programmes_that_exclude_each_other_are_told_once(tmp_path: Path) -> None:
    outcome = read(
        tmp_path,
        person(1, program="BPNT"),
        person(1, program="ATM Beras"),
        person(1, program="PKH"),
        person(2, program="ATM Beras, BPNT"),
    )
    assert outcome.places == [(3, None, "OVERLAP_NOT_ALLOWED"), (5, None, "OVERLAP_NOT_ALLOWED")]
    assert outcome.reader.people == 2


def test_programmes_of_different_years_do_not_overlap(tmp_path: Path) -> None:
    outcome = read(
        tmp_path,
        person(1, program="BPNT", periode="Mei 2025"),
        person(1, program="ATM Beras", periode="Mei 2026"),
    )
    assert outcome.codes == []


def test_programmes_that_may_overlap_are_no_fault(tmp_path: Path) -> None:
    assert read(tmp_path, person(1, program="PKH + BPNT + PBI")).codes == []
