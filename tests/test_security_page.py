"""docs/security.md: no requirement is missing, and every test that it names is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
STATES = {"met", "partly", "not met", "by design"}
# How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has; they are numbered from 1.
SECTIONS = {
    **{"1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1},
    **{"3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4},
    **{"5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5},
    **{"6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2},
    **{"8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4},
    **{"10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4},
    **{"11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2},
    **{"13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1},
    **{"16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2},
}
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d", line)
]


def numbers(cell: str) -> list[str]:
    """The requirements that a cell names: "1.2.1-1.2.3, 1.2.5"."""
    found = []
    for part in cell.split(", "):
        first, _, last = part.partition("-")
        section, _, start = first.rpartition(".")
        end = (last or first).rpartition(".")
        assert end[0] == section, part
        found += [f"{section}.{number}" for number in range(int(start), int(end[2]) + 1)]
    return found


def test_every_requirement_stands_in_one_row() -> None:
    asked = {f"{section}.{n}" for section, count in SECTIONS.items() for n in range(1, count + 1)}
    assert len(asked) == 253
    told = Counter(number for row in ROWS for number in numbers(row[0]))
    assert [number for number, count in told.items() if count > 1] == []
    assert set(told) == asked


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_has_a_state_and_names_what_shows_it(row: list[str]) -> None:
    _, asked, state, how, shown = row
    assert asked
    assert state in STATES
    assert how
    assert (state != "met") or shown
    named = re.findall(r"`([^`]+)`", shown)
    assert bool(named) == bool(shown)
    for test in named:
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file(), test
        assert not name or f"def {name}(" in (ROOT / path).read_text("utf-8"), test
