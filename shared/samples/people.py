"""Synthetic families: their members, with NIK and KK numbers valid in form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from shared.samples.names import LANES, Sex, person_name, pick

REFERENCE_DAY = date(2026, 7, 1)
"""Ages are reckoned to this day, so that a sample doesn't depend on when it is made."""

_FIRST_CARD = date(2005, 1, 3)
_RELATIONS = ("KEPALA KELUARGA", "SUAMI/ISTRI", "ANAK", "ORANG TUA")
_SIZES = (1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 7)


class Member(NamedTuple):
    """One person of a family. `relation` as on the family card."""

    nik: str
    name: str
    sex: Sex
    born: date
    relation: str


class Family(NamedTuple):
    """One family card: KK number, place, and the members with the head first."""

    kk: str
    rw: str
    rt: str
    address: str
    members: tuple[Member, ...]


class Numbers:
    """Issues NIK and KK numbers: no number twice, the same ones for the same calls."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._next: dict[int, int] = {}

    def copy(self) -> Numbers:
        """Return an issuer that continues from here, and leaves this one as it is."""
        other = Numbers(self.prefix)
        other._next = dict(self._next)
        return other

    def nik(self, born: date, sex: Sex) -> str:
        """Return a NIK: region, DDMMYY (day + 40 for women), serial from 0001."""
        return self._number(False, born, born.day + (40 if sex == "P" else 0))

    def kk(self, issued: date) -> str:
        """Return a KK number: region, date of issue DDMMYY, serial from 5001."""
        return self._number(True, issued, issued.day)

    def _number(self, card: bool, day: date, day_code: int) -> str:
        middle = day_code * 10_000 + day.month * 100 + day.year % 100
        # cards begin at 5001, so that a card's number is never somebody's NIK as well
        key = -middle if card else middle
        serial = self._next.get(key, 5_000 if card else 0) + 1
        if serial > 9_999:
            raise ValueError("more people than one district has numbers for")
        self._next[key] = serial
        return f"{self.prefix}{middle:06d}{serial:04d}"


def families(chances: Random, numbers: Numbers, rws: Iterator[str]) -> Iterator[Family]:
    """Yield one family for each RW that `rws` gives, in that order."""
    for rw in rws:
        yield _family(chances.random, numbers, rw)


def _family(chance: Callable[[], float], numbers: Numbers, rw: str) -> Family:
    head_is_woman = chance() < 0.24
    head_age = 22 + int(chance() * 58)
    size = _SIZES[int(chance() * len(_SIZES))]
    members = [_member(chance, numbers, "P" if head_is_woman else "L", head_age, _RELATIONS[0])]
    if size > 1 and not head_is_woman:
        age = max(18, head_age - 6 + int(chance() * 8))
        members.append(_member(chance, numbers, "P", age, _RELATIONS[1]))
    for _ in range(size - len(members)):
        if chance() < 0.08 and head_age < 50:
            age = head_age + 20 + int(chance() * 14)
            relation = _RELATIONS[3]
        else:
            age = min(int(chance() * 26), max(0, head_age - 19))
            relation = _RELATIONS[2]
        members.append(_member(chance, numbers, "P" if chance() < 0.5 else "L", age, relation))
    issued = _FIRST_CARD + timedelta(days=int(chance() * 7_700))
    rt = f"{1 + int(chance() * 8):02d}"
    address = f"GG. {pick(LANES, chance()).upper()} NO. {1 + int(chance() * 140)}"
    return Family(numbers.kk(issued), rw, rt, address, tuple(members))


def _member(
    chance: Callable[[], float], numbers: Numbers, sex: Sex, age: int, relation: str
) -> Member:
    born = REFERENCE_DAY - timedelta(days=age * 365 + int(chance() * 365))
    name = person_name(sex, chance(), chance(), chance())
    return Member(numbers.nik(born, sex), name, sex, born, relation)
