"""The register: who should be on the list, one `Person` per NIK, out of the rows of a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from dataclasses import dataclass, replace

from shared.recipients.rows import Entitlement, Row

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Person:
    """One recipient as the register knows them. All text; `entitlements` sorted, none twice."""

    nik: str
    name: str
    kk: str
    rw: str
    rt: str
    address: str
    temporary: bool
    entitlements: tuple[Entitlement, ...]

    def to_bytes(self) -> bytes:
        """The one canonical form, for sealing and for hashing: the same person, the same bytes."""
        return json.dumps(
            [
                SCHEMA,
                self.nik,
                self.name,
                self.kk,
                self.rw,
                self.rt,
                self.address,
                self.temporary,
                self.entitlements,
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()

    @classmethod
    def from_bytes(cls, canonical: bytes) -> Person:
        """The person whose `to_bytes` this is; ValueError for anything else."""
        schema, nik, name, kk, rw, rt, address, temporary, entitlements = json.loads(canonical)
        if schema != SCHEMA:
            raise ValueError("unknown schema of a person")
        return cls(
            nik, name, kk, rw, rt, address, temporary, tuple(Entitlement(*e) for e in entitlements)
        )


def build(rows: Iterable[Row]) -> dict[str, Person]:
    """People by NIK. Several rows of one NIK are one person with all their entitlements.

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
    """The same people, less those whose rows turned out to contradict each other."""
    return {nik: person for nik, person in people.items() if nik not in niks} if niks else people
