"""A workbook with very many merged ranges: it costs what its cells cost, or is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.platform.errors import FileRejected
from shared.recipients.reading.sheets import workbook, workbook_process
from tests.recipients import sheets
from tests.recipients.sheets import HEADER, person, table

PEOPLE = 12_000
PROCESSOR_SECONDS = 10
"""Of the processor, not of the clock. The reading took more than 60 before, and was ended."""


def test_sixty_thousand_ranges_that_overlap_are_read_like_any_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "CPU_SECONDS", PROCESSOR_SECONDS)
    rows = [HEADER, *(person(serial) for serial in range(1, PEOPLE + 1))]
    plain = [*table(sheets.write_xlsx(tmp_path / "plain.xlsx", rows)).rows]
    bomb = sheets.with_merged(
        sheets.write_xlsx(tmp_path / "bomb.xlsx", rows),
        *(f"{'ABCDEFGH'[n % 8]}{2 + n % 40}:H{PEOPLE + 1 + n}" for n in range(60_000)),
    )
    assert [*table(bomb).rows] == plain


def test_more_ranges_than_any_list_has_are_refused_with_what_to_do(tmp_path: Path) -> None:
    path = sheets.write_xlsx(tmp_path / "a.xlsx", [HEADER, person(1), person(2)])
    most = workbook_process.MERGED
    assert [*table(sheets.with_merged(path, *["A2:A3"] * most)).rows]
    with pytest.raises(FileRejected) as caught:
        table(sheets.with_merged(path, *["A2:A3"] * (most + 1)))
    assert caught.value.code == "FILE_TOO_LARGE"
    assert "sel yang digabung" in caught.value.detail
