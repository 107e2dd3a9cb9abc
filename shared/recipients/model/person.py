"""One recipient of the register, and their canonical form in bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass

from shared.recipients.model.entitlements import Entitlement

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
        """Return the canonical form, for sealing and hashing: the same person, the same bytes."""
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
        """Return the person whose `to_bytes` this is; raises ValueError for anything else."""
        schema, nik, name, kk, rw, rt, address, temporary, entitlements = json.loads(canonical)
        if schema != SCHEMA:
            raise ValueError("unknown schema of a person")
        return cls(
            nik, name, kk, rw, rt, address, temporary, tuple(Entitlement(*e) for e in entitlements)
        )
