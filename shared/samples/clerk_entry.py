"""Entries of synthetic lists: one person's cells, before a layout orders them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.samples.sample import SamplePerson

if TYPE_CHECKING:
    from shared.kelurahan.configuration import Kelurahan

Cell = str | int
"""A text cell, or a number as Excel holds it (a NIK typed as a number has lost its last digit)."""


@dataclass(slots=True)
class Entry:
    """What is written about a person; a defect changes it before a layout lays it out.

    `programmes` are codes of the catalogue. `programme_text` and `period_text` stand in for every
    programme and period where a clerk wrote something else.
    """

    number: int
    nik: Cell
    name: str
    kk: Cell
    rw: Cell
    rt: Cell
    address: str
    kelurahan: str
    code: str
    bps_code: str
    born: str
    desil: int
    family_size: int
    programmes: tuple[str, ...]
    programme_text: str | None = None
    period_text: str | None = None


def entry_of(person: SamplePerson, kelurahan: Kelurahan) -> Entry:
    """Return the entry of a person without a mistake."""
    family = person.family
    born = person.born
    return Entry(
        number=person.number,
        nik=person.nik,
        name=person.name,
        kk=family.kk,
        rw=family.rw,
        rt=family.rt,
        address=family.address,
        kelurahan=kelurahan.name.upper(),
        code=kelurahan.code,
        bps_code=kelurahan.bps_code,
        born=f"{born.day:02d}/{born.month:02d}/{born.year}",
        desil=person.desil,
        family_size=len(family.members),
        programmes=person.programmes,
    )
