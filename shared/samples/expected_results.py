"""Expected results for a written sample: each row's defects, and the problems to report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from shared.samples.sample import SamplePerson


@dataclass(slots=True)
class Ledger:
    """The truth about one written file; row numbers are the spreadsheet's own, from 1.

    `expected` has the problem codes that each row must be reported with, `defects` the names of
    what was done to it (some are to be cleaned without a word). `through` are the people who must
    get through, with the NIK that they are then known by; `people` and `entitlements` count them.
    """

    layout: str
    header_row: int
    rows: int = 0
    passed_over: int = 0
    people: int = 0
    entitlements: int = 0
    by_programme: Counter[str] = field(default_factory=Counter)
    expected: dict[int, tuple[str, ...]] = field(default_factory=dict)
    defects: dict[int, tuple[str, ...]] = field(default_factory=dict)
    through: list[SamplePerson] = field(default_factory=list)

    def count(self, code: str) -> int:
        """Return how many rows must be reported with this code."""
        return sum(codes.count(code) for codes in self.expected.values())

    def counts(self) -> dict[str, int]:
        """Return how many rows must be reported with each code."""
        return dict(Counter(code for codes in self.expected.values() for code in codes))
