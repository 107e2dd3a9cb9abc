"""Checking a list: what comes out, and that no NIK and no name is in it."""

from __future__ import annotations

import json
from pathlib import Path

from shared.recipients.reading.checking import check
from shared.samples.layout_writer import write
from shared.samples.sample import make
from tests.recipients import sheets
from tests.recipients.sheets import CATALOGUE, TAMANSARI, person


def test_the_outcome_has_counts_and_problems(tmp_path: Path) -> None:
    rows = [["JUDUL"], ["Catatan", *sheets.HEADER], ["x", *person(1)], ["x", *person(2, rw="99")]]
    path = sheets.write_xlsx(tmp_path / "daftar.xlsx", rows, sheet="Lembar 1")
    checked = check(path, TAMANSARI, CATALOGUE)
    assert checked.summary() == {
        "file": "daftar.xlsx",
        "sheet": "Lembar 1",
        "header_row": 2,
        "rows": 2,
        "passed_over": 1,
        "people": 1,
        "entitlements": 1,
    }
    assert checked.unread_columns == ("Catatan",)
    [document] = checked.problem_documents()
    assert document.pop("message").endswith("RW.")
    assert document == {"row": 4, "column": "RW", "code": "RW_UNKNOWN", "severity": "error"}


def test_a_sample_with_every_defect_tells_no_nik_and_no_name(tmp_path: Path) -> None:
    sample = make(TAMANSARI, households=1500)
    path = tmp_path / "daftar.csv"
    ledger = write(sample, path, layout="bnba")
    checked = check(path, TAMANSARI, CATALOGUE)
    said = json.dumps([checked.summary(), list(checked.problem_documents())])
    assert len(checked.problems) > 100
    assert not any(each.nik in said for each in sample.people)
    names = {each.name for each in sample.people}
    assert not any(name in said for name in names)
    by_row: dict[int, set[str]] = {}
    for problem in checked.problems:
        by_row.setdefault(problem.row, set()).add(problem.code)
    assert by_row == {row: set(codes) for row, codes in ledger.expected.items()}


def test_a_number_in_a_header_or_a_file_name_is_not_repeated(tmp_path: Path) -> None:
    header = [*sheets.HEADER, sheets.nik(9)]
    path = sheets.write_csv(tmp_path / f"{sheets.nik(8)}.csv", [header, [*person(1), "x"]])
    checked = check(path, TAMANSARI, CATALOGUE)
    assert (checked.file, checked.unread_columns) == ("….csv", ("…",))
