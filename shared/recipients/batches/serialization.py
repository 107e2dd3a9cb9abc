"""Serialization of differences and problems as JSON values, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.recipients.batches.sealed_chunks import SealedChunks
from shared.recipients.model.differences import ChangeKind, Difference
from shared.recipients.model.person import Person
from shared.recipients.model.problems import Problem

DIFFERENCES: Final = "differences"
PROBLEMS: Final = "problems"


def difference_item(difference: Difference) -> list[str | None]:
    """Return a difference as a JSON value."""
    before, after = difference.before, difference.after
    return [
        difference.id,
        before.to_bytes().decode() if before else None,
        after.to_bytes().decode() if after else None,
    ]


def difference_from(item: list[Any]) -> Difference:
    """Return the difference of a `difference_item`."""
    identifier, before, after = item
    return Difference(
        identifier,
        Person.from_bytes(before.encode()) if before else None,
        Person.from_bytes(after.encode()) if after else None,
    )


def kind_of(item: list[Any]) -> ChangeKind:
    """Return the kind of change in a `difference_item`, without decoding the person."""
    _, before, after = item
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


def differences(chunks: SealedChunks, count: int) -> Iterator[Difference]:
    """Yield a batch's differences in the order of their ids.

    Raises SealBroken for a damaged one.
    """
    return (difference_from(item) for item in chunks.load(DIFFERENCES, count))


@dataclass(frozen=True, slots=True)
class FaultyRows:
    """The rows of a file that have problems: the officer's headers, and rows in the sheet's order.

    A row: its number in the sheet, its cells as they were, its problems.
    """

    headers: Sequence[str]
    rows: Iterable[tuple[int, Sequence[str], Sequence[Problem]]]


def problem_items(
    headers: Sequence[str], faulty: Iterable[tuple[int, Sequence[str], Sequence[Problem]]]
) -> Iterator[Any]:
    """Yield the headers, then each faulty row, as JSON values."""
    yield list(headers)
    for number, cells, problems in faulty:
        yield [number, list(cells), [list(problem) for problem in problems]]


def faulty_rows(chunks: SealedChunks, count: int) -> FaultyRows:
    """Return what `problem_items` wrote; raises SealBroken where a chunk can't be read."""
    items = chunks.load(PROBLEMS, count)
    headers: list[str] = next(items, [])
    return FaultyRows(
        headers,
        (
            (number, cells, [Problem(*problem) for problem in problems])
            for number, cells, problems in items
        ),
    )
