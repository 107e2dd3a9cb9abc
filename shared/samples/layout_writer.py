"""Writing of a sample in one of the layouts, with clerks' defects or without."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from shared.samples.clerk_entry import Entry, entry_of
from shared.samples.defects import defects_of
from shared.samples.expected_results import Ledger
from shared.samples.file_formats import Sheet, open_sheet
from shared.samples.layouts import LAYOUTS, Layout
from shared.samples.sample import Sample, SamplePerson, renamed, stream

if TYPE_CHECKING:
    from shared.kelurahan.configuration import Kelurahan


def write(sample: Sample, path: Path, *, layout: str = "bnba", defects: bool = True) -> Ledger:
    """Write the list as `path` (.xlsx or .csv); return what a reader must find in it."""
    return _write(sample.people, sample.kelurahan, sample.seed, path, layout, defects, True)


def write_stream(
    kelurahan: Kelurahan,
    path: Path,
    *,
    people: int,
    seed: int = 1,
    layout: str = "bnba",
    defects: bool = True,
) -> Ledger:
    """Write a list of any length without holding it; the ledger has counts and codes, no people."""
    return _write(
        stream(kelurahan, people, seed=seed), kelurahan, seed, path, layout, defects, False
    )


def _write(
    people: Iterable[SamplePerson],
    kelurahan: Kelurahan,
    seed: int,
    path: Path,
    layout_name: str,
    with_defects: bool,
    keep: bool,
) -> Ledger:
    layout = LAYOUTS[layout_name]
    sheet = open_sheet(path, layout)
    try:
        for title in layout.titles:
            sheet.title(title)
        sheet.row(layout.header)
        ledger = Ledger(
            layout.name, header_row=len(layout.titles) + 1, passed_over=len(layout.titles)
        )
        clerk = _Clerk(layout, kelurahan, sheet, ledger, keep)
        for person in people:
            clerk.enter(person, seed if with_defects else None)
        clerk.finish()
    finally:
        sheet.close()
    return ledger


class _Clerk:
    """Writes people's rows, and keeps the ledger."""

    def __init__(
        self, layout: Layout, kelurahan: Kelurahan, sheet: Sheet, ledger: Ledger, keep: bool
    ) -> None:
        self._layout, self._kelurahan, self._sheet = layout, kelurahan, sheet
        self._ledger, self._keep = ledger, keep
        self._carries = layout.carries | (set() if layout.is_wide else {"programme"})
        self._next = ledger.header_row + 1
        self._again: list[tuple[Entry, str]] = []

    def enter(self, person: SamplePerson, seed: int | None) -> None:
        """Write one person's rows; `seed` None writes them without a mistake."""
        entry = entry_of(person, self._kelurahan)
        found, chances = (
            defects_of(seed, person.number, person.sex == "P", self._carries)
            if seed is not None
            else ((), None)
        )
        if chances is None:
            self._rows(entry, (), ())
            self._goes_in(person)
            return
        codes: tuple[str, ...] = ()
        for defect in found:
            defect.change(entry, chances)
            # a wide row has a period for each programme, and one report for each
            times = (
                len(person.programmes) if self._layout.is_wide and defect.needs == "period" else 1
            )
            codes += defect.codes * times
        self._rows(entry, codes, tuple(defect.name for defect in found))
        if found[0].name in ("duplicate-row", "duplicate-conflict"):
            self._again.append((entry, found[0].name))
        if not any(defect.keeps_out for defect in found):
            moved = any(defect.new_nik for defect in found)
            self._goes_in(person._replace(nik=str(entry.nik)) if moved else person)

    def finish(self) -> None:
        """Write the duplicates and the total row."""
        for entry, name in self._again:
            entry.programmes = entry.programmes[:1]
            if name == "duplicate-row":
                self._rows(entry, ("DUPLICATE_ROW",), (name,))
            else:
                entry.name = renamed(entry.name)
                self._rows(entry, ("DUPLICATE_CONFLICT",), (name,))
        if self._layout.has_total:
            width = len(self._layout.header)
            self._ledger.passed_over += 1
            self._sheet.row(["JUMLAH", *[""] * (width - 2), self._ledger.rows])

    def _rows(self, entry: Entry, codes: tuple[str, ...], names: tuple[str, ...]) -> None:
        for cells in self._layout.rows(entry, self._kelurahan):
            self._sheet.row(cells)
            self._ledger.rows += 1
            if codes:
                self._ledger.expected[self._next] = codes
            if names:
                self._ledger.defects[self._next] = names
            self._next += 1

    def _goes_in(self, person: SamplePerson) -> None:
        self._ledger.people += 1
        self._ledger.entitlements += len(person.programmes)
        self._ledger.by_programme.update(person.programmes)
        if self._keep:
            self._ledger.through.append(person)
