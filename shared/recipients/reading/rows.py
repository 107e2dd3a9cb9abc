"""Row reading: the valid rows of a table, and the problems of the others.

Most rows of most lists are plain, and pass by a quick way: one pattern for the NIK, one for the
name, and the outcome for each combination of RW, programme and the like remembered. A row with an
error goes through RowSchema, which finds every fault of it. Both ways say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from shared.kelurahan.configuration import Kelurahan
from shared.programmes.catalogue import Catalogue
from shared.recipients.model import nik as niks
from shared.recipients.model.entitlements import Entitlement
from shared.recipients.model.names import is_searchable
from shared.recipients.model.problems import CODES, Problem
from shared.recipients.reading.fields.assistance import AssistanceReader
from shared.recipients.reading.fields.duplicates import Repeat, SeenPeople
from shared.recipients.reading.fields.repeated_cells import Origins, RepeatedCells, remembered
from shared.recipients.reading.fields.row_schema import (
    LONGEST_ADDRESS,
    Judgement,
    RowSchema,
    Rules,
    desil_of,
    kk_of,
    name_of,
    text_of,
)
from shared.recipients.reading.table import Table

__all__ = ["Entitlement", "Row", "RowReader"]

HELD_FOR: Final = frozenset(
    ("NAME_MISSING", "PROGRAMME_MISSING", "PROGRAMME_UNKNOWN", "PROGRAMME_MARK_UNKNOWN")
) | {"RW_UNKNOWN", "ROW_TOO_WIDE"}
"""Errors of a row that leave it open what its person gets: what is published for them stays."""

_PLAIN_NAME = re.compile(r"(?!(?i:tidak ada)\Z)[A-Za-z]+(?: [A-Za-z.,']+){1,8}").fullmatch

Cells = Sequence[str]


class Row(NamedTuple):
    """A valid row. `number` is the spreadsheet's own; texts are "" where nothing is given.

    `rw` and `rt` have two digits, `kk` sixteen; `desil` is 1 to 10 or None. `entitlements` are
    those that no earlier row of the same person had.
    """

    number: int
    nik: str
    name: str
    kk: str
    rw: str
    rt: str
    address: str
    temporary: bool
    entitlements: tuple[Entitlement, ...]
    desil: int | None = None


class RowReader:
    """Reads rows: iterate once for those that go in; other attributes are complete after that.

    A NIK that two names share shows only when the second comes: rows that were yielded for the
    NIKs in `conflicted` are to be dropped. `held` are NIKs of people whose row stays out for a
    reason that leaves open what they get. Raises FileRejected where the file is damaged further
    down. `is_quick` False sends every row through the schema.
    """

    def __init__(
        self, table: Table, kelurahan: Kelurahan, catalogue: Catalogue, *, is_quick: bool = True
    ) -> None:
        catalogue = catalogue.with_aliases(kelurahan.programme_aliases)
        assistance = AssistanceReader(
            table.columns,
            table.preamble,
            catalogue,
            lambda: (cells for _, cells in table.again()),
        )
        self._table = table
        self._is_quick = is_quick
        self._rules = Rules(table.columns, kelurahan, assistance)
        self._schema = RowSchema(self._rules)
        self._people = SeenPeople(catalogue)
        self._headers = [column.header for column in table.columns]
        self._found: list[tuple[int, int | None, str]] = []
        self._errors: set[int] = set()
        self._faulty: dict[int, Cells] | None = None
        self.problems: list[Problem] = []
        self.held: set[str] = set()
        self.row_count = self.people = self.entitlement_count = 0

    @property
    def conflicted(self) -> set[str]:
        """The NIKs that stand beside two different names."""
        return self._people.conflicted

    @property
    def error_rows(self) -> int:
        """The number of rows that stay out."""
        return len(self._errors)

    @property
    def faulty(self) -> dict[int, Cells]:
        """The cells of every row with a problem, by row number; goes through them once more."""
        if self._faulty is None:
            wanted = {problem.row for problem in self.problems}
            self._faulty = (
                {number: cells for number, cells in self._table.again() if number in wanted}
                if wanted
                else {}
            )
        return self._faulty

    def __iter__(self) -> Iterator[Row]:
        yield from self._quickly(True) if self._is_quick else self._thoroughly()
        self._finish()

    def run(self) -> None:
        """Read all rows for their problems alone, which takes half the time."""
        for _ in self._quickly(False) if self._is_quick else self._thoroughly():
            pass
        self._finish()

    def _thoroughly(self) -> Iterator[Row]:
        for number, cells in self._table.rows:
            self.row_count += 1
            row = self._judged(number, cells)
            if row is not None:
                yield row

    def _quickly(self, is_wanted: bool) -> Iterator[Row]:
        """Read rows by the quick way. One long loop, since a call per row would cost what it saves.

        `is_wanted` False leaves out what only the rows themselves need, and yields none.
        """
        rules, say = self._rules, self._found.append
        width = len(rules.columns)
        nik_at, name_at = rules.at["nik"], rules.at["name"]
        kk_at, address_at = rules.at.get("kk"), rules.at.get("address")
        has_own_facts = "birth_date" in rules.at or "sex" in rules.at
        facts = remembered(rules, self._people.has_clash)
        key, recall = facts.key, facts.get
        valid_nik, valid_kk, origins = niks.is_valid_nik, niks.is_valid_kk, Origins(rules)
        are_swapped = niks.are_swapped
        people = self._people
        seen, names, rows, given = people.place, people.names, people.rows, people.given
        count, kk = 0, ""
        for number, cells in self._table.rows:
            count += 1
            nik, name = cells[nik_at], cells[name_at]
            known_facts: RepeatedCells | None = recall(key(cells))
            entitlements, warnings, is_refused, clashes, known, rw, rt, desil = (
                known_facts or facts.learn(cells)
            )
            if not valid_nik(nik) or nik.__class__ is not str:
                is_text = nik.__class__ is str and not niks.looks_numeric(nik)
                nik = niks.clean(nik) if is_text else ""
                if not valid_nik(nik):
                    nik = ""
            is_plain = _PLAIN_NAME(name)
            if not is_plain:
                name = name_of(name)
            fault = None
            if kk_at is not None:
                kk = cells[kk_at]
                if not valid_kk(kk) or kk == nik or kk.__class__ is not str:
                    kk, fault = kk_of(kk, nik)
                    if fault and are_swapped(nik, niks.clean(cells[kk_at])):
                        nik = ""
            if (
                not nik
                or not name
                or is_refused
                or len(cells) != width
                or (has_own_facts and not rules.agrees(nik, cells))
            ):
                if is_plain or is_searchable(name):
                    known += ("name",)
                if len(cells) == width:
                    known += ("shape",)
                row = self._judged(number, cells, known)
                if row is not None and is_wanted:
                    yield row
                continue
            if origin := origins[nik[:6]]:
                for code in origin:
                    say((number, nik_at, code))
            for code, at in warnings:
                say((number, at, code))
            if not is_plain and not is_searchable(name):
                say((number, name_at, "NAME_NOT_SEARCHABLE"))
            if fault:
                say((number, kk_at, fault))
            if not rw:
                rw, rt = self._home_by_address(number, cells, rt)
            if nik in seen or clashes:
                if not entitlements:  # every programme declined: nobody is added by it
                    people.add(number, nik, name, ())
                    continue
                again = people.add(number, nik, name, entitlements)
                entitlements = self._compared(number, nik, entitlements, again)
            else:
                seen[nik] = len(names)
                names.append(name)
                rows.append(number)
                given.append(entitlements)
            if is_wanted:
                address = "" if address_at is None else text_of(cells[address_at], LONGEST_ADDRESS)
                yield Row(number, nik, name, kk, rw, rt, address, False, entitlements, desil)
        self.row_count = count

    def _home_by_address(self, number: int, cells: Cells, rt: str) -> tuple[str, str]:
        rules = self._rules
        address = rules.cell(cells, "address")
        place = rules.places.in_address(address) if address else None
        if place is None:
            self._found.append((number, rules.place_at, "RW_MISSING"))
            return "", rt
        return place.rw, place.rt

    def _judged(self, number: int, cells: Cells, known: Sequence[str] = ()) -> Row | None:
        """Judge a row by the schema; return it if it goes in, and record its problems."""
        judgement = self._schema.judge(cells, known)
        values = judgement.values
        for code, at in (*judgement.errors, *judgement.warnings):
            self._found.append((number, at, code))
        nik = values.get("nik", "")
        name = values.get("name") or (name_of(cells[self._rules.at["name"]]) if nik else "")
        if judgement.errors:
            self._errors.add(number)
            self._hold(nik, cells, judgement)
            if nik and name:
                self._people.add(number, nik, name, ())
            return None
        rules = self._rules
        given = values.get("entitlements") or rules.assistance.read(cells).entitlements
        again = self._people.add(number, nik, name, given)
        if not given:  # every programme declined
            return None
        given = self._compared(number, nik, given, again)
        address = text_of(rules.cell(cells, "address"), LONGEST_ADDRESS)
        place = values.get("place") or rules.place(cells, rules.cell(cells, "address"))
        desil = desil_of(rules.cell(cells, "desil"))
        return Row(
            number, nik, name, values["kk"], place.rw, place.rt, address,
            niks.is_temporary(nik), given, desil,
        )  # fmt: skip

    def _hold(self, nik: str, cells: Cells, judgement: Judgement) -> None:
        codes = {fault.code for fault in judgement.errors}
        numbers = [nik] if nik else []
        if "NIK_KK_SWAPPED" in codes:  # whichever of the two is the person's
            numbers = [niks.clean(self._rules.cell(cells, field)) for field in ("nik", "kk")]
            codes.discard("NIK_KK_SWAPPED")
        if codes <= HELD_FOR and not judgement.is_declined:
            self.held.update(numbers)

    def _compared(
        self, number: int, nik: str, given: tuple[Entitlement, ...], again: Repeat | None
    ) -> tuple[Entitlement, ...]:
        """Return what a row adds to its person; record its repetitions and clashes."""
        if again is None:
            if self._people.has_clash(given):
                self._found.append((number, None, "OVERLAP_NOT_ALLOWED"))
            return given
        for code in again.codes:
            self._found.append((number, None, code))
        return again.new

    def _finish(self) -> None:
        for nik in self.conflicted:
            for number in self._people.rows_of(nik):
                self._errors.add(number)
                self._found.append((number, self._rules.at["nik"], "DUPLICATE_CONFLICT"))
        self.held |= self.conflicted
        self.people, self.entitlement_count = self._people.count()
        self._found.sort(key=lambda found: (found[0], found[2], found[1] or 0))
        headers = self._headers
        self.problems = [
            Problem(number, None if at is None else headers[at], code, *CODES[code])
            for number, at, code in self._found
        ]
        self._found.clear()
