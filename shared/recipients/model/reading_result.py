"""The result of reading a list: its people, and the problems of the other rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.recipients.model.person import Person
from shared.recipients.model.problems import Problem


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading a file: the people who go in, and the other rows' problems.

    `faulty`: row number -> the officer's own cells; `held`: NIKs readable in rows that stay out.
    """

    people: Mapping[str, Person]
    headers: Sequence[str]
    problems: Sequence[Problem]
    faulty: Mapping[int, Sequence[str]]
    held: frozenset[str]
    rows: int
    error_rows: int
    other_sheets: int

    @property
    def entitlements(self) -> int:
        """The number of entitlements that go in."""
        return sum(len(person.entitlements) for person in self.people.values())

    def problem_counts(self) -> dict[str, int]:
        """Return the number of problems by code."""
        return dict(Counter(problem.code for problem in self.problems))

    def faulty_rows(self) -> list[tuple[int, Sequence[str], list[Problem]]]:
        """Return each row with a problem, its cells and problems, in the sheet's order."""
        by_row: dict[int, list[Problem]] = {}
        for problem in self.problems:
            by_row.setdefault(problem.row, []).append(problem)
        return [(row, self.faulty.get(row, ()), by_row[row]) for row in sorted(by_row)]
