"""Checking of a list without a store or keys: counts and problems, and no names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shared.kelurahan.configuration import Kelurahan
from shared.programmes.catalogue import Catalogue
from shared.recipients.model.problems import Problem
from shared.recipients.reading.rows import RowReader
from shared.recipients.reading.table import read_table

UPLOAD_MIB = 180
"""A file on the officer's own disk may be larger than one that is sent to the service."""
MAX_ROWS = 5_000_000


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome for one file. `passed_over` counts titles, blank rows, totals and notes."""

    file: str
    sheet: str | None
    header_row: int
    rows: int
    passed_over: int
    people: int
    entitlements: int
    problems: list[Problem]
    unread_columns: tuple[str, ...]
    other_sheets: tuple[str, ...] = ()

    def summary(self) -> dict[str, Any]:
        """Return everything but the problems, which can be many: see `problem_documents`."""
        return {
            "file": self.file,
            "sheet": self.sheet,
            "header_row": self.header_row,
            "rows": self.rows,
            "passed_over": self.passed_over,
            "people": self.people,
            "entitlements": self.entitlements,
        }

    def problem_documents(self) -> Iterator[dict[str, Any]]:
        """Yield each problem as it goes into JSON."""
        return (problem._asdict() for problem in self.problems)


def check(path: Path, kelurahan: Kelurahan, catalogue: Catalogue) -> Checked:
    """Check a whole file by a sync's rules; raises FileRejected where it can't be read."""
    limits = replace(
        kelurahan.limits,
        upload_mib=max(UPLOAD_MIB, kelurahan.limits.upload_mib),
        max_rows=max(MAX_ROWS, kelurahan.limits.max_rows),
    )
    table = read_table(
        path,
        limits=limits,
        aliases=kelurahan.column_aliases,
        catalogue=catalogue.with_aliases(kelurahan.programme_aliases),
    )
    with closing(table):
        reader = RowReader(table, kelurahan, catalogue)
        reader.run()
    return Checked(
        file=table.file,
        sheet=table.sheet,
        header_row=table.header_row,
        rows=reader.row_count,
        passed_over=table.passed_over,
        people=reader.people,
        entitlements=reader.entitlement_count,
        problems=reader.problems,
        unread_columns=table.unread_columns,
        other_sheets=table.other_sheets,
    )
