"""The sample generator: totals, determinism, layouts and defects."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from shared import samples
from shared.kelurahan import configuration

TAMANSARI = configuration.load("tamansari", Path("kelurahan"))
LAYOUTS = list(samples.LAYOUTS)
NIK_FAULTS = [
    f"NIK_{name}"
    for name in (
        *("MISSING", "LENGTH", "NOT_DIGITS", "NUMERIC_CELL"),
        *("PROVINCE", "REGION", "DATE", "SERIAL"),
    )
]


@pytest.fixture(scope="module")
def sample() -> samples.Sample:
    return samples.make(TAMANSARI)


def _cells(path: Path, layout: str) -> list[list[str]]:
    kind = samples.LAYOUTS[layout]
    with path.open(encoding=kind.encoding, newline="") as file:
        return list(csv.reader(file, delimiter=kind.delimiter))


def test_default_size_has_the_totals_of_the_article(sample: samples.Sample) -> None:
    given = Counter(code for person in sample.people for code in person.programmes)
    assert given == {"pkh": 1073, "bst": 578, "bpnt": 385}
    assert {person.family.rw for person in sample.people} == set(TAMANSARI.rws)


def test_other_sizes_are_in_proportion() -> None:
    half = samples.make(TAMANSARI, households=3299)
    given = Counter(code for person in half.people for code in person.programmes)
    assert given["pkh"] == pytest.approx(1073 / 2, abs=2)
    assert given["bst"] == 289
    assert len(samples.make(TAMANSARI, people=777).people) == 777


def test_no_number_is_given_twice_and_each_says_what_it_should(sample: samples.Sample) -> None:
    niks = [person.nik for person in sample.people]
    cards = {person.family.kk for person in sample.people}
    members = [m.nik for f in {p.family for p in sample.people} for m in f.members]
    assert len(set(niks)) == len(niks)
    assert len(set(members)) == len(members)
    assert not cards & set(members)
    for person in sample.people:
        assert re.fullmatch(r"327309[0-7]\d[01]\d\d\d\d{4}", person.nik)
        day = int(person.nik[6:8]) - (40 if person.sex == "P" else 0)
        assert (day, int(person.nik[8:10])) == (person.born.day, person.born.month)
        assert person.born < date(2010, 1, 1)
        assert person.nik in {member.nik for member in person.family.members}


def test_some_families_have_two_on_the_list(sample: samples.Sample) -> None:
    cards = Counter(person.family.kk for person in sample.people)
    assert 20 < sum(1 for count in cards.values() if count == 2) < 150
    assert max(cards.values()) == 2


def test_the_same_seed_makes_the_same_bytes(tmp_path: Path) -> None:
    for suffix in (".csv", ".xlsx"):
        first, second, other = (tmp_path / f"{name}{suffix}" for name in "abc")
        for path, seed in ((first, 7), (second, 7), (other, 8)):
            samples.write(samples.make(TAMANSARI, people=200, seed=seed), path)
        assert first.read_bytes() == second.read_bytes()
        assert first.read_bytes() != other.read_bytes()


@pytest.mark.parametrize("defects", [True, False])
def test_the_same_people_get_through_in_every_layout(
    sample: samples.Sample, tmp_path: Path, defects: bool
) -> None:
    ledgers = [
        samples.write(sample, tmp_path / f"{layout}.csv", layout=layout, defects=defects)
        for layout in LAYOUTS
    ]
    assert len({ledger.people for ledger in ledgers}) == 1
    assert len({ledger.entitlements for ledger in ledgers}) == 1
    assert len({tuple(person.number for person in ledger.through) for ledger in ledgers}) == 1
    if not defects:
        assert all(not ledger.expected and not ledger.defects for ledger in ledgers)
        assert ledgers[0].people == len(sample.people)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_ledger_points_at_the_rows(sample: samples.Sample, tmp_path: Path, layout: str) -> None:
    path = tmp_path / "list.csv"
    ledger = samples.write(sample, path, layout=layout)
    rows = _cells(path, layout)
    header = rows[ledger.header_row - 1]
    assert tuple(header) == samples.LAYOUTS[layout].header
    assert {len(row) for row in rows} == {len(header)}
    total = 1 if samples.LAYOUTS[layout].has_total else 0
    assert len(rows) == ledger.header_row + ledger.rows + total
    nik = next(at for at, name in enumerate(header) if name.upper() in ("NIK", "NIK KTP"))
    for number, names in ledger.defects.items():
        cell = rows[number - 1][nik]
        if "nik-length" in names:
            assert len(cell) in (15, 17)
        if "nik-letter-o" in names:
            assert "O" in cell
        if "nik-number" in names:
            assert re.fullmatch(r"\d[.,]\d+E\+15", cell)
        if "nik-missing" in names:
            assert cell in ("", "-", "0", "NIHIL")


def test_defects_come_at_the_measured_rates() -> None:
    counted: Counter[str] = Counter()
    carries = frozenset({"kk", "rw", "kelurahan", "programme"})
    people = 20_000
    for number in range(people):
        found, _ = samples.defects_of(1, number, True, carries)
        counted.update(code for defect in found for code in defect.codes)
        counted.update(defect.name for defect in found)
    nik = sum(counted[code] for code in NIK_FAULTS)
    card = sum(counted[name] for name in ("kk-length", "kk-date", "kk-number"))
    twice = counted["duplicate-row"] + counted["duplicate-conflict"]
    assert nik / people == pytest.approx(0.11, abs=0.01)
    assert card / people == pytest.approx(0.17, abs=0.01)
    assert twice / people == pytest.approx(0.01, abs=0.003)


@pytest.mark.parametrize("layout", ["bnba", "siks", "dtsen", "pkh"])
@pytest.mark.parametrize("households", [500, 1500])
def test_a_small_list_has_the_measured_rates_too(
    tmp_path: Path, households: int, layout: str
) -> None:
    for seed in range(1, 9):
        made = samples.make(TAMANSARI, households=households, seed=seed)
        ledger = samples.write(made, tmp_path / "a.csv", layout=layout)
        nik = sum(ledger.count(code) for code in NIK_FAULTS)
        card = ledger.count("KK_INVALID") + ledger.count("KK_NUMERIC_CELL")
        assert nik / ledger.rows == pytest.approx(0.11, abs=0.02), seed
        assert card / ledger.rows == pytest.approx(0.17, abs=0.02), seed


def test_a_number_cell_stays_a_number_in_xlsx(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    ledger = samples.write(samples.make(TAMANSARI, people=300), path)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == ledger.rows + 1
    numeric = {at for at, row in enumerate(rows, 1) if isinstance(row[11], int)}
    assert numeric == {at for at, names in ledger.defects.items() if "nik-number" in names}
    assert numeric


def test_next_week_changes_two_in_a_hundred(sample: samples.Sample) -> None:
    week = samples.next_week(sample)
    before = {person.nik: person for person in sample.people}
    after = {person.nik: person for person in week.people}
    gone, new = before.keys() - after.keys(), after.keys() - before.keys()
    changed = {nik for nik in before.keys() & after.keys() if before[nik] != after[nik]}
    assert len(gone) == len(new) == 9
    assert len(gone) + len(new) + len(changed) == 36
    assert all(before[nik].programmes != after[nik].programmes for nik in changed)
    assert samples.next_week(sample).people == week.people
    later = samples.next_week(week)
    assert len({person.nik for person in later.people}) == len(later.people)


def test_next_week_keeps_the_defects_of_people_who_stay(
    sample: samples.Sample, tmp_path: Path
) -> None:
    first = samples.write(sample, tmp_path / "a.csv")
    second = samples.write(samples.next_week(sample), tmp_path / "b.csv")
    before = {person.number: person.nik for person in first.through}
    after = {person.number: person.nik for person in second.through}
    both = before.keys() & after.keys()
    assert all(before[number] == after[number] for number in both)
    assert len(before.keys() ^ after.keys()) <= 18


def test_a_stream_is_the_same_list(tmp_path: Path) -> None:
    whole, streamed = tmp_path / "a.csv", tmp_path / "b.csv"
    kept = samples.write(samples.make(TAMANSARI, people=900), whole)
    counted = samples.write_stream(TAMANSARI, streamed, people=900)
    assert whole.read_bytes() == streamed.read_bytes()
    assert (kept.people, kept.expected) == (counted.people, counted.expected)
    assert counted.through == []


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.xlsx"):
        samples.write(samples.make(TAMANSARI, people=5), tmp_path / "list.doc")
