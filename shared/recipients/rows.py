"""Rows out of a table: those that go in, and what is wrong with the others.

Most rows of most lists are plain, and pass by a quick way: one pattern for the NIK, one for the
name, and the outcome for each combination of RW, programme and the like remembered. A row with an
error goes through RowSchema, which finds every fault of it. Both ways say the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

from shared.platform.kelurahan import Kelurahan
from shared.programmes import Catalogue
from shared.recipients import births
from shared.recipients import nik as niks
from shared.recipients.assistance import Assistance, AssistanceReader
from shared.recipients.duplicates import Again, People
from shared.recipients.entitlements import Entitlement
from shared.recipients.places import Place
from shared.recipients.problems import CODES, Problem
from shared.recipients.row_schema import (
    LONGEST_ADDRESS,
    Judgement,
    RowSchema,
    Rules,
    desil_of,
    kk_of,
    name_of,
    text_of,
)
from shared.recipients.spreadsheet import Table

__all__ = ["Entitlement", "Row", "RowReader"]

HELD_FOR: Final = frozenset(
    ("NAME_MISSING", "PROGRAMME_MISSING", "PROGRAMME_UNKNOWN", "PROGRAMME_MARK_UNKNOWN")
) | {"RW_UNKNOWN", "ROW_TOO_WIDE"}
"""Errors of a row that leave it open what its person gets: what is published for them stays."""

_REMEMBERED = 50_000
_PLAIN_NAME = re.compile(r"(?!(?i:tidak ada)\Z)[A-Za-z]+(?: [A-Za-z.,']+){1,8}").fullmatch

Cells = Sequence[str]


class Row(NamedTuple):
    """A row that goes in. `number` is the spreadsheet's own; texts are "" where nothing is given.

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
    """Iterate once for the rows that go in; the other attributes are whole after that.

    A NIK that two names share shows only when the second comes: rows that were yielded for the
    NIKs in `conflicted` are to be dropped. `held` are NIKs of people whose row stays out for a
    reason that leaves open what they get. Raises FileRejected where the file is damaged further
    down. `is_quick` False sends every row through the schema.
    """

    def __init__(
        self, table: Table, kelurahan: Kelurahan, catalogue: Catalogue, *, is_quick: bool = True
    ) -> None:
        catalogue = catalogue.with_aliases(kelurahan.programme_aliases)
        assistance = AssistanceReader(table.columns, table.preamble, catalogue)
        self._table = table
        self._is_quick = is_quick
        self._rules = Rules(table.columns, kelurahan, assistance)
        self._schema = RowSchema(self._rules)
        self._people = People(catalogue)
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
        """How many rows stay out."""
        return len(self._errors)

    @property
    def faulty(self) -> dict[int, Cells]:
        """The cells of every row with a problem, by row number. Reads the file once more."""
        if self._faulty is None:
            wanted = {problem.row for problem in self.problems}
            self._faulty = (
                {number: cells for number, cells in self._table.again() if number in wanted}
                if wanted
                else {}
            )
        return self._faulty

    def __iter__(self) -> Iterator[Row]:
        yield from self._quickly() if self._is_quick else self._thoroughly()
        self._finish()

    def _thoroughly(self) -> Iterator[Row]:
        for number, cells in self._table.rows:
            self.row_count += 1
            row = self._judged(number, cells)
            if row is not None:
                yield row

    def _quickly(self) -> Iterator[Row]:
        """The quick way. One long loop, since a call for each row would cost what it saves."""
        rules, say = self._rules, self._found.append
        width = len(rules.columns)
        nik_at, name_at = rules.at["nik"], rules.at["name"]
        kk_at, address_at = rules.at.get("kk"), rules.at.get("address")
        born_at, sex_at = rules.at.get("birth_date"), rules.at.get("sex")
        desil_at = rules.at.get("desil")
        place_at = next((index for _, index in rules.place_fields), None)
        places = _Remembered(
            [index for _, index in rules.place_fields], lambda cells: rules.place(cells, "")
        )
        regions = _Remembered([index for _, index in rules.region_fields], rules.elsewhere)
        given = _Remembered(rules.assistance.indices, rules.assistance.read)
        recall_place, recall_region, recall_given = places.get, regions.get, given.get
        key_place, key_region, key_given = places.key, regions.key, given.key
        valid_nik, valid_kk = niks.is_valid_nik, niks.is_valid_kk
        origins: dict[str, tuple[str, ...]] = {}
        deciles: dict[str, int | None] = {}
        add, in_address = self._people.add, rules.places.in_address
        count = 0
        for number, cells in self._table.rows:
            count += 1
            nik = cells[nik_at]
            if nik.__class__ is not str or not valid_nik(nik):
                nik = "" if nik.__class__ is not str else niks.clean(nik)
            assistance: Assistance | None = recall_given(key_given(cells))
            if assistance is None:
                assistance = given.learn(cells)
            name = cells[name_at]
            if not _PLAIN_NAME(name):
                name = name_of(name)
            region = recall_region(key_region(cells), regions)
            if region is regions:
                region = regions.learn(cells)
            place: Place | None = recall_place(key_place(cells))
            if place is None:
                place = places.learn(cells)
            if (
                not valid_nik(nik)
                or not name
                or assistance.errors
                or region is not None
                or place.is_unknown
                or len(cells) != width
                or (born_at is not None and _differs(births.ddmmyy(cells[born_at]), nik))
                or (sex_at is not None and _is_other_sex(births.sex(cells[sex_at]), nik))
            ):
                self.row_count = count
                row = self._judged(number, cells)
                if row is not None:
                    yield row
                continue
            origin = origins.get(nik[:6])
            if origin is None:
                origin = origins[nik[:6]] = rules.origin(nik)
            for code in origin:
                say((number, nik_at, code))
            for code, at in assistance.warnings:
                say((number, at, code))
            kk = ""
            if kk_at is not None:
                kk = cells[kk_at]
                if kk.__class__ is not str or not valid_kk(kk):
                    kk, fault = kk_of(kk)
                    if fault:
                        say((number, kk_at, fault))
            address = ""
            if address_at is not None:
                address = text_of(cells[address_at], LONGEST_ADDRESS)
            rw, rt, _ = place
            if not rw:
                other = in_address(address) if address else None
                if other is None:
                    say((number, place_at, "RW_MISSING"))
                else:
                    rw, rt, _ = other
            desil = None
            if desil_at is not None:
                cell = cells[desil_at]
                if cell not in deciles:
                    deciles[cell] = desil_of(cell)
                desil = deciles[cell]
            entitlements = assistance.entitlements
            again = add(number, nik, name, entitlements)
            if again is not None or len(entitlements) > 1:
                entitlements = self._compared(number, nik, entitlements, again)
            yield Row(number, nik, name, kk, rw, rt, address, False, entitlements, desil)
        self.row_count = count

    def _judged(self, number: int, cells: Cells) -> Row | None:
        """The row if it goes in, by the schema; what is wrong with it is recorded."""
        judgement = self._schema.judge(cells)
        values = judgement.values
        for code, at in (*judgement.errors, *judgement.warnings):
            self._found.append((number, at, code))
        nik, name = values.get("nik", ""), values.get("name", "")
        if judgement.errors:
            self._errors.add(number)
            self._hold(nik, judgement)
            if nik and name:
                self._people.add(number, nik, name, ())
            return None
        given = values["entitlements"]
        again = self._people.add(number, nik, name, given)
        given = self._compared(number, nik, given, again)
        place = values["place"]
        return Row(
            number, nik, name, values["kk"], place.rw, place.rt, values["address"],
            niks.is_temporary(nik), given, values["desil"],
        )  # fmt: skip

    def _hold(self, nik: str, judgement: Judgement) -> None:
        codes = {fault.code for fault in judgement.errors}
        if nik and codes <= HELD_FOR and not judgement.is_declined:
            self.held.add(nik)

    def _compared(
        self, number: int, nik: str, given: tuple[Entitlement, ...], again: Again | None
    ) -> tuple[Entitlement, ...]:
        """What a row adds to its person, with its repetitions and clashes recorded."""
        if again is None:
            if self._people.clashes_within(nik, given):
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


class _Remembered(dict[Any, Any]):
    """What a few columns of a row mean, worked out once for each combination of their cells."""

    def __init__(self, indices: Sequence[int], work_out: Callable[[Cells], Any]) -> None:
        super().__init__()
        self._work_out = work_out
        self.key: Callable[[Cells], Any] = itemgetter(*indices) if indices else lambda _: None

    def learn(self, cells: Cells) -> Any:
        """Work it out for this row, and remember it."""
        if len(self) >= _REMEMBERED:
            self.clear()
        meaning = self[self.key(cells)] = self._work_out(cells)
        return meaning


def _differs(born: str, nik: str) -> bool:
    return bool(born) and born != niks.birth_text(nik)


def _is_other_sex(sex: str, nik: str) -> bool:
    return bool(sex) and (sex == "P") != niks.is_female(nik)
