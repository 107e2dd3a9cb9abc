"""Duplicate detection within a list: repeated rows, name conflicts, programme clashes.

Made for a million people: for each a NIK, a name and a row number, never a row. What a person is
given is a tuple that thousands share.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from shared.programmes.catalogue import Catalogue
from shared.recipients.model.entitlements import Entitlement
from shared.recipients.model.names import identity
from shared.recipients.model.periods import year_of

_REMEMBERED = 50_000


class Repeat(NamedTuple):
    """A further row of a person: problem codes, and the entitlements that are new."""

    codes: tuple[str, ...]
    new: tuple[Entitlement, ...]


class SeenPeople:
    """Everyone seen so far, by NIK. `conflicted` are the NIKs that two names share.

    `place` leads from a NIK to its position in `names`, `rows` and `given`. The quick way of
    rows.py fills these itself for a new person, since a call would take as long as the work.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.place: dict[str, int] = {}
        self.names: list[str] = []
        self.rows = array("L")
        self.given: list[tuple[Entitlement, ...]] = []
        self._more_rows: dict[int, list[int]] = {}
        self._merged: dict[tuple[_Given, _Given], tuple[_Given, Repeat]] = {}
        self.conflicted: set[str] = set()

    def add(
        self, number: int, nik: str, name: str, given: tuple[Entitlement, ...]
    ) -> Repeat | None:
        """Record a row; return None for a new person, else what is to be reported of the row.

        `given` is empty for a row that stays out: its name counts, its entitlements don't.
        """
        place = self.place.setdefault(nik, len(self.names))
        if place == len(self.names):
            self.names.append(name)
            self.rows.append(number)
            self.given.append(given)
            return None
        self._more_rows.setdefault(place, []).append(number)
        first = self.names[place]
        if first != name and identity(first) != identity(name):
            self.conflicted.add(nik)
        before = self.given[place]
        merged = self._merged.get((before, given)) or self._merge(before, given)
        self.given[place], again = merged
        # another person's row repeats nothing of the first one's
        return again if nik not in self.conflicted else Repeat((), again.new)

    def has_clash(self, given: tuple[Entitlement, ...]) -> bool:
        """Whether programmes that one row lists exclude each other."""
        return bool(self._clashes(given))

    def rows_of(self, nik: str) -> list[int]:
        """Return the numbers of all rows with this NIK."""
        place = self.place[nik]
        return [self.rows[place], *self._more_rows.get(place, ())]

    def count(self) -> tuple[int, int]:
        """Return how many people go in, and how many entitlements they have."""
        people = sum(1 for given in self.given if given)
        entitlements = sum(map(len, self.given))
        for nik in self.conflicted:
            given = self.given[self.place[nik]]
            people -= bool(given)
            entitlements -= len(given)
        return people, entitlements

    def _merge(self, before: _Given, given: _Given) -> tuple[_Given, Repeat]:
        """Merge a further row into a person's entitlements; return them and what to report."""
        known = {(each.programme, each.period) for each in before}
        new = tuple(each for each in given if (each.programme, each.period) not in known)
        after = before + new
        codes: tuple[str, ...] = ()
        if given and before and not new:
            codes = ("DUPLICATE_ROW",)
        elif self._clashes(after) - self._clashes(before):
            codes = ("OVERLAP_NOT_ALLOWED",)
        if len(self._merged) >= _REMEMBERED:
            self._merged.clear()
        merged = self._merged[before, given] = (after, Repeat(codes, new))
        return merged

    def _clashes(self, given: _Given) -> set[tuple[str, str]]:
        pairs = self._catalogue.not_allowed_together(each.programme for each in given)
        return {pair for pair in pairs if _at_once(given, *pair)}


_Given = tuple[Entitlement, ...]


def _at_once(given: Sequence[Entitlement], one: str, other: str) -> bool:
    """Whether two programmes can be for the same time: no two different years are named."""
    years = [
        {year_of(each.period) for each in given if each.programme == code} for code in (one, other)
    ]
    return "" in years[0] | years[1] or bool(years[0] & years[1])
