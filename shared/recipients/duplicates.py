"""Who has been on the list already: repeated rows, one NIK with two names, programmes that clash.

Made for a million people: for each a NIK, a name and a row number, never a row. What a person is
given is a tuple that thousands share.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from shared.programmes import Catalogue
from shared.recipients.entitlements import Entitlement
from shared.recipients.names import identity
from shared.recipients.period import year_of


class Again(NamedTuple):
    """A further row of a person: problem codes, and the entitlements that are new."""

    codes: tuple[str, ...]
    new: tuple[Entitlement, ...]


class People:
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
        self._clashing: dict[int, set[tuple[str, str]]] = {}
        self.conflicted: set[str] = set()

    def add(self, number: int, nik: str, name: str, given: tuple[Entitlement, ...]) -> Again | None:
        """Record a row; None for a person not seen before, else what is to be said of the row.

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
        known = {(each.programme, each.period) for each in before}
        new = tuple(each for each in given if (each.programme, each.period) not in known)
        codes: list[str] = []
        if nik in self.conflicted:  # another person's row repeats nothing of the first one's
            return Again((), new)
        if given and before and not new:
            codes.append("DUPLICATE_ROW")
        if new:
            self.given[place] = before + new
            if self._clashes(place):
                codes.append("OVERLAP_NOT_ALLOWED")
        return Again(tuple(codes), new)

    def has_clash(self, given: tuple[Entitlement, ...]) -> bool:
        """Whether programmes that one row lists clash among themselves."""
        pairs = self._catalogue.not_allowed_together(each.programme for each in given)
        return any(_at_once(given, *pair) for pair in pairs)

    def clashes_within(self, nik: str, given: tuple[Entitlement, ...]) -> bool:
        """Whether the entitlements of a person's first row clash among themselves."""
        return len(given) > 1 and self._clashes(self.place[nik])

    def rows_of(self, nik: str) -> list[int]:
        """The numbers of all rows with this NIK."""
        place = self.place[nik]
        return [self.rows[place], *self._more_rows.get(place, ())]

    def count(self) -> tuple[int, int]:
        """How many people go in, and how many entitlements they have."""
        people = sum(1 for given in self.given if given)
        entitlements = sum(map(len, self.given))
        for nik in self.conflicted:
            given = self.given[self.place[nik]]
            people -= bool(given)
            entitlements -= len(given)
        return people, entitlements

    def _clashes(self, place: int) -> bool:
        """Whether programmes clash that nobody has been told of yet."""
        given = self.given[place]
        pairs = self._catalogue.not_allowed_together(each.programme for each in given)
        told = self._clashing.get(place, set())
        new = {pair for pair in pairs if pair not in told and _at_once(given, *pair)}
        if new:
            self._clashing[place] = told | new
        return bool(new)


def _at_once(given: Sequence[Entitlement], one: str, other: str) -> bool:
    """Whether two programmes can be for the same time: no two different years are named."""
    years = [
        {year_of(each.period) for each in given if each.programme == code} for code in (one, other)
    ]
    return "" in years[0] | years[1] or bool(years[0] & years[1])
