"""Synthetic recipients of one week: who is on the list, and for which programmes.

In the default size the totals follow the article about Taman Sari: PKH 1,073, BST 578 and
BPNT 385 entitlements over 6,598 households; other sizes are in proportion. 231 of the families
with BPNT get PKH as well (the article doesn't say; six in ten is a common overlap), so that the
list has 1,805 people. The first five RWs of twenty, the article's pilot area, hold 34.7 % of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from shared.samples.names import MALE_SECOND, Sex, pick
from shared.samples.people import Family, Numbers, families
from shared.samples.stratified_draws import draw

if TYPE_CHECKING:
    from shared.kelurahan.configuration import Kelurahan

HOUSEHOLDS = 6_598
ENTITLEMENTS = {"pkh": 1_073, "bst": 578, "bpnt": 385}
PKH_AND_BPNT = 231
PEOPLE = sum(ENTITLEMENTS.values()) - PKH_AND_BPNT
PILOT_SHARE = 0.347
SECOND_IN_FAMILY = 0.04
"""Of the people on the list, those whose family has somebody else on it too."""


class SamplePerson(NamedTuple):
    """One recipient as the register should know them. `number` stays theirs from week to week."""

    number: int
    nik: str
    name: str
    sex: Sex
    born: date
    desil: int
    programmes: tuple[str, ...]
    family: Family


@dataclass(frozen=True, slots=True)
class Sample:
    """A list of one week. `people` are in the order of their RW."""

    kelurahan: Kelurahan
    seed: int
    people: tuple[SamplePerson, ...]
    numbers: Numbers
    week: int = 0


def make(
    kelurahan: Kelurahan,
    *,
    households: int = HOUSEHOLDS,
    people: int | None = None,
    seed: int = 1,
) -> Sample:
    """Make the list of `households` families' recipients, or one of exactly `people` recipients."""
    numbers = _numbers(kelurahan)
    wanted = PEOPLE * households // HOUSEHOLDS if people is None else people
    found = tuple(_people(kelurahan, _shares(wanted, households, people), seed, numbers))
    return Sample(kelurahan, seed, found, numbers)


def stream(kelurahan: Kelurahan, people: int, *, seed: int = 1) -> Iterator[SamplePerson]:
    """Yield the same people as `make(kelurahan, people=people)`, one at a time, for long files."""
    return _people(kelurahan, _shares(people, HOUSEHOLDS, people), seed, _numbers(kelurahan))


def next_week(sample: Sample, changed: float = 0.02) -> Sample:
    """Return next week's list: half of `changed` get something else, the rest left or are new."""
    chances = Random(f"{sample.seed}:{sample.week + 1}")  # noqa: S311
    touched = min(len(sample.people), round(len(sample.people) * changed))
    chosen = chances.sample(range(len(sample.people)), touched)
    gone = frozenset(chosen[: touched // 4])
    altered = frozenset(chosen[2 * (touched // 4) :])
    numbers = sample.numbers.copy()
    people = [
        person._replace(programmes=_other(person.programmes)) if index in altered else person
        for index, person in enumerate(sample.people)
        if index not in gone
    ]
    last = max((person.number for person in sample.people), default=0)
    new = [("bpnt",)] * (touched // 4)
    rws = _spread(sample.kelurahan.rws, len(new), chances)
    people += _listed(families(chances, numbers, rws), new, chances, last + 1)
    people.sort(key=lambda person: (person.family.rw, person.number))
    return replace(sample, people=tuple(people), numbers=numbers, week=sample.week + 1)


def renamed(name: str) -> str:
    """Return another person's name, for a list that has one NIK with two names."""
    chance = (sum(name.encode()) % 97) / 97
    other = f"UJANG {pick(MALE_SECOND, chance)}".upper()
    return other if other != name else f"JAJANG {other}"


def _numbers(kelurahan: Kelurahan) -> Numbers:
    return Numbers(kelurahan.nik_prefixes[0])


def _shares(wanted: int, households: int, people: int | None) -> list[tuple[str, ...]]:
    """Return what each person on the list gets, not yet spread over the list."""
    scale = households / HOUSEHOLDS if people is None else people / PEOPLE
    both = round(PKH_AND_BPNT * scale)
    shares: list[tuple[str, ...]] = [("pkh", "bpnt")] * both
    shares += [("bpnt",)] * (round(ENTITLEMENTS["bpnt"] * scale) - both)
    shares += [("bst",)] * round(ENTITLEMENTS["bst"] * scale)
    pkh = round(ENTITLEMENTS["pkh"] * scale) - both if people is None else wanted - len(shares)
    return (shares + [("pkh",)] * max(0, pkh))[: wanted if people is not None else None]


def _people(
    kelurahan: Kelurahan, shares: list[tuple[str, ...]], seed: int, numbers: Numbers
) -> Iterator[SamplePerson]:
    chances = Random(seed)  # noqa: S311
    order = sorted(range(len(shares)), key=lambda at: draw(seed, "share", at + 1))
    given = [share for _, share in sorted(zip(order, shares, strict=True))]
    rws = _spread(kelurahan.rws, len(shares), chances)
    return _listed(families(chances, numbers, rws), given, chances, 1)


def _listed(
    found: Iterator[Family], shares: Iterable[tuple[str, ...]], chances: Random, first: int
) -> Iterator[SamplePerson]:
    family: Family | None = None
    place = 0
    for number, programmes in enumerate(shares, first):
        if family is not None and _has_spouse(family) and chances.random() < SECOND_IN_FAMILY:
            yield _person(number, family, 1 - place, programmes, chances)
            family = None
            continue
        family = next(found)
        # the mother is the one whom PKH pays; otherwise the head of the family
        place = 1 if _has_spouse(family) and "pkh" in programmes else 0
        yield _person(number, family, place, programmes, chances)


def _has_spouse(family: Family) -> bool:
    return len(family.members) > 1 and family.members[1].relation == "SUAMI/ISTRI"


def _person(
    number: int, family: Family, place: int, programmes: tuple[str, ...], chances: Random
) -> SamplePerson:
    nik, name, sex, born, _ = family.members[place]
    desil = 1 + int(chances.random() * 4)
    return SamplePerson(number, nik, name, sex, born, desil, programmes, family)


def _spread(rws: tuple[str, ...], people: int, chances: Random) -> Iterator[str]:
    """Yield an RW for each of `people`, RW after RW; then the last one for ever."""
    weights = [0.7 + 0.6 * chances.random() for _ in rws]
    if len(rws) > 5:
        pilot = sum(weights[:5])
        rest = sum(weights[5:])
        weights = [
            weight / pilot * PILOT_SHARE if index < 5 else weight / rest * (1 - PILOT_SHARE)
            for index, weight in enumerate(weights)
        ]
    whole = sum(weights)
    given, passed = 0, 0.0
    for rw, weight in zip(rws, weights, strict=True):
        passed += weight
        upto = round(people * passed / whole)
        for _ in range(upto - given):
            yield rw
        given = upto
    while True:
        yield rws[-1]


def _other(programmes: tuple[str, ...]) -> tuple[str, ...]:
    return {("pkh",): ("pkh", "bpnt"), ("pkh", "bpnt"): ("pkh",), ("bpnt",): ("pkh",)}.get(
        programmes, ("bpnt",)
    )
