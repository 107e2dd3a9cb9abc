"""Merging of a list's rows into one person for each NIK."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import replace

from shared.recipients.model.person import Person
from shared.recipients.reading.rows import Row


def build(rows: Iterable[Row]) -> dict[str, Person]:
    """Merge rows by NIK: several rows of one NIK are one person with all their entitlements.

    The first row's name, KK, address, RW and RT stand; what it lacks, a later row fills in.
    """
    people: dict[str, Person] = {}
    for row in rows:
        known = people.get(row.nik)
        if known is None:
            people[row.nik] = Person(
                row.nik,
                row.name,
                row.kk,
                row.rw,
                row.rt,
                row.address,
                row.temporary,
                tuple(sorted(set(row.entitlements))),
            )
        else:
            people[row.nik] = replace(
                known,
                kk=known.kk or row.kk,
                rw=known.rw or row.rw,
                rt=known.rt or row.rt,
                address=known.address or row.address,
                entitlements=tuple(sorted({*known.entitlements, *row.entitlements})),
            )
    return people


def without(people: dict[str, Person], niks: Set[str]) -> dict[str, Person]:
    """Return the same people, without those whose rows turned out to contradict each other."""
    return {nik: person for nik, person in people.items() if nik not in niks} if niks else people
