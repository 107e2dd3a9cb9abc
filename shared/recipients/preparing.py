"""From a file to what it would change: read, checked, compared, and not yet stored anywhere."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.kelurahan.configuration import Kelurahan
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import SealBroken
from shared.platform.store import Store
from shared.programmes.catalogue import Catalogue
from shared.recipients import records, register, spreadsheet
from shared.recipients.differences import Comparison, Difference, compare
from shared.recipients.problems import Problem
from shared.recipients.publishing import Publisher
from shared.recipients.register import Person
from shared.recipients.rows import RowReader

RULES = 1
"""Raised when the reading of lists changes, so that a list sent again is read again."""

_DOCUMENTS_PER_READ = 300


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says: the people who go in, and what is wrong with the other rows.

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
        """How many entitlements go in."""
        return sum(len(person.entitlements) for person in self.people.values())

    def problem_counts(self) -> dict[str, int]:
        """How often each problem code occurs."""
        return dict(Counter(problem.code for problem in self.problems))

    def faulty_rows(self) -> list[tuple[int, Sequence[str], list[Problem]]]:
        """Each row with a problem, its cells, and its problems, in the sheet's order."""
        by_row: dict[int, list[Problem]] = {}
        for problem in self.problems:
            by_row.setdefault(problem.row, []).append(problem)
        return [(row, self.faulty.get(row, ()), by_row[row]) for row in sorted(by_row)]


def read(path: Path, filename: str, kelurahan: Kelurahan, catalogue: Catalogue) -> Reading:
    """Read and check a whole file; FileRejected where it can't be used at all."""
    table = spreadsheet.read(
        path,
        filename=filename,
        aliases=kelurahan.column_aliases,
        limits=kelurahan.limits,
        catalogue=catalogue.with_aliases(kelurahan.programme_aliases),
    )
    reader = RowReader(table, kelurahan, catalogue)
    people = register.without(register.build(reader), reader.conflicted)
    return Reading(
        people=people,
        headers=[column.header for column in table.columns],
        problems=reader.problems,
        faulty=reader.faulty,
        held=frozenset(reader.held),
        rows=reader.row_count,
        error_rows=reader.error_rows,
        other_sheets=len(table.other_sheets),
    )


def fingerprint(path: Path, kelurahan: Kelurahan, catalogue: Catalogue) -> str:
    """A hash of a file's content and of the rules it is read by: the same, the same outcome."""
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256")
    content.update(repr((RULES, kelurahan, catalogue)).encode())
    return content.hexdigest()


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reading would change in the register."""

    comparison: Comparison
    differences: Sequence[Difference]


def changes(
    reading: Reading,
    publisher: Publisher,
    published: Mapping[str, bytes],
    registry: Store,
    keys: Keyset,
    naming_keys: Keyset,
    kelurahan_key: str,
) -> Changes:
    """Compare a reading with what is published; reads only the documents that differ.

    `naming_keys` are those of the register's document ids, `keys` those that open its seals.
    """

    def identifier(nik: str) -> str:
        return records.identifier(naming_keys, kelurahan_key, nik)

    wished = {identifier(nik): person for nik, person in reading.people.items()}
    comparison = compare(
        {key: publisher.content_hash(person) for key, person in wished.items()},
        published,
        {identifier(nik) for nik in reading.held},
    )
    touched = [*comparison.changed, *comparison.removed]
    before = _people_at(registry, keys, kelurahan_key, touched, publisher, published)
    touched = sorted([*comparison.added, *comparison.changed, *comparison.removed])
    differences = [Difference(key, before.get(key), wished.get(key)) for key in touched]
    return Changes(comparison, differences)


def _people_at(
    registry: Store,
    keys: Keyset,
    kelurahan_key: str,
    ids: Sequence[str],
    publisher: Publisher,
    published: Mapping[str, bytes],
) -> dict[str, Person]:
    """The people in documents; SealBroken where one isn't what was published there."""
    found: dict[str, Person] = {}
    for start in range(0, len(ids), _DOCUMENTS_PER_READ):
        part = ids[start : start + _DOCUMENTS_PER_READ]
        for snapshot in registry.get_many([records.path(kelurahan_key, key) for key in part]):
            person = records.person(snapshot, keys)
            if publisher.content_hash(person) != published[snapshot.id]:
                raise SealBroken(code="RECORD_DAMAGED")
            found[snapshot.id] = person
    return found
